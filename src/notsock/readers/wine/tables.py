"""Processes, threads and calls as Wine's logs show them, on top of the tables that all systems share."""

from bisect import bisect_right
from dataclasses import dataclass, field

from notsock.readers.tables import Holding, Line, Table, Thread

MASK = 0xFFFFFFFC
"""A handle has 32 bits, and the two low ones mean nothing: 0x41 is 0x40."""


@dataclass(slots=True, eq=False)
class Descriptor:
    """A descriptor of the C runtime, and the handle that it was made for."""

    number: int
    held: Holding
    made: Line


@dataclass(slots=True, eq=False)
class Process:
    """A process: its handles, what Winsock and its C runtime keep, and which addresses are the program's own code."""

    pid: str
    table: Table
    contexts: dict[int, Holding] = field(default_factory=dict)
    """What Winsock was given under each number, until ``closesocket``."""
    descriptors: dict[int, Descriptor] = field(default_factory=dict)
    given_up: dict[int, Descriptor] = field(default_factory=dict)
    """Descriptors that were closed, and not handed out again."""
    startups: int = 0
    bases: list[int] = field(default_factory=list)
    modules: list[tuple[str, bool]] = field(default_factory=list)
    """By base address: the name of each module, and whether it is the program's (or Wine's own)."""

    def load(self, base: int, name: str, *, own: bool) -> None:
        """Enter a module."""
        place = bisect_right(self.bases, base)
        if place and self.bases[place - 1] == base:
            self.modules[place - 1] = (name, own)
            return
        self.bases.insert(place, base)
        self.modules.insert(place, (name, own))

    def module_of(self, address: int) -> tuple[str, bool, int]:
        """Return the module an address lies in, whether it is the program's, and how far in; no module is unknown."""
        place = bisect_right(self.bases, address) - 1
        if place < 0:
            return "?", not self.bases, address
        return (*self.modules[place], address - self.bases[place])


@dataclass(slots=True, eq=False)
class Made:
    """A call of the program's own that has not returned.

    ``number`` is the handle (or descriptor) that it names, -1 for none; ``held`` what that meant when it was called,
    ``past`` what it had meant last where it meant nothing.
    """

    name: str
    raw: str
    number: int
    at: int
    frame: str
    target: int = -1
    """The handle's number: that which a descriptor stands for, or ``number``."""
    held: Holding | None = None
    past: Holding | None = None
    marks: list[Line] = field(default_factory=list)
    done: bool = False
    """Its close took effect."""


@dataclass(slots=True, eq=False)
class Actor:
    """A thread: its calls, innermost last, and the requests to the wineserver that have not been answered."""

    thread: Thread
    process: Process
    made: list[Made] = field(default_factory=list)
    asked: str = ""
    """The arguments of the request that it made last."""
    begun: int = 0
    """The handle that ``_beginthread`` returned for it, which its end closes."""
    accepts: dict[str, int] = field(default_factory=dict)
    """Accepts that wait: by the address that names each to the wineserver, on which listener."""
