"""Replay: the same choices again.

Three degrees of insistence.  :class:`Repeat` follows the integers of a run of this very process; it is what
the search uses.  :class:`Replay` follows a schedule by names, from a file or another process, and stops at
the first choice that differs in kind, place or candidates: a replay that drifts is reported, never bent into
shape. :class:`Tolerant` interprets segments that somebody has edited, skipping what is impossible.
"""

from collections.abc import Sequence

from notsock.explore.schedule import Choice, Kind, Schedule, Segment, Verdict
from notsock.explore.strategies.drift import Drift
from notsock.explore.strategies.seat import Seat
from notsock.trace.recorder import Recorder


class Repeat:
    """Makes the choices of ``run.choices`` again; raises :class:`Drift` where one is impossible."""

    def __init__(self, choices: Sequence[int]) -> None:
        self._choices = choices
        self._place = 0

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:  # noqa: ARG002 - the protocol's signature
        """Start a run."""
        self._place = 0

    def pick(self, candidates: Sequence[int], current: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the place of the actor chosen then."""
        chosen = self._next(f"a choice among actors {list(candidates)}")
        if chosen not in candidates:
            expected = f"actor {chosen} to go on" if chosen > 0 else "a verdict"
            raise Drift(self._place, expected, f"a choice among actors {list(candidates)}")
        return candidates.index(chosen)

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the value given then."""
        chosen = self._next(f"a verdict for {point}")
        if not 0 <= ~chosen < count:
            expected = f"actor {chosen} to go on" if chosen > 0 else f"verdict {~chosen}"
            raise Drift(self._place, expected, f"a verdict of {count} for {point}")
        return ~chosen

    def _next(self, met: str) -> int:
        if self._place >= len(self._choices):
            raise Drift(self._place + 1, "the end", met)
        self._place += 1
        return self._choices[self._place - 1]


class Replay:
    """Follows a schedule by the names of its actors.

    Strict, it raises :class:`Drift` at the first difference.  Otherwise it keeps that in ``drift`` and goes
    on as well as it can, to show where another release parts from the recorded one.  After the run
    :meth:`finish` says whether choices were left over.
    """

    def __init__(self, schedule: Schedule, *, strict: bool = True) -> None:
        self._choices = schedule.choices
        self._strict = strict
        self._place = 0
        self._seat = Seat()
        self.drift: Drift | None = None

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run."""
        self._place = 0
        self.drift = None
        self._seat.begin(roster)

    def watch(self, recorder: Recorder) -> None:
        """Take the recorder of the run that begins."""
        self._seat.watch(recorder)

    def pick(self, candidates: Sequence[int], current: int) -> int:
        """Return the place of the actor chosen then."""
        expected = self._next()
        met = self._seat.choice(candidates, current, current)
        if expected is None or not _same(expected, met):
            self._drifted(expected, met)
        if expected is not None:
            chosen = self._seat.names.ident(expected.chosen)
            if chosen in candidates:
                return candidates.index(chosen)
        return candidates.index(current) if current in candidates else 0

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the value given then."""
        expected = self._next()
        met = self._seat.verdict(point, count, 0)
        if expected is None or not _same(expected, met):
            self._drifted(expected, met)
        if expected is None or expected.kind is Kind.THREAD or expected.chosen not in met.candidates:
            return 0
        return int(expected.chosen)

    def finish(self) -> None:
        """Note, or if strict raise, that the run ended before its schedule did."""
        if self.drift is None and self._place < len(self._choices):
            self._note(Drift(self._place + 1, str(self._choices[self._place]), "its end"))

    def _next(self) -> Choice | None:
        place = self._place
        self._place = place + 1
        return self._choices[place] if place < len(self._choices) else None

    def _drifted(self, expected: Choice | None, met: Choice) -> None:
        self._note(Drift(self._place, str(expected) if expected else "its end", str(met)))

    def _note(self, drift: Drift) -> None:
        if self.drift is None:
            self.drift = drift
        if self._strict:
            raise drift


def _same(expected: Choice, met: Choice) -> bool:
    """Whether two choices stand at the same place and offer the same."""
    return (
        expected.kind is met.kind
        and expected.point == met.point
        and expected.candidates == met.candidates
        and expected.current == met.current
        and (expected.calls, expected.steps) == (met.calls, met.steps)
    )


class Tolerant:
    """Lets the actors of ``segments`` go on in turn; a segment that is impossible, or over, is skipped.

    When none is left the current thread goes on as long as it can, then the one of the lowest name.  All
    verdicts but those given are healthy.
    """

    def __init__(self, segments: Sequence[Segment], verdicts: Sequence[Verdict] = ()) -> None:
        self._segments = segments
        self._verdicts = {(verdict.point, verdict.nth): verdict.value for verdict in verdicts}
        self._seat = Seat()
        self._place = 0
        self._done = 0
        self._asked: dict[str, int] = {}

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run."""
        self._place = 0
        self._done = 0
        self._asked = {}
        self._seat.begin(roster)

    def watch(self, recorder: Recorder) -> None:
        """Take the recorder of the run that begins."""
        self._seat.watch(recorder)

    def pick(self, candidates: Sequence[int], current: int) -> int:
        """Return the place of the current segment's actor."""
        self._seat.progress.look()
        names = self._seat.names
        while self._place < len(self._segments):
            segment = self._segments[self._place]
            ident = names.ident(segment.actor)
            if ident in candidates and self._goes_on(segment, ident, current):
                self._done += 1
                return candidates.index(ident)
            self._place += 1
            self._done = 0
        if current in candidates:
            return candidates.index(current)
        return candidates.index(min(candidates, key=names.of))

    def _goes_on(self, segment: Segment, ident: int, current: int) -> bool:
        """Whether a segment whose actor is ready is not over yet."""
        if segment.acts:
            return self._done < segment.acts
        if self._done and current != ident:
            return False
        return segment.until is None or self._seat.progress.of(ident) < segment.until

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the verdict given for this occurrence of ``point``, else the healthy one."""
        nth = self._asked[point] = self._asked.get(point, 0) + 1
        value = self._verdicts.get((point, nth), 0)
        return value if value < count else 0
