"""What each number meant, and when: of handles, C-runtime descriptors, and Winsock's contexts.

A lifeline is a number while it means one object.  A finding is seen in them: a stale close is a line that
has changed its object before the second close reaches it.
"""

from dataclasses import dataclass
from enum import Enum

from notsock.trace.events import (
    ContextOpened,
    ContextReleased,
    DescriptorClosed,
    DescriptorOpened,
    HandleClosed,
    HandleOpened,
    ProcessEnded,
)
from notsock.trace.recorder import Trace


class Naming(Enum):
    """What kind of number it is."""

    HANDLE = "handle"
    DESCRIPTOR = "descriptor"
    CONTEXT = "context"
    """Winsock's own record of a handle, which may outlive what the handle means."""


@dataclass(slots=True)
class Lifeline:
    """A number of a process while it means an object: from the event at ``since`` up to the one at ``until``.

    ``closed`` is False for one that lasted to the end of the run or of its process.
    """

    naming: Naming
    process: int
    number: int
    object: int
    since: int
    until: int
    closed: bool = False

    def covers(self, position: int) -> bool:
        """Say whether the number still means the object when the event at ``position`` has happened."""
        return self.since <= position < self.until


def lifelines(trace: Trace) -> list[Lifeline]:
    """Return every lifeline, in the order in which they begin."""
    found: list[Lifeline] = []
    open_: dict[tuple[Naming, int, int], Lifeline] = {}
    end = len(trace.flat())

    def begin(naming: Naming, process: int, number: int, target: int, at: int) -> None:
        finish(naming, process, number, at, closed=False)
        line = open_[naming, process, number] = Lifeline(naming, process, number, target, at, end)
        found.append(line)

    def finish(naming: Naming, process: int, number: int, at: int, *, closed: bool = True) -> None:
        line = open_.pop((naming, process, number), None)
        if line is not None:
            line.until, line.closed = at, closed

    for at, record in trace.records():
        kind = record[0]
        if kind == HandleOpened.kind:
            begin(Naming.HANDLE, record[2], record[3], record[4], at)
        elif kind == HandleClosed.kind:
            finish(Naming.HANDLE, record[2], record[3], at)
        elif kind == DescriptorOpened.kind:
            begin(Naming.DESCRIPTOR, record[2], record[3], record[5], at)
        elif kind == DescriptorClosed.kind:
            finish(Naming.DESCRIPTOR, record[2], record[3], at)
        elif kind == ContextOpened.kind:
            begin(Naming.CONTEXT, record[1], record[2], record[3], at)
        elif kind == ContextReleased.kind:
            finish(Naming.CONTEXT, record[1], record[2], at)
        elif kind == ProcessEnded.kind:
            for key in [key for key in open_ if key[1] == record[1]]:
                finish(*key, at, closed=False)
    return found
