"""The files that a command writes beside what it prints, all made of one :class:`Page`; packets are written apart."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notsock.programs.program import ProgramError
from notsock.report.page.content import Page
from notsock.report.page.document import write_page
from notsock.report.perfetto import write_perfetto
from notsock.report.sarif import write_sarif


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write what; None: not wanted."""

    report: str | None = None
    sarif: str | None = None
    pcap: str | None = None
    perfetto: str | None = None

    @property
    def want_page(self) -> bool:
        """Whether anything is made of a page."""
        return any(path is not None for path in (self.report, self.sarif, self.perfetto))

    @property
    def want_packets(self) -> bool:
        """Whether the network must be listened to."""
        return self.report is not None or self.pcap is not None

    def write(self, page: Page) -> None:
        """Write whatever is made of a page; raise :class:`ProgramError` where that cannot be done."""
        for path, write in ((self.report, write_page), (self.sarif, write_sarif)):
            if path is not None:
                written(path, write, page)
        if self.perfetto is not None and page.runs:
            findings = [shown.finding for shown in page.findings if shown.run == 0]
            written(self.perfetto, write_perfetto, page.runs[0].trace, findings)


def written(path: str, write: Callable[..., None], *rest: Any) -> None:
    """Have a file written by ``write(path, *rest)``; a failure becomes one line."""
    try:
        write(Path(path), *rest)
    except OSError as failure:
        raise ProgramError(f"{path} cannot be written: {failure.strerror}") from None
