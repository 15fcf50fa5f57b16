"""Shrinking: from a run that shows something to the simplest one that still shows it.

Simplest: fewest faults, then preemptions, then switches, then choices, then the smallest values.  The shrinker edits
the segments of a run (*run A until its 3rd call*), has them interpreted tolerantly, and keeps what came out
if that still shows the finding; the result is an ordinary run with a strict list of choices of its own.

Each pass is one kind of edit.  They are tried in turn until none of them helps; what is left of the budget
then goes to schedules with no more preemptions than the best, depth first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from notsock.executive.strategy import Strategy
from notsock.explore.replay import schedule_of
from notsock.explore.run import Run, Runner
from notsock.explore.schedule import Schedule, Segment, Verdict, switches
from notsock.explore.strategies.exhaustive import Exhaustive
from notsock.explore.strategies.recording import Recording
from notsock.explore.strategies.replay import Tolerant

Segments: TypeAlias = tuple[Segment, ...]
Cost: TypeAlias = tuple[int, int, int, int, int]


def cost(run: Run, schedule: Schedule) -> Cost:
    """Return what the shrinker makes least: (faults, preemptions, switches, choices, sum of values)."""
    verdicts = schedule.verdicts()
    values = sum(verdict.value for verdict in verdicts)
    return len(verdicts), schedule.preemptions, switches(run.trace), len(schedule.choices), values


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be run: segments, and verdicts that are not healthy."""

    segments: Segments
    verdicts: tuple[Verdict, ...]


Pass: TypeAlias = Callable[[Edit], Iterator[Edit]]


def unpreempted(edit: Edit) -> Iterator[Edit]:
    """Leave everything out."""
    yield Edit((), ())
    yield Edit((), edit.verdicts)


def without_verdicts(edit: Edit) -> Iterator[Edit]:
    """Leave out all faults, or one."""
    if edit.verdicts:
        yield Edit(edit.segments, ())
        for place in range(len(edit.verdicts)):
            yield Edit(edit.segments, edit.verdicts[:place] + edit.verdicts[place + 1 :])


def lower(edit: Edit) -> Iterator[Edit]:
    """Make a verdict's value smaller: 1, half of it, one less."""
    for place, verdict in enumerate(edit.verdicts):
        for value in dict.fromkeys((1, verdict.value // 2, verdict.value - 1)):
            if 0 < value < verdict.value:
                lowered = Verdict(verdict.point, verdict.nth, value)
                yield Edit(edit.segments, (*edit.verdicts[:place], lowered, *edit.verdicts[place + 1 :]))


def cut_tail(edit: Edit) -> Iterator[Edit]:
    """Leave out half of the segments from the end, a quarter, … the last one."""
    size = len(edit.segments) // 2
    while size:
        yield Edit(edit.segments[:-size], edit.verdicts)
        size //= 2


def drop(edit: Edit) -> Iterator[Edit]:
    """Leave out a stretch of segments, long ones first; their threads' next segments do their work."""
    count = len(edit.segments)
    size = count // 2
    while size:
        for place in range(0, count - size + 1, max(1, size // 2)):
            yield Edit(edit.segments[:place] + edit.segments[place + size :], edit.verdicts)
        size //= 2


def absorb(edit: Edit) -> Iterator[Edit]:
    """Let a segment do the work of its thread's next one."""
    segments = edit.segments
    for place, segment in enumerate(segments):
        for later in range(place + 1, len(segments)):
            if segments[later].actor == segment.actor:
                merged = Segment(segment.actor, segments[later].until, segment.acts + segments[later].acts)
                rest = segments[place + 1 : later] + segments[later + 1 :]
                yield Edit((*segments[:place], merged, *rest), edit.verdicts)
                break


def to_its_end(edit: Edit) -> Iterator[Edit]:
    """Let a segment's thread go on as long as it can."""
    segments = edit.segments
    for place, segment in enumerate(segments):
        if segment.until is not None:
            yield Edit((*segments[:place], Segment(segment.actor), *segments[place + 1 :]), edit.verdicts)


def swap(edit: Edit) -> Iterator[Edit]:
    """Let two neighbours change places."""
    segments = edit.segments
    for place in range(len(segments) - 1):
        pair = (segments[place + 1], segments[place])
        yield Edit((*segments[:place], *pair, *segments[place + 2 :]), edit.verdicts)


PASSES: tuple[Pass, ...] = (
    unpreempted,
    without_verdicts,
    lower,
    cut_tail,
    drop,
    absorb,
    to_its_end,
    swap,
)


def shrink(runner: Runner, run: Run, keep: Callable[[Run], bool], budget_runs: int = 200) -> Run:
    """Return the simplest run found within ``budget_runs`` runs for which ``keep`` still holds.

    ``keep`` holds for ``run`` itself.  Raises Drift if ``run`` cannot be repeated.
    """
    return _Shrinker(runner, run, keep, budget_runs).shrunk()


class _Shrinker:
    """The best run so far, and what has been tried."""

    def __init__(self, runner: Runner, run: Run, keep: Callable[[Run], bool], budget_runs: int) -> None:
        self._runner = runner
        self._keep = keep
        self._left = budget_runs - 1
        self._best = run
        schedule = schedule_of(runner, run)
        self._cost = cost(run, schedule)
        self._edit = Edit(schedule.segments(), schedule.verdicts())
        self._tried: set[Edit] = set()

    def shrunk(self) -> Run:
        """Edit until no pass helps; then look whether anything simpler remains, and edit that."""
        self._edit_down()
        while self._found_simpler():
            self._edit_down()
        return self._best

    def _edit_down(self) -> None:
        helped = True
        while helped:
            helped = False
            for each in PASSES:
                while any(self._try(edit) for edit in each(self._edit)):
                    helped = True

    def _try(self, edit: Edit) -> bool:
        """Run an edit that is new; say whether it is better."""
        if edit in self._tried:
            return False
        self._tried.add(edit)
        return self._better(Tolerant(edit.segments, edit.verdicts))

    def _found_simpler(self) -> bool:
        """Try all schedules with no more preemptions; in a small program that proves the best least."""
        for bound in range(self._cost[1] + 1):
            strategy = Exhaustive(bound)
            left = True
            while left and self._left > 0:
                if self._better(strategy):
                    return True
                left = strategy.advance()
        return False

    def _better(self, strategy: Strategy) -> bool:
        """Run a strategy if the budget allows; keep the run if it is simpler and still shows it."""
        if self._left <= 0:
            return False
        self._left -= 1
        recording = Recording(strategy)
        run = self._runner(recording)
        schedule = recording.schedule()
        new_cost = cost(run, schedule)
        if new_cost >= self._cost or not self._keep(run):
            return False
        self._best, self._cost = run, new_cost
        self._edit = Edit(schedule.segments(), schedule.verdicts())
        return True
