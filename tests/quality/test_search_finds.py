"""Does the search find it, and within how many schedules?  And never where there is nothing."""

import pytest
from search_toys import (
    Program,
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
    three_calls,
)

from notsock.explore.plan import PLANS, DepthFirst
from notsock.explore.search import search

SEEDS = 20

KNOWN = [
    pytest.param(stale_close, has("stale-close"), 3, 3, id="stale-close"),
    pytest.param(stale_close, has("victim"), 7, 7, id="victim-of-a-stale-close"),
    pytest.param(ports(2), has("two-owners"), 3, 3, id="port-2"),
    pytest.param(ports(3), has("two-owners"), 5, 15, id="port-3"),
    pytest.param(ports(3), has("two-owners", 3), 15, 30, id="port-3-all-own-it"),
    pytest.param(lost_update(2), has("lost-update"), 3, 3, id="lost-update-2"),
    pytest.param(lost_update(4), has("lost-update"), 4, 6, id="lost-update-4"),
    pytest.param(q155738(3), has("victim"), 3, 3, id="q155738-3"),
    pytest.param(q155738(4), has("victim"), 10, 18, id="q155738-4"),
    pytest.param(deadlock, has("deadlock"), 6, 10, id="deadlock"),
    pytest.param(early_delivery, has("too-early"), 10, 20, id="early-delivery"),
    pytest.param(lossy, has("deadlock"), 4, 8, id="a-lost-packet"),
    pytest.param(rare(12), has("lost-update"), 15, 40, id="rare-12"),
    pytest.param(rare(40), has("lost-update"), 15, 50, id="rare-40"),
    pytest.param(rare_among(12), has("lost-update"), 15, 40, id="rare-among-others"),
]


@pytest.mark.parametrize(("program", "shows", "median", "worst"), KNOWN)
def test_the_default_search_finds_it(program: Program, shows: object, median: int, worst: int) -> None:
    run_under = runner(program)
    taken = []
    for seed in range(SEEDS):
        plan = PLANS["portfolio"](seed)
        for number in range(1, worst + 1):
            strategy = plan.next()
            assert strategy is not None
            if shows(run_under(strategy)):  # type: ignore[operator]
                taken.append(number)
                break
        else:
            taken.append(worst + 1)
    taken.sort()
    assert taken[SEEDS // 2] <= median, taken
    assert sum(number > worst for number in taken) <= SEEDS // 10, taken


@pytest.mark.parametrize(
    ("program", "schedules"), [(ports(2, fixed=True), 20), (ports(3, fixed=True), 1680), (three_calls(3, 1), 90)]
)
def test_an_exhausted_search_of_a_sound_program_finds_nothing(program: Program, schedules: int) -> None:
    result = search(runner(program), DepthFirst())
    assert (result.verdict, result.schedules, result.found) == ("exhausted", schedules, {})


@pytest.mark.interpreted
def test_processors_find_more_the_more_there_are() -> None:
    """Two threads of a program collide as often as real ones would: it is not drawn, it comes of how they run."""

    def rate(processors: int) -> int:
        def program(world: object) -> object:
            start = world.executive.start  # type: ignore[attr-defined]
            world.executive.start = lambda name, process, body, *_: start(name, process, body, 1, processors)  # type: ignore[attr-defined]
            return q155738(4)(world)  # type: ignore[arg-type]

        result, plan, shows = 0, PLANS["processors"](1), has("victim")
        run_under = runner(program)  # type: ignore[arg-type]
        for _ in range(400):
            strategy = plan.next()
            assert strategy is not None
            result += shows(run_under(strategy))
        return result

    one, two, four = rate(1), rate(2), rate(4)
    assert one * 5 < two < four
