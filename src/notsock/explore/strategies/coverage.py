"""Coverage: a run that shows a new order of two conflicting turns is kept, and children are made of it.

What is covered is a pair: this turn came, and the next that touched the same, where one of the two wrote, was that one.
A child turns one such pair of a kept run round: it plays the run up to there, holds the first actor back until the
second has passed its turn, and then follows the old order as far as it goes, with a little noise.
"""

from collections.abc import Sequence
from typing import NamedTuple

from notsock.explore.observed import Observed
from notsock.explore.resources import EVERYTHING, KIND_MASK, MEMORY
from notsock.explore.strategies.learning import Learning

NOISE = 0.1
"""How often a child takes another actor than its parent did."""
FRESH = 0.25
"""How often a run is drawn evenly instead, so that there is something new to keep."""
KEPT_MAX = 64

Turn = tuple[str, int]
"""An actor by name and the number of its turn."""


class _Kept(NamedTuple):
    """A run that showed something new: its actors in order, and its pairs by place."""

    order: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]


class Coverage(Learning):
    """Mutates the runs that showed something new."""

    name = "coverage"

    def __init__(self, seed: int | str = 0) -> None:
        super().__init__(seed)
        self._seen: set[tuple[Turn, Turn]] = set()
        self._kept: list[_Kept] = []
        self._order: tuple[str, ...] = ()
        self._place = 0
        self._held = ""
        self._until: Turn = ("", 0)
        self._hold_at = -1
        self._turns: dict[str, int] = {}

    def prepare(self) -> None:
        """Choose what to make of a kept run."""
        self._turns = {}
        self._place = 0
        self._held = ""
        self._hold_at = -1
        self._order = ()
        if self._kept and self._stream.random() >= FRESH:
            self._mutate(self._stream.choice(self._kept))

    def _mutate(self, parent: _Kept) -> None:
        """Plan to turn one pair of a kept run round."""
        self._order = parent.order
        if parent.pairs:
            first, second = self._stream.choice(parent.pairs)
            name = parent.order[second]
            self._hold_at = first
            self._until = (name, parent.order[: second + 1].count(name))

    def learn(self, observed: Observed) -> None:
        """Keep a run if one of its pairs is new."""
        names = [self._names.of(actor) for actor in observed.actors]
        counts: dict[str, int] = {}
        turns: list[Turn] = []
        for name in names:
            counts[name] = counts.get(name, 0) + 1
            turns.append((name, counts[name]))
        latest: dict[int, tuple[int, bool]] = {}
        pairs = []
        new = False
        for place, footprint in enumerate(observed.touched):
            for resource, writes in footprint.items():
                if resource & KIND_MASK in (EVERYTHING, MEMORY):
                    continue
                before = latest.get(resource)
                latest[resource] = (place, writes)
                if before is None or not (writes or before[1]) or names[before[0]] == names[place]:
                    continue
                pairs.append((before[0], place))
                pair = (turns[before[0]], turns[place])
                if pair not in self._seen:
                    self._seen.add(pair)
                    new = True
        if new:
            self._kept.append(_Kept(tuple(names), tuple(dict.fromkeys(pairs))))
            del self._kept[:-KEPT_MAX]

    def pick(self, candidates: Sequence[int], current: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the place of the actor that the plan names, or any."""
        place = self._planned(candidates)
        if place < 0:
            place = int(self._stream.random() * len(candidates))
        name = self._names.of(candidates[place])
        self._turns[name] = self._turns.get(name, 0) + 1
        if self._held and self._turns.get(self._until[0], 0) >= self._until[1]:
            self._held = ""
        assert self._observed is not None
        self._observed.turn(candidates[place])
        return place

    def _planned(self, candidates: Sequence[int]) -> int:
        """Return the place of the next actor of the parent's order that can go, -1 for any."""
        if not self._order or self._stream.random() < NOISE:
            return -1
        names = [self._names.of(actor) for actor in candidates]
        if self._place == self._hold_at:
            self._hold_at, self._held = -1, self._order[self._place]
        if self._held:
            if self._until[0] in names:
                return names.index(self._until[0])
            return next((place for place, name in enumerate(names) if name != self._held), -1)
        while self._place < len(self._order):
            name = self._order[self._place]
            self._place += 1
            if name in names:
                return names.index(name)
        return -1
