"""What a log came to: excerpts to be judged, and what was not understood."""

from dataclasses import dataclass
from typing import NamedTuple

from notsock.trace.events import Event
from notsock.trace.recorder import Trace


class Excerpted(NamedTuple):
    """One thing that was noticed: the rule that it is for, what to judge, and whether it can be no more than a note."""

    rule: str
    trace: Trace
    harmless: bool


@dataclass(slots=True)
class Reading:
    """What a log came to, and what of it was not understood.

    ``excerpts`` are what the sieve noticed, in that order.  Each stands alone, so that nothing that is noticed later
    can change what is said of it.
    """

    excerpts: tuple[Excerpted, ...]
    available: frozenset[type[Event]]
    """The events that such a log can tell."""
    lines: int
    not_understood: int
    cut: int
    halves: int
    """Calls whose beginning is missing."""
    calls: int
    """Calls that matter."""
    remarks: tuple[str, ...]
    repeated: dict[str, int]
    """How often each rule had something to judge."""
    blind: frozenset[str]
    """Rules that such a log can never be judged by, though it has their events."""
