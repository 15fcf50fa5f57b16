"""Active: finds in a run the moments that somebody could have slipped into, and has somebody slip in.

The next run need not be drawn when the one before has shown where it is worth going: :mod:`notsock.explore.windows`
names two turns of one actor, and a turn of another one that is to come in between.  The first actor is held where the
window is open until the second has had its turn, and goes on at once then.  Each window is tried once, the most
suspicious one first; when none is left, actors are drawn.

This is active testing (Park and Sen, "Randomized Active Atomicity Violation Detection in Concurrent Programs", FSE
2008), with numbers, ports and kernel objects in the place of variables.
"""

from collections.abc import Sequence
from heapq import heappop, heappush, nlargest

from notsock.explore.observed import START, Observed, Place
from notsock.explore.strategies.learning import Learning
from notsock.explore.windows import Suspicion, Window, windows

WINDOWS_MAX = 500
"""Windows of one run that are kept: the most suspicious ones."""


class Active(Learning):
    """Holds one actor in a window until another one has slipped in."""

    name = "active"

    def __init__(self, seed: int | str = 0) -> None:
        super().__init__(seed)
        self._known: set[Window] = set()
        self._untried: list[tuple[int, float, Window, tuple[str, ...]]] = []
        self._window: Window | None = None
        self._order: tuple[str, ...] = ()
        """The beginning of the run in which the window was seen."""
        self._turn = 0

    def suspects(self, least: Suspicion = Suspicion.COMMON) -> bool:
        """Say whether a window is left to try that is at least so suspicious."""
        self.catch_up()
        return bool(self._untried) and -self._untried[0][0] >= least

    def learn(self, observed: Observed, names: Sequence[str]) -> None:
        """Note the windows of a run that nobody slipped into."""
        for suspicion, window, bites in nlargest(WINDOWS_MAX, windows(observed, names)):
            if window not in self._known:
                self._known.add(window)
                heappush(self._untried, (-suspicion, self._stream.random(), window, tuple(names[:bites])))

    def prepare(self) -> None:
        """Take the most suspicious window that has not been tried."""
        self._turn = 0
        self._window, self._order = None, ()
        if self._untried:
            _, _, self._window, self._order = heappop(self._untried)

    def pick(self, candidates: Sequence[int], current: int) -> int:
        """Return the place of the actor that the window wants; else of the one before, as long as it can go on."""
        observed = self._observed
        assert observed is not None
        observed.over()
        if self._window is None:
            place = int(self._stream.random() * len(candidates))
        else:
            place = self._wanted(self._window, candidates, current, observed)
        self.follow(candidates, candidates[place])
        self._turn += 1
        return place

    def _wanted(self, window: Window, candidates: Sequence[int], current: int, observed: Observed) -> int:
        names = [self._names.of(actor) for actor in candidates]
        if self._turn < len(self._order) and self._order[self._turn] in names:
            return names.index(self._order[self._turn])
        held, called = self._moves(window, observed)
        if called in names:
            return names.index(called)
        free = [place for place, name in enumerate(names) if name != held]
        if not free:
            self._window = None  # it cannot be: whoever is to slip in waits for the one that is held
            free = list(range(len(names)))
        return next((place for place in free if candidates[place] == current), free[0])

    def _moves(self, window: Window, observed: Observed) -> tuple[str, str]:
        """Return who is held and who goes as soon as he can, by name; empty for nobody."""
        actor, other = self._stands(window.actor, observed), self._stands(window.other, observed)
        if actor <= window.opens:
            return (window.other if other == window.slips else ""), ""
        if actor > window.closes:
            return "", ""
        if other <= window.slips:
            return (window.actor if actor == window.closes else ""), window.other
        return "", window.actor

    def _stands(self, name: str, observed: Observed) -> Place:
        actor = self._names.ident(name)
        return START if actor < 0 else observed.place(actor)
