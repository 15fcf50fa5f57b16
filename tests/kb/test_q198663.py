"""Q198663: a duplicate closed last, on every release and to its ends."""

import pytest

from notsock.kb.article import Verdict
from notsock.kb.observe import observe, try_scenario
from notsock.kb.q198663 import ARTICLE
from notsock.kb.table import RELEASE_NAMES

AFFECTED, CLEAN, UNSPECIFIED = Verdict.AFFECTED, Verdict.CLEAN, Verdict.UNSPECIFIED
WINDOWS_9X = ("95", "98")
OTHERS = tuple(name for name in RELEASE_NAMES if name not in WINDOWS_9X)


def tried(name, release):
    return try_scenario(ARTICLE.scenario_named(name), release)


@pytest.mark.parametrize("release", RELEASE_NAMES)
def test_what_is_claimed_is_seen_in_every_schedule(release):
    observation = observe(ARTICLE, release, deciding_only=True)
    assert observation.agrees
    assert observation.deciding.exhausted
    left = "CLOSE_WAIT, FIN_WAIT_2" if release in WINDOWS_9X else "no connection left"
    assert list(observation.deciding.outcomes) == [f"an hour later: {left}"]


@pytest.mark.parametrize("release", WINDOWS_9X)
def test_the_evidence_has_the_error_code_and_netstat(release):
    evidence = observe(ARTICLE, release, deciding_only=True).as_json()["evidence"]
    assert "10055" in evidence
    assert "  TCP    127.0.0.1:9000         127.0.0.1:1025         CLOSE_WAIT\n" in evidence
    assert "  TCP    127.0.0.1:1025         127.0.0.1:9000         FIN_WAIT_2\n" in evidence


def test_duplicate_handle_is_claimed_of_windows_95_alone():
    claims = ARTICLE.scenario_named("duplicate-handle-closed-last").claims
    assert {name: claims[name].verdict for name in WINDOWS_9X} == {"95": AFFECTED, "98": UNSPECIFIED}


@pytest.mark.parametrize("release", ["95", "98", "nt4-sp4", "11"])
def test_duplicate_handle_does_the_same(release):
    result = tried("duplicate-handle-closed-last", release)
    assert result.exhausted
    assert result.observed is (AFFECTED if release in WINDOWS_9X else CLEAN)


@pytest.mark.parametrize("release", ["95", "98", "nt4"])
@pytest.mark.parametrize("scenario", ["dummy-socket", "original-closed-last", "creator-ends"])
def test_both_ways_round_are_clean_and_the_creators_end_frees(release, scenario):
    result = tried(scenario, release)
    assert result.exhausted
    assert result.observed is CLEAN


@pytest.mark.parametrize("release", WINDOWS_9X)
def test_launch_after_launch_until_connect_fails_at_100_sockets(release):
    result = tried("launches", release)
    assert result.schedules == 3
    assert list(result.outcomes) == [
        "after 50 launches connect failed with 10055 (WSAENOBUFS); there were 50 CLOSE_WAIT, 50 FIN_WAIT_2"
    ]
    heading, _, _, *sockets = result.picture.splitlines()
    assert heading == "Active Connections"
    assert len(sockets) == 101
    assert [line.split()[-1] for line in sockets].count("CLOSE_WAIT") == 50
    assert [line.split()[-1] for line in sockets].count("FIN_WAIT_2") == 50
    assert [line.split()[-1] for line in sockets].count("LISTENING") == 1


@pytest.mark.parametrize("release", OTHERS)
def test_launch_after_launch_elsewhere(release):
    assert tried("launches", release).observed is CLEAN


@pytest.mark.parametrize("release", WINDOWS_9X)
@pytest.mark.parametrize("scenario", ["launches-with-dummy", "launches-patiently"])
def test_launch_after_launch_with_a_way_round(release, scenario):
    assert tried(scenario, release).observed is CLEAN
