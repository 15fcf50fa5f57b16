"""Resources: what turns may touch in common, as integers, and when two turns conflict.

Coarse where finer would be guessing: a process's handle table (every opening and closing writes it, which is the
relation that loses no stale close), each of its numbers, its descriptors likewise; each kernel object, each end of a
connection; a machine's ports one by one and its dynamic range; the tail of each link; the clock; requests that
may be looked at before they are told of; what threads share in Python's own memory.
"""

from typing import Final, TypeAlias

Footprint: TypeAlias = dict[int, bool]
"""Resources touched, and whether each was written."""

EVERYTHING: Final = 0
"""Read by every turn, written by those of which nothing better is known."""
LIFE: Final = 1
"""That a process goes on: read by its threads, written by who ends it."""
ENDS: Final = 2
"""Which of a process's threads is the last to end."""
MEMORY: Final = 3
"""Python's own memory, as far as threads share it."""
WINSOCK: Final = 4
"""Whether a process has Winsock started."""
TABLE: Final = 5
"""Which number of a process's handle table is given out next."""
NUMBER: Final = 6
DESCRIPTORS: Final = 7
"""Which descriptor is given out next."""
DESCRIPTOR: Final = 8
OBJECT: Final = 9
CONNECTION: Final = 10
PORT: Final = 11
DYNAMIC: Final = 12
"""Which dynamic port of a machine is given out next."""
LIMIT: Final = 13
"""How many TCP sockets a machine has, where a release limits that."""
TAIL: Final = 14
"""The end of the queue on a link."""
TIMERS: Final = 15
"""The order of what arrives at one moment."""
LOCK: Final = 16
"""One of Python's locks."""
LOCKS: Final = 17
"""All of a process's: written by who looks at one of which it is not known which it is."""
HELD: Final = 18
"""How many connections hold a port: read by who begins or ends one (sums commute), written by who looks."""
FLOW: Final = 19
"""Whether a machine has a connection between two ports."""
CLOCK: Final = 20
"""The time: written by who reads a clock, for that moves it; read by who sets a deadline or a timer."""
REQUEST: Final = 21
"""Whether a request has ended, as a program sees it that looks without a call."""
PIPES: Final = 22
"""The names of a machine's pipes, and which of their instances a client may open."""
COUNTED: Final = 23
"""Numbers that are given out one after the other to all processes."""
PROCESS_IDS: Final = 1
WAITS: Final = 2
"""Which of those."""

_DETAIL_SHIFT, _OWNER_SHIFT = 5, 37
KIND_MASK: Final = (1 << _DETAIL_SHIFT) - 1


def resource(kind: int, owner: int, detail: int = 0) -> int:
    """Return the integer of a resource: its kind, whose it is, and which one of those (32 bits)."""
    return kind | (detail & 0xFFFFFFFF) << _DETAIL_SHIFT | owner << _OWNER_SHIFT


def table_of(number: int) -> int:
    """Return the table that a handle's or a descriptor's number is from, as a resource; any other as it is."""
    kind = number & KIND_MASK
    if kind in (NUMBER, DESCRIPTOR):
        return resource(TABLE if kind == NUMBER else DESCRIPTORS, number >> _OWNER_SHIFT)
    return number


def conflicts(first: Footprint, second: Footprint) -> bool:
    """Whether two turns touch something in common that at least one of them writes."""
    if len(second) < len(first):
        first, second = second, first
    for touched, writes in first.items():
        other = second.get(touched)
        if other is not None and (writes or other):
            return True
    return False
