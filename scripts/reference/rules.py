"""A page for every rule, as :mod:`notsock.detect.rulebook` has it."""

from notsock.detect.rulebook import RulePage, rule_pages
from notsock.detect.rules import all_rules
from reference.page import Page, index, table

_GRAVITY = {
    "error": "an error: certain by identity, or confirmed by what failed afterwards",
    "warning": "a warning: wrong, though nothing was seen to break",
    "note": "a note: worth knowing; a healthy program may have it",
}


def pages() -> list[Page]:
    """Return a page for each rule, and the one that leads to them."""
    reads = {rule.name: rule.reads for rule in all_rules()}
    made = [_page(rule, [event.__name__ for event in reads[rule.name]]) for rule in rule_pages()]
    rows = [
        [f"[{rule.name}]({rule.name}.md)", rule.severity, _article(rule.article), _summary(rule)]
        for rule in rule_pages()
    ]
    text = (
        "A rule reads the events of a run, simulated or real, and judges by the identity of objects, not by return "
        "codes. Where a log lacks the events that a rule reads, its answer is *not applicable*, never *clean*.\n\n"
        + table(["rule", "at its gravest", "article", "what it says"], rows)
    )
    return [index("rules", "Rules", text, made, listed=False), *made]


def _page(rule: RulePage, reads: list[str]) -> Page:
    facts = (
        f"*At its gravest {_GRAVITY[rule.severity]}. Explained by: "
        f"{_article(rule.article) or 'no article of the Knowledge Base'}. Kind of weakness: "
        f"[CWE-{rule.cwe}]({rule.cwe_uri}).*"
    )
    sections = "\n\n".join(f"## {title}\n{text}" for title, text in rule.sections)
    events = ", ".join(f"`{event}`" for event in reads)
    return Page(
        f"rules/{rule.name}",
        f"# {rule.name}\n\n{_summary(rule)}\n\n{facts}\n\n{sections}\n\n## Which events it reads\n{events}. Where a "
        "trace cannot hold one of them, the rule is not applicable to it.\n",
    )


def _summary(rule: RulePage) -> str:
    return " ".join(rule.summary.split())


def _article(number: str | None) -> str:
    return f"[{number}](../articles/{number}.md)" if number else ""
