"""Q185727: closesocket after _close, on every release and to its ends."""

import pytest

from notsock.kb.article import Verdict
from notsock.kb.observe import observe, try_scenario
from notsock.kb.q185727 import ARTICLE
from notsock.kb.table import RELEASE_NAMES

AFFECTED, CLEAN, UNSPECIFIED = Verdict.AFFECTED, Verdict.CLEAN, Verdict.UNSPECIFIED
KERNEL_FIRST = ("nt4-sp3", "nt4-tse")
CONTEXT_FIRST = tuple(name for name in RELEASE_NAMES if name not in KERNEL_FIRST)


def tried(name, release):
    return try_scenario(ARTICLE.scenario_named(name), release)


@pytest.mark.parametrize("release", RELEASE_NAMES)
def test_what_is_claimed_is_seen(release):
    observation = observe(ARTICLE, release, deciding_only=True)
    assert observation.agrees
    assert observation.deciding.exhausted
    assert observation.deciding.schedules == 1


def test_the_claims_are_the_articles():
    by_claim = {verdict: set() for verdict in Verdict}
    for release, claim in ARTICLE.claims.items():
        by_claim[claim.verdict].add(release)
    assert by_claim[AFFECTED] == {"nt4-sp3", "nt4-tse"}
    assert by_claim[CLEAN] == {"nt4", "nt4-sp1", "nt4-sp2", "nt4-sp4", "nt4-tse-sp4"}
    assert by_claim[UNSPECIFIED] == {"nt3.5", "nt3.51", "95", "98", "2000", "11"}


@pytest.mark.parametrize("release", KERNEL_FIRST)
def test_the_code_is_10038(release):
    evidence = observe(ARTICLE, release, deciding_only=True).as_json()["evidence"]
    assert "closesocket failed with 10038 (WSAENOTSOCK) after _close" in evidence


@pytest.mark.parametrize("release", RELEASE_NAMES)
def test_the_other_order_succeeds_everywhere(release):
    result = tried("closesocket-then-close", release)
    assert result.observed is CLEAN
    assert list(result.outcomes) == ["closesocket returned 0, then _close EBADF"]


@pytest.mark.parametrize("release", RELEASE_NAMES)
def test_a_context_stays_behind_where_closesocket_fails(release):
    assert tried("context-left-behind", release).observed is (AFFECTED if release in KERNEL_FIRST else CLEAN)


@pytest.mark.parametrize("release", ["nt4", "nt4-sp2", "nt4-sp3", "nt4-sp4", "11"])
def test_another_threads_socket_dies_where_it_has_got_the_number(release):
    result = tried("recycled-as-socket", release)
    assert result.exhausted
    assert result.found_at == 2
    assert any("10038" in text for text in result.outcomes)


@pytest.mark.parametrize("release", ["nt4", "nt4-sp2", "nt4-sp4", "11"])
def test_another_threads_event_dies_where_closesocket_is_tolerant(release):
    result = tried("recycled-as-event", release)
    assert result.exhausted
    assert result.found_at == 2
    assert any("SetEvent failed with 6" in text for text in result.outcomes)


@pytest.mark.parametrize("release", KERNEL_FIRST)
def test_another_threads_event_lives_where_the_kernel_is_asked_first(release):
    result = tried("recycled-as-event", release)
    assert result.observed is CLEAN
    assert result.exhausted


@pytest.mark.parametrize("release", ["nt4-sp3", "11"])
def test_a_descriptor_reads_and_writes_only_a_synchronous_socket(release):
    refused = tried("descriptor-of-overlapped", release)
    assert list(refused.outcomes) == ["the C runtime refused the socket: _read errno 22, _write errno 22"]
    taken = tried("descriptor-of-synchronous", release)
    assert taken.observed is CLEAN
    assert taken.exhausted
