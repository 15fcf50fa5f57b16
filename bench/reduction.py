"""Figures of the search: the reduced one against every schedule, what its analysis costs, and the stale close."""

import time
from dataclasses import replace
from math import factorial
from pathlib import Path

from notsock.detect.finding import Severity
from notsock.detect.judge import judge
from notsock.explore.footprints import Footprints
from notsock.explore.happens_before import Turns
from notsock.explore.plan import DepthFirst, Reducing
from notsock.explore.run import run_of
from notsock.explore.search import search
from notsock.explore.strategies.dpor import Dpor
from notsock.explore.strategies.widening import Widening
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner
from notsock.system import System

ZOO = Path(__file__).parents[1] / "zoo"
AF_INET, SOCK_DGRAM = 2, 2
INFINITE = 0xFFFFFFFF
PLAIN_SECONDS = 5.0
"""A plain search that has not ended by then is given up; its time is then reckoned from its rate."""


def one_port(processes):
    """Q142634: so many processes bind one port at once, and keep what they got."""

    def scenario(system):
        machine = system.machine()

        def main(api):
            api.ws2_32.WSAStartup()
            s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
            api.ws2_32.bind(s, ("0.0.0.0", 5000))
            api.kernel32.Sleep(INFINITE)

        for number in range(processes):
            machine.process(f"p{number}").thread(main)

    return scenario


def closed_twice(threads):
    """Q155738: one thread closes a handle twice, so many less one make handles of their own."""

    def scenario(system):
        process = system.machine().process("program")
        handle = process.process.kernel32.CreateEvent()

        def closer(api):
            api.kernel32.CloseHandle(handle)
            api.kernel32.CloseHandle(handle)

        def other(api):
            api.kernel32.SetEvent(api.kernel32.CreateEvent())

        process.thread(closer)
        for _ in range(threads - 1):
            process.thread(other)

    return scenario


def stale_close(*, mended):
    """The stale close that PEERS' reducing checker calls safe: no invariant is written, a rule finds it."""

    def scenario(system):
        process = system.machine().process("program")
        api = process.process
        api.ws2_32.WSAStartup()
        mine = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)

        def library(api):
            api.ws2_32.closesocket(mine)
            if not mended:
                api.ws2_32.closesocket(mine)

        def other(api):
            s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
            api.ws2_32.bind(s, ("127.0.0.1", 0))
            api.ws2_32.closesocket(s)

        process.thread(library)
        process.thread(other)

    return scenario


def runner(scenario, release="nt4", *, judged=False):
    """Return what runs a scenario, with or without the rules."""

    def run(strategy):
        system = System(release, strategy=strategy)
        scenario(system)
        system.run()
        made = run_of(system.executive)
        findings = judge(made.trace).evidence if judged else ()
        return replace(made, findings=findings)

    return run


def interleavings(actors, turns):
    """Return in how many orders so many actors can have so many turns each."""
    return factorial(actors * turns) // factorial(turns) ** actors


def growth():
    """Yield a row for each size of both articles: reduced schedules, all interleavings, and the time of each."""
    for name, scenario, what, turns in (
        ("Q142634", one_port, "processes", 6),
        ("Q155738", closed_twice, "threads", 3),
    ):
        for size in (2, 3, 4):
            plain = search(runner(scenario(size)), DepthFirst(), seconds=PLAIN_SECONDS)
            reduced = search(runner(scenario(size)), Reducing())
            assert reduced.verdict == "exhausted", reduced.verdict
            every = interleavings(size, turns)
            assert plain.schedules == every if plain.exhausted else plain.schedules < every
            ours = f"{reduced.schedules:,} in {reduced.seconds:.2f} s"
            theirs = every * plain.seconds / plain.schedules
            beside = f"{every:,} interleavings, {'' if plain.exhausted else 'about '}{theirs:,.2f} s"
            yield f"{name}, {size} {what}, exhausted", ours, beside, f"1 : {every / reduced.schedules:,.0f}", ""


def analysis():
    """Return the shares of a reduced search that go into finding races, and into reading what turns touch."""
    spent = {"races": 0.0, "footprints": 0.0}

    def timed(kind, function):
        def run(*arguments):
            begun = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                spent[kind] += time.perf_counter() - begun

        return run

    places = (
        ("races", Turns, "take"), ("races", Dpor, "_turn_round"), ("races", Dpor, "_new"),
        ("footprints", Footprints, "begins"), ("footprints", Footprints, "ended"),
    )  # fmt: skip
    kept = [(owner, name, getattr(owner, name)) for _, owner, name in places]
    for kind, owner, name in places:
        setattr(owner, name, timed(kind, getattr(owner, name)))
    try:
        whole = search(runner(closed_twice(4), judged=True), Reducing())
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)
    return spent["races"] / whole.seconds, spent["footprints"] / whole.seconds


def found_and_proved():
    """Return the schedule at which the stale close is found, and in how many its twin is exhausted."""
    found = search(runner(stale_close(mended=False), "11", judged=True), Reducing())
    twin = search(runner(stale_close(mended=True), "11", judged=True), Reducing())
    assert (twin.verdict, twin.found) == ("exhausted", {}), twin
    first = min(each.schedule for (rule, _), each in found.found.items() if rule in ("stale-close", "closed-twice"))
    stale = min(each.schedule for (rule, _), each in found.found.items() if rule == "stale-close")
    return first, stale, twin.schedules


def threads_of_python():
    """Yield for threaded Python programs of the zoo when the first stage finds the bug, and in how many it has done."""
    for name in ("late_finalizer", "wrapped_descriptor"):
        programs = (Program((Part(str(ZOO / f"{each}.py")),)) for each in (name, f"{name}_fixed"))
        buggy, mended = (Runner(program, Options()) for program in programs)
        found = search(buggy, Reducing(), schedules=100).found
        stale = [each for (rule, _), each in found.items() if rule == "stale-close"]
        schedule = min(each.schedule for each in stale if each.finding.severity is Severity.ERROR)
        stages, begun, first = Widening(), time.perf_counter(), 0
        while not stages.is_wide:
            assert not mended(stages).findings, name
            first += 1
            stages.advance()
        beside = f"twin: first stage {first} in {time.perf_counter() - begun:.2f} s"
        yield f"{name}, found by DPOR in schedule", f"{schedule}", beside, "", ""


def rows():
    """Yield the rows of the search."""
    yield from growth()
    races, footprints = analysis()
    beside = f"{footprints:.0%} reading what turns touch"
    yield "race analysis, share of a reduced search", f"{races:.0%}", beside, "", "< 50 %"
    _, stale, twin = found_and_proved()
    yield "stale close, found in schedule", f"{stale}", f"twin exhausted in {twin}", "", "<= 10"
    yield from threads_of_python()
