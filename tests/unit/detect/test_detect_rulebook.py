"""Every rule has a page worth reading."""

import pytest

from notsock.detect.rulebook import SECTIONS, UnknownRuleError, rule_page, rule_pages
from notsock.detect.rules import all_rules
from notsock.report.links import archived, for_everybody, for_terminal


@pytest.mark.parametrize("page", rule_pages(), ids=lambda page: page.name)
def test_a_rule_says_what_it_finds_why_how_and_what_to_change(page):
    assert page.summary.endswith(".")
    assert "\n" not in page.summary
    assert tuple(title for title, _ in page.sections) == SECTIONS
    assert all(len(text) > 40 for _, text in page.sections)
    assert page.cwe > 0
    for title, text in page.sections:
        assert f"## {title}\n\n{text}" in page.markdown


def test_there_is_one_page_for_each_rule():
    assert {page.name for page in rule_pages()} == {rule.name for rule in all_rules()}


def test_a_rule_that_is_not_there_is_answered_with_those_like_it():
    with pytest.raises(UnknownRuleError, match="'stale-clsoe'; did you mean stale-close"):
        rule_page("stale-clsoe")
    with pytest.raises(UnknownRuleError, match="notsock rules lists them"):
        rule_page("\x1b[31m")


def test_links_lead_to_the_site_where_there_is_one(monkeypatch):
    page = rule_page("stale-close")
    monkeypatch.delenv("NOTSOCK_SITE", raising=False)
    assert for_terminal(page).endswith("/detect/rules/stale_close.py")
    assert for_everybody(page) == "https://cwe.mitre.org/data/definitions/1341.html"
    monkeypatch.setenv("NOTSOCK_SITE", "https://docs.example/notsock/")
    assert for_terminal(page) == for_everybody(page) == "https://docs.example/notsock/reference/rules/stale-close.html"
    assert archived("Q142634") == "https://jeffpar.github.io/kbarchive/kb/142/Q142634/"
    assert archived("Q65123") == "https://jeffpar.github.io/kbarchive/kb/065/Q65123/"
