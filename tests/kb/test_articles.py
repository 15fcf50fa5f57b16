"""What holds for every article: complete claims, seams that exist, a table in the agreed form."""

import importlib
from itertools import islice

import pytest

from notsock.kb import UnknownArticleError, article_named, articles
from notsock.kb.article import Verdict
from notsock.kb.observe import observe
from notsock.kb.table import RELEASE_NAMES, cell, observe_all

NUMBERS = ["Q142634", "Q155738", "Q185727", "Q198663"]
KEYS = ["article", "release", "claim", "observed", "schedules", "exhausted", "grounds", "evidence"]


def test_the_four_articles_are_there_in_order():
    assert [article.number for article in articles()] == NUMBERS


@pytest.mark.parametrize("spelling", ["Q142634", "q142634", "142634"])
def test_an_article_is_found_however_it_is_spelled(spelling):
    assert article_named(spelling).number == "Q142634"


@pytest.mark.parametrize("spelling", ["Q1", "", "Q"])
def test_an_unknown_article_names_those_there_are(spelling):
    with pytest.raises(UnknownArticleError, match="Q142634, Q155738, Q185727, Q198663"):
        article_named(spelling)


@pytest.mark.parametrize("article", articles(), ids=lambda article: article.number)
def test_an_article_is_complete(article):
    assert set(article.claims) == set(RELEASE_NAMES)
    for scenario in article.scenarios:
        assert set(scenario.claims) == set(RELEASE_NAMES)
    assert len({scenario.name for scenario in article.scenarios}) == len(article.scenarios)
    assert article.deciding.claims == article.claims
    for seam in article.seams:
        importlib.import_module(seam)
    for claim in article.claims.values():
        assert (claim.verdict is Verdict.UNSPECIFIED) == (claim.source == "no article speaks of it")


@pytest.mark.parametrize("article", articles(), ids=lambda article: article.number)
@pytest.mark.parametrize("release", ["nt4-sp1"])
def test_a_cell_is_in_the_agreed_form_and_the_same_every_time(article, release):
    first, second = (observe(article, release, deciding_only=True).as_json() for _ in range(2))
    assert first == second
    assert list(first) == KEYS
    assert first["claim"] in ("affected", "clean", "unspecified")
    assert first["observed"] in ("affected", "clean")
    assert first["exhausted"] is True
    assert first["evidence"]


def test_the_table_is_made_cell_by_cell():
    table = observe_all(articles()[2:3])
    cells = list(islice(table, 2))
    assert [each.article.number for each in cells] == ["Q185727", "Q185727"]
    assert [each.release for each in cells] == ["11", "2000"]
    assert cell(cells[0]) == "unspecified: clean (exhausted, 1)"
