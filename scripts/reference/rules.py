"""A page for every rule, from the docstring of its class."""

import inspect

from notsock.detect.finding import Severity
from notsock.detect.rules import all_rules
from reference.page import Page, index, table

_GRAVITY = {
    Severity.ERROR: "an error: certain by identity, or confirmed by what failed afterwards",
    Severity.WARNING: "a warning: wrong, though nothing was seen to break",
    Severity.NOTE: "a note: worth knowing; a healthy program may have it",
}


def pages() -> list[Page]:
    """Return a page for each rule, and the one that leads to them."""
    rules = sorted(all_rules(), key=lambda rule: rule.name)
    made = [_page(rule) for rule in rules]
    rows = [
        [f"[{rule.name}]({rule.name}.md)", rule.severity.value, _article(rule.article), _words(rule)[0]]
        for rule in rules
    ]
    text = (
        "A rule reads the events of a run, simulated or real, and judges by the identity of objects, not by return "
        "codes. Where a log lacks the events that a rule reads, its answer is *not applicable*, never *clean*.\n\n"
        + table(["rule", "at its gravest", "article", "what it says"], rows)
    )
    return [index("rules", "Rules", text, made, listed=False), *made]


def _page(rule: type) -> Page:
    first, rest = _words(rule)
    facts = (
        f"*At its gravest {_GRAVITY[rule.severity]}. "
        f"Explained by: {_article(rule.article) or 'no article of the Knowledge Base'}.*"
    )
    events = ", ".join(f"`{event.__name__}`" for event in rule.reads)
    return Page(
        f"rules/{rule.name}",
        f"# {rule.name}\n\n{first}\n\n{facts}\n\n{rest}\n\n## Which events it reads\n{events}. Where a trace cannot "
        "hold one of them, the rule is not applicable to it.\n",
    )


def _words(rule: type) -> tuple[str, str]:
    first, _, rest = inspect.cleandoc(rule.__doc__ or "").partition("\n\n")
    return " ".join(first.split()), rest


def _article(number: str | None) -> str:
    return f"[{number}](../articles/{number}.md)" if number else ""
