"""Campaigns: what a second worker adds, and what memory many schedules leave behind."""

import os
import statistics
import tempfile
from pathlib import Path

import psutil

from notsock.campaign.campaign import run_campaign
from notsock.campaign.processes import Processes
from notsock.explore.learned import Learned
from notsock.programs.checking import Effort
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner

SMALL = """
def scenario(system):
    process = system.machine().process("p")
    for name in "abc":
        def main(api):
            api.ws2_32.WSAStartup()
            api.ws2_32.closesocket(api.ws2_32.socket(2, 1, 6))
        main.__name__ = name
        process.thread(main)
"""


def _run(jobs, schedules, on_progress=None):
    """Run a campaign on every processor, whatever the bench is pinned to; return it and its workers' memory in MiB."""
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count()))
    engine = Processes(jobs)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "small.py")
            path.write_text(SMALL)
            runner = Runner(Program((Part(str(path)),)), Options())
            found = run_campaign(engine, runner, Effort("random", schedules), Learned(), on_progress=on_progress)
        return found, sum(psutil.Process(pid).memory_info().rss for pid in engine.pids()) / 2**20
    finally:
        engine.close()
        os.sched_setaffinity(0, pinned)


def workers(schedules, rounds):
    """Return (schedules per second of one worker, of two, their ratio), medians over rounds run in turn."""
    one, two = [], []
    for _ in range(rounds):
        for rates, jobs in ((one, 1), (two, 2)):
            found, _ = _run(jobs, schedules * jobs)
            rates.append(found.schedules / found.seconds)
    ratios = [both / single for single, both in zip(one, two, strict=True)]
    return statistics.median(one), statistics.median(two), statistics.median(ratios)


def memory(schedules):
    """Return the MiB of two workers after a tenth of the schedules, and after all."""
    return tuple(_run(2, count)[1] for count in (schedules // 10, schedules))
