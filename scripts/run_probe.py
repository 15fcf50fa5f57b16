"""Run one probe (a server and a client from probes/) under a few schedules; print what came of it as JSON.

It counts what must not happen: sockets, threads, processes and name look-ups of the real system, from the first
import of the probe to its last schedule.
"""

import argparse
import collections
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from notsock.executive.strategy import FirstReady
from notsock.explore.plan import PLANS
from notsock.explore.search import search
from notsock.programs.checking import must_repeat
from notsock.programs.options import Options
from notsock.programs.program import Part, Program, ProgramError
from notsock.programs.runner import Runner
from notsock.shim.fence import fences

REAL = ("socket.", "_thread.start_new_thread", "_thread.start_joinable_thread", "subprocess.", "os.fork", "os.exec",
        "os.posix_spawn", "os.system", "signal.pthread_kill")  # fmt: skip
"""Audit events (sys.addaudithook) that mean that something real was made or asked."""
BEGINS, ENDS = "/notsock-watches", "/notsock-has-watched"
"""Files that there are not: asking for them shows strace (scripts/strace_probe.py) what lies between."""


class Watch:
    """Counts audit events, descriptors and threads while it is on."""

    def __init__(self):
        self.on = False
        self.seen = collections.Counter()
        sys.addaudithook(self.hear)

    def hear(self, event, _arguments):
        if self.on and event.startswith(REAL):
            self.seen[event] += 1

    def __enter__(self):
        self.before = self.counts()
        os.access(BEGINS, os.F_OK)
        self.on = True
        return self

    def __exit__(self, *_):
        self.on = False
        os.access(ENDS, os.F_OK)
        for name, number in self.counts().items():
            if number != self.before[name]:
                self.seen[name] += number - self.before[name]

    @staticmethod
    def counts():
        return {name: len(list(Path("/proc/self", name).iterdir())) for name in ("fd", "task")}


def settles(runner):
    """Say whether a program comes to repeat itself, as a check asks before it begins."""
    try:
        must_repeat(runner)
    except ProgramError:
        return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--schedules", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0)
    wanted = parser.parse_args()
    watch = Watch()

    said = collections.defaultdict(bytearray)
    program = Program(tuple(Part(str(path)) for path in wanted.programs))
    plan = PLANS["portfolio"](0)
    tempfile.TemporaryDirectory().cleanup()  # draws what names the copies of extensions
    runner = Runner(program, Options(), on_output=lambda process, stream, data: said[process.name, stream].extend(data))
    with watch:
        begun = time.perf_counter()
        first = runner(FirstReady())
        first_seconds = time.perf_counter() - begun
        heard = {key: bytes(data).decode(errors="replace") for key, data in said.items()}
        codes = [process.exit_code for process in runner.last.system.processes]
        repeats = settles(runner)
        settled = runner(FirstReady())
        found = search(runner, plan, schedules=wanted.schedules, seconds=wanted.seconds)
    client = Path(wanted.programs[-1]).stem
    line = heard.get((client, 1), "").strip().rpartition("\n")[2]
    rules = sorted({key[0] for key in found.found})
    uncaught = [each.finding.tell().title for key, each in found.found.items() if key[0] == "uncaught"]
    print(json.dumps({
        "passed": line.startswith("passed:") and repeats and "uncaught" not in rules,
        "said": line.removeprefix("passed: "),
        "errors": "".join(text for (_, stream), text in heard.items() if stream != 1),
        "codes": codes,
        "ending": first.ending.name,
        "digest": settled.digest,
        "repeats": repeats,
        "first_seconds": first_seconds,
        "schedules": found.schedules,
        "distinct": found.distinct,
        "per_second": found.schedules / found.seconds if found.seconds else 0.0,
        "rules": rules,
        "uncaught": uncaught,
        "fences": fences(),
        "leaks": dict(watch.seen),
        "drift": str(found.drift) if found.drift else "",
    }))  # fmt: skip


if __name__ == "__main__":
    main()
