"""URW: every interleaving is about as likely as every other.

Drawing evenly among threads favours schedules in which the short ones come last.  Drawing each in proportion to the
turns that it still has makes all interleavings of independent threads equally likely (uniform random walk; Zhao and
others, "Selectively Uniform Concurrency Testing", ASPLOS 2025).  How many turns a thread has is taken from the run
before; waiting makes that a guess, not a proof.
"""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from notsock.explore.progress import Names
from notsock.explore.strategies.drawing import drawn

if TYPE_CHECKING:
    from notsock.executive.executive import Executive


class Urw:
    """Draws actors by what they have left to do; each run has a stream of its own, ``seed/n`` with n from 1."""

    def __init__(self, seed: int | str = 0) -> None:
        self._seed = seed
        self._number = 0
        self._stream = random.Random()  # noqa: S311 - reproducible, not secret
        self._names = Names(())
        self._totals: dict[str, int] = {}
        self._taken: dict[int, int] = {}

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run: the next stream of this seed."""
        self._totals = {self._names.of(ident): taken for ident, taken in self._taken.items()}
        self._names = Names(roster)
        self._taken = {}
        self._number += 1
        self._stream.seed(f"notsock urw {self._seed}/{self._number}")

    def attend(self, executive: "Executive") -> None:
        """Be asked at every turn, which is what is counted."""

    def stills(self) -> None:
        """Time moves."""

    def pick(self, candidates: Sequence[int], current: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return a place, in proportion to the turns that are left to each."""
        taken, place = self._taken, 0
        if len(candidates) > 1:
            place = self._draw([self._left(ident) for ident in candidates])
        ident = candidates[place]
        taken[ident] = taken.get(ident, 0) + 1
        return place

    def _left(self, ident: int) -> int:
        return max(1, self._totals.get(self._names.of(ident), 1) - self._taken.get(ident, 0))

    def _draw(self, weights: list[int]) -> int:
        point = self._stream.random() * sum(weights)
        for place, weight in enumerate(weights):
            point -= weight
            if point < 0:
                return place
        return len(weights) - 1

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return any value; where a chance is stated, an unhealthy one that often."""
        return drawn(self._stream.random, count, chance)
