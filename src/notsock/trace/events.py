"""Typed events: what a trace says, decoded.

A trace is kept as a few integers an event (see :mod:`notsock.trace.recorder`); these classes are what those
integers mean.  Every field is an integer.  A field typed :data:`Name` is an index into the trace's table of
names; an object, thread, process, machine or connection is a number that the trace itself gave out, never
reused, so that identity outlives a handle's number.
"""

from dataclasses import dataclass, fields
from enum import IntEnum, unique
from typing import ClassVar, NewType

Name = NewType("Name", int)


@unique
class Origin(IntEnum):
    """How a process came to a handle."""

    CREATED = 0
    ACCEPTED = 1
    DUPLICATED = 2
    """DuplicateHandle, or ``dup``."""
    IMPORTED = 3
    """WSADuplicateSocket and WSASocket in another (or the same) process."""
    INHERITED = 4
    SYSTEM = 5
    """Opened by a system library for itself."""


@unique
class Ending(IntEnum):
    """Why a run ended."""

    FINISHED = 0
    """Every process has ended."""
    DEADLOCK = 1
    """Threads wait, and nothing is left that could wake one."""
    OUT_OF_EVENTS = 2
    OUT_OF_TIME = 3
    STOPPED = 4
    """The person, or the search, stopped it."""
    QUIET = 5
    """Whoever is left only wakes up, looks around and waits again: services with nobody to serve."""


@unique
class Packet(IntEnum):
    """What became of a packet on a link."""

    SENT = 0
    DELIVERED = 1
    LOST = 2
    DUPLICATED = 3
    UNDELIVERABLE = 4


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ``kind`` is its number in the trace."""

    kind: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class Clock(Event):
    """Virtual time moved to ``now_ns`` nanoseconds."""

    kind: ClassVar[int] = 1
    now_ns: int


@dataclass(frozen=True, slots=True)
class Entered(Event):
    """A thread entered a call; ``first`` is the handle or descriptor it names, ``second`` a size or flag."""

    kind: ClassVar[int] = 2
    thread: int
    call: int
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Exited(Event):
    """A call returned ``result``; ``error`` is its last error (a Winsock, Win32 or C code), 0 for success."""

    kind: ClassVar[int] = 3
    thread: int
    call: int
    result: int
    error: int


@dataclass(frozen=True, slots=True)
class Stepped(Event):
    """A thread passed a named point inside a call, at which another thread could run."""

    kind: ClassVar[int] = 4
    thread: int
    point: Name


@dataclass(frozen=True, slots=True)
class MachineStarted(Event):
    """A machine of a release came up."""

    kind: ClassVar[int] = 5
    machine: int
    name: Name
    release: Name


@dataclass(frozen=True, slots=True)
class ProcessStarted(Event):
    """A process began; ``parent`` is 0 for one that nobody in the trace started."""

    kind: ClassVar[int] = 6
    process: int
    machine: int
    parent: int
    name: Name


@dataclass(frozen=True, slots=True)
class ProcessEnded(Event):
    """A process ended, having lost all its handles."""

    kind: ClassVar[int] = 7
    process: int
    code: int


@dataclass(frozen=True, slots=True)
class ThreadStarted(Event):
    """A thread began."""

    kind: ClassVar[int] = 8
    thread: int
    process: int
    name: Name


@dataclass(frozen=True, slots=True)
class ThreadEnded(Event):
    """A thread ended."""

    kind: ClassVar[int] = 9
    thread: int


@dataclass(frozen=True, slots=True)
class ObjectCreated(Event):
    """A kernel object came to be; ``type`` names it (``endpoint``, ``thread``, ``event``, ``file`` …)."""

    kind: ClassVar[int] = 10
    object: int
    type: Name
    process: int


@dataclass(frozen=True, slots=True)
class ObjectEnded(Event):
    """A kernel object's last handle is gone and it was torn down."""

    kind: ClassVar[int] = 11
    object: int


@dataclass(frozen=True, slots=True)
class HandleOpened(Event):
    """A number in a process's handle table now means an object."""

    kind: ClassVar[int] = 12
    thread: int
    process: int
    handle: int
    object: int
    origin: int


@dataclass(frozen=True, slots=True)
class HandleClosed(Event):
    """A number stopped meaning an object; ``left`` is how many handles the object still has anywhere."""

    kind: ClassVar[int] = 13
    thread: int
    process: int
    handle: int
    object: int
    call: int
    left: int


@dataclass(frozen=True, slots=True)
class HandleMissed(Event):
    """A call named a number that is free, or that means an object of another type (``object``; 0 when free)."""

    kind: ClassVar[int] = 14
    thread: int
    process: int
    handle: int
    object: int
    call: int


@dataclass(frozen=True, slots=True)
class ContextOpened(Event):
    """Winsock (user mode) now keeps a context under a handle's number, made for an object."""

    kind: ClassVar[int] = 15
    process: int
    handle: int
    object: int


@dataclass(frozen=True, slots=True)
class ContextReleased(Event):
    """Winsock forgot its context; ``meant`` is the object that the number means now (0: none)."""

    kind: ClassVar[int] = 16
    process: int
    handle: int
    object: int
    meant: int


@dataclass(frozen=True, slots=True)
class DescriptorOpened(Event):
    """A C-runtime descriptor now stands for a handle's number."""

    kind: ClassVar[int] = 17
    thread: int
    process: int
    descriptor: int
    handle: int
    object: int


@dataclass(frozen=True, slots=True)
class DescriptorClosed(Event):
    """A C-runtime descriptor was given up; its handle was closed with it."""

    kind: ClassVar[int] = 18
    thread: int
    process: int
    descriptor: int
    handle: int
    object: int


@dataclass(frozen=True, slots=True)
class AddressClaimed(Event):
    """An address object was entered for an endpoint: ``protocol`` is 6 (TCP) or 17 (UDP).

    ``shared`` is 1 when its owner asked for sharing (SO_REUSEADDR).
    """

    kind: ClassVar[int] = 19
    address: int
    machine: int
    process: int
    object: int
    protocol: int
    host: Name
    port: int
    shared: int


@dataclass(frozen=True, slots=True)
class AddressReleased(Event):
    """An address object is gone."""

    kind: ClassVar[int] = 20
    address: int


@dataclass(frozen=True, slots=True)
class AddressHeard(Event):
    """A packet that begins a connection, or a datagram, was handed to one address object."""

    kind: ClassVar[int] = 21
    address: int


@dataclass(frozen=True, slots=True)
class Listening(Event):
    """An endpoint listens, with room for ``backlog`` connections."""

    kind: ClassVar[int] = 22
    object: int
    backlog: int


@dataclass(frozen=True, slots=True)
class ConnectionOpened(Event):
    """A connection's one end came to be on a machine, for an endpoint (0: not accepted yet)."""

    kind: ClassVar[int] = 23
    connection: int
    machine: int
    object: int
    local: Name
    remote: Name


@dataclass(frozen=True, slots=True)
class ConnectionAdopted(Event):
    """An accepted connection was handed to an endpoint."""

    kind: ClassVar[int] = 24
    connection: int
    object: int


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """A connection's end went from one TCP state to another (RFC 9293 3.3.2; numbers of :mod:`notsock.tcp`)."""

    kind: ClassVar[int] = 25
    connection: int
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class PacketMoved(Event):
    """A packet was sent on, delivered by or lost on a link; ``check`` is the CRC-32 of its data."""

    kind: ClassVar[int] = 26
    link: int
    what: int
    flags: int
    length: int
    check: int


@dataclass(frozen=True, slots=True)
class Exhausted(Event):
    """A call failed because ``resource`` had reached its ``limit``."""

    kind: ClassVar[int] = 27
    thread: int
    process: int
    resource: Name
    limit: int


@dataclass(frozen=True, slots=True)
class Stuck(Event):
    """At the end of the run this thread still waited inside a call, for ever."""

    kind: ClassVar[int] = 28
    thread: int
    call: int
    first: int


@dataclass(frozen=True, slots=True)
class Raised(Event):
    """A thread ended with an exception that nobody caught; ``error`` is its winerror or errno, else 0."""

    kind: ClassVar[int] = 29
    thread: int
    type: Name
    error: int


@dataclass(frozen=True, slots=True)
class Wrote(Event):
    """A process wrote ``length`` bytes to its standard output (1) or error (2)."""

    kind: ClassVar[int] = 30
    process: int
    stream: int
    length: int
    check: int


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """Nothing more happens."""

    kind: ClassVar[int] = 31
    ending: int


@dataclass(frozen=True, slots=True)
class DescriptorMissed(Event):
    """A call named a C-runtime descriptor that stands for nothing (EBADF)."""

    kind: ClassVar[int] = 32
    thread: int
    process: int
    descriptor: int
    call: int


EVENTS: tuple[type[Event], ...] = (
    Clock, Entered, Exited, Stepped, MachineStarted, ProcessStarted, ProcessEnded, ThreadStarted, ThreadEnded,
    ObjectCreated, ObjectEnded, HandleOpened, HandleClosed, HandleMissed, ContextOpened, ContextReleased,
    DescriptorOpened, DescriptorClosed, AddressClaimed, AddressReleased, AddressHeard, Listening,
    ConnectionOpened, ConnectionAdopted, StateChanged, PacketMoved, Exhausted, Stuck, Raised, Wrote, RunEnded,
    DescriptorMissed,
)  # fmt: skip

BY_KIND: dict[int, type[Event]] = {event.kind: event for event in EVENTS}
WIDTHS: tuple[int, ...] = (0, *(len(fields(BY_KIND[kind])) + 1 for kind in range(1, len(EVENTS) + 1)))
"""How many integers a record of each kind takes, its kind included."""
NAME_FIELDS: dict[int, tuple[int, ...]] = {
    kind: tuple(place for place, field in enumerate(fields(event)) if field.type is Name)
    for kind, event in BY_KIND.items()
}
"""Which fields of each kind are indexes into the table of names."""
