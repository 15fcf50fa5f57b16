from dataclasses import replace

import pytest
from search_toys import World, early_delivery, lossy, polling, ports, runner, stale_close, three_calls

from notsock.explore.replay import replay, schedule_of
from notsock.explore.schedule import Schedule
from notsock.explore.strategies.drift import Drift
from notsock.explore.strategies.random import Random
from notsock.explore.strategies.replay import Repeat, Replay

PROGRAMS = [ports(3), lossy, early_delivery, stale_close, polling, three_calls(3, 4)]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_replay_is_the_same_run_event_for_event(program: object) -> None:
    run_under = runner(program)  # type: ignore[arg-type]
    strategy = Random("replay")
    for _ in range(30):
        run = run_under(strategy)
        again = replay(run_under, schedule_of(run_under, run))
        assert again.digest == run.digest
        assert again.choices == run.choices
        assert list(again.trace) == list(run.trace)


@pytest.mark.parametrize("program", PROGRAMS)
def test_so_is_a_repetition(program: object) -> None:
    run_under = runner(program)  # type: ignore[arg-type]
    run = run_under(Random("repeat"))
    assert run_under(Repeat(run.choices)).digest == run.digest


def some_schedule() -> Schedule:
    run_under = runner(ports(2))
    return schedule_of(run_under, run_under(Random(1)))


def edited(**changes: object) -> Schedule:
    schedule = some_schedule()
    choices = list(schedule.choices)
    choices[2] = replace(choices[2], **changes)  # type: ignore[arg-type]
    return Schedule(tuple(choices), schedule.links)


@pytest.mark.parametrize(
    "changes",
    [
        {"point": "listen"},
        {"candidates": ("server0/main", "server1/main", "server2/main")},
        {"current": "server9/main"},
        {"calls": 7},
        {"steps": 7},
    ],
)
def test_the_first_choice_that_differs_ends_a_strict_replay(changes: dict[str, object]) -> None:
    with pytest.raises(Drift) as caught:
        replay(runner(ports(2)), edited(**changes))
    assert caught.value.number == 3


def test_a_drift_says_what_was_expected_and_what_was_met() -> None:
    schedule = some_schedule()
    with pytest.raises(Drift) as caught:
        replay(runner(ports(3)), schedule)
    assert str(caught.value) == (
        "choice 1: expected a choice among server0/main, server1/main with the start at start (0.0), "
        "the run has a choice among server0/main, server1/main, server2/main with the start at start (0.0)"
    )


def test_a_verdict_instead_of_a_thread_is_drift() -> None:
    run_under = runner(lossy)
    schedule = schedule_of(run_under, run_under(Random(1)))
    choices = tuple(choice for choice in schedule.choices if choice.kind.value == "net")
    with pytest.raises(Drift, match=r"choice 1: expected a verdict of 2 for net\.link a>b\.loss, the run has a choice"):
        replay(run_under, Schedule(choices))


def test_a_run_that_asks_for_more_is_drift() -> None:
    schedule = some_schedule()
    shorter = Schedule(schedule.choices[:3])
    with pytest.raises(Drift, match="choice 4: expected its end, the run has a choice"):
        replay(runner(ports(2)), shorter)


def test_a_run_that_asks_for_less_is_drift() -> None:
    schedule = some_schedule()
    longer = Schedule((*schedule.choices, schedule.choices[-1]))
    with pytest.raises(Drift, match="the run has its end"):
        replay(runner(ports(2)), longer)


def test_a_lenient_replay_shows_where_another_program_parts_from_it() -> None:
    schedule = some_schedule()
    strategy = Replay(schedule, strict=False)
    fixed = runner(ports(2, fixed=True))(strategy)
    strategy.finish()
    assert strategy.drift is None
    assert not fixed.findings
    strategy = Replay(schedule, strict=False)
    runner(ports(3))(strategy)
    strategy.finish()
    assert strategy.drift is not None
    assert strategy.drift.number == 1


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ((1, 9), r"choice 2: expected actor 9 to go on, the run has a choice among actors \[1, 2\]"),
        ((1, ~0), "choice 2: expected a verdict"),
        ((1,), "choice 2: expected the end"),
    ],
)
def test_an_impossible_repetition_is_drift(choices: tuple[int, ...], message: str) -> None:
    with pytest.raises(Drift, match=message):
        runner(ports(2))(Repeat(choices))


@pytest.mark.parametrize(("choice", "message"), [(~7, "expected verdict 7"), (1, "expected actor 1 to go on")])
def test_an_impossible_verdict_is_drift(choice: int, message: str) -> None:
    def program(world: World) -> None:
        world.thread("t", lambda: world.executive.choose("net.x.loss", 2))

    with pytest.raises(Drift, match=message):
        runner(program)(Repeat((choice,)))
