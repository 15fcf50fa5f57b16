"""A page for every article, from its module: claims, mechanism, grounds, scenarios, and what the machine does."""

import inspect
import sys

from notsock.kb import articles
from notsock.kb.article import Article, Verdict
from notsock.kb.table import observe_all
from notsock.releases.catalogue import RELEASES
from reference.page import Page, index, table


def pages() -> list[Page]:
    """Return a page for each article, and the one that leads to them.  Every cell is observed anew."""
    made = [_page(article) for article in articles()]
    text = (
        "Each article is a module: what it claims of each release, a program in Windows' own calls that shows it, "
        "and a mechanism with its grounds. `notsock kb ARTICLE` runs it. The texts are ours; the articles are "
        "Microsoft's.\n"
    )
    return [index("articles", "Articles of the Knowledge Base", text, made), *made]


def _page(article: Article) -> Page:
    module = inspect.getmodule(article.deciding.build)
    words = inspect.cleandoc((module and module.__doc__) or "").partition("\n\n")[2]
    names = [release.name for release in RELEASES]
    rows = []
    for cell in observe_all([article], names):
        claim, tried = cell.claim, cell.deciding
        claimed = claim.verdict.value + (f" ({claim.source})" if claim.verdict is not Verdict.UNSPECIFIED else "")
        rows.append([
            f"[{cell.release}](../releases/{cell.release}.md)", claimed, cell.observed.value,
            f"{tried.verdict}, {tried.schedules:,} schedules", tried.evidence().splitlines()[0],
        ])  # fmt: skip
    scenarios = table(["scenario", "what it does"], [[f"`{each.name}`", each.says] for each in article.scenarios])
    seams = ", ".join(f"`{seam}`" for seam in article.seams) or "none: it happens on every release"
    return Page(
        f"articles/{article.number}",
        f"# {article.number}: {article.title}\n\n{words}\n\n## The mechanism\n{article.mechanism}\n\n"
        f"Grounds: **{article.grounds.value}**. Seams: {seams}.\n\n## Release by release\n"
        f"What is claimed, and what an exhaustive search of the deciding scenario "
        f"(`{article.deciding.name}`) saw when this page was made.\n\n"
        + table(["release", "claimed", "seen", "search", "evidence"], rows)
        + f"\n## Scenarios\n{scenarios}\n`notsock kb {article.number}` runs them all.\n",
    )


if __name__ == "__main__":
    for page in pages():
        sys.stdout.write(page.text)
