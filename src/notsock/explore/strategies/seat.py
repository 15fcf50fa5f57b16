"""Where a choice stands: idents turned into names, and the current thread's place in its calls.

Shared by the strategies that deal in names: recording, strict replay, and the interpreter of segments.
"""

from collections.abc import Sequence

from notsock.explore.progress import Names, Progress
from notsock.explore.schedule import Choice, Kind, kind_of
from notsock.trace.recorder import Recorder


class Seat:
    """The view of one run after another."""

    def __init__(self) -> None:
        self.begin(())

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run."""
        self.names = Names(roster)
        self.progress = Progress(Recorder())

    def watch(self, recorder: Recorder) -> None:
        """Take the recorder of the run that begins."""
        self.progress = Progress(recorder)

    def choice(self, candidates: Sequence[int], current: int, chosen: int) -> Choice:
        """Return the choice of ``chosen`` that is made now."""
        progress = self.progress
        progress.look()
        name = self.names.of
        return Choice(
            Kind.THREAD,
            progress.points.get(current, ""),
            tuple(sorted([name(ident) for ident in candidates])),
            name(chosen),
            name(current),
            progress.calls.get(current, 0),
            progress.steps.get(current, 0),
        )

    def verdict(self, point: str, count: int, value: int) -> Choice:
        """Return the choice of ``value`` that is made now."""
        progress = self.progress
        progress.look()
        last = progress.last
        return Choice(
            kind_of(point),
            point,
            tuple([str(each) for each in range(count)]),
            str(value),
            self.names.of(last),
            progress.calls[last],
            progress.steps[last],
        )

    def links(self, choices: Sequence[Choice]) -> tuple[str, ...]:
        """Return the actors among ``choices`` that are no threads."""
        self.progress.look()
        names = sorted({name for choice in choices if choice.kind is Kind.THREAD for name in choice.candidates})
        return tuple([name for name in names if self.names.ident(name) not in self.progress.calls])
