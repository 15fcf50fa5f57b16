"""The typed sequence of choices behind replay, shrinking and every story.

A :class:`Choice` says what was chosen, among what, and where; it names actors by the path by which they came
to be, never by position or ident, so that it means the same in another run.  A :class:`Segment` says the same
in fewer words, *run server/main until its 3rd call*: that is what a person reads and what the shrinker edits.
"""

from dataclasses import dataclass
from enum import Enum, unique

from notsock.trace.events import Entered, Exited, Stepped
from notsock.trace.recorder import Trace

_ENTERED, _EXITED, _STEPPED = Entered.kind, Exited.kind, Stepped.kind


@unique
class Kind(Enum):
    """What a choice decides."""

    THREAD = "thread"
    """Who goes next: a thread, or a link with something to deliver."""
    NET = "net"
    """What becomes of a packet."""
    FAULT = "fault"
    """Whether something fails."""
    NUMBER = "number"
    """Any other value."""


def kind_of(point: str) -> Kind:
    """Return the kind of the verdict asked for at ``point``, which its first word says."""
    word = point.partition(".")[0]
    return {"net": Kind.NET, "fault": Kind.FAULT}.get(word, Kind.NUMBER)


@dataclass(frozen=True, slots=True)
class Choice:
    """One recorded decision.

    ``current`` is the thread that had the turn, in its ``calls``-th call after ``steps`` steps.  For a choice
    of who goes next ``point`` is where it stood, a call or a step inside one, and the candidates are sorted
    names. For a verdict ``point`` says what is asked, the candidates are the values, in decimal, from the
    healthy ``0`` on, and ``current`` is the thread that came to a call or step last.
    """

    kind: Kind
    point: str
    candidates: tuple[str, ...]
    chosen: str
    current: str = ""
    calls: int = 0
    steps: int = 0

    @property
    def preempts(self) -> bool:
        """Whether it takes the turn from a thread that could go on."""
        return self.kind is Kind.THREAD and self.chosen != self.current and self.current in self.candidates

    def __str__(self) -> str:
        if self.kind is not Kind.THREAD:
            return f"a verdict of {len(self.candidates)} for {self.point}"
        where = f"{self.current or 'the start'} at {self.point} ({self.calls}.{self.steps})"
        return f"a choice among {', '.join(self.candidates)} with {where}"


@dataclass(frozen=True, slots=True)
class Segment:
    """Let one actor go on.

    A thread: until it has entered ``until[0]`` calls and passed ``until[1]`` steps in the last of them, or
    for None as long as it can.  A link: for ``acts`` deliveries (0 for threads).
    """

    actor: str
    until: tuple[int, int] | None = None
    acts: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ``nth`` answer (from 1) given at a point was ``value`` rather than the healthy 0."""

    point: str
    nth: int
    value: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """All choices of a run; ``links`` are those of its actors that are no threads."""

    choices: tuple[Choice, ...]
    links: tuple[str, ...] = ()

    @property
    def preemptions(self) -> int:
        """How many choices took the turn from a thread that could go on."""
        return sum(choice.preempts for choice in self.choices)

    def segments(self) -> tuple[Segment, ...]:
        """Return who went on, how far, in order."""
        made: list[Segment] = []
        running = ""
        for choice in self.choices:
            if choice.kind is not Kind.THREAD:
                continue
            if choice.current != running:  # nobody else could go on: it needed no choice
                running = choice.current
                made.append(Segment(running))
            last = made[-1] if made else None
            if last is not None and last.actor == choice.chosen:
                made[-1] = Segment(last.actor, None, last.acts + bool(last.acts))
                continue
            if last is not None and last.actor == running and running in choice.candidates:
                made[-1] = Segment(running, (choice.calls, choice.steps))
            if choice.chosen in self.links:
                made.append(Segment(choice.chosen, None, 1))
            else:
                running = choice.chosen
                made.append(Segment(running))
        return tuple(made)

    def verdicts(self) -> tuple[Verdict, ...]:
        """Return the verdicts that were not healthy."""
        counts: dict[str, int] = {}
        made = []
        for choice in self.choices:
            if choice.kind is not Kind.THREAD:
                nth = counts[choice.point] = counts.get(choice.point, 0) + 1
                if choice.chosen != "0":
                    made.append(Verdict(choice.point, nth, int(choice.chosen)))
        return tuple(made)


def switches(trace: Trace) -> int:
    """Return how often another thread than before went on, chosen or not."""
    count = 0
    last = -1
    for _, record in trace.records():
        if record[0] in (_ENTERED, _EXITED, _STEPPED) and record[1] != last:
            count += last >= 0
            last = record[1]
    return count
