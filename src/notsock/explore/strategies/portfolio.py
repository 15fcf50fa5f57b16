"""Portfolio: the default search, which alternates a depth-first search with random runs.

No single strategy is safe.  Depth first under a growing preemption bound finds what needs few preemptions,
and can say "exhausted"; it fails when the bug is early and the tail of the run is long.  Random runs find
those, and fail when the bug is rare in a long program.  The first run is the unpreempted one.
"""

from notsock.executive.strategy import Strategy
from notsock.explore.strategies.exhaustive import Exhaustive
from notsock.explore.strategies.random import Random

BOUNDS: tuple[int | None, ...] = (1, 2, None)
"""Preemption bounds of the depth-first half.  Each begins anew: what it repeats is a small part of it."""


class Portfolio:
    """A plan: every other run goes to the depth-first half, until that has seen everything."""

    def __init__(self, seed: int | str = 0, bounds: tuple[int | None, ...] = BOUNDS) -> None:
        self._random = Random(seed)
        self._bounds = bounds
        self._stage = 0
        self._deep = Exhaustive(bounds[0])
        self._begun = False
        self._turn_is_random = False
        self._done = False
        self._verdict = "stopped"

    def next(self) -> Strategy | None:
        """Return the strategy of the next run."""
        if self._turn_is_random:
            self._turn_is_random = False
            return self._random
        self._turn_is_random = True
        if not self._begun:
            self._begun = True
        elif not self._advance():
            return None
        return self._deep

    def _advance(self) -> bool:
        """Move the depth-first half to its next path; False when it has seen everything."""
        if self._done:
            return False
        if self._deep.advance():
            return True
        self._verdict = self._deep.verdict()
        self._stage += 1
        if not self._deep.cut or self._stage == len(self._bounds):
            self._done = True
            return False
        self._deep = Exhaustive(self._bounds[self._stage])
        return True

    def verdict(self) -> str:
        """Say what the depth-first half has covered."""
        return self._verdict
