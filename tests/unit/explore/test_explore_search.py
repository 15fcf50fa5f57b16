import os
import signal
import threading
import time
from typing import Any

import pytest
from search_toys import World, lost_update, polling, ports, runner, stale_close, three_calls

from notsock.executive.strategy import Strategy
from notsock.explore.plan import PLANS, DepthFirst, Reducing, Sampling
from notsock.explore.run import Run, run_of
from notsock.explore.search import PROGRESS_SECONDS, Search, search
from notsock.explore.strategies.portfolio import Portfolio
from notsock.explore.strategies.random import Random
from notsock.system import System

TWO_OWNERS = ("two-owners", (2,))


def test_all_of_a_small_program_is_exhausted() -> None:
    result = search(runner(three_calls()), DepthFirst())
    assert (result.schedules, result.distinct, result.verdict) == (70, 70, "exhausted")
    assert result.exhausted
    assert result.found == {}


def test_it_is_exhausted_too_when_the_limit_is_just_reached() -> None:
    assert search(runner(three_calls()), DepthFirst(), schedules=70).verdict == "exhausted"
    assert search(runner(three_calls()), DepthFirst(), schedules=69).verdict == "stopped"


def test_a_bounded_search_says_up_to_where() -> None:
    assert search(runner(three_calls()), DepthFirst(2)).verdict == "exhausted up to 2 preemptions"
    assert search(runner(three_calls()), DepthFirst(99)).verdict == "exhausted"


def test_sampling_never_claims_to_have_seen_everything() -> None:
    result = search(runner(three_calls()), Sampling(Random(1)), schedules=2000)
    assert (result.distinct, result.verdict) == (70, "stopped")


def test_a_run_that_a_budget_cut_takes_the_word_away() -> None:
    result = search(runner(three_calls(1, 20_000), events_max=100_000), DepthFirst())
    assert (result.schedules, result.unfinished, result.verdict) == (1, 1, "stopped")


def test_the_first_run_of_each_finding_is_kept_with_its_number() -> None:
    run_under = runner(stale_close)
    result = search(run_under, DepthFirst())
    assert {key[0] for key in result.found} == {"closed-twice", "stale-close", "victim"}
    run, number, finding = result.found["stale-close", ()]
    strategy = DepthFirst()
    for _ in range(number):
        again = run_under(strategy.next())  # type: ignore[arg-type]
    assert (again.digest, finding.rule) == (run.digest, "stale-close")


def test_it_can_stop_at_the_first_finding() -> None:
    result = search(runner(ports(2)), DepthFirst(), stop_at_first=True)
    assert set(result.found) == {TWO_OWNERS}
    assert result.schedules == result.found[TWO_OWNERS].schedule < 20
    assert result.verdict == "stopped"


def test_it_stops_when_the_time_is_up() -> None:
    result = search(runner(lost_update(4)), DepthFirst(), seconds=0.05)
    assert result.schedules > 0
    assert 0.05 <= result.seconds < 1
    assert result.verdict == "stopped"


def test_progress_is_told_now_and_then() -> None:
    told: list[int] = []
    result = search(
        runner(lost_update(4)), DepthFirst(), seconds=0.35, on_progress=lambda so_far: told.append(so_far.schedules)
    )
    assert 1 <= len(told) <= result.seconds / PROGRESS_SECONDS
    assert told == sorted(told)
    assert told[-1] <= result.schedules


def interrupting(times: int, at: int) -> Search:
    run_under = runner(ports(3))
    count = 0

    def interrupted(strategy: Strategy) -> Run:
        nonlocal count
        count += 1
        if count == at:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        return run_under(strategy)

    return search(interrupted, DepthFirst())


@pytest.mark.parametrize(("times", "schedules"), [(1, 40), (2, 39)])
def test_ctrl_c_gives_what_was_found_so_far(times: int, schedules: int) -> None:
    before = signal.getsignal(signal.SIGINT)
    result = interrupting(times, 40)
    assert (result.schedules, result.verdict) == (schedules, "stopped")
    assert TWO_OWNERS in result.found
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_twice_ends_a_run_that_never_comes_to_a_call() -> None:
    def endless(world: World) -> None:
        def body() -> None:
            while True:
                pass

        world.thread("endless", body)

    def interrupt() -> None:
        for _ in range(2):
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGINT)

    helper = threading.Thread(target=interrupt)
    helper.start()
    result = search(runner(endless), DepthFirst())
    helper.join()
    assert (result.schedules, result.verdict) == (0, "stopped")
    assert search(runner(three_calls()), DepthFirst()).verdict == "exhausted"


UP_TO_POLLS = "exhausted up to what follows a poll in vain at once"


@pytest.mark.parametrize("plan", [DepthFirst, Reducing])
def test_a_poll_in_vain_lets_others_go_first_and_is_said_to_hide_schedules(plan: Any) -> None:
    result = search(runner(polling), plan(), schedules=2000)
    assert (result.verdict, result.unfinished, result.exhausted) == (UP_TO_POLLS, 0, False)


def test_what_a_bound_cut_is_said_beside_what_a_poll_hides() -> None:
    result = search(runner(polling), DepthFirst(0), schedules=2000)
    assert result.verdict == "exhausted up to 0 preemptions and what follows a poll in vain at once"


@pytest.mark.parametrize("plan", [DepthFirst, Reducing])
@pytest.mark.parametrize("sleep_ms", [0, 1])
def test_a_sleep_of_nothing_is_a_poll_in_vain_and_a_longer_one_is_none(plan: Any, sleep_ms: int) -> None:
    def run(strategy: Strategy) -> Run:
        system = System(strategy=strategy)
        process = system.machine().process("p")
        process.thread(lambda api: (api.kernel32.Sleep(sleep_ms), api.kernel32.CreateEvent()))
        process.thread(lambda api: api.kernel32.CreateEvent())
        system.run()
        return run_of(system.executive)

    assert search(run, plan()).verdict == ("exhausted" if sleep_ms else UP_TO_POLLS)


@pytest.mark.parametrize("plan", [DepthFirst, Reducing])
@pytest.mark.parametrize("apart_ns", [0, 1])
def test_the_order_of_timers_of_one_moment_is_no_choice(plan: Any, apart_ns: int) -> None:
    class Alarm:
        def overdue(self, what: Any, due_ns: int) -> int:
            return due_ns

        def fire(self, what: Any) -> None:
            pass

    def program(world: World) -> None:
        executive = world.executive
        executive.at(5, Alarm(), "one")
        executive.at(5 + apart_ns, Alarm(), "other")
        world.thread("sleeper", lambda: executive.wait(10))

    verdict = "exhausted" if apart_ns else "exhausted up to the order of timers of one moment"
    assert search(runner(program), plan()).verdict == verdict


def test_a_program_that_is_not_deterministic_ends_the_search_with_what_was_found() -> None:
    runs = 0

    def moody(world: World) -> None:
        nonlocal runs
        runs += 1
        ports(2 if runs < 10 else 3)(world)

    result = search(runner(moody), DepthFirst())
    assert "expected a choice among server" in str(result.drift)
    assert (result.schedules, result.verdict) == (9, "stopped")
    assert TWO_OWNERS in result.found


# ---- plans ---------------------------------------------------------------------------------------------------


def test_the_portfolio_exhausts_what_is_small() -> None:
    result = search(runner(ports(2, fixed=True)), Portfolio(1))
    assert result.verdict == "exhausted"
    assert result.distinct == 20


def test_the_portfolio_says_when_its_reduced_half_has_seen_everything() -> None:
    run_under = runner(three_calls(2, 3))
    assert search(run_under, Portfolio(1), schedules=10).verdict == "stopped"
    result = search(run_under, Portfolio(1))
    assert (result.verdict, result.distinct) == ("exhausted", 70)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_every_plan_searches_the_same_again(name: str) -> None:
    def seen() -> list[str]:
        digests: list[str] = []
        run_under = runner(stale_close)

        def noting(strategy: Strategy) -> Run:
            run = run_under(strategy)
            digests.append(run.digest)
            return run

        search(noting, PLANS[name](5), schedules=30)
        return digests

    assert seen() == seen() != []


def test_plans_of_one_run_make_one_run() -> None:
    for name in ("first", "round-robin"):
        assert search(runner(three_calls()), PLANS[name](0)).schedules == 1
