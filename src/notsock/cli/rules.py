"""``notsock rules``: what is looked for, and each rule's page."""

import json
import sys
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from notsock.detect.rulebook import RulePage, rule_page, rule_pages
from notsock.report.links import archived, for_terminal
from notsock.report.terminal import SEVERITY_STYLES


def rules(name: str | None, *, as_json: bool, quiet: bool) -> int:
    """List the rules, or print one's page; return the exit status."""
    chosen = rule_pages() if name is None else (rule_page(name),)
    if as_json:
        sys.stdout.write(json.dumps([_json(page) for page in chosen], indent=1) + "\n")
        return 0
    console = Console(highlight=False)
    if quiet:
        for page in chosen:
            console.print(page.name if name is None else page.summary, markup=False, soft_wrap=True)
    elif name is None:
        _print_list(console, chosen)
    else:
        _print_page(console, chosen[0])
    return 0


def _json(page: RulePage) -> dict[str, Any]:
    value = asdict(page)
    del value["source"]
    return value | {"sections": dict(page.sections)}


def _print_list(console: Console, pages: tuple[RulePage, ...]) -> None:
    table = Table("rule", "at most", "article", "what it finds", box=None, pad_edge=False, header_style="bold")
    for page in pages:
        severity = Text(page.severity, style=SEVERITY_STYLES[page.severity])
        name = Text(page.name, style=f"link {for_terminal(page)}")
        table.add_row(name, severity, page.article or "", page.summary)
    console.print(table)
    console.print("notsock rules NAME says why it is bad, with an example and what to change.", style="dim")


def _print_page(console: Console, page: RulePage) -> None:
    known = f"CWE-{page.cwe}"
    if page.article is not None:
        known = f"Knowledge Base {page.article}, {known}"
    console.print(Text.assemble((page.name, "bold"), (f"  {page.severity} at most; {known}", "dim")))
    if not console.is_terminal:
        console.file.write(f"\n{page.markdown}")
        return
    console.print()
    console.print(Text(page.summary))
    for title, text in page.sections:
        console.print()
        console.print(Text(title, style="bold cyan"))
        console.print(Markdown(text, code_theme="ansi_dark"))
    if page.article is not None:
        console.print()
        console.print(Text(f"The article: {archived(page.article)}", style=f"dim link {archived(page.article)}"))
