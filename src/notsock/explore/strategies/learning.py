"""Learning: what samplers have in common that learn from each run what its turns touched.

Each run has a stream of its own, ``seed/n`` with n from 1.  What the run before showed is learned when the next begins.
"""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from notsock.explore.observed import Observed
from notsock.explore.progress import Names
from notsock.explore.sharing import Sharing
from notsock.explore.strategies.drawing import drawn

if TYPE_CHECKING:
    from notsock.executive.executive import Executive


class Learning:
    """A sampler without a choice of its own: it follows its runs, and learns from them."""

    name: ClassVar[str]
    """What its streams are called."""

    def __init__(self, seed: int | str = 0) -> None:
        self._seed = seed
        self._number = 0
        self._stream = random.Random()  # noqa: S311 - reproducible, not secret
        self._sharing = Sharing()
        self._observed: Observed | None = None
        self._names = Names(())
        self.pupils: tuple[Learning, ...] = ()
        """Those that learn from the runs of this one as well."""

    def learn(self, observed: Observed, names: Sequence[str]) -> None:
        """Learn from a run that is over; ``names`` are its actors, turn by turn."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Prepare the run that begins."""
        raise NotImplementedError

    def catch_up(self) -> None:
        """Learn from the run before, unless that has been done."""
        if self._observed is not None:
            self._observed.over()
            names = [self._names.of(actor) for actor in self._observed.actors]
            for each in (self, *self.pupils):
                each.learn(self._observed, names)
        self._observed = None

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run: learn from the one before, and take the next stream of this seed."""
        self.catch_up()
        self._sharing.forget(0)
        self._names = Names(roster)
        self._number += 1
        self._stream.seed(f"notsock {self.name} {self._seed}/{self._number}")
        self.prepare()

    def follow(self, candidates: Sequence[int], chosen: int) -> None:
        """Note who has the next turn."""
        assert self._observed is not None
        self._observed.turn(chosen, candidates)

    def attend(self, executive: "Executive") -> None:
        """Read what each turn touches."""
        self._observed = Observed(executive, self._sharing)

    def stills(self) -> None:
        """Time moves: the turn is over."""
        if self._observed is not None:
            self._observed.stills()

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return any value; where a chance is stated, an unhealthy one that often."""
        return drawn(self._stream.random, count, chance)
