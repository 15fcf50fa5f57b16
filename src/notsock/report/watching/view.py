"""A run and a cursor in it: what each thread does, each number means and netstat prints when an event has happened.

Everything is worked out once as spans from event to event, so that going back costs what going forward does.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from notsock.detect.finding import Finding
from notsock.detect.mistakes import Mistake
from notsock.report.lifelines import Lifeline, Naming, lifelines
from notsock.report.netstat import Row, render
from notsock.report.page.content import Manner, ShownRun
from notsock.report.page.sockets import spans
from notsock.report.telling import Teller
from notsock.trace.events import BY_KIND, Event

_TURN = ("Entered", "Exited", "Stepped")
"""Events with which a thread shows that it has the turn."""


@dataclass(frozen=True, slots=True)
class ThreadNow:
    """A thread at a moment: ``says`` in words; ``acts`` for the one whose event it is."""

    name: str
    says: str
    acts: bool
    over: bool


@dataclass(frozen=True, slots=True)
class NumberNow:
    """A number at a moment: the object that it means (0: none any more), and what it meant last."""

    process: str
    naming: Naming
    label: str
    object: int
    means: str
    was: str


class RunView:
    """A run, a mistake in it (None: no particular one) and its leading finding, and where somebody looks."""

    def __init__(self, shown: ShownRun, mistake: Mistake[Finding] | None, story: tuple[str, ...] = ()) -> None:
        self.title = shown.title
        self.mistake = mistake
        finding = self.finding = mistake.leading if mistake is not None else None
        self.story = story
        self.teller = Teller(shown.trace)
        self._trace = shown.trace
        self._manners = shown.manners
        self._flat = self.teller.world.flat
        self.positions = [at for at, _ in shown.trace.records()]
        self.moments = [self.index_of(moment.position) for moment in finding.history] if finding is not None else []
        self._lines = lifelines(shown.trace)
        self._rows = spans(shown.trace)
        self._said: dict[int, str] = {}
        self.cursor = self.moments[-1] if self.moments else 0

    def __len__(self) -> int:
        return len(self.positions)

    def index_of(self, position: int) -> int:
        """Return the ordinal of the event at a position of the trace."""
        return max(0, bisect_right(self.positions, position) - 1)

    # ---- events -------------------------------------------------------------------------------------------------

    def event(self, place: int) -> Event:
        """Return an event by its ordinal."""
        at = self.positions[place]
        end = self.positions[place + 1] if place + 1 < len(self.positions) else len(self._flat)
        return BY_KIND[self._flat[at]](*self._flat[at + 1 : end])

    def actor(self, place: int) -> str:
        """Return whose event it is; empty where it is nobody's."""
        return self.teller.actor(self.event(place))

    def words(self, place: int) -> str:
        """Return an event in words."""
        if place not in self._said:
            self._said[place] = self.teller.told(self.positions[place], self.event(place))
        return self._said[place]

    def time_ns(self, place: int) -> int:
        """Return an event's virtual time."""
        return self.teller.timeline.time_of(self.positions[place])

    def moments_at(self, place: int) -> list[int]:
        """Return the numbers (from 1) of the finding's moments that are this event."""
        return [number for number, where in enumerate(self.moments, 1) if where == place]

    # ---- moving ---------------------------------------------------------------------------------------------------

    def go(self, place: int) -> None:
        """Put the cursor on an event, or as near as there is one."""
        self.cursor = max(0, min(place, len(self) - 1))

    def step(self, by: int) -> None:
        """Go on by so many events, or back."""
        self.go(self.cursor + by)

    def next_moment(self, way: int) -> bool:
        """Go to the finding's next (1) or previous (-1) moment; say whether there was one."""
        places = sorted(set(self.moments), reverse=way < 0)
        return self._go_first(place for place in places if (place - self.cursor) * way > 0)

    def same_thread(self, way: int) -> bool:
        """Go to the next or previous event of the thread at the cursor."""
        thread = self.actor(self.cursor)
        return self._go_first(place for place in self._places(way) if self.actor(place) == thread)

    def next_turn(self, way: int) -> bool:
        """Go to where another thread than the one at the cursor has the turn."""
        thread = self.actor(self.cursor)
        return self._go_first(
            place for place in self._places(way)
            if type(self.event(place)).__name__ in _TURN and self.actor(place) != thread
        )  # fmt: skip

    def find(self, text: str, way: int) -> bool:
        """Go to the next event that says a text, in any case; past the end, on from the other one."""
        wanted = text.casefold()
        return self._go_first(
            place for place in (*self._places(way), *self._places(way, self.cursor)) if self._says(place, wanted)
        )

    def _says(self, place: int, wanted: str) -> bool:
        return wanted in f"{self.actor(place)} {self.words(place)}".casefold()

    def _places(self, way: int, until: int | None = None) -> range:
        if until is None:
            return range(self.cursor + 1, len(self)) if way > 0 else range(self.cursor - 1, -1, -1)
        return range(until + 1) if way > 0 else range(len(self) - 1, until - 1, -1)

    def _go_first(self, places: Iterator[int]) -> bool:
        place = next(places, None)
        if place is not None:
            self.cursor = place
        return place is not None

    # ---- what is true at the cursor -------------------------------------------------------------------------------

    def threads(self) -> list[ThreadNow]:
        """Return every thread that has begun."""
        at = self.positions[self.cursor]
        acting = getattr(self.event(self.cursor), "thread", 0)
        found = []
        for thread in self.teller.world.threads.values():
            if thread.started_at > at:
                continue
            over = 0 < thread.ended_at <= at
            made = self.teller.timeline.call_at(thread.ident, at)
            if over:
                says = "ended"
            elif made is None:
                says = "has made no call yet"
            elif made.left_at and made.left_at <= at:
                says = f"after {self.teller.call(made)} {self.teller.result(made)}"
            else:
                says = f"in {self.teller.call(made)}"
            found.append(ThreadNow(thread.name, says, thread.ident == acting, over))
        return found

    def numbers(self) -> list[NumberNow]:
        """Return what every number means that means something, and of the finding's numbers also what they meant."""
        at = self.positions[self.cursor]
        last: dict[tuple[Naming, int, int], Lifeline] = {}
        for line in self._lines:
            if line.since > at:
                break
            last[line.naming, line.process, line.number] = line
        about = {(line.process, line.number) for line in last.values() if line.closed and self._concerns(line)}
        found = []
        for (naming, process, number), line in last.items():
            means = line.covers(at)
            if naming is Naming.CONTEXT and not self._outlives(line, last, at):
                continue
            if not means and (process, number) not in about:
                continue
            label = str(number) if naming is Naming.DESCRIPTOR else self.teller.number(number)
            words = self.teller.object(line.object)
            found.append(
                NumberNow(
                    self.teller.process(process), naming, label, line.object if means else 0,
                    words if means else "nothing", "" if means else words,
                )
            )  # fmt: skip
        kinds = list(Naming)
        return sorted(found, key=lambda each: (each.process, kinds.index(each.naming), len(each.label), each.label))

    @staticmethod
    def _outlives(context: Lifeline, last: dict[tuple[Naming, int, int], Lifeline], at: int) -> bool:
        """Say whether Winsock keeps a context for a number that does not mean its object any more."""
        handle = last.get((Naming.HANDLE, context.process, context.number))
        same = handle is not None and handle.covers(at) and handle.object == context.object
        return context.covers(at) and not same

    def _concerns(self, line: Lifeline) -> bool:
        """Say whether a moment of the finding opens or closes this."""
        places = {self.positions[place] for place in self.moments}
        return line.since in places or line.until in places

    def netstat(self) -> list[tuple[str, list[str]]]:
        """Return each machine's name and what its netstat prints."""
        at = self.positions[self.cursor]
        rows: dict[int, list[Row]] = {}
        for span in self._rows:
            if span.since <= at < span.until:
                rows.setdefault(span.row.machine, []).append(span.row)
        found = []
        for ident, machine in self.teller.world.machines.items():
            manner = self._manners.get(ident, Manner(""))
            lines = render(
                rows.get(ident, []), lists_listeners=manner.lists_listeners, lists_owners=manner.lists_owners
            )
            found.append((machine.name, lines[2:]))
        return found
