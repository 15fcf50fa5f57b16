"""PCT: the actor of the highest priority goes on; at a few points of the run it falls below all others.

Each actor has a random priority, and with d - 1 points drawn among the k steps that others touch as well, a run finds a
bug that d ordered events make with a probability of at least 1 / (n * k**(d - 1)) for n actors (Burckhardt and others,
"A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010).  Only *hot* turns
(:mod:`notsock.explore.observed`) are counted, as the run before showed them: points spent on others are wasted.
"""

from collections.abc import Sequence

from notsock.explore.observed import Observed
from notsock.explore.strategies.learning import Learning

DEPTHS = (2, 3, 1, 2, 3)
"""The depths of bugs that the runs look for, in turn."""


class Pct(Learning):
    """Runs by priority."""

    name = "pct"

    def __init__(self, seed: int | str = 0) -> None:
        super().__init__(seed)
        self._hot: set[tuple[str, int]] = set()
        self._count = 1
        self._priorities: dict[int, float] = {}
        self._points: list[int] = []
        self._turns: dict[int, int] = {}
        self._passed = 0

    def learn(self, observed: Observed, names: Sequence[str]) -> None:
        """Add the hot turns of the run before to those that are known, and take its number of them."""
        hot = observed.hot(names)
        self._hot |= hot
        self._count = max(len(hot), 1)

    def prepare(self) -> None:
        """Draw the points of the run that begins."""
        self._priorities = {}
        self._turns = {}
        self._passed = 0
        depth = DEPTHS[self._number % len(DEPTHS)]
        self._points = [self._stream.randrange(self._count) for _ in range(depth - 1)]

    def pick(self, candidates: Sequence[int], current: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the place of the candidate of the highest priority."""
        chosen = max(candidates, key=self._priority)
        if self._is_hot(chosen):
            while self._passed in self._points:
                self._points.remove(self._passed)
                self._priorities[chosen] = -float(len(self._points) + 1)
                chosen = max(candidates, key=self._priority)
            self._passed += 1
        self._turns[chosen] = self._turns.get(chosen, 0) + 1
        self.follow(candidates, chosen)
        return candidates.index(chosen)

    def _priority(self, actor: int) -> float:
        if actor not in self._priorities:
            self._priorities[actor] = self._stream.random()
        return self._priorities[actor]

    def _is_hot(self, actor: int) -> bool:
        return not self._hot or (self._names.of(actor), self._turns.get(actor, 0)) in self._hot
