"""Portfolio: the default search, which mixes the reduced exhaustive search with samplers that learn.

No single strategy is safe.  DPOR finds what is rare in a long program, and can say "exhausted"; it fails when the
bug is early and the tail of the run is racy, for it comes back to early choices last.  Samplers find those, and fail
when the bug is rare.  The first run is the unpreempted one; what it shows to be suspicious is tried at once, which
finds each of the ten entries of the zoo that race within three schedules, where random takes two to eleven.

The rest of the order was chosen on the same entries, over 20 seeds and without the suspicions: two of every five runs
for SURW, one for URW, one for coverage and one for DPOR found them in a geometric mean of 4.0 schedules (nine of ten
times within 9.5) where random took 5.6 (12.7), SURW alone 3.8 (11.2), and DPOR and URW in turn 7.1 (12.8).  One of the
two of SURW's goes to windows that are less suspicious, as long as there are any.  What has not been found by then is
likelier to be found, or excluded, by DPOR, which then gets every other run.
"""

from collections.abc import Iterator

from notsock.executive.strategy import Strategy
from notsock.explore.learned import Learned
from notsock.explore.strategies.active import Active
from notsock.explore.strategies.coverage import Coverage
from notsock.explore.strategies.surw import Surw
from notsock.explore.strategies.taught import Taught
from notsock.explore.strategies.urw import Urw
from notsock.explore.strategies.widening import Widening
from notsock.explore.windows import Suspicion

AT_ONCE = 4
"""So many suspicious windows are tried before anything else."""
ROUNDS = 8
"""So many rounds go by before DPOR gets every other run."""


class Portfolio:
    """A plan: DPOR and four samplers in turn, until DPOR has seen everything."""

    def __init__(self, seed: int | str = 0) -> None:
        self._seed = seed
        self._dpor = Widening()
        self._coverage = Coverage(seed)
        self._active = Active(seed)
        self._teachers = (Surw(seed), self._coverage)
        for sampler in self._teachers:
            sampler.pupils = (self._active,)
        self._order = self._strategies(*self._teachers, Urw(seed))

    def _strategies(self, surw: Surw, coverage: Coverage, urw: Urw) -> Iterator[Strategy]:
        active, dpor = self._active, self._dpor
        yield Taught(dpor, active)
        for _ in range(AT_ONCE):
            if not active.suspects(Suspicion.UNBORN):
                break
            yield active
        yield dpor
        for _ in range(ROUNDS):
            yield from self._tried((surw, urw, active, coverage, dpor))
        while True:
            for sampler in self._tried((surw, urw, active, coverage)):
                yield from (sampler, dpor)

    def _tried(self, strategies: tuple[Strategy, ...]) -> Iterator[Strategy]:
        """Yield those that have something to try."""
        for strategy in strategies:
            if strategy is not self._active or self._active.suspects():
                yield strategy

    def take_up(self, learned: Learned) -> None:
        """Go on from what earlier searches have ``learned``; DPOR, whose path is not kept, draws where it begins."""
        self._coverage.take_up(learned)
        if learned.schedules:
            self._dpor = Widening(self._seed)

    def next(self) -> Strategy | None:
        """Return the strategy of the next run."""
        for sampler in self._teachers:
            sampler.catch_up()
        strategy = next(self._order)
        if strategy is self._dpor and not self._dpor.advance():
            return None
        return strategy

    def verdict(self) -> str:
        """Say what DPOR has covered."""
        return self._dpor.verdict()
