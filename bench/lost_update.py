"""Schedules per second on a two-thread lost update, beside other explorers where they are installed.

They need a Python of their own (NOTSOCK_PEERS names it), with interleave-test and frontrun from PyPI.  Rounds go in
turn, and the best peer of each round is what is divided by.
"""

import os
import statistics
import subprocess
from pathlib import Path

from notsock.explore.plan import Sampling
from notsock.explore.search import search
from notsock.explore.strategies.random import Random
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner

HERE = Path(__file__).parent
SCHEDULES = 1_000


def ours(name):
    """Return schedules per second of a program below programs/, rules included."""
    runner = Runner(Program((Part(str(HERE / "programs" / name)),)), Options())
    search(runner, Sampling(Random(1)), schedules=50)
    result = search(runner, Sampling(Random(2)), schedules=SCHEDULES)
    return result.schedules / result.seconds


def theirs():
    """Return schedules per second of each peer that runs; none without NOTSOCK_PEERS."""
    python = os.environ.get("NOTSOCK_PEERS")
    if python is None:
        return {}
    frontrun = Path(python).parent / "frontrun"
    command = [str(frontrun), python] if frontrun.exists() else [python]
    done = subprocess.run([*command, str(HERE / "peers.py")], capture_output=True, text=True, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {words[0]: float(words[1]) for words in lines if len(words) == len(("name", "rate"))}


def rows(rounds):
    """Yield a row for the Python program and one for the same in Windows' own calls."""
    programs = ("lost_update.py", "lost_update_scenario.py")
    measured = [([ours(name) for name in programs], theirs()) for _ in range(rounds)]
    for place, what in enumerate(("Python threads", "a scenario")):
        rate = statistics.median(mine[place] for mine, _ in measured)
        beside, ratio = "", ""
        if all(peers for _, peers in measured):
            best = statistics.median(max(peers.values()) for _, peers in measured)
            names = {max(peers, key=peers.__getitem__) for _, peers in measured}
            beside = f"{best:,.0f} {' or '.join(sorted(names))}"
            ratio = f"{statistics.median(mine[place] / max(peers.values()) for mine, peers in measured):.1f}x"
        yield f"lost update, {what}, schedules/s", f"{rate:,.0f}", beside, ratio, ">= 5x"
