from typing import Any

import pytest
from scenario_runs import Scenario, of
from search_toys import has, lossy, lost_update, ports, runner, three_calls

from notsock.explore.plan import DepthFirst, Reducing
from notsock.explore.run import Runner
from notsock.explore.search import search
from notsock.explore.strategies.dpor import Dpor
from notsock.explore.strategies.replay import Repeat
from notsock.system import System

AF_INET, DGRAM = 2, 2


def reduced(run_under: Runner) -> tuple[int, str]:
    result = search(run_under, Reducing(), schedules=5_000)
    return result.schedules, result.verdict


# ---- what nothing is known of is not reduced ----------------------------------------------------------------------


@pytest.mark.parametrize("program", [ports(2), ports(3, fixed=True), lost_update(2), three_calls(3, 1), lossy])
def test_programs_without_a_machine_are_searched_whole(program: Any) -> None:
    whole = search(runner(program), DepthFirst())
    assert reduced(runner(program)) == (whole.schedules, "exhausted")


def test_what_a_scenario_shares_in_python_is_not_reduced() -> None:
    """Two threads append to one list: neither calls anything that the other's calls depend on."""
    orders = set()

    def scenario(system: System) -> None:
        process = system.machine().process("p")
        seen: list[str] = []

        def first(api: Any) -> None:
            api.kernel32.CreateEvent()
            seen.append("first")
            orders.add(tuple(seen))

        def second(api: Any) -> None:
            api.ws2_32.WSAStartup()
            seen.append("second")
            orders.add(tuple(seen))

        process.thread(first)
        process.thread(second)

    assert reduced(of(scenario))[1] == "exhausted"
    assert {("first", "second"), ("second", "first")} <= orders


def test_what_a_thread_is_given_to_work_on_is_shared_with_who_gave_it() -> None:
    seen = set()

    def scenario(system: System) -> None:
        def work(box: list[int]) -> None:
            box.append(1)

        def main(api: Any) -> None:
            box: list[int] = []
            api.kernel32.CreateThread(work, box)
            api.ws2_32.WSAStartup()
            seen.add(tuple(box))

        system.machine().process("p").thread(main)

    assert reduced(of(scenario))[1] == "exhausted"
    assert seen == {(), (1,)}


def test_code_that_reaches_behind_the_calls_commutes_with_nothing() -> None:
    def scenario(system: System) -> None:
        machine = system.machine()

        def cuts(api: Any) -> None:
            api.kernel32.CreateEvent()
            api.machine.system.network.partition(machine.host, machine.host, apart=True)

        def other(api: Any) -> None:
            api.kernel32.CreateEvent()

        machine.process("p").thread(cuts)
        machine.process("q").thread(other)

    assert reduced(of(scenario)) == (search(of(scenario), DepthFirst()).schedules, "exhausted")


# ---- what is known to commute ----------------------------------------------------------------------------------------


def apart(processes: int) -> Scenario:
    def scenario(system: System) -> None:
        machine = system.machine()

        def main(api: Any) -> None:
            api.kernel32.CloseHandle(api.kernel32.CreateEvent())

        for number in range(processes):
            machine.process(f"p{number}").thread(main)

    return scenario


@pytest.mark.parametrize("processes", [2, 3, 6])
def test_processes_that_share_nothing_have_one_schedule(processes: int) -> None:
    assert reduced(of(apart(processes))) == (1, "exhausted")


def test_threads_that_use_one_table_have_as_many_as_their_openings_and_closings_have_orders() -> None:
    def scenario(system: System) -> None:
        process = system.machine().process("p")

        def main(api: Any) -> None:
            api.kernel32.CloseHandle(api.kernel32.CreateEvent())

        process.thread(main)
        process.thread(main)

    assert reduced(of(scenario)) == (6, "exhausted")
    assert search(of(scenario), DepthFirst()).schedules == 20


def test_a_stale_close_is_found_at_once_and_its_twin_is_exhausted() -> None:
    def scenario(*, twice: bool) -> Scenario:
        def on(system: System) -> None:
            process = system.machine().process("p")
            mine = process.process.kernel32.CreateEvent()

            def closer(api: Any) -> None:
                api.kernel32.CloseHandle(mine)
                if twice:
                    api.kernel32.CloseHandle(mine)

            def other(api: Any) -> None:
                api.kernel32.SetEvent(api.kernel32.CreateEvent())

            process.thread(closer)
            process.thread(other)

        return on

    found = search(of(scenario(twice=True)), Reducing())
    assert any(rule == "stale-close" for rule, _ in found.found)
    assert min(each.schedule for (rule, _), each in found.found.items() if rule == "stale-close") <= 10
    clean = search(of(scenario(twice=False)), Reducing())
    assert (clean.verdict, clean.found) == ("exhausted", {})


# ---- honesty --------------------------------------------------------------------------------------------------------


def test_every_value_of_a_verdict_is_tried() -> None:
    result = search(runner(lossy), Reducing())
    assert any(has("deadlock")(each.run) for each in result.found.values())


def test_its_runs_can_be_repeated() -> None:
    def scenario(system: System) -> None:
        apart(2)(system)
        process = system.machine().process("q")

        def main(api: Any) -> None:
            api.ws2_32.WSAStartup()
            s = api.ws2_32.socket(AF_INET, DGRAM, 0)
            api.ws2_32.bind(s, ("0.0.0.0", 7))

        process.thread(main)
        process.thread(main)

    run_under, strategy = of(scenario), Dpor()
    for _ in range(10):
        run = run_under(strategy)
        assert run_under(Repeat(run.choices)).digest == run.digest
        if not strategy.advance():
            break


def test_a_seed_draws_which_schedule_stands_for_its_equals() -> None:
    verdicts = {search(of(apart(3)), Reducing(seed)).verdict for seed in range(3)}
    assert verdicts == {"exhausted"}
