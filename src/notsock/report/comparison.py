"""Two runs side by side in words: the first event that differs, and what each thread did from there.

For a failing run and a passing one, or for one schedule on two releases.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from notsock.detect.timeline import Made
from notsock.report.page.parting import parting
from notsock.report.telling import Teller
from notsock.report.terminal import duration
from notsock.trace.events import BY_KIND
from notsock.trace.recorder import Trace

CALLS_MAX = 8
"""Calls of a thread that are told of each run, after those that are the same."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the runs: its name, and what it did at and after the parting."""

    name: str
    position: int | None
    words: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class ThreadBeside:
    """What one thread did from the parting on: the calls that both runs share, then those of each."""

    thread: str
    shared: int
    calls: tuple[tuple[str, ...], tuple[str, ...]]
    left_out: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where two runs part: after so many events that are the same (None: nowhere)."""

    ordinal: int | None
    sides: tuple[Side, Side]
    threads: tuple[ThreadBeside, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it in plain values."""
        return {
            "same": self.ordinal is None,
            "part_after": self.ordinal,
            "runs": [
                {"name": side.name, "position": side.position, "event": side.words, "time_ns": side.time_ns}
                for side in self.sides
            ],
            "threads": [
                {"thread": each.thread, "shared_calls": each.shared, "calls": [list(calls) for calls in each.calls]}
                for each in self.threads
            ],
        }

    def head(self) -> Iterator[str]:
        """Yield where they part."""
        if self.ordinal is None:
            yield "The two runs are the same, event for event."
            return
        yield f"The runs are the same for {self.ordinal:,} events, and part there:"
        for side in self.sides:
            yield f"  {side.name:<{self._width}}  at {duration(side.time_ns)}  {side.words}"

    @property
    def _width(self) -> int:
        return max(len(side.name) for side in self.sides)

    def lines(self) -> Iterator[str]:
        """Yield what a person reads: where they part, and what each thread did from there."""
        yield from self.head()
        if self.ordinal is None:
            return
        yield ""
        yield "From there on:"
        for thread in self.threads:
            if not any(thread.calls):
                what = f"makes the same {thread.shared} calls in both" if thread.shared > 1 else "does the same in both"
                yield f"  {thread.thread} {what}"
                continue
            yield f"  {thread.thread}" + (f", after {thread.shared} calls that are the same" if thread.shared else "")
            for side, calls, left in zip(self.sides, thread.calls, thread.left_out, strict=True):
                yield from _calls(side.name, self._width, calls, left)


def _calls(name: str, width: int, calls: Sequence[str], left: int) -> Iterator[str]:
    """Yield the lines of what a thread did in one run."""
    told = [*calls, f"… {left:,} more"] if left else list(calls) or ["does nothing more"]
    for place, call in enumerate(told):
        yield f"    {name if not place else '':<{width}}  {call}"


def compare(first: tuple[str, Trace], second: tuple[str, Trace]) -> Comparison:
    """Compare two named runs."""
    traces = first[1], second[1]
    names = first[0], second[0]
    ordinal = parting(*traces)
    if ordinal is None:
        return Comparison(None, (Side(names[0], None, "", 0), Side(names[1], None, "", 0)))
    tellers = Teller(traces[0]), Teller(traces[1])
    sides = _side(names[0], tellers[0], ordinal), _side(names[1], tellers[1], ordinal)
    found = [
        {thread.name: _calls_from(teller, ident, side.position) for ident, thread in teller.world.threads.items()}
        for teller, side in zip(tellers, sides, strict=True)
    ]
    everybody = dict.fromkeys([*found[0], *found[1]])
    beside = [_beside(name, found[0].get(name, []), found[1].get(name, [])) for name in everybody]
    beside.sort(key=lambda each: not any(each.calls))
    return Comparison(ordinal, sides, tuple(each for each in beside if each.shared or any(each.calls)))


def _side(name: str, teller: Teller, ordinal: int) -> Side:
    """Tell a run's event of an ordinal, with the call that it happened in."""
    for place, (at, record) in enumerate(teller.trace.records()):
        if place == ordinal:
            event = BY_KIND[record[0]](*record[1:])
            words = teller.sentence(at, event)
            thread = getattr(event, "thread", 0)
            made = teller.made_by(thread, at) if thread else None
            if made is not None and at not in (made.entered_at, made.left_at):
                words += f", in {teller.call(made)}"
            return Side(name, at, words, teller.timeline.time_of(at))
    return Side(name, None, "is over", teller.timeline.time_of(len(teller.trace.flat())))


def _calls_from(teller: Teller, thread: int, position: int | None) -> list[str]:
    if position is None:
        return []
    return [_told(teller, made) for made in teller.timeline.calls_from(thread, position)]


def _told(teller: Teller, made: Made) -> str:
    if not made.left_at:
        return f"{teller.call(made)} does not come back"
    result = teller.result(made)
    return teller.call(made) if result == "= 0" else f"{teller.call(made)} {result}"


def _beside(thread: str, first: list[str], second: list[str]) -> ThreadBeside:
    """Part two lists of calls where they first differ."""
    shared = 0
    for one, other in zip_longest(first, second):
        if one != other:
            break
        shared += 1
    rest = first[shared:], second[shared:]
    left = max(0, len(rest[0]) - CALLS_MAX), max(0, len(rest[1]) - CALLS_MAX)
    return ThreadBeside(thread, shared, (tuple(rest[0][:CALLS_MAX]), tuple(rest[1][:CALLS_MAX])), left)
