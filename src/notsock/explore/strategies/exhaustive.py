"""Exhaustive: depth first through every choice of a program, thread choices and verdicts alike.

Nothing of the machine is kept: each run repeats the choices of the one before up to the deepest that still
has an untried alternative.  The first alternative of a node goes on with the current thread, so that the
first run is the unpreempted one.  On the repeated part every choice must offer what it offered before; a
program that does otherwise is not deterministic, and nothing said about "all" its schedules would be true.

A *preemption* is a choice that takes the turn from a thread which could go on, for another thread or for a
delivery.  Under a bound nothing else is cut, and ``cut`` says whether anything was.
"""

from collections.abc import Sequence

from notsock.explore.strategies.drift import Drift
from notsock.explore.verdict import EXHAUSTED, STOPPED, up_to


class Exhaustive:
    """All schedules of a program, or all with at most ``preemption_bound`` preemptions.

    ``advance`` between two runs; it returns False when no schedule is left.
    """

    def __init__(self, preemption_bound: int | None = None) -> None:
        self.bound = preemption_bound
        self.cut = False
        self._limit = float("inf") if preemption_bound is None else preemption_bound
        self._places: list[int] = []
        self._offers: list[list[int] | tuple[str, int]] = []
        self._nodes: list[tuple[int, int, int, int]] = []
        """For each choice of the current path: the first place tried, how many there are (0: the bound
        allows that one only), what another costs in preemptions, and what had been spent before."""
        self._depth = 0
        self._known = 0
        self._spent = 0
        self._dry = False
        self._roster: Sequence[tuple[str, int, int]] = ()

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start the run of the current path."""
        self._roster = roster
        self._depth = 0
        self._known = len(self._places)

    def pick(self, candidates: Sequence[int], current: int) -> int:
        """Return the place on the current path; beyond its end, the current thread's, or the first."""
        depth = self._depth
        self._depth = depth + 1
        if depth < self._known:
            if candidates != self._offers[depth]:
                raise self._drift(depth, self._words(candidates))
            return self._places[depth]
        spent = self._spent
        if current in candidates:
            first = candidates.index(current)
            if spent < self._limit:
                self._nodes.append((first, len(candidates), 1, spent))
            else:
                self._nodes.append((first, 0, 1, spent))
                self.cut = True
        else:
            first = 0
            self._nodes.append((0, len(candidates), 0, spent))
        self._places.append(first)
        self._offers.append(list(candidates))
        return first

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the value on the current path; beyond its end, the healthy one."""
        depth = self._depth
        self._depth = depth + 1
        if depth < self._known:
            if (point, count) != self._offers[depth]:
                raise self._drift(depth, self._words((point, count)))
            return self._places[depth]
        self._nodes.append((0, count, 0, self._spent))
        self._places.append(0)
        self._offers.append((point, count))
        return 0

    def advance(self) -> bool:
        """Move to the next untried path; False when none is left."""
        if self._depth < self._known:
            raise self._drift(self._depth, "its end")
        places, nodes = self._places, self._nodes
        while places:
            first, count, cost, spent = nodes[-1]
            place = places[-1]
            following = 0 if place == first else place + 1
            if following == first:
                following += 1
            if following < count:
                places[-1] = following
                self._spent = spent + cost
                return True
            places.pop()
            nodes.pop()
            self._offers.pop()
        self._dry = True
        return False

    def verdict(self) -> str:
        """Say what has been tried: something, once :meth:`advance` has returned False."""
        if not self._dry:
            return STOPPED
        return up_to((f"{self.bound} preemptions",)) if self.cut else EXHAUSTED

    def _drift(self, depth: int, met: str) -> Drift:
        return Drift(depth + 1, self._words(self._offers[depth]), met)

    def _words(self, offer: Sequence[int] | tuple[str, int]) -> str:
        if isinstance(offer, tuple):
            return f"a verdict of {offer[1]} for {offer[0]}"
        names = (self._roster[ident][0] if 0 <= ident < len(self._roster) else f"actor {ident}" for ident in offer)
        return f"a choice among {', '.join(names)}"
