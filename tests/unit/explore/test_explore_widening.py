"""The reduced search of threaded Python programs: narrow first, then wide, and what may be said in between."""

from typing import Any

import pytest

from notsock.executive.strategy import Strategy
from notsock.explore.plan import Reducing
from notsock.explore.run import Run, Runner, run_of
from notsock.explore.search import search
from notsock.explore.strategies.portfolio import Portfolio
from notsock.explore.strategies.widening import CLOCKS, VARIABLES, Widening
from notsock.shim.preemption import CALLS, LINES
from notsock.shim.python_process import PythonProgram
from notsock.system import System
from notsock.trace.events import Wrote

UP_TO = f"exhausted up to {VARIABLES}"
Written = set[tuple[int, ...]]

PREAMBLE = """
import os, socket, threading
x, lock, event, box = 1, threading.Lock(), threading.Event(), []
a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
for place, each in enumerate((a, b)):
    each.bind(("127.0.0.1", 7 + place))
"""
TWO = PREAMBLE + """
def other():
    global x
    {other}
thread = threading.Thread(target=other)
thread.start()
{main}
{join}
os.write(1, b"%d" % x)
"""
RACED = ("a.getsockname(); x += 1; a.getsockname()", "b.getsockname(); x *= 5; b.getsockname()")
LOCKED = ("with lock: x += 1", "with lock: x *= 5; b.getsockname()")


def two(bodies: tuple[str, str], join: str = "thread.join()") -> str:
    return TWO.format(other=bodies[0], main=bodies[1], join=join)


def of(source: str, written: Written, preempt: str = CALLS) -> Runner:
    program = PythonProgram(source=source)

    def run(strategy: Strategy) -> Run:
        system = System("11", strategy=strategy, preempt=preempt)
        program.start(system.machine())
        system.run()
        made = run_of(system.executive)
        written.add(tuple(record[4] for _, record in made.trace.records() if record[0] == Wrote.kind))
        return made

    return run


def first_stage(source: str, preempt: str = CALLS) -> tuple[Written, int, Widening]:
    """Return what a program wrote in the first stage, and how many schedules that was."""
    written: Written = set()
    strategy = Widening()
    run = of(source, written, preempt)
    schedules = 0
    while not strategy.is_wide:
        run(strategy)
        schedules += 1
        if not strategy.advance():
            break
    return written, schedules, strategy


def both(source: str, preempt: str = CALLS) -> tuple[Written, int, str]:
    written: Written = set()
    result = search(of(source, written, preempt), Reducing(), schedules=3_000)
    return written, result.schedules, result.verdict


def test_what_is_done_under_a_lock_is_seen_in_the_first_stage() -> None:
    narrow, schedules, strategy = first_stage(two(LOCKED))
    wide, in_all, verdict = both(two(LOCKED))
    assert strategy.verdict() == UP_TO
    assert narrow == wide
    assert len(narrow) == 2
    assert verdict == "exhausted"
    assert schedules < in_all - schedules


def test_what_threads_do_to_a_variable_as_they_come_is_left_to_the_second() -> None:
    narrow, _, _ = first_stage(two(RACED))
    wide, _, verdict = both(two(RACED))
    assert narrow < wide
    assert (len(wide), verdict) == (2, "exhausted")


@pytest.mark.parametrize(
    "bodies",
    [
        ("event.set()", "x = 1 + event.is_set()"),
        ("lock.acquire()", "x = 1 + lock.locked()"),
        ("b.getsockname(); a.close()", "x = 1 + (a.fileno() == -1)"),
        ("b.getsockname(); a.detach()", "x = 1 + (a.fileno() == -1)"),
        ("b.getsockname()", "x = 1 + thread.is_alive()"),
        ("b.getsockname(); a.close()", "try: a.getsockname()\nexcept OSError as e: x = e.winerror"),
    ],
)
def test_what_is_asked_without_a_call_is_raced_for_in_the_first_stage(bodies: tuple[str, str]) -> None:
    source = two(bodies, "os.write(1, b'%d' % x)")
    narrow, _, _ = first_stage(source)
    wide, _, verdict = both(source)
    assert narrow == wide
    assert verdict.startswith("exhausted")
    assert VARIABLES not in verdict
    assert len(narrow) >= 2


def test_nothing_is_left_out_of_a_program_that_has_one_thread() -> None:
    _, schedules, strategy = first_stage("import os\nos.write(1, b'1')")
    assert (schedules, strategy.verdict()) == (1, "exhausted")


def test_nothing_is_left_out_where_threads_change_places_between_lines() -> None:
    source = "import _thread\nover = _thread.allocate_lock()\nover.acquire()\n"
    source += "_thread.start_new_thread(over.release, ())\nover.acquire()\n"
    _, schedules, strategy = first_stage(source, LINES)
    assert (strategy.is_wide, strategy.verdict()) == (False, "exhausted")
    assert schedules > 1


def test_a_search_that_its_limit_ends_says_what_the_first_stage_has_shown() -> None:
    _, schedules, _ = first_stage(two(LOCKED))
    for limit, verdict in ((schedules - 1, "stopped"), (schedules, UP_TO), (schedules + 1, UP_TO)):
        assert search(of(two(LOCKED), set()), Reducing(), schedules=limit).verdict == verdict
    assert search(of(two(LOCKED), set()), Portfolio(0), schedules=6 * schedules).verdict == UP_TO


LOOP = """
import asyncio
async def main():
    await asyncio.sleep(0)
    print("done")
asyncio.run(main())
"""
REQUEST = """
import _overlapped, os, socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 7))
request = _overlapped.Overlapped(0)
request.WSARecvFrom(s.fileno(), 9)
time.sleep(1)
os.write(1, b"%d" % request.pending)
"""
SENDER = """
import os, socket, time
time.sleep(1)
os.write(1, b"%d" % bool(time.monotonic()))
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"1", ("127.0.0.1", 7))
"""
CLOCK = "import os, time\nos.write(1, b'%d' % time.monotonic_ns())\n"


def stages(*sources: str) -> tuple[list[tuple[int, set[Any]]], str]:
    """Return, for each stage of a search of several processes, how many schedules it took and what was written."""
    programs = [PythonProgram(source=source) for source in sources]
    strategy, found = Widening(), [(0, set[Any]()), (0, set[Any]())]
    while True:
        system = System("11", strategy=strategy)
        machine = system.machine()
        for program in programs:
            program.start(machine)
        system.run()
        trace = run_of(system.executive).trace
        schedules, written = found[strategy.is_wide]
        written.add(tuple(sorted(tuple(record[1:]) for _, record in trace.records() if record[0] == Wrote.kind)))
        found[strategy.is_wide] = schedules + 1, written
        if found[1][0] == 300 or not strategy.advance():
            return found, strategy.verdict()


def test_two_processes_with_an_event_loop_each_take_a_handful_of_schedules() -> None:
    (narrow, wide), verdict = stages(LOOP, LOOP)
    assert narrow[0] <= 10
    assert wide[0] == 300
    assert narrow[1] == wide[1]
    assert verdict == f"exhausted up to {CLOCKS}"


def test_what_has_become_of_a_request_is_raced_for_beside_clocks() -> None:
    (narrow, wide), verdict = stages(REQUEST, SENDER)
    assert narrow[1] == wide[1]
    assert len(narrow[1]) == 2
    assert verdict == "exhausted"


def test_who_looks_at_a_clock_first_is_left_to_the_second_stage() -> None:
    (narrow, wide), verdict = stages(CLOCK, CLOCK)
    assert len(narrow[1]) < len(wide[1])
    assert verdict == "exhausted"
