"""Widening: the reduced search of programs whose threads share Python's memory, in two stages.

What a thread does to variables between two calls nobody sees, so to be sure every turn of a Python process must be
taken to conflict with those of its other threads.  That is a search of every order of their calls, which for most
programs does not end, and the first thing that it turns round may be anything.  Most programs, though, hand over what
their threads share by their calls: by locks, queues, sockets, by starting and joining.  So the first stage takes only
those to conflict.  It is short, and when it runs dry it has shown everything *up to* what threads do to variables
beside them; the second stage, a search of its own, leaves nothing out.

So it is with clocks.  A look at one moves it by a microsecond, so that a loop which waits for a moment gets there, and
every two looks, of two processes too, can be told apart by what they see.  Event loops look once a round; hardly any
program is about that microsecond.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from notsock.explore.strategies.dpor import Dpor
from notsock.explore.verdict import STOPPED, up_to

if TYPE_CHECKING:
    from notsock.executive.executive import Executive

VARIABLES: Final = "what threads do to shared variables between two calls"
CLOCKS: Final = "what follows from the microsecond that a look at a clock takes"
"""What the first stage leaves out."""

Roster: TypeAlias = Sequence[tuple[str, int, int]]


class Widening:
    """All schedules that can make a difference, those first that differ in the order of calls.

    It is used as :class:`Dpor` is.  Of a program that has no Python process with two threads, and in which nobody looks
    at a clock beside others, the first stage leaves nothing out, and is the only one.
    """

    begin: Callable[[Roster], None]
    attend: Callable[["Executive"], None]
    pick: Callable[[Sequence[int], int], int]
    stills: Callable[[], None]
    value: Callable[..., int]

    def __init__(self, seed: int | str | None = None) -> None:
        self._seed = seed
        self._redundant = 0
        self._left_out: tuple[str, ...] = ()
        self.is_wide = False
        """Whether the second stage has begun."""
        self._enter(Dpor(seed, narrow=True))

    def _enter(self, stage: Dpor) -> None:
        """Let a stage decide from the next run on."""
        self._stage = stage
        self.begin, self.attend, self.pick = stage.begin, stage.attend, stage.pick
        self.stills, self.value = stage.stills, stage.value

    @property
    def redundant(self) -> int:
        """How many runs repeated an earlier one of their stage."""
        return self._redundant + self._stage.redundant

    def advance(self) -> bool:
        """Move to the next path that can make a difference; False when none is left."""
        if self._stage.advance():
            return True
        stage = self._stage
        left_out = ((VARIABLES, stage.leaves_out), (CLOCKS, stage.leaves_out_clocks))
        self._left_out = self._left_out or tuple(what for what, is_left_out in left_out if is_left_out)
        if self.is_wide or not self._left_out:
            return False
        self._redundant = self._stage.redundant
        self.is_wide = True
        self._enter(Dpor(self._seed))
        return True

    def verdict(self) -> str:
        """Say what has been tried so far: from the end of the first stage on that is more than nothing."""
        verdict = self._stage.verdict()
        return up_to(self._left_out) if self.is_wide and verdict == STOPPED else verdict
