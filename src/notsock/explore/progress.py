"""How far each thread of a running system has come, read from its trace as that grows.

A strategy sees idents only.  To say *until its 3rd call* it must know which call a thread stands at; a count
of choices would not do, since it changes as soon as an earlier choice does.
"""

from collections.abc import Sequence

from notsock.trace.calls import SPELLINGS, Call
from notsock.trace.events import WIDTHS, Entered, Stepped, ThreadEnded, ThreadStarted
from notsock.trace.recorder import Recorder

_ENTERED, _STEPPED = Entered.kind, Stepped.kind
_STARTED, _ENDED = ThreadStarted.kind, ThreadEnded.kind

START, END = "start", "end"
"""Where a thread stands before its first call and behind its last."""
CALL_WORDS = {int(call): spelling for call, spelling in SPELLINGS.items()}


class Progress:
    """Calls entered and steps passed within the last one, by thread; :meth:`look` before asking."""

    __slots__ = ("_position", "_recorder", "calls", "last", "points", "steps")

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._position = 0
        self.last = 0
        """The thread that came to a call, or to a step, last."""
        self.calls: dict[int, int] = {0: 0}
        self.steps: dict[int, int] = {0: 0}
        self.points: dict[int, str] = {0: START}
        """Where each thread stands: the call it entered or the step it passed last, START or END."""

    def look(self) -> None:
        """Read what has been recorded since the last look."""
        recorder = self._recorder
        position = self._position
        if position == recorder.here():
            return
        values = recorder.since(position)
        self._position = position + len(values)
        calls, steps, points = self.calls, self.steps, self.points
        place, end = 0, len(values)
        while place < end:
            kind = values[place]
            if kind == _ENTERED:
                self.last = thread = values[place + 1]
                calls[thread] = calls.get(thread, 0) + 1
                steps[thread] = 0
                points[thread] = CALL_WORDS.get(values[place + 2], CALL_WORDS[Call.NONE])
            elif kind == _STEPPED:
                self.last = thread = values[place + 1]
                steps[thread] = steps.get(thread, 0) + 1
                points[thread] = recorder.names[values[place + 2]]
            elif kind == _STARTED:
                thread = values[place + 1]
                calls[thread] = steps[thread] = 0
                points[thread] = START
            elif kind == _ENDED:
                points[values[place + 1]] = END
            place += WIDTHS[kind]

    def of(self, thread: int) -> tuple[int, int]:
        """Return how many calls a thread has entered, and how many steps it has passed in the last one."""
        return self.calls[thread], self.steps[thread]


class Names:
    """Unique names of a roster that may still grow: where two actors share one, the later is ``name#2``."""

    __slots__ = ("_counts", "_idents", "_names", "_roster")

    def __init__(self, roster: Sequence[tuple[str, int, int]]) -> None:
        self._roster = roster
        self._names: list[str] = []
        self._idents: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    def of(self, ident: int) -> str:
        """Return the name of an actor."""
        if ident >= len(self._names):
            self._read()
        return self._names[ident]

    def ident(self, name: str) -> int:
        """Return the ident of the actor so named; -1 as long as there is none."""
        if len(self._roster) > len(self._names):
            self._read()
        return self._idents.get(name, -1)

    def _read(self) -> None:
        for name, _, _ in self._roster[len(self._names) :]:
            count = self._counts[name] = self._counts.get(name, 0) + 1
            unique = name if count == 1 else f"{name}#{count}"
            self._idents[unique] = len(self._names)
            self._names.append(unique)
