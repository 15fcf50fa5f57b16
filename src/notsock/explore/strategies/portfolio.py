"""Portfolio: the default search, which mixes a reduced exhaustive search with uniform samples.

No single strategy is safe.  DPOR finds what is rare in a long program, and can say "exhausted"; it fails when the
bug is early and the tail of the run is racy, for it comes back to early choices last.  Uniform walks find those, and
fail when the bug is rare.  The first run is the unpreempted one.
"""

from notsock.executive.strategy import Strategy
from notsock.explore.strategies.dpor import Dpor
from notsock.explore.strategies.urw import Urw

EVEN = 4
"""So many runs go to the two in turn: most programs are small, or their bugs are."""
SAMPLES = 3
"""After that, uniform samples to each run of the reduced search: on the racing entries of the zoo, and on the toys of
the tests, this did better than 1, 2 and 4 to one."""


class Portfolio:
    """A plan: the reduced search and uniform samples in turn, until the first has seen everything."""

    def __init__(self, seed: int | str = 0) -> None:
        self._urw = Urw(seed)
        self._dpor = Dpor()
        self._runs = 0
        self._done = False

    def next(self) -> Strategy | None:
        """Return the strategy of the next run."""
        number = self._runs
        self._runs += 1
        if number % (2 if number < EVEN else SAMPLES + 1):
            if number == 1:
                self._urw.expect(self._dpor.taken())
            return self._urw
        if number and not self._advances():
            return None
        return self._dpor

    def _advances(self) -> bool:
        """Move the reduced search to its next path; False when it has seen everything."""
        if self._done:
            return False
        self._done = not self._dpor.advance()
        return not self._done

    def verdict(self) -> str:
        """Say what the reduced search has covered."""
        return self._dpor.verdict() if self._done else "stopped"
