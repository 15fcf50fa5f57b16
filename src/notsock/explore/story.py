"""A schedule in words: whose turn it was, how far it went, and what the network and the faults did in between.

A person reads it to see which order of events made the finding.  Most turns of a long run end because their thread
waits, and say nothing by themselves: :func:`abridged` leaves the middle of such stretches out, and tells a round of
turns that comes again and again once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from notsock.explore.progress import CALL_WORDS, END
from notsock.explore.schedule import Kind, Schedule
from notsock.trace.calls import Call
from notsock.trace.events import Entered, Exited, Stepped, ThreadEnded, ThreadStarted
from notsock.trace.recorder import Trace

_ENTERED, _EXITED, _STEPPED = Entered.kind, Exited.kind, Stepped.kind
_STARTED, _ENDED = ThreadStarted.kind, ThreadEnded.kind
_WAITS = "until it waits"
_DELIVERS = " delivers"
_ENDS = "until it ends"
_MORE = "… "
_WHOLE_LINES = 20
"""A story of no more lines is told whole."""
_STRETCH = 4
"""So many lines in a row must say nothing by themselves before one of them is left out."""
_ROUND_MAX = 12
"""Lines that a round may have."""
_ROUNDS = 4
"""So often a round must come before it is told once."""
_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+(?:st|nd|rd|th)?|^run ")


def story(schedule: Schedule, trace: Trace) -> list[str]:
    """Return a run in words, one line for each turn of a thread, delivery out of turn, and bad verdict.

    ``trace`` is the run's own; ``schedule`` says which turns were taken rather than given up.
    """
    teller = _Teller(schedule)
    for _, record in trace.records():
        kind = record[0]
        if kind == _ENTERED:
            teller.entered(record[1], record[2], record[3])
        elif kind == _STEPPED:
            teller.stepped(record[1], trace.names[record[2]])
        elif kind == _EXITED:
            teller.exited(record[1])
        elif kind == _STARTED:
            teller.started(record[1], trace.names[record[3]])
        elif kind == _ENDED:
            teller.ended(record[1])
    return teller.told()


def abridged(lines: Sequence[str]) -> list[str]:
    """Return a long story without the middles of those stretches in which every turn ends by waiting.

    A round of turns of which none was taken from its thread, and which differs in its numbers only, is told when it
    comes first and when it comes last.
    """
    if len(lines) <= _WHOLE_LINES:
        return list(lines)
    return _rounds_once(_stretches_cut(lines))


def _stretches_cut(lines: Sequence[str]) -> list[str]:
    told: list[str] = []
    stretch: list[str] = []
    for line in (*lines, ""):
        if _WAITS in line or _DELIVERS in line:
            stretch.append(line)
            continue
        if len(stretch) >= _STRETCH:
            stretch[1:-1] = [f"{_MORE}{len(stretch) - 2} more, in which each goes on {_WAITS}"]
        told += [*stretch, line]
        stretch = []
    return told[:-1]


def _rounds_once(lines: Sequence[str]) -> list[str]:
    shapes = [_shape(line) for line in lines]
    told: list[str] = []
    place = 0
    while place < len(lines):
        length, times = _round_at(shapes, place)
        if times < _ROUNDS:
            told.append(lines[place])
            place += 1
            continue
        turns = "this" if length == 1 else f"these {length} lines"
        behind = place + length * times
        told += [
            *lines[place : place + length],
            f"{_MORE}{turns} {times - 2} times more, with other numbers",
            *lines[behind - length : behind],
        ]
        place = behind
    return told


def _shape(line: str) -> str:
    """Return a line without its numbers; nothing for one that must not be left out."""
    says_little = any(words in line for words in (_WAITS, _DELIVERS, _ENDS)) or line.startswith(_MORE)
    return _NUMBERS.sub(lambda number: "then " if number[0] == "run " else "#", line) if says_little else ""


def _round_at(shapes: Sequence[str], place: int) -> tuple[int, int]:
    """Return how long the shortest round is that begins at a place, and how often it comes in a row there."""
    for length in range(1, _ROUND_MAX + 1):
        first = shapes[place : place + length]
        if not all(first):
            break
        times = 1
        while shapes[place + times * length : place + (times + 1) * length] == first:
            times += 1
        if times >= _ROUNDS:
            return length, times
    return 1, 1


@dataclass(slots=True)
class _Told:
    """What the story knows of a thread."""

    name: str
    calls: int = 0
    steps: int = 0
    call: str = ""
    step: str = ""
    over: bool = False
    inside: bool = False
    """Whether it is still in its last call."""
    places: dict[str, int] = field(default_factory=dict)
    """How often it has come to each place in the program's text at which it may lose its turn."""

    def stands(self) -> str:
        if self.step in self.places:
            times = self.places[self.step]
            return f"{self.step} for the {ordinal(times)} time" if times > 1 else self.step
        if not self.calls:
            return "before its first call"
        where = f"its {ordinal(self.calls)} call, {self.call}"
        return f"{self.step} in {where}" if self.steps else where


_OVER = -1
"""Instead of a count of steps: behind the end of the thread."""


class _Teller:
    """Follows the turns of a trace, and puts between them what the schedule says of links and verdicts."""

    def __init__(self, schedule: Schedule) -> None:
        self._lines: list[str] = []
        self._threads: dict[int, _Told] = {}
        self._names: dict[str, int] = {}
        self._turn: _Told | None = None
        self._taken = set[tuple[str, int, int]]()
        self._beside: dict[tuple[str, int, int], list[str]] = {}
        self._waits = set[tuple[str, int, int]]()
        links = frozenset(schedule.links)
        for choice, words in zip(schedule.choices, _verdict_words(schedule), strict=True):
            ended = choice.kind is Kind.THREAD and choice.point == END
            where = (choice.current, choice.calls, _OVER if ended else choice.steps)
            if words:
                self._beside.setdefault(where, []).append(words)
            elif choice.chosen in links:
                self._beside.setdefault(where, []).append(f"{choice.chosen}{_DELIVERS}")
                if choice.current not in choice.candidates:
                    self._waits.add(where)
            if choice.preempts:
                self._taken.add(where)

    def started(self, ident: int, name: str) -> None:
        count = self._names[name] = self._names.get(name, 0) + 1
        self._threads[ident] = _Told(name if count == 1 else f"{name}#{count}")

    def entered(self, ident: int, call: int, first: int) -> None:
        told = self.goes_on(ident)
        told.calls += 1
        told.inside = True
        told.steps = 0
        told.step = ""
        told.call = f"{CALL_WORDS.get(call, CALL_WORDS[Call.NONE])}({first:#x})"

    def stepped(self, ident: int, point: str) -> None:
        told = self.goes_on(ident)
        told.steps += 1
        told.step = point
        if ":" in point:
            told.places[point] = told.places.get(point, 0) + 1

    def exited(self, ident: int) -> None:
        self.goes_on(ident).inside = False

    def ended(self, ident: int) -> None:
        if ident in self._threads:
            self._threads[ident].over = True

    def goes_on(self, ident: int) -> _Told:
        """Note that a thread did something: its turn begins if it was another's."""
        told = self._threads.get(ident)
        if told is None:
            told = self._threads[ident] = _Told(f"thread {ident}")
        if told is not self._turn:
            self._close()
            self._turn = told
        elif (told.name, told.calls, told.steps) in self._beside:
            self._close()
        return told

    def told(self) -> list[str]:
        """Return the lines."""
        self._close()
        for beside in self._beside.values():
            self._say(beside)
        return self._lines

    def _close(self) -> None:
        """Say how the turn ends that is under way, and what happens before the next one."""
        told = self._turn
        where = ("", 0, 0)
        if told is not None:
            where = (told.name, told.calls, _OVER if told.over else told.steps)
            if told.over:
                self._say_turn(_ENDS)
            elif where not in self._waits and (where in self._taken or where in self._beside):
                self._say_turn("until", told.stands())
            elif told.calls and told.step not in told.places:
                self._say_turn(f"{_WAITS} {'in' if told.inside else 'after'}", told.stands())
            else:
                self._say_turn(_WAITS)
        self._say(self._beside.pop(where, []))

    def _say_turn(self, *words: str) -> None:
        assert self._turn is not None
        self._lines.append(f"{'then' if self._lines else 'run'} {self._turn.name} {' '.join(words)}")

    def _say(self, beside: list[str]) -> None:
        for words, count in _repeated(beside):
            times = f" {count} packets" if count > 1 and words.endswith(_DELIVERS) else ""
            self._lines.append(f"then {words}{times}" if self._lines else words + times)


def _repeated(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Yield each line with how often it stands in a row."""
    place = 0
    while place < len(lines):
        count = 1
        while place + count < len(lines) and lines[place + count] == lines[place]:
            count += 1
        yield lines[place], count
        place += count


DATA = "number.data"
"""The point at which a test draws its data: what came of it the test's own report says."""
_NET_WORDS: Mapping[str, str] = {
    "loss": "the network loses packet {nth} of {link}",
    "duplication": "the network delivers packet {nth} of {link} twice",
    "reorder": "the network delivers packet {nth} of {link} behind later ones",
    "delay": "the network delays packet {nth} of {link} by {value} of {most} parts",
}


_FAULT_WORDS: Mapping[str, str] = {
    "partition": "the network parts {what}",
    "crash": "{what} crashes",
    "kill": "process {what} is killed",
    "backlog": "the backlog of {what} is full",
    "nobufs": "{what} finds no buffers",
}


def _fault_words(point: str) -> str | None:
    """Say what a fault does; None for a point that is none of ours."""
    if point.count(".") < 2:
        return None
    _, kind, what = point.split(".", 2)
    words = _FAULT_WORDS.get(kind)
    if words is None:
        return None
    if kind == "partition":
        what = " and ".join(what.rsplit("-", 1))
    elif kind == "backlog":
        what = " port ".join(what.rsplit(".", 1))
    return words.format(what=what)


def _verdict_words(schedule: Schedule) -> Iterator[str]:
    """Yield for each choice what a verdict that is not healthy says; nothing for all others."""
    counts: dict[str, int] = {}
    for choice in schedule.choices:
        if choice.kind is Kind.THREAD:
            yield ""
            continue
        nth = counts[choice.point] = counts.get(choice.point, 0) + 1
        if choice.chosen == "0" or choice.point == DATA:
            yield ""
            continue
        where, _, what = choice.point.rpartition(".")
        words = _NET_WORDS.get(what) if choice.kind is Kind.NET else None
        fault = _fault_words(choice.point) if choice.kind is Kind.FAULT else None
        if fault is not None:
            yield fault
        elif words is None:
            yield f"{choice.point} is {choice.chosen} the {ordinal(nth)} time"
        else:
            link = where.removeprefix("net.")
            if not link.startswith("link"):
                link = f"link {link}"
            yield words.format(nth=nth, link=link, value=choice.chosen, most=len(choice.candidates) - 1)


def ordinal(number: int) -> str:
    """Return a number as 1st, 2nd, 3rd or 4th."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
