"""Recording: another strategy's choices, noted with where they stood and what else could have been chosen.

The executive keeps a choice as one integer, which is all that a search needs.  Whoever wants to print, store
or edit a schedule runs it once more under this wrapper.
"""

from collections.abc import Sequence

from notsock.executive.strategy import Strategy
from notsock.explore.schedule import Choice, Schedule
from notsock.explore.strategies.seat import Seat
from notsock.trace.recorder import Recorder


class Recording:
    """Chooses as ``strategy`` does; afterwards :meth:`schedule` says what was chosen."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._seat = Seat()
        self._choices: list[Choice] = []

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run."""
        self._choices = []
        self._seat.begin(roster)
        self._strategy.begin(roster)

    def watch(self, recorder: Recorder) -> None:
        """Take the recorder of the run that begins."""
        self._seat.watch(recorder)
        watch = getattr(self._strategy, "watch", None)
        if watch is not None:
            watch(recorder)

    def pick(self, candidates: Sequence[int], current: int) -> int:
        """Return the place that the wrapped strategy picks."""
        place = self._strategy.pick(candidates, current)
        self._choices.append(self._seat.choice(candidates, current, candidates[place]))
        return place

    def value(self, point: str, count: int, chance: int = 0) -> int:
        """Return the value that the wrapped strategy draws."""
        value = self._strategy.value(point, count, chance)
        self._choices.append(self._seat.verdict(point, count, value))
        return value

    def schedule(self) -> Schedule:
        """Return the choices of the last run."""
        return Schedule(tuple(self._choices), self._seat.links(self._choices))
