"""The files that a command writes beside what it prints: the page, SARIF, Perfetto's trace, packets.

Each command says which it can write (:func:`output_options`), makes a :class:`Page` of what it found, and hands that
over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from notsock.programs.program import ProgramError
from notsock.report.page.content import Page
from notsock.report.page.document import write_page
from notsock.report.sarif import write_sarif


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write what; None: not wanted."""

    report: str | None = None
    sarif: str | None = None
    pcap: str | None = None

    @property
    def want_page(self) -> bool:
        """Whether anything is made of a page."""
        return self.report is not None or self.sarif is not None

    @property
    def want_packets(self) -> bool:
        """Whether the network must be listened to."""
        return self.report is not None or self.pcap is not None

    def write(self, page: Page) -> None:
        """Write whatever is made of a page; raise :class:`ProgramError` where that cannot be done."""
        for path, write in ((self.report, write_page), (self.sarif, write_sarif)):
            if path is not None:
                written(path, write, page)


def written(path: str, write: Callable[..., None], *rest: Any) -> None:
    """Have a file written by ``write(path, *rest)``; a failure becomes one line."""
    try:
        write(Path(path), *rest)
    except OSError as failure:
        raise ProgramError(f"{path} cannot be written: {failure.strerror}") from None


_FILE = click.Path(dir_okay=False)
_OPTIONS = {
    "report": "Write a page (HTML) to look at.",
    "sarif": "Write the findings as SARIF 2.1.0, for code-scanning pages.",
    "pcap": "Write the packets (pcapng), for Wireshark.",
}


def output_options(*names: str, **says: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add an option for each of these files to a command, which takes them as ``outputs``."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def gathered(*args: Any, **kwargs: Any) -> Any:
            return command(*args, outputs=Outputs(**{name: kwargs.pop(name) for name in names}), **kwargs)

        found: Callable[..., Any] = gathered
        for name in reversed(names):
            found = click.option(f"--{name}", type=_FILE, metavar="FILE", help=says.get(name, _OPTIONS[name]))(found)
        return found

    return add
