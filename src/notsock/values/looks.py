"""Looks: what Python code reads or changes, between two calls, of what threads have in common and that is known.

Most of what threads share in Python's memory is variables, of which nothing is known.  But whether a thread has ended,
what number a socket object has, whether an event is set or a lock held: those are asked for without a call too, and
programs race for them.
"""

from enum import Enum, unique
from typing import NamedTuple


@unique
class At(Enum):
    """What a look is at; ``which`` one of them it is."""

    THREAD = "thread"
    """Whether a thread has ended: its ident."""
    JOINED = "joined"
    """That a thread has ended, by one who would have waited for it: what follows comes after that, and nothing else."""
    LOCK = "lock"
    """What a lock, or an event over it, stands at: its number, 0 for one that has not been used yet."""
    HANDLE = "handle"
    """That a socket object has a handle: its number."""
    ANYTHING = "anything"
    """That something is not there any more, whoever has changed it."""


class Look(NamedTuple):
    """A look of the current turn; ``changes`` whether it also changed what it looked at."""

    at: At
    which: int = 0
    changes: bool = False
