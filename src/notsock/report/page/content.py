"""What a page shows: findings, the runs that show them, and how each machine's netstat looks.

Plain records that the command line fills in, because the side tower does not know the machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from notsock.detect.finding import Finding
from notsock.detect.mistakes import Mistake, by_mistake
from notsock.trace.recorder import Trace

Ends = tuple[str, str]
"""The sender's and the receiver's address, as netstat prints them."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a machine's release prints netstat, and what that release is called."""

    title: str
    lists_listeners: bool = True
    lists_owners: bool = True


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run.

    ``manners`` are by machine.  ``packets`` are the ends of each packet in the order of sending, None where
    nobody listened to the network: then the ladders show states and no packets.
    """

    title: str
    trace: Trace
    manners: Mapping[int, Manner] = field(default_factory=dict)
    packets: tuple[Ends, ...] | None = None


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding, the place of its run in :attr:`Page.runs` (None: it has no room there), and how to see it again.

    ``seen`` says in words how often a search met it, which was ``count`` times.
    """

    finding: Finding
    release: str
    run: int | None = None
    story: tuple[str, ...] = ()
    replay: str = ""
    seen: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; ``marked`` where something was found."""

    cells: tuple[str, ...]
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table below the run: what a search of each release came to, say."""

    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Two runs, by their places, to show side by side from the first event that differs.

    ``asked`` where somebody asked for just that: then they come before the run of the finding.
    """

    one: int
    other: int
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on one page.

    ``verdict`` says in one line what the whole came to; ``notes``, each a title and lines, say what else must be known,
    such as what a log cannot tell.
    """

    title: str
    program: str
    verdict: str
    findings: tuple[ShownFinding, ...]
    runs: tuple[ShownRun, ...]
    tables: tuple[Table, ...] = ()
    beside: tuple[Beside, ...] = ()
    notes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def mistakes(self) -> list[Mistake[ShownFinding]]:
        """The mistakes behind the findings, the gravest first."""
        return by_mistake(self.findings, lambda shown: shown.finding, lambda shown: shown.count)
