"""Coverage: a run that shows a new order of two conflicting turns is kept, and children are made of it.

What is covered are pairs of turns (:mod:`notsock.explore.learned`), by this search and by those before it.
A child turns one such pair of a kept run round: it plays the run up to there, holds the first actor back until the
second has passed its turn, and then follows the old order as far as it goes, with a little noise.
"""

from collections.abc import Sequence

from notsock.explore.learned import Kept, Learned, Turn
from notsock.explore.observed import Observed
from notsock.explore.resources import EVERYTHING, KIND_MASK, MEMORY
from notsock.explore.strategies.learning import Learning

NOISE = 0.1
"""How often a child takes another actor than its parent did."""
FRESH = 0.25
"""How often a run is drawn evenly instead, so that there is something new to keep."""


class Coverage(Learning):
    """Mutates the runs that showed something new."""

    name = "coverage"

    def __init__(self, seed: int | str = 0) -> None:
        super().__init__(seed)
        self._learned = Learned()
        self._order: tuple[str, ...] = ()
        self._place = 0
        self._held = ""
        self._until: Turn = ("", 0)
        self._hold_at = -1
        self._turns: dict[str, int] = {}

    def take_up(self, learned: Learned) -> None:
        """Go on from what earlier searches have ``learned``, and add to it."""
        self._learned = learned

    def prepare(self) -> None:
        """Choose what to make of a kept run."""
        self._turns = {}
        self._place = 0
        self._held = ""
        self._hold_at = -1
        self._order = ()
        if self._learned.kept and self._stream.random() >= FRESH:
            self._mutate(self._stream.choice(self._learned.kept))

    def _mutate(self, parent: Kept) -> None:
        """Plan to turn one pair of a kept run round."""
        self._order = parent.order
        if parent.pairs:
            first, second = self._stream.choice(parent.pairs)
            name = parent.order[second]
            self._hold_at = first
            self._until = (name, parent.order[: second + 1].count(name))

    def learn(self, observed: Observed, names: Sequence[str]) -> None:
        """Keep a run if one of its pairs is new."""
        latest: dict[int, tuple[int, bool]] = {}
        pairs: dict[tuple[int, int], None] = {}
        for place, footprint in enumerate(observed.touched):
            for resource, writes in footprint.items():
                if resource & KIND_MASK in (EVERYTHING, MEMORY):
                    continue
                before = latest.get(resource)
                latest[resource] = (place, writes)
                if before is not None and (writes or before[1]) and names[before[0]] != names[place]:
                    pairs[before[0], place] = None
        self._learned.keep(Kept(tuple(names), tuple(pairs)))

    def pick(self, candidates: Sequence[int], current: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the place of the actor that the plan names, or any."""
        place = self._planned(candidates)
        if place < 0:
            place = int(self._stream.random() * len(candidates))
        name = self._names.of(candidates[place])
        self._turns[name] = self._turns.get(name, 0) + 1
        if self._held and self._turns.get(self._until[0], 0) >= self._until[1]:
            self._held = ""
        self.follow(candidates, candidates[place])
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
