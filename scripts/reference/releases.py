"""A page for every release: its neighbour, and the rows by which it differs."""

from notsock.releases.catalogue import CURRENT, RELEASES
from notsock.releases.rows import Release, Row
from reference.page import Page, index, table


def pages() -> list[Page]:
    """Return a page for each release, and the one that leads to them."""
    made = [_page(release) for release in RELEASES]
    rows = [
        [
            f"[{release.name}]({release.name}.md)", release.title, _version(release), release.neighbour or "",
            str(len(release.rows)),
        ]
        for release in RELEASES
    ]  # fmt: skip
    text = (
        f"The current Windows (`{CURRENT}`) is the base; every older release is its neighbour and the rows that "
        "differ, each with its source and its grounds. Where no article speaks of a release, it behaves as its "
        "neighbour, and the table of an article says *unspecified*. `notsock releases NAME` prints the same.\n\n"
        + table(["release", "", "version", "is like", "rows that differ"], rows)
    )
    return [index("releases", "Releases", text, made, listed=False), *made]


def _page(release: Release) -> Page:
    if release.neighbour is None:
        words = "The current release, and the base of all others: nothing is undone here."
    else:
        words = f"Like [{release.neighbour}]({release.neighbour}.md), but for these rows."
    aliases = f" Also called {', '.join(f'`{alias}`' for alias in release.aliases)}." if release.aliases else ""
    text = f"# {release.name}: {release.title}\n\nVersion {_version(release)}.{aliases} {words}\n\n"
    if release.rows:
        text += _rows(release.rows)
    elif release.neighbour is not None:
        text += "No row yet: no article that we have tells it from its neighbour.\n"
    for hotfix in release.hotfixes:
        text += f"\n## Update `{hotfix.name}`\n{hotfix.says} It acts after a restart (`--hotfix {hotfix.name}`).\n\n"
        text += _rows(hotfix.rows)
    return Page(f"releases/{release.name}", text)


def _rows(rows: tuple[Row, ...]) -> str:
    return table(
        ["what", "differs so", "source", "grounds"],
        [[f"`{row.field}`", row.says, row.source, row.grounds.value] for row in rows],
    )


def _version(release: Release) -> str:
    return ".".join(map(str, release.windows_version))
