"""The echo, and the lost update of simloop's README, beside simloop, where it is installed (NOTSOCK_PEERS).

It has streams of its own in one process, where notsock runs Windows' loop over TCP, three processes on three machines.
Its heap is frozen, as ours is.  Both draw delays of 1 to 50 ms for each packet.
"""

import os
import statistics
import subprocess
import time
from pathlib import Path

from notsock.executive.strategy import FirstReady
from notsock.explore.plan import PLANS
from notsock.explore.search import search
from notsock.programs.options import Options, parse_faults
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner

HERE = Path(__file__).parent
ROUND_TRIPS = 5_000
SCHEDULES_MAX = 300
SEARCHES = 9


def theirs():
    """Return simloop's figures by name; none without it."""
    python = os.environ.get("NOTSOCK_PEERS")
    if python is None:
        return {}
    done = subprocess.run([python, str(HERE / "simloop_peer.py")], capture_output=True, text=True, check=False)
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def echo_rate():
    """Return round trips per second of the asyncio echo."""
    runner = Runner(Program((Part(str(HERE / "programs" / "asyncio_echo.py"), (str(ROUND_TRIPS),)),)), Options())
    for _ in range(2):
        runner(FirstReady())
    begun = time.perf_counter()
    runner(FirstReady())
    return ROUND_TRIPS / (time.perf_counter() - begun)


def counter():
    """Return a runner of the README's test, as three plain programs."""
    client = str(HERE / "programs" / "counter_client.py")
    parts = (
        Part(str(HERE / "programs" / "counter.py")), Part(client, ("1.0",), "a"), Part(client, ("1.2",), "b"),
    )  # fmt: skip
    conditions, _ = parse_faults("delay=1ms..50ms")
    return Runner(Program(parts), Options(conditions=conditions))


def rows(rounds):
    """Yield a row for the echo, one for schedules per second, one for schedules until the bug is found."""
    runner = counter()
    search(runner, PLANS["random"](0), schedules=5)
    measured = []
    for place in range(rounds):
        result = search(runner, PLANS["random"](place + 1), schedules=50)
        measured.append((echo_rate(), result.schedules / result.seconds, theirs()))
    searches = [
        search(runner, PLANS["portfolio"](seed), schedules=SCHEDULES_MAX, stop_at_first=True).schedules
        for seed in range(SEARCHES)
    ]
    ours = [statistics.median(column) for column in list(zip(*measured, strict=True))[:2]] + [statistics.mean(searches)]
    names = ("echo", "seeds", "found")
    beside = {
        name: statistics.median(peer[name] for _, _, peer in measured)
        for name in names
        if all(name in peer for _, _, peer in measured)
    }
    what = (
        "asyncio streams echo beside simloop, round trips/s",
        "simloop's README test, schedules/s",
        "the same, schedules until the bug is found (mean)",
    )
    for text, name, mine, goal in zip(what, names, ours, (">= 1.5x", ">= 1.0x", "fewer"), strict=True):
        peer = beside.get(name)
        yield text, f"{mine:,.0f}", f"{peer:,.0f} simloop" if peer else "", f"{mine / peer:.2f}x" if peer else "", goal
