"""Q142634: two processes claim one port, on every release and to its ends."""

import pytest

from notsock.explore.plan import DepthFirst
from notsock.kb.article import Verdict
from notsock.kb.observe import observe, try_scenario
from notsock.kb.q142634 import ARTICLE, LATER_MS, PORT
from notsock.kb.table import RELEASE_NAMES
from notsock.kernel32.kernel32 import INFINITE
from notsock.system import System
from notsock.values.addresses import AF_INET, ANY4, SOCK_DGRAM

AFFECTED, CLEAN, UNSPECIFIED = Verdict.AFFECTED, Verdict.CLEAN, Verdict.UNSPECIFIED
TWO_STEPS = ("nt3.51", "nt4", "nt4-sp1")
ONE_STEP = tuple(name for name in RELEASE_NAMES if name not in TWO_STEPS)


def tried(name, release):
    return try_scenario(ARTICLE.scenario_named(name), release)


def test_the_claims_are_the_articles():
    by_claim = {verdict: set() for verdict in Verdict}
    for release, claim in ARTICLE.claims.items():
        by_claim[claim.verdict].add(release)
    assert by_claim[AFFECTED] == set(TWO_STEPS)
    assert by_claim[CLEAN] == {"nt4-sp2", "nt4-sp3", "nt4-sp4"}


@pytest.mark.parametrize("release", TWO_STEPS)
def test_two_owners_within_15_schedules(release):
    found = observe(ARTICLE, release, deciding_only=True)
    assert found.agrees
    assert found.deciding.exhausted
    assert 0 < found.deciding.found_at <= 15
    assert "port 5000 was given to second, then to first; neither gave it up" in found.as_json()["evidence"]


@pytest.mark.parametrize("release", ONE_STEP)
def test_never_two_owners_in_any_schedule(release):
    clean = observe(ARTICLE, release, deciding_only=True)
    assert clean.observed is CLEAN
    assert clean.deciding.exhausted
    assert list(clean.deciding.outcomes) == ["one owner; the other's bind failed with 10048 (WSAEADDRINUSE)"]


def test_the_same_schedules_are_tried_on_both_sides():
    assert len({tried("claim-udp", release).schedules for release in ("nt4-sp1", "nt4-sp2")}) == 1


@pytest.mark.parametrize("release", ["nt3.51", "nt4-sp1", "nt4-sp2", "11"])
def test_tcp_ports_are_no_different(release):
    result = tried("claim-tcp", release)
    assert result.exhausted
    assert result.observed is (AFFECTED if release in TWO_STEPS else CLEAN)


@pytest.mark.parametrize("release", RELEASE_NAMES)
def test_one_after_the_other_is_10048_everywhere(release):
    result = tried("one-after-the-other", release)
    assert result.exhausted
    assert list(result.outcomes) == ["the second's bind failed with 10048 (WSAEADDRINUSE)"]


@pytest.mark.parametrize("release", TWO_STEPS)
@pytest.mark.parametrize("scenario", ["hear-udp", "hear-tcp"])
def test_the_last_owner_hears_and_the_other_waits_for_ever(release, scenario):
    result = tried(scenario, release)
    assert result.verdict == "exhausted up to 2 preemptions"
    assert set(result.outcomes) == {
        "two owners; heard by the last owner; 1 waits for ever",
        "one owner, heard by the only owner",
    }


@pytest.mark.parametrize("release", ["nt3.5", "nt4-sp2", "98", "11"])
@pytest.mark.parametrize("scenario", ["hear-udp", "hear-tcp"])
def test_the_only_owner_hears(release, scenario):
    assert list(tried(scenario, release).outcomes) == ["one owner, heard by the only owner"]


def test_an_update_acts_after_a_restart():
    installed, acting = tried("update-installed", "nt3.51"), tried("update-acting", "nt3.51")
    assert installed.observed is AFFECTED
    assert acting.observed is CLEAN
    assert installed.exhausted
    assert acting.exhausted


def test_a_machine_restarts_in_the_middle_of_a_run():
    def scenario(system):
        machine = system.machine()
        machine.install("afd-update")

        def services():
            for name in ("first", "second"):

                @machine.process(name).thread
                def main(api):
                    api.ws2_32.WSAStartup()
                    s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
                    answers.append(api.ws2_32.bind(s, (ANY4, PORT)))
                    api.kernel32.Sleep(INFINITE)

        services()

        @system.machine().process("operator").thread
        def operator(api):
            api.kernel32.Sleep(LATER_MS)
            answers.append("restart")
            machine.restart()
            services()

    plan = DepthFirst(1)
    seen = set()
    while (strategy := plan.next()) is not None:
        answers = []
        system = System("nt3.51", strategy=strategy)
        scenario(system)
        system.run()
        assert system.errors == []
        seen.add(tuple(answers))
    assert plan.verdict() == "exhausted up to 1 preemptions"
    before = {answers[: answers.index("restart")] for answers in seen}
    after = {answers[answers.index("restart") + 1 :] for answers in seen}
    assert (0, 0) in before
    assert {tuple(sorted(answers)) for answers in after} == {(-1, 0)}
