from collections.abc import Callable, Sequence
from typing import Any

import pytest
from scenario_runs import Scenario, of

from notsock.executive.strategy import FirstReady
from notsock.explore.observed import Observed
from notsock.explore.plan import PLANS
from notsock.explore.run import Run
from notsock.explore.search import search
from notsock.explore.strategies.active import Active
from notsock.explore.strategies.taught import Taught
from notsock.explore.windows import Seen, Suspicion, Window, windows
from notsock.system import System

AF_INET, DGRAM = 2, 2


class Unpreempted(FirstReady):
    """The first run of every search, as a strategy that is asked at every turn."""

    def attend(self, executive: Any) -> None:
        pass

    def stills(self) -> None:
        pass


def seen_in(scenario: Scenario, release: str = "11") -> list[Seen]:
    """Return the windows of the unpreempted run, the most suspicious first."""
    found: list[Seen] = []

    class Pupil(Active):
        def learn(self, observed: Any, names: Any) -> None:
            found.extend(sorted(windows(observed, names), reverse=True))

    pupil = Pupil()
    of(scenario, release)(Taught(Unpreempted(), pupil))
    pupil.catch_up()
    return found


def two(first: Callable[[Any], object], second: Callable[[Any], object]) -> Scenario:
    """Two threads of one process, whose first one waits for both and closes their handles."""

    def main(api: Any) -> None:
        api.ws2_32.WSAStartup(0x0202)
        threads = [api.crt._beginthreadex(lambda act=act: act(api)) for act in (first, second)]
        api.kernel32.WaitForMultipleObjects(threads, True)
        for thread in threads:
            api.kernel32.CloseHandle(thread)
        api.ws2_32.WSACleanup()

    return lambda system: system.machine().process("p").thread(main)


def closes_twice(api: Any) -> None:
    number = api.ws2_32.socket(AF_INET, DGRAM, 0)
    api.ws2_32.closesocket(number)
    api.ws2_32.closesocket(number)


def closes_once(api: Any) -> None:
    api.ws2_32.closesocket(api.ws2_32.socket(AF_INET, DGRAM, 0))


def rules(run: Run) -> set[str]:
    return {finding.rule for finding in run.findings}


# ---- windows --------------------------------------------------------------------------------------------------------


def test_a_number_that_is_used_again_after_it_was_freed_is_the_most_suspicious() -> None:
    suspicion, window, _ = seen_in(two(closes_twice, closes_once))[0]
    assert suspicion is Suspicion.FREE
    assert (window.actor, window.other) == ("p/main/1", "p/main/2")
    assert window.opens < window.closes


def test_its_mended_twin_has_no_such_window() -> None:
    assert all(seen.suspicion is not Suspicion.FREE for seen in seen_in(two(closes_once, closes_once)))


def test_a_port_that_is_looked_at_and_then_taken_is_suspicious_where_that_is_two_steps() -> None:
    def service(api: Any) -> None:
        api.ws2_32.WSAStartup(0x0202)
        number = api.ws2_32.socket(AF_INET, DGRAM, 0)
        api.ws2_32.bind(number, ("0.0.0.0", 161))

    def scenario(system: System) -> None:
        machine = system.machine()
        for name in ("a", "b"):
            machine.process(name).thread(service)

    assert seen_in(scenario, "nt4-sp1")[0].suspicion is Suspicion.LOOKED
    assert all(seen.suspicion is not Suspicion.LOOKED for seen in seen_in(scenario, "11"))


def test_what_had_to_come_later_is_in_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first thread closes the handles of the others when they have ended, and could not before."""
    waits, ends = 4, 3  # by number, the calls of the one and of the others

    def too_late() -> list[Window]:
        found = [each.window for each in seen_in(two(closes_once, closes_once))]
        of_main = [each for each in found if each.actor == "p/main" and each.slips.call == ends]
        return [each for each in of_main if each.opens.call == waits < each.closes.call]

    assert too_late() == []
    monkeypatch.setattr(Observed, "needs", lambda *_: False)
    assert too_late() != []


# ---- the strategy ---------------------------------------------------------------------------------------------------


def test_the_second_schedule_of_the_default_search_is_the_stale_close() -> None:
    for seed in range(10):
        plan, run_under = PLANS["portfolio"](seed), of(two(closes_twice, closes_once))
        found = []
        for _ in range(2):
            strategy = plan.next()
            assert strategy is not None
            found.append(rules(run_under(strategy)))
        assert "stale-close" not in found[0]
        assert "stale-close" in found[1]


def test_every_window_is_tried_once() -> None:
    active, run_under = Active(), of(two(closes_twice, closes_once))
    tried: list[Any] = []
    for _ in range(200):
        run_under(active)
        if active._known and not active.suspects():
            break
        active.catch_up()
        tried.append(active._untried[0][2])
    else:
        raise AssertionError("there is always another window")
    assert len(tried) == len(set(tried)) > 5


def test_who_is_to_slip_in_and_waits_for_the_one_that_is_held_ends_the_hold() -> None:
    """The second thread can close only after the first one has set the event: a window before that cannot be."""

    def scenario(system: System) -> None:
        def main(api: Any) -> None:
            api.ws2_32.WSAStartup(0x0202)
            event = api.kernel32.CreateEvent(True, False)
            number = api.ws2_32.socket(AF_INET, DGRAM, 0)

            def first() -> None:
                api.ws2_32.bind(number, ("127.0.0.1", 0))
                api.ws2_32.getsockname(number)
                api.kernel32.SetEvent(event)

            def second() -> None:
                api.kernel32.WaitForSingleObject(event)
                api.ws2_32.closesocket(number)

            api.kernel32.WaitForMultipleObjects([api.crt._beginthreadex(act) for act in (first, second)], True)

        system.machine().process("p").thread(main)

    result = search(of(scenario), PLANS["active"](0), schedules=60)
    assert result.unfinished == 0
    assert not any(rule == "use-after-close" for rule, _ in result.found)


def test_a_seed_gives_the_same_schedules_again() -> None:
    def schedules(seed: int) -> list[Sequence[int]]:
        plan, run_under = PLANS["active"](seed), of(two(closes_twice, closes_once))
        return [run_under(strategy).choices for _ in range(30) if (strategy := plan.next()) is not None]

    assert schedules(1) == schedules(1)
    assert schedules(1) != schedules(2)


def test_a_program_without_a_choice_is_exhausted_by_its_first_schedule() -> None:
    result = search(of(lambda system: system.machine().process("p").thread(lambda api: api.kernel32.CreateEvent())),
                    PLANS["portfolio"](0))  # fmt: skip
    assert (result.verdict, result.schedules) == ("exhausted", 1)
