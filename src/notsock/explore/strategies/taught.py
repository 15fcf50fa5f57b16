"""Taught: one strategy decides a run, and another one learns from it as if it had been its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from notsock.executive.strategy import Attending
from notsock.explore.strategies.learning import Learning

if TYPE_CHECKING:
    from notsock.executive.executive import Executive


class Taught:
    """The strategy of such a run."""

    def __init__(self, strategy: Attending, pupil: Learning) -> None:
        self._strategy = strategy
        self._pupil = pupil

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run of both."""
        self._strategy.begin(roster)
        self._pupil.begin(roster)

    def attend(self, executive: "Executive") -> None:
        """Have both read what each turn touches."""
        self._strategy.attend(executive)
        self._pupil.attend(executive)

    def stills(self) -> None:
        """Time moves, for both."""
        self._strategy.stills()
        self._pupil.stills()

    def pick(self, candidates: Sequence[int], current: int) -> int:
        """Return the place that the strategy chooses; the other one sees it."""
        place = self._strategy.pick(candidates, current)
        self._pupil.follow(candidates, candidates[place])
        return place

    def value(self, point: str, count: int, chance: int = 0) -> int:
        """Return what the strategy chooses."""
        return self._strategy.value(point, count, chance)
