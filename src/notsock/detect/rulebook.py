"""The rules as a person reads them: each one's page, from the docstring of its class.

The terminal, SARIF and the site print the same pages; nothing about a rule is written down anywhere else.
"""

import inspect
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from notsock.detect.rules import all_rules

SECTIONS = ("What it does", "Why is this bad?", "Example", "What to change")
"""The parts that every rule's docstring has, in this order."""
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


class UnknownRuleError(ValueError):
    """A rule that there is not; the message names those that are like it."""


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule: its name, how grave its findings are at most, and its docstring's parts in Markdown.

    ``cwe`` is its number in MITRE's Common Weakness Enumeration; ``source`` the file that it is written in.
    """

    name: str
    severity: str
    article: str | None
    cwe: int
    summary: str
    sections: tuple[tuple[str, str], ...]
    source: str

    @property
    def markdown(self) -> str:
        """The whole page, without its title."""
        parts = [self.summary, *(f"## {title}\n\n{text}" for title, text in self.sections)]
        return "\n\n".join(parts) + "\n"

    @property
    def cwe_uri(self) -> str:
        """Where MITRE describes this kind of weakness."""
        return f"https://cwe.mitre.org/data/definitions/{self.cwe}.html"


@cache
def rule_pages() -> tuple[RulePage, ...]:
    """Return the page of every rule, by name."""
    return tuple(sorted((_page(rule) for rule in all_rules()), key=lambda page: page.name))


def rule_page(name: str) -> RulePage:
    """Return a rule's page; raise :class:`UnknownRuleError`."""
    pages = {page.name: page for page in rule_pages()}
    if name in pages:
        return pages[name]
    like = get_close_matches(name, pages, 3, 0.5)
    hint = f"did you mean {' or '.join(like)}?" if like else "notsock rules lists them"
    raise UnknownRuleError(f"there is no rule {name!a:.60}; {hint}")


def _page(rule: Any) -> RulePage:
    text = inspect.cleandoc(rule.__doc__)
    summary, *parts = _HEADING.split(text)
    sections = tuple((title, body.strip("\n")) for title, body in zip(parts[::2], parts[1::2], strict=True))
    return RulePage(
        rule.name, rule.severity.value, rule.article, rule.cwe, summary.strip(), sections, inspect.getfile(rule)
    )
