"""SURW: uniform over the orders of what is raced for, whatever else there is to do.

A long program makes few of its steps on something that others touch.  Drawing uniformly over all interleavings spends
itself on the rest; this one draws who does the next *hot* turn (:mod:`notsock.explore.observed`), in proportion to
those that each still has, and lets that actor go on until it has done it ("Selectively Uniform Concurrency
Testing", Zhao and others, ASPLOS 2025, with hot turns learned from the run before).
"""

from collections.abc import Sequence

from notsock.explore.observed import Observed
from notsock.explore.strategies.learning import Learning


class Surw(Learning):
    """Draws who does the next hot turn."""

    name = "surw"

    def __init__(self, seed: int | str = 0) -> None:
        super().__init__(seed)
        self._hot: dict[str, set[int]] = {}
        self._left: dict[int, int] = {}
        self._turns: dict[int, int] = {}
        self._intended = 0

    def learn(self, observed: Observed, names: Sequence[str]) -> None:
        """Add the hot turns of a run to those that are known."""
        for name, number in observed.hot(names):
            self._hot.setdefault(name, set()).add(number)

    def prepare(self) -> None:
        """Nobody has had a turn yet."""
        self._left = {}
        self._turns = {}
        self._intended = 0

    def pick(self, candidates: Sequence[int], current: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the place of the actor that is to do the next hot turn."""
        if self._intended not in candidates:
            self._intended = self._draw(candidates)
        chosen = self._intended
        number = self._turns.get(chosen, 0)
        self._turns[chosen] = number + 1
        hot = self._hot.get(self._names.of(chosen))
        if hot is None or number in hot:
            self._left[chosen] = self._hot_left(chosen) - 1
            self._intended = 0
        self.follow(candidates, chosen)
        return candidates.index(chosen)

    def _hot_left(self, actor: int) -> int:
        if actor not in self._left:
            self._left[actor] = len(self._hot.get(self._names.of(actor), ()))
        return self._left[actor]

    def _draw(self, candidates: Sequence[int]) -> int:
        """Draw an actor in proportion to the hot turns that it has left; one that has none, seldom."""
        weights = [max(self._hot_left(actor), LEAST) for actor in candidates]
        return self._stream.choices(candidates, weights)[0]


LEAST = 0.5
"""The weight of an actor that is not known to have a hot turn left: it may have one in this schedule."""
