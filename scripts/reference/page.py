"""A page of the reference: where it goes, and its text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page in Markdown: ``path`` below the reference's folder, without the ending; ``text``, title first."""

    path: str
    text: str

    @property
    def title(self) -> str:
        """The first heading."""
        return self.text.partition("\n")[0].removeprefix("# ")


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown; a bar or a line's end in a cell does not end the cell."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines) + "\n"


def index(folder: str, title: str, text: str, pages: list[Page], *, listed: bool = True) -> Page:
    """Return the page that leads to ``pages``; ``listed`` writes their titles out below its text."""
    names = "\n".join(page.path.removeprefix(f"{folder}/") for page in pages)
    hidden = "" if listed else ":hidden:\n"
    return Page(
        f"{folder}/index", f"# {title}\n\n{text}\n\n```{{toctree}}\n:maxdepth: 1\n{hidden}\n{names}\n```\n"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
