"""Descriptors as Linux has them: open file descriptions, the numbers that mean them, the tables that hold those.

A description is the object; a number in a table of descriptors means it for a while (a *holding*).  ``fork`` copies
a table, threads share one, ``dup`` and SCM_RIGHTS make further holdings of the same description.  A description is
forgotten with its last holding, a table with its last thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from notsock.trace.events import Origin

PAST_MAX = 3
"""How many ended holdings of a number a table remembers."""


Address: TypeAlias = "str | tuple[str, int]"
"""Host and port; or still the text of the log, which is only read when somebody asks."""


class Line:
    """One line of the log that may have to be shown: where, when, who, and what it said."""

    __slots__ = ("at", "entered", "frames", "text", "thread")

    def __init__(self, at: int, entered: int, thread: "Thread", text: str) -> None:
        self.at = at
        self.entered = entered
        self.thread = thread
        self.text = text
        self.frames: Sequence[str] = ()


class Description:
    """An open file description; ``kind`` is ``socket``, ``file``, ``pipe``, ``epoll`` … or ``unknown``."""

    __slots__ = (
        "bound", "connected", "eof", "family", "first", "holders", "kind", "listening", "local", "peer", "pid", "port",
        "queue", "remote", "reuse", "shut", "stream", "watched",
    )  # fmt: skip

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.first: Holding | None = None
        """The number under which it came to be; kept only once there are others, for it makes a circle."""
        self.holders: list[Holding] = []
        self.family = ""
        self.stream = True
        self.local: Address = ""
        self.remote: Address = ""
        self.connected = False
        self.listening: Line | None = None
        self.reuse = False
        self.shut = False
        self.eof: Line | None = None
        self.watched: dict[tuple[int, int], Line] | None = None
        """By epoll set (its identity) and number: where it was added."""
        self.queue: list[list[Description]] | None = None
        """Of a socket: descriptions on their way to its reader, a list for each message."""
        self.peer: Description | None = None
        """Of a pair: the other end."""
        self.bound: Line | None = None
        self.port: tuple[str, int, bool] | None = None
        self.pid = ""

    def as_it_stands(self) -> "Description":
        """Return a copy of what is told of it, which nothing changes that comes later."""
        copy = Description(self.kind)
        copy.first, copy.bound, copy.listening, copy.eof = self.first, self.bound, self.listening, self.eof
        copy.local, copy.remote, copy.connected = self.local, self.remote, self.connected
        copy.port, copy.reuse = self.port, self.reuse
        return copy


class Holding:
    """A number while it means a description."""

    __slots__ = (
        "certain", "cloexec", "closed", "descriptor", "number", "opened", "origin", "suspect", "table", "users", "what",
    )  # fmt: skip

    def __init__(
        self, table: "Table", number: int, what: Description, opened: Line, origin: Origin, *, cloexec: bool
    ) -> None:
        self.table = table
        self.number = number
        self.what = what
        self.opened = opened
        self.origin = origin
        self.cloexec = cloexec
        self.users: dict[Thread, Line] | None = None
        self.closed: Line | None = None
        self.suspect: Holding | None = None
        """What its closer had known the number as, where that closer was never seen with this holding."""
        self.certain = False
        """It is certain that its closer did not mean it, and has been told."""
        self.descriptor: tuple[int, Line] | None = None
        """Of a handle: the newest descriptor of the C runtime that stands for it, and where that was made."""


def meant_by(thread: "Thread", past: list[Holding]) -> Holding:
    """Return what a number that is free meant to a thread: what was closed under its feet, or else its last meaning."""
    for held in reversed(past):
        robbed = held.suspect is not None and held.closed is not None and held.closed.thread is not thread
        if robbed and (held.opened.thread is thread or (held.users is not None and thread in held.users)):
            return held
    return past[-1]


class Table:
    """A table of descriptors, shared by the threads in ``members``; ``whole`` when the log shows its beginning."""

    __slots__ = (
        "closing", "code", "executed_at", "heard", "hidden", "ident", "inside", "members", "name", "numbers", "parent",
        "past", "phantoms", "victims", "whole",
    )  # fmt: skip

    def __init__(self, ident: int, name: str, *, whole: bool, parent: "Table | None" = None) -> None:
        self.ident = ident
        self.name = name
        self.whole = whole
        self.parent = parent.ident if parent is not None else 0
        self.members: set[Thread] = set()
        self.numbers: dict[int, Holding] = {}
        self.past: dict[int, list[Holding]] = {}
        self.closing: dict[int, list[Thread]] = {}
        """Threads inside ``close``, by number, in the order in which they entered."""
        self.inside: dict[int, set[Thread]] = {}
        """Threads inside another call that names a number."""
        self.phantoms: dict[int, Line] = {}
        """Closes that succeeded on a number which was free as far as the log had come."""
        self.victims: dict[int, set[Thread]] = {}
        """By number: threads whose object was closed under their feet; from then on they are not blamed for it."""
        self.hidden = False
        self.heard = False
        self.executed_at = 0
        self.code = 0


@dataclass(slots=True, eq=False)
class Pending:
    """A call that has begun and not returned; ``early`` when what it does has been seen already."""

    name: str
    tail: str
    at: int
    number: int = -1
    early: bool = False


@dataclass(slots=True, eq=False)
class Thread:
    """A thread; ``run`` are the failed closes of its present sweep."""

    pid: str
    table: Table
    ident: int
    since: int = 0
    pending: Pending | None = None
    sweep: list[tuple[int, "Holding", Line, bool]] = field(default_factory=list)
    swept: int = 0
    last: int = -2
    torn: dict[int, tuple[Holding, Line]] | None = None
    """Numbers whose object was closed by another thread while this one was in a call on them, and that call."""
    frames: tuple[str, list[str]] | None = None
    """The call that the program has said it makes next, and where it is."""
    leader: bool = True
    what: Description | None = None
    """Its own kernel object, where the system has one."""
