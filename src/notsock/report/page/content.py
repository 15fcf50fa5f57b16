"""What a page shows: findings, the runs that show them, and how each machine's netstat looks.

Plain records that the command line fills in, because the side tower does not know the machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from notsock.detect.finding import Finding
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
    """A finding, the place of its run in :attr:`Page.runs` (None: it has no room there), and how to see it again."""

    finding: Finding
    release: str
    run: int | None = None
    story: tuple[str, ...] = ()
    replay: str = ""


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search of one release came to: how many schedules, how far that was, and which rules found something."""

    release: str
    schedules: int
    verdict: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on one page.

    ``verdict`` says in one line what the whole came to, ``searched`` release by release.  ``compared`` are the
    places of two runs to show side by side from the first event that differs.
    """

    title: str
    program: str
    verdict: str
    findings: tuple[ShownFinding, ...]
    runs: tuple[ShownRun, ...]
    searched: tuple[Searched, ...] = ()
    compared: tuple[int, int] | None = None
