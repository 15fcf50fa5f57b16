from collections import Counter
from itertools import pairwise
from math import comb

import pytest
from search_toys import World, has, lossy, lost_update, ports, runner, three_calls

from notsock.executive.strategy import FirstReady
from notsock.explore.run import Run, Runner
from notsock.explore.schedule import Schedule, switches
from notsock.explore.strategies.drift import Drift
from notsock.explore.strategies.exhaustive import Exhaustive
from notsock.explore.strategies.processors import Processors
from notsock.explore.strategies.random import Random
from notsock.explore.strategies.recording import Recording
from notsock.explore.strategies.round_robin import RoundRobin


def everything(run_under: Runner, strategy: Exhaustive) -> list[tuple[Run, Schedule]]:
    runs = []
    while True:
        recording = Recording(strategy)
        run = run_under(recording)
        runs.append((run, recording.schedule()))
        if not strategy.advance():
            return runs


# ---- round robin, random -------------------------------------------------------------------------------------


def test_round_robin_goes_round_all_actors() -> None:
    strategy = RoundRobin()
    strategy.begin([("", 0, 1)])
    candidates = [3, 1, 2]
    picked = [candidates[strategy.pick(candidates, 1)] for _ in range(7)]
    assert picked == [1, 2, 3, 1, 2, 3, 1]


def test_round_robin_interrupts_at_every_call() -> None:
    assert switches(runner(three_calls(2, 5))(RoundRobin()).trace) == 11


def test_random_draws_what_it_always_drew() -> None:
    strategy = Random(7)
    strategy.begin([])
    first = [strategy.pick([1, 2, 3, 4], 1) for _ in range(12)]
    assert first == [0, 0, 1, 3, 2, 1, 2, 2, 0, 3, 1, 1]
    strategy.begin([])
    assert [strategy.value("net.a>b.loss", 10) for _ in range(6)] == [7, 0, 3, 5, 8, 5]


def test_a_run_of_a_seed_does_not_depend_on_the_runs_before_it() -> None:
    run_under = runner(three_calls())
    strategy = Random(3)
    digests = [run_under(strategy).digest for _ in range(5)]
    assert run_under(Random(3, first=4)).digest == digests[3]
    assert len(set(digests)) > 1


# ---- processors ----------------------------------------------------------------------------------------------


def alternations(processors: int) -> int:
    def program(world: World) -> None:
        for number in range(4):
            world.thread(f"t{number}", world.pad(50), machine=1, processors=processors)

    return switches(runner(program)(Processors("slices")).trace)


def test_one_processor_changes_threads_at_the_end_of_time_slices_only() -> None:
    assert alternations(1) < 30
    assert alternations(2) > 60


def test_no_more_threads_than_processors_are_under_way() -> None:
    strategy = Processors(5, slice_mean=1000)
    strategy.begin([("", 0, 1), *((f"t{number}", 1, 2) for number in range(6))])
    candidates = [4, 2, 6, 1, 3, 5]
    assert {candidates[strategy.pick(candidates, 1)] for _ in range(200)} == {1, 2}


def test_a_thread_that_waits_gives_its_processor_to_the_one_that_is_ready_longest() -> None:
    strategy = Processors(5, slice_mean=1000)
    strategy.begin([("", 0, 1), *((f"t{number}", 1, 1) for number in range(3))])
    assert strategy.pick([1, 2, 3], 1) == 0
    assert strategy.pick([2, 3], 1) == 0
    assert strategy.pick([2, 3, 1], 2) == 0
    assert strategy.pick([1, 3], 2) == 1


def test_a_time_slice_has_the_length_asked_for_in_the_mean() -> None:
    strategy = Processors(5, slice_mean=20)
    strategy.begin([("", 0, 1), ("a", 1, 1), ("b", 1, 1)])
    picks = [strategy.pick([1, 2], 1) for _ in range(20_000)]
    turns = 1 + sum(one != other for one, other in pairwise(picks))
    assert 18 < len(picks) / turns < 22


def test_a_link_needs_no_processor_and_machines_have_their_own() -> None:
    strategy = Processors(5, slice_mean=1000)
    strategy.begin([("", 0, 1), ("a", 1, 1), ("b", 1, 1), ("c", 2, 1), ("link", 0, 1)])
    candidates = [1, 2, 3, 4]
    counts = Counter(candidates[strategy.pick(candidates, 1)] for _ in range(300))
    assert set(counts) == {1, 3, 4}
    assert min(counts.values()) > 60


@pytest.mark.interpreted
@pytest.mark.parametrize("program", [ports(2), lost_update(2)])
def test_the_rate_of_a_race_rises_with_the_processors(program: object) -> None:
    def rate(processors: int) -> int:
        def on(world: World) -> object:
            start = world.executive.start
            world.executive.start = lambda name, process, body, *_: start(name, process, body, 1, processors)  # type: ignore[method-assign]
            return program(world)  # type: ignore[operator]

        run_under, strategy = runner(on), Processors(1)  # type: ignore[arg-type]
        return sum(bool(run_under(strategy).findings) for _ in range(300))

    assert 0 < 4 * rate(1) < rate(2)


# ---- exhaustive ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("threads", "calls"), [(1, 3), (2, 1), (2, 3), (2, 4), (3, 1)])
def test_it_makes_every_interleaving_once(threads: int, calls: int) -> None:
    runs = everything(runner(three_calls(threads, calls)), Exhaustive())
    legs = calls + 1  # before the first call, and after each
    expected = 1
    for number in range(1, threads + 1):
        expected *= comb(legs * number, legs)
    assert len(runs) == len({run.digest for run, _ in runs}) == expected


def test_the_first_run_is_the_unpreempted_one() -> None:
    run_under = runner(lossy)
    assert run_under(Exhaustive()).digest == run_under(FirstReady()).digest


def test_verdicts_are_choices_too() -> None:
    runs = everything(runner(lossy), Exhaustive())
    assert {tuple(each.nth for each in schedule.verdicts()) for _, schedule in runs} == {
        (), (1,), (2,), (3,), (1, 2), (1, 3), (2, 3), (1, 2, 3),
    }  # fmt: skip


@pytest.mark.parametrize("bound", [0, 1, 2, 3])
def test_a_bound_cuts_what_needs_more_preemptions_and_nothing_else(bound: int) -> None:
    run_under = runner(ports(2))
    strategy = Exhaustive(bound)
    within = {run.digest for run, _ in everything(run_under, strategy)}
    expected = {run.digest for run, schedule in everything(run_under, Exhaustive()) if schedule.preemptions <= bound}
    assert within == expected
    assert strategy.cut
    assert strategy.verdict() == f"exhausted up to {bound} preemptions"


def test_a_bound_that_cuts_nothing_is_no_bound() -> None:
    strategy = Exhaustive(6)
    assert len(everything(runner(three_calls()), strategy)) == 70
    assert not strategy.cut
    assert strategy.verdict() == "exhausted"


def test_exhausting_finds_what_is_there_and_nothing_where_nothing_is() -> None:
    assert any(map(has("two-owners"), (run for run, _ in everything(runner(ports(2)), Exhaustive()))))
    assert not any(run.findings for run, _ in everything(runner(ports(2, fixed=True)), Exhaustive()))


def moody(world: World) -> None:
    """Has a thread more each time it is run."""
    moody.runs += 1  # type: ignore[attr-defined]
    for number in range(moody.runs):  # type: ignore[attr-defined]
        world.thread(f"t{number}", world.pad(2))


def test_a_program_that_is_not_deterministic_is_told_so() -> None:
    moody.runs = 1  # type: ignore[attr-defined]
    run_under = runner(moody)
    strategy = Exhaustive()
    run_under(strategy)
    assert strategy.advance()
    with pytest.raises(Drift, match=r"choice 1: expected a choice among t0, t1, the run has a choice among t0, t1, t2"):
        run_under(strategy)


def test_a_run_that_ends_before_its_path_does_is_told_so() -> None:
    moody.runs = 1  # type: ignore[attr-defined]
    run_under = runner(moody)
    strategy = Exhaustive()
    run_under(strategy)
    assert strategy.advance()
    moody.runs = 0  # type: ignore[attr-defined]
    run_under(strategy)
    with pytest.raises(Drift, match="the run has its end"):
        strategy.advance()


def test_the_program_cannot_catch_what_its_strategy_raises() -> None:
    class Broken(FirstReady):
        def pick(self, candidates: object, current: int) -> int:
            raise ValueError("broken")

    def stubborn(world: World) -> None:
        def body() -> None:
            while True:
                try:
                    world.pad(1)()
                except Exception:  # noqa: BLE001 - a program that catches everything
                    continue

        world.thread("a", body)
        world.thread("b", body)

    with pytest.raises(ValueError, match="broken"):
        runner(stubborn)(Broken())
