"""Q155738: a thread's handle closed twice."""

import pytest

from notsock.kb.article import Verdict
from notsock.kb.observe import observe, rates, try_scenario
from notsock.kb.q155738 import ARTICLE
from notsock.kb.table import RELEASE_NAMES

RATED = 500


@pytest.mark.parametrize("release", RELEASE_NAMES)
def test_every_release_is_affected_and_three_are_claimed(release):
    found = observe(ARTICLE, release, deciding_only=True)
    named = release in ("nt3.5", "nt3.51", "nt4")
    assert found.claim.verdict is (Verdict.AFFECTED if named else Verdict.UNSPECIFIED)
    assert found.deciding.exhausted
    assert 0 < found.deciding.found_at <= 4


def test_what_happens_depends_on_what_the_number_has_become():
    outcomes = try_scenario(ARTICLE.scenario_named("endthread"), "nt4").outcomes
    socket, event = "another thread's socket", "another thread's event"
    assert set(outcomes) == {
        "the second close hit a free number",
        f"the second close hit {event}",
        f"the second close hit {socket}",
        f"the second close hit {socket}; bind failed with 10038 (WSAENOTSOCK)",
        f"the second close hit {socket}; bind failed with 10038 (WSAENOTSOCK), whose number had become an event",
    }


@pytest.mark.parametrize("release", ["nt3.5", "nt3.51", "nt4", "95", "11"])
def test_endthreadex_closes_nothing(release):
    result = try_scenario(ARTICLE.scenario_named("endthreadex"), release)
    assert result.exhausted
    assert list(result.outcomes) == ["the second close hit nothing: closed once"]


@pytest.mark.parametrize("release", ["nt3.5", "nt3.51", "nt4"])
def test_the_rate_rises_with_the_number_of_processors(release):
    one, two, four = rates(ARTICLE, release, RATED)
    assert [each.processors for each in (one, two, four)] == [1, 2, 4]
    assert {each.schedules for each in (one, two, four)} == {RATED}
    assert 0 < one.share < two.share < four.share
    assert one.share * 1.5 < two.share
