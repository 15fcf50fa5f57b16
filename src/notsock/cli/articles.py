"""``notsock kb`` and ``notsock releases``: the articles, observed live, and what each release differs in."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from notsock.cli.checks import Printing
from notsock.kb import article_named, articles
from notsock.kb.article import Article, Verdict
from notsock.kb.observe import Observation, rates
from notsock.kb.table import observe_all
from notsock.outputs.article_pages import articles_page
from notsock.releases.catalogue import RELEASES, release_named


def releases(name: str | None, *, as_json: bool, quiet: bool) -> int:
    """List the releases, or one's rows; return the exit status."""
    chosen = [release_named(name)] if name else list(RELEASES)
    if as_json:
        value = [
            {
                "release": release.name,
                "title": release.title,
                "neighbour": release.neighbour,
                "aliases": list(release.aliases),
                "rows": [
                    {"field": row.field, "says": row.says, "source": row.source, "grounds": row.grounds.value}
                    for row in release.rows
                ],
                "hotfixes": [{"name": hotfix.name, "says": hotfix.says} for hotfix in release.hotfixes],
            }
            for release in chosen
        ]
        sys.stdout.write(json.dumps(value, indent=1) + "\n")
        return 0
    console = Console(highlight=False)
    if quiet:
        lines = [release.name for release in chosen] if name is None else [row.says for row in chosen[0].rows]
        for line in lines:
            console.print(line, markup=False, soft_wrap=True)
        return 0
    if name is None:
        table = Table("release", "", "differs from", "in", box=None, pad_edge=False)
        for release in chosen:
            table.add_row(
                release.name, release.title, release.neighbour or "", ", ".join(row.field for row in release.rows)
            )
        console.print(table)
        return 0
    (release,) = chosen
    console.print(f"{release.title} ({release.name})", markup=False)
    if release.neighbour is None:
        console.print("The current release; every other one is its neighbour plus the rows that differ.")
        return 0
    console.print(f"As {release.neighbour}, but for:" if release.rows else f"As {release.neighbour}.", markup=False)
    for row in release.rows:
        console.print(f"  {row.says}", markup=False)
        console.print(f"    {row.field}; {row.source} ({row.grounds.value})", markup=False, style="dim")
    for hotfix in release.hotfixes:
        console.print(f"  update {hotfix.name}: {hotfix.says}", markup=False)
    return 0


def kb(article: str | None, chosen: list[str] | None, printing: Printing) -> int:
    """Observe the articles on the releases, and show what was seen; return the exit status."""
    known = articles() if article is None else (article_named(article),)
    names = chosen or [release.name for release in RELEASES]
    quiet = printing.quiet
    if printing.as_json:
        with _progress(len(known) * len(names)) as advance:
            cells = [_told(advance, each) for each in observe_all(known, names)]
        sys.stdout.write(json.dumps([cell.as_json() for cell in cells], indent=1) + "\n")
    elif article is None:
        cells = _print_overview(Console(highlight=False), known, names, quiet=quiet)
    else:
        cells = _print_article(Console(highlight=False), known[0], names, quiet=quiet)
    if printing.outputs.want_page:
        printing.outputs.write(articles_page(cells))
    return 0


@contextmanager
def _progress(cells: int) -> Iterator[Callable[[str], None]]:
    """Show which cell is being observed, where a person is looking."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("observing", total=cells)

        def advance(what: str) -> None:
            bar.update(task, advance=1, description=what)

        yield advance


def _told(advance: Callable[[str], None], cell: Observation) -> Observation:
    advance(f"{cell.article.number} on {cell.release}")
    return cell


def _print_overview(
    console: Console, known: Sequence[Article], names: Sequence[str], *, quiet: bool
) -> list[Observation]:
    table = Table("release", *(article.number for article in known), box=None, pad_edge=False)
    with _progress(len(known) * len(names)) as advance:
        cells = {
            (cell.article.number, cell.release): _told(advance, cell) for cell in observe_all(known, names)
        }
    for name in names:
        table.add_row(name, *(_mark(cells[article.number, name]) for article in known))
    console.print(table)
    if quiet:
        return list(cells.values())
    for article in known:
        console.print(f"{article.number}  {article.title} ({article.grounds.value})", markup=False)
    console.print("Every cell is a live run.  notsock kb ARTICLE says why, and what was seen.", markup=False)
    return list(cells.values())


def _mark(cell: Observation) -> str:
    """Return a cell of the overview: what was seen, and whether that is what is claimed."""
    tried = cell.deciding
    how = "exhausted" if tried.exhausted else f"{tried.schedules:,} schedules"
    if cell.claim.verdict is Verdict.UNSPECIFIED:
        return f"[dim]{cell.observed.value}[/] [dim]({how}; unspecified)[/]"
    if not tried.agrees:
        return f"[red]{cell.observed.value}, claimed {cell.claim.verdict.value}[/] ({how})"
    style = "yellow" if cell.observed is Verdict.AFFECTED else "green"
    return f"[{style}]{cell.observed.value}[/] [dim]({how})[/]"


def _print_article(console: Console, article: Article, names: Sequence[str], *, quiet: bool) -> list[Observation]:
    if quiet:
        with _progress(len(names)) as advance:
            cells = [_told(advance, cell) for cell in observe_all([article], names)]
        for cell in cells:
            console.print(f"{cell.release:<12} {_mark(cell)}")
        return cells
    console.print(f"{article.number}: {article.title}", style="bold", markup=False)
    console.print(f"\n{article.mechanism}\n", markup=False)
    console.print(f"Grounds: {article.grounds.value}.  Seams: {', '.join(article.seams) or 'none'}.\n", markup=False)
    with _progress(len(names)) as advance:
        cells = [_told(advance, cell) for cell in observe_all([article], names, deciding_only=False)]
    for cell in cells:
        console.print(f"{cell.release:<12} claimed {cell.claim.verdict.value} ({cell.claim.source})", markup=False)
        for tried in cell.tried:
            name = tried.scenario.name
            agrees = "" if tried.agrees else f"  BUT CLAIMED {tried.claim.verdict.value}"
            count = f"{tried.verdict}, {tried.schedules:,} schedules"
            console.print(f"    {name}: {tried.observed.value} ({count}){agrees}", markup=False)
            for line in tried.evidence().splitlines():
                console.print(f"        {line}", markup=False, style="dim", soft_wrap=True)
    if article.rated:
        affected = [name for name in names if article.claims[name].verdict is Verdict.AFFECTED]
        _print_rates(console, article, affected or list(names[:1]))
    return cells


def _print_rates(console: Console, article: Article, names: Sequence[str]) -> None:
    console.print("\nHow often, by processors:", markup=False)
    for name in names:
        shown = ", ".join(
            f"{rate.processors}: {rate.share:.1%} of {rate.schedules:,}" for rate in rates(article, name)
        )
        console.print(f"    {name:<12} {shown}", markup=False)
