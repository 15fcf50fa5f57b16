import pytest
from search_toys import Program, deadlock, has, lossy, lost_update, ports, rare_among, runner, stale_close

from notsock.executive.strategy import Strategy
from notsock.explore.replay import schedule_of
from notsock.explore.run import Run, Runner
from notsock.explore.schedule import Segment, Verdict
from notsock.explore.shrink import (
    PASSES,
    Edit,
    absorb,
    cost,
    cut_tail,
    drop,
    shrink,
    swap,
    to_its_end,
    unpreempted,
    without_verdicts,
)
from notsock.explore.strategies.random import Random

A, B, C = Segment("a", (1, 0)), Segment("b", (2, 0)), Segment("a", (3, 0))
LOSS = Verdict("net.x.loss", 1, 1)


def test_the_passes() -> None:
    edit = Edit((A, B, C), (LOSS,))
    assert list(unpreempted(edit)) == [Edit((), ()), Edit((), (LOSS,))]
    assert list(without_verdicts(edit)) == [Edit((A, B, C), ()), Edit((A, B, C), ())]
    assert list(cut_tail(edit)) == [Edit((A, B), (LOSS,))]
    assert list(drop(edit)) == [Edit(each, (LOSS,)) for each in ((B, C), (A, C), (A, B))]
    assert list(absorb(edit)) == [Edit((C, B), (LOSS,))]
    assert list(to_its_end(edit))[1] == Edit((A, Segment("b"), C), (LOSS,))
    assert list(swap(edit)) == [Edit(each, (LOSS,)) for each in ((B, A, C), (A, C, B))]


@pytest.mark.parametrize("each", PASSES)
def test_no_pass_stumbles_over_an_empty_schedule(each: object) -> None:
    assert all(edit == Edit((), ()) for edit in each(Edit((), ())))  # type: ignore[operator]


def failing(run_under: Runner, keep: object, seed: int) -> Run:
    strategy = Random(seed)
    while True:
        run = run_under(strategy)
        if keep(run):  # type: ignore[operator]
            return run


@pytest.mark.parametrize(
    ("program", "rule"),
    [
        (stale_close, "victim"),
        (ports(3), "two-owners"),
        (lost_update(4), "lost-update"),
        (deadlock, "deadlock"),
        (lossy, "deadlock"),
        (rare_among(8), "lost-update"),
    ],
)
def test_what_comes_out_still_shows_it_and_is_no_worse(program: Program, rule: str) -> None:
    run_under, keep = runner(program), has(rule)
    for seed in range(5):
        run = failing(run_under, keep, seed)
        shrunk = shrink(run_under, run, keep)
        assert keep(shrunk)
        assert cost(shrunk, schedule_of(run_under, shrunk)) <= cost(run, schedule_of(run_under, run))


def test_it_keeps_to_its_budget() -> None:
    run_under, keep = runner(rare_among(8)), has("lost-update")
    run = failing(run_under, keep, 1)
    count = 0

    def counting(strategy: Strategy) -> Run:
        nonlocal count
        count += 1
        return run_under(strategy)

    for budget in (1, 2, 10, 50):
        count = 0
        assert keep(shrink(counting, run, keep, budget_runs=budget))
        assert count <= budget


def test_it_asks_for_the_same_each_time() -> None:
    run_under, keep = runner(rare_among(8)), has("lost-update")
    run = failing(run_under, keep, 2)
    assert shrink(run_under, run, keep).digest == shrink(run_under, run, keep).digest


def test_faults_that_are_not_needed_go() -> None:
    run_under = runner(lossy)
    run = failing(run_under, lambda run: len(schedule_of(run_under, run).verdicts()) == 2, 1)
    shrunk = shrink(run_under, run, has("deadlock"))
    assert len(schedule_of(run_under, shrunk).verdicts()) == 1
    healthy = shrink(run_under, run, lambda _: True)
    assert schedule_of(run_under, healthy).verdicts() == ()
