"""Random: every choice is drawn evenly from a string-seeded stream.

Run *n* of a seed is the same wherever and whenever it is made: in another process, under another hash seed,
by another Python, and whatever the runs before it drew.
"""

import random
from collections.abc import Sequence

from notsock.explore.strategies.drawing import drawn

INTERRUPTS = 1 / 16
"""How often a point between bytecodes is a choice: drawn evenly at each, no thread would get far."""


class Random:
    """Draws every choice evenly; each run has a stream of its own, ``seed/n`` with n from 1."""

    def __init__(self, seed: int | str = 0, first: int = 1) -> None:
        self._seed = seed
        self._number = first - 1
        self._stream = random.Random()  # noqa: S311 - reproducible, not secret
        self._random = self._stream.random

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:  # noqa: ARG002 - the protocol's signature
        """Start a run: the next stream of this seed."""
        self._number += 1
        self._stream.seed(f"notsock random {self._seed}/{self._number}")

    def pick(self, candidates: Sequence[int], current: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return any place."""
        return int(self._random() * len(candidates))

    def interrupt(self, candidates: Sequence[int], current: int) -> int:
        """Return the current thread's place, or now and then any."""
        if self._random() < INTERRUPTS:
            return int(self._random() * len(candidates))
        return candidates.index(current)

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return any value; where a chance is stated, an unhealthy one that often."""
        return drawn(self._random, count, chance)
