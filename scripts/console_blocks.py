"""Commands that the documents show: run as a reader would, compared with what stands there, or written anew.

A page is a session in one folder that has `examples/` and `zoo/` in it.  A block ```` ```python NAME ```` is a file
that the reader writes; a block ```` ```console ```` holds commands behind ``$`` and what they print.  ``...`` alone on
a line stands for any lines.  ```` ```console network ```` needs a package registry and is run on its own.

    python scripts/console_blocks.py        writes the output of every command in README.md and docs/ anew
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^```(\w+)[ ]?(.*)\n((?:.*\n)*?)^```$", re.MULTILINE)
_OF_A_BUILD_SERVER = ("CI", "BUILD_NUMBER")  # pytest writes whole messages where these are set; a reader has neither


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the words behind it, its text, and where the text stands in the page."""

    language: str
    words: str
    text: str
    start: int
    end: int

    def commands(self) -> Iterator[tuple[str, str]]:
        """Yield each command of a console block with the output that the page shows."""
        command, shown = "", list[str]()
        for line in self.text.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, "\n".join(shown)
                command, shown = line[2:], []
            else:
                shown.append(line)
        if command:
            yield command, "\n".join(shown)


def documents() -> list[Path]:
    """Return every page that a person writes."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(path for path in pages if "reference" not in path.parts)


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    found = _BLOCK.finditer(page)
    return [Block(each[1], each[2].strip(), each[3], each.start(3), each.end(3)) for each in found]


def has_commands(page: str, *, network: bool = False) -> bool:
    """Say whether a page shows commands to run."""
    return any(_runs(block, network=network) for block in blocks(page))


def run(page: str, *, network: bool = False) -> Iterator[tuple[Block, str, str, str]]:
    """Run a page's commands in order; yield the block, the command, what is shown, and what it printed."""
    with tempfile.TemporaryDirectory(prefix="page-") as name:
        folder = Path(name).resolve()
        for each in ("examples", "zoo"):
            shutil.copytree(ROOT / each, folder / each)
        for block in blocks(page):
            if block.language == "python" and block.words:
                (folder / block.words).write_text(block.text)
            elif _runs(block, network=network):
                for command, shown in block.commands():
                    yield block, command, shown, _output(command, folder)


def _runs(block: Block, *, network: bool) -> bool:
    return block.language == "console" and block.words == ("network" if network else "")


def _output(command: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_BUILD_SERVER} | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "100", "NO_COLOR": "1",
        "NOTSOCK_SOURCE": str(ROOT),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=600, check=False,
    )  # fmt: skip
    return plain(done.stdout, folder)


def plain(output: str, folder: Path) -> str:
    """Return output without what differs from machine to machine: folders, the library's lines, digests, progress."""
    output = output.replace(f"{folder}/", "").replace(str(folder), ".")
    output = re.sub(r"/\S*/lib/python3\.\d+/(\S+\.py):\d+ in \S+", r"…/\1", output)
    output = re.sub(r"^WARNING: .*\n?", "", output, flags=re.MULTILINE)  # pip, about the machine's settings
    output = re.sub(r"^.*: [\d,]+(?: of [\d,]+)? schedules, [\d,]+/s, .*\n", "", output, flags=re.MULTILINE)
    output = re.sub(r"-[0-9a-f]{8}\.json", "-….json", output)
    output = re.sub(r"\b[0-9a-f]{32}\b", "…", output)
    output = re.sub(r"\b\d+ kept runs", "… kept runs", output)
    output = re.sub(r"\bin \d+\.\d+s\b", "in …s", output)
    return "\n".join(line.rstrip() for line in output.splitlines()).strip("\n")


def agrees(shown: str, printed: str) -> bool:
    """Say whether output is what the page shows; blank lines beside ``...`` are those of the page."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in shown.strip("\n").splitlines()
    )
    pattern = pattern.replace(r"(?:.*\n)*?\n", r"(?:.*\n)*?\n?").replace(r"\n\n(?:.*\n)*?", r"\n\n?(?:.*\n)*?")
    return re.fullmatch(pattern, printed.strip("\n") + "\n" if printed.strip("\n") else "") is not None


def written_anew(page: str) -> str:
    """Return a page with the output of every command as it is today; what ``...`` leaves out stays out."""
    texts: dict[int, list[str]] = {}
    for block, command, shown, printed in run(page):
        kept = shown if agrees(shown, printed) else printed
        texts.setdefault(block.start, []).append(f"$ {command}\n{kept}".rstrip("\n"))
    for block in reversed(blocks(page)):
        if block.start in texts:
            page = page[: block.start] + "\n".join(texts[block.start]) + "\n" + page[block.end :]
    return page


if __name__ == "__main__":
    for path in documents():
        text = path.read_text()
        if has_commands(text):
            anew = written_anew(text)
            if anew != text:
                path.write_text(anew)
                print(path.relative_to(ROOT), "has changed")
