"""Does the shrinker reach the least schedule that there is?  The least is known by trying all of them."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from search_toys import (
    Found,
    Link,
    Program,
    World,
    deadlock,
    early_delivery,
    has,
    lossy,
    lost_update,
    ports,
    q155738,
    rare,
    rare_among,
    runner,
    stale_close,
)

from notsock.explore.replay import replay, schedule_of
from notsock.explore.run import Run, Runner
from notsock.explore.shrink import cost, shrink
from notsock.explore.story import story
from notsock.explore.strategies.exhaustive import Exhaustive
from notsock.explore.strategies.random import Random
from notsock.explore.strategies.recording import Recording

Least = tuple[int, int, int]
Keep = Callable[[Run], bool]
SEEDS = 12

KNOWN = [
    pytest.param(stale_close, has("stale-close"), (0, 0, 2), id="stale-close"),
    pytest.param(stale_close, has("victim"), (0, 1, 3), id="victim-of-a-stale-close"),
    pytest.param(ports(2), has("two-owners"), (0, 1, 2), id="port-2"),
    pytest.param(ports(3), has("two-owners"), (0, 1, 3), id="port-3"),
    pytest.param(ports(3), has("two-owners", 3), (0, 2, 4), id="port-3-all-own-it"),
    pytest.param(lost_update(2), has("lost-update"), (0, 1, 2), id="lost-update-2"),
    pytest.param(lost_update(4), has("lost-update"), (0, 1, 4), id="lost-update-4"),
    pytest.param(lost_update(4), has("lost-update", 1), (0, 1, 4), id="lost-update-4-all-but-one"),
    pytest.param(q155738(3), has("victim"), (0, 1, 3), id="q155738-3"),
    pytest.param(q155738(4), has("victim"), (0, 1, 4), id="q155738-4"),
    pytest.param(deadlock, has("deadlock"), (0, 1, 1), id="deadlock"),
    pytest.param(lossy, has("deadlock"), (1, 0, 1), id="a-lost-packet"),
    pytest.param(early_delivery, has("too-early"), (0, 1, 2), id="early-delivery"),
    pytest.param(rare(6), has("lost-update"), (0, 1, 2), id="rare-6"),
]
TOO_LARGE_TO_TRY_ALL = [
    pytest.param(ports(4), has("two-owners", 4), (0, 3, 6), id="port-4-all-own-it"),
    pytest.param(rare(40), has("lost-update"), (0, 1, 2), id="rare-40"),
    pytest.param(rare_among(12), has("lost-update"), (0, 1, 4), id="rare-among-others"),
]


def runs_within(run_under: Runner, bound: int | None) -> Any:
    """Yield every run with at most ``bound`` preemptions, with its schedule."""
    strategy = Exhaustive(bound)
    left = True
    while left:
        recording = Recording(strategy)
        yield run_under(recording), recording.schedule()
        left = strategy.advance()


def least(run_under: Runner, keep: Keep) -> Least:
    for bound in range(8):
        costs = [cost(run, schedule)[:3] for run, schedule in runs_within(run_under, bound) if keep(run)]
        if costs:
            return min(costs)
    raise AssertionError("nothing to find")


def failing(run_under: Runner, keep: Keep, seed: int) -> Run:
    strategy = Random(seed)
    while True:
        run = run_under(strategy)
        if keep(run):
            return run


@pytest.mark.parametrize(("program", "keep", "expected"), KNOWN)
def test_the_least_is_what_we_think(program: Program, keep: Keep, expected: Least) -> None:
    assert least(runner(program), keep) == expected


@pytest.mark.parametrize(("program", "keep", "expected"), KNOWN + TOO_LARGE_TO_TRY_ALL)
def test_every_failing_run_shrinks_to_the_least(program: Program, keep: Keep, expected: Least) -> None:
    run_under = runner(program)
    for seed in range(SEEDS):
        shrunk = shrink(run_under, failing(run_under, keep, seed), keep)
        schedule = schedule_of(run_under, shrunk)
        assert cost(shrunk, schedule)[:3] == expected
        assert replay(run_under, schedule).digest == shrunk.digest


def test_the_least_schedule_of_the_port_with_two_owners_reads_as_one_would_tell_it() -> None:
    run_under, keep = runner(ports(2)), has("two-owners")
    shrunk = shrink(run_under, failing(run_under, keep, 1), keep)
    assert story(schedule_of(run_under, shrunk), shrunk.trace) == [
        "run server0/main until toy.bind.looked-up in its 1st call, bind(0x50)",
        "then server1/main until it ends",
        "then server0/main until it ends",
    ]


# ---- any program ---------------------------------------------------------------------------------------------


def drawn(seed: int) -> Program:
    """A random program of two or three threads; what it found is everything that it saw."""
    draw = random.Random(f"shrink {seed}")
    kinds = ("increment", "load", "store", "send", "receive", "locked", "pad", "port")
    bodies = [[draw.choice(kinds) for _ in range(draw.randint(1, 4))] for _ in range(draw.choice((2, 2, 3)))]

    def program(world: World) -> Callable[[], None]:
        link = Link(world, "q", "link a>b")
        seen: list[tuple[int, int]] = []

        def locked() -> None:
            world.acquire("l")
            world.increment("x")
            world.release("l")

        def do(kind: str, thread: int, place: int) -> None:
            match kind:
                case "increment":
                    world.increment("x")
                case "load":
                    seen.append((thread, world.load("x")))
                case "store":
                    world.store("x", 10 * thread + place)
                case "send":
                    link.send()
                case "receive":
                    world.receive("q")
                    seen.append((thread, world.variables.get("x", 0)))
                case "locked":
                    locked()
                case "pad":
                    world.pad(1)()
                case "port":
                    world.claim(80)

        for thread, body in enumerate(bodies):
            steps = [partial(do, kind, thread, place) for place, kind in enumerate(body)]
            world.thread(f"t{thread}", *steps)

        def judge() -> None:
            world.found.append(Found("saw", (tuple(seen), tuple(sorted(world.variables.items())))))

        return judge

    return program


def outcome(run: Run) -> frozenset[Any]:
    return frozenset((finding.rule, finding.key) for finding in run.findings)


@pytest.mark.slow
def test_any_outcome_of_any_small_program_shrinks_to_its_least() -> None:
    tried = 0
    for seed in range(60):
        run_under = runner(drawn(seed))
        best: dict[frozenset[Any], Least] = {}
        some: dict[frozenset[Any], Run] = {}
        for number, (run, schedule) in enumerate(runs_within(run_under, None)):
            if number == 1000:
                break
            key = outcome(run)
            some[key] = run
            best[key] = min(best.get(key, (9, 9, 9)), cost(run, schedule)[:3])
        else:
            for key, run in list(some.items())[:8]:
                shrunk = shrink(run_under, run, lambda each, key=key: outcome(each) == key)  # type: ignore[misc]
                assert cost(shrunk, schedule_of(run_under, shrunk))[:3] == best[key], seed
                tried += 1
    assert tried > 40
