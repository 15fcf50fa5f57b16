"""The sieve: notices what a rule may have to judge, and keeps the history of the objects involved, and of no others.

It asks what the rules ask, but of a log that has no end: so it speaks only when nothing that follows can take it
back (a descriptor that only a child holds is told after a second, not at once), and tells each cause once, however
often it happens.  The rules judge what it kept.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, unique

from notsock.readers.known import Known
from notsock.readers.tables import Description, Holding, Line, Table, Thread
from notsock.readers.words import call_of, time_of
from notsock.trace.events import Origin

PATIENCE = 1.0
"""Seconds after which a state is no passing one."""
PATIENCE_WITH_PROGRAMS = 3.0
"""Seconds within which a program that was started with a socket would use it."""
PILE = 5
"""So many connections whose peer has closed are a pile."""
CAUSES_MAX = 50
"""Causes of one kind that are told."""
HELD_MAX = 8
"""Holders of a description that are shown."""


@unique
class Kind(Enum):
    """What was noticed: the name of the rule that judges it."""

    CLOSED_TWICE = "closed-twice"
    USED_AFTER_CLOSE = "use-after-close"
    STALE_CLOSE = "stale-close"
    STALE_USE = "stale-use"
    KEPT = "leaked-duplicate"
    INHERITED_LISTENER = "inherited-listener"
    WATCHED = "watched-after-close"
    PILE = "half-closed-pile"
    SHARED_PORT = "shared-port"
    LEFT_OPEN = "left-open"
    EXHAUSTED = "exhausted"
    ALIAS = "closed-through-alias"
    STALE_CONTEXT = "stale-context"


@dataclass(slots=True, eq=False)
class Told:
    """One thing that was noticed: the holdings, and the lines beside their own, that a rule needs."""

    kind: Kind
    holdings: list[Holding]
    misses: list[tuple[Thread, int, Line]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    until: float = 0.0
    """The time at which it was noticed."""
    known: Known = field(init=False)
    """How all that stood then."""
    table: Table | None = None
    harmless: bool = False
    """It is wrong, but can never do any harm: a note."""
    meant: bool = False
    """The log tells by more than the number that the closer meant the first holding when it closed the second."""
    refused: bool = False
    """The second holding is what the call was refused for."""
    descriptor: tuple[int, Line] | None = None
    """The C runtime's descriptor that stood for the first holding, and where it was made."""


@dataclass(slots=True)
class _Watch:
    """A state that may pass."""

    since: float
    held: Holding
    line: Line
    kind: Kind


class Sieve:
    """What was noticed so far, in order."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.causes: dict[Kind, Counter[tuple[object, ...]]] = {}
        self.now = 0.0
        self._watches: dict[tuple[Description, Kind], _Watch] = {}
        self._ports: dict[tuple[str, int, bool], list[Holding]] = {}
        self._piles: dict[Table, dict[Description, tuple[Holding, float]]] = {}

    def _tell(self, cause: tuple[object, ...], told: Told, ended: Line | None = None) -> None:
        causes = self.causes.setdefault(told.kind, Counter())
        if cause not in causes:
            if len(causes) >= CAUSES_MAX:
                return
            told.until = self.now
            lines = [*told.lines, *(line for _, _, line in told.misses)]
            if told.descriptor is not None:
                lines.append(told.descriptor[1])
            told.known = Known(told.holdings, lines, ended)
            self.told.append(told)
        causes[cause] += 1

    @property
    def repeated(self) -> dict[str, int]:
        """How often each rule had something to judge."""
        return {kind.value: causes.total() for kind, causes in self.causes.items()}

    # ---- closes and uses ------------------------------------------------------------------------------------------

    def missed(self, kind: Kind, thread: Thread, before: Holding, line: Line, *, harmless: bool = False) -> None:
        """A call named a number behind which there is nothing any more.

        It is harmless where a process's only thread repeats its last close: nothing can have come between.
        """
        cause = (_program(thread.table), *_ways(before), call_of(line), harmless)
        told = Told(kind, [before], misses=[(thread, before.number, line)], harmless=harmless)
        told.descriptor = before.descriptor
        self._tell(cause, told)

    def stale_close(
        self, held: Holding, missed: tuple[Thread, int, Line] | None, *, meant: bool = False
    ) -> None:  # fmt: skip
        """A thread closed what it had known as something else; where that was not certain, its owner missed it."""
        before = held.suspect
        if before is None:
            return
        cause = (_program(held.table), *_ways(before), *_closing(held), held.what.kind, missed is None)
        told = Told(Kind.STALE_CLOSE, [before, held], misses=[missed] if missed is not None else [], meant=meant)
        told.descriptor = before.descriptor
        self._tell(cause, told)

    def refused(self, thread: Thread, before: Holding, held: Holding, line: Line) -> None:
        """``closesocket`` refused a number that had been a socket, and is something else now."""
        cause = (_program(held.table), *_ways(before), call_of(line), *line.frames[:3], held.what.kind, "refused")
        told = Told(Kind.STALE_CLOSE, [before, held], misses=[(thread, held.number, line)], refused=True)
        self._tell(cause, told)

    def kept_by_winsock(self, held: Holding) -> None:
        """A socket's handle was closed otherwise than by ``closesocket``, which never came."""
        told = Told(Kind.STALE_CONTEXT, [held], descriptor=held.descriptor)
        self._tell((_program(held.table), *_ways(held)), told)

    def stale_use(self, thread: Thread, before: Holding, held: Holding, lines: list[Line]) -> None:
        """A thread whose number was closed in the middle of a call went on to use it."""
        cause = (_program(thread.table), *_ways(before), *_ways(held), call_of(lines[-1]))
        self._tell(cause, Told(Kind.STALE_USE, [before, held], lines=lines))

    def exhausted(self, thread: Thread, line: Line) -> None:
        """A process has no descriptors left."""
        self._tell((_program(thread.table),), Told(Kind.EXHAUSTED, [], lines=[line], table=thread.table))

    # ---- what a close leaves behind ---------------------------------------------------------------------------------

    def lives_on(self, held: Holding, line: Line, *, io_seen: bool) -> None:
        """A number of a socket was closed, and others mean it still."""
        what = held.what
        if what.shut:
            return
        if (what.listening is not None or (what.connected and io_seen)) and all(map(_idle, what.holders)):
            self._watch(what, Kind.KEPT, held, line)
        if what.watched and any(number == held.number for _, number in what.watched):
            self._watch(what, Kind.WATCHED, held, line)

    def executed(self, table: Table, line: Line) -> None:
        """A process runs another program, with what it still holds."""
        table.executed_at = line.at
        for held in table.numbers.values():
            if held.what.listening is not None and _idle(held):
                self._watch(held.what, Kind.INHERITED_LISTENER, held, line)

    def used_by_heir(self, held: Holding) -> None:
        """A child uses what it inherited."""
        self._watches.pop((held.what, Kind.KEPT), None)
        self._watches.pop((held.what, Kind.INHERITED_LISTENER), None)

    def _watch(self, what: Description, kind: Kind, held: Holding, line: Line) -> None:
        if (what, kind) not in self._watches:
            self._watches[what, kind] = _Watch(self.now_at(line), held, line, kind)

    def look(self, now: float) -> None:
        """Time has passed: which states have not?"""
        self.now = max(self.now, now)
        for (what, kind), watch in list(self._watches.items()):
            if not what.holders or what.shut:
                del self._watches[what, kind]
            elif self._lasts(what, watch, self.now - watch.since):
                del self._watches[what, kind]
                self._told_of(what, watch)
        for table, pile in self._piles.items():
            if len(pile) >= PILE:
                self._pile(table, pile)

    def _lasts(self, what: Description, watch: _Watch, age: float) -> bool:
        """Say whether a state is no passing one."""
        if watch.kind is Kind.WATCHED:
            return age >= PATIENCE and all(each.table.heard for each in what.holders)
        return age >= PATIENCE_WITH_PROGRAMS and self._taken_along(what, watch)

    def _taken_along(self, what: Description, watch: _Watch) -> bool:
        """Say whether all that is left of a socket was inherited, and taken into another program, by whom it idles."""
        held = [watch.held] if watch.kind is Kind.INHERITED_LISTENER else what.holders
        return all(
            each.closed is None and _idle(each) and each.table.heard and each.table.executed_at > each.opened.at
            for each in held
        )

    def _told_of(self, what: Description, watch: _Watch) -> None:
        held = watch.held
        cause = (_program(held.table), *_ways(held), *(_program(each.table) for each in what.holders[:1]))
        lines = [watch.line] if watch.kind is Kind.INHERITED_LISTENER else []
        if watch.kind is Kind.WATCHED and what.watched:
            lines = [line for (_, number), line in what.watched.items() if number == held.number][:1]
        self._tell(cause, Told(watch.kind, [held, *what.holders[:HELD_MAX]], lines=lines))

    # ---- peers that have closed -------------------------------------------------------------------------------------

    def peer_closed(self, held: Holding) -> None:
        """A receive returned nothing."""
        assert held.what.eof is not None
        self._piles.setdefault(held.table, {})[held.what] = (held, self.now_at(held.what.eof))

    def closed_at_last(self, what: Description) -> None:
        """A connection that its peer had closed is closed here, too."""
        for table, pile in list(self._piles.items()):
            if pile.pop(what, None) is not None and not pile:
                del self._piles[table]

    def _pile(self, table: Table, pile: dict[Description, tuple[Holding, float]]) -> None:
        old = [held for held, since in pile.values() if self.now - since >= PATIENCE]
        if len(old) >= PILE:
            lines = [held.what.eof for held in old[:PILE] if held.what.eof is not None]
            self._tell((_program(table), *_ways(old[0])), Told(Kind.PILE, old[:PILE], lines=lines))

    # ---- ports ------------------------------------------------------------------------------------------------------

    def bound(self, held: Holding, address: tuple[str, int], line: Line) -> None:
        """A socket has an address; does another one have it as well?"""
        key = held.what.port = (*address, held.what.stream)
        held.what.bound = line
        others = self._ports.setdefault(key, [])
        for other in others:
            if other.what.holders and other.table is not held.table and other.what is not held.what:
                names = sorted({_program(other.table), _program(held.table)})
                self._tell((*names, *address), Told(Kind.SHARED_PORT, [other, held]))
                break
        others.append(held)

    def released(self, what: Description) -> None:
        """A socket with an address is gone."""
        if what.port is not None and what.port in self._ports:
            left = [each for each in self._ports[what.port] if each.what is not what]
            if left:
                self._ports[what.port] = left
            else:
                del self._ports[what.port]

    # ---- ends -------------------------------------------------------------------------------------------------------

    def left(self, table: Table, line: Line) -> None:
        """A process ended: what did it hold to its end?"""
        for held in table.numbers.values():
            watch = self._watches.get((held.what, Kind.KEPT))
            idle = all(each.table is table and _idle(each) for each in held.what.holders)
            if watch is not None and idle and self.now_at(line) - watch.since >= PATIENCE:
                del self._watches[held.what, Kind.KEPT]
                self.now = max(self.now, self.now_at(line))
                self._told_of(held.what, watch)
        self._piles.pop(table, None)
        if table.code:
            return
        for held in table.numbers.values():
            what = held.what
            mine = held.origin is not Origin.INHERITED or held.users is not None
            if what.kind == "socket" and mine and what.connected and len(what.holders) == 1:
                told = Told(Kind.LEFT_OPEN, [held], lines=[line], table=table)
                self._tell((_program(table), *_ways(held)), told, ended=line)

    def now_at(self, line: Line) -> float:
        """Return the time of a line, or the newest time where it has none."""
        found = time_of(line.text)
        return self.now if found is None else found


def _closing(held: Holding) -> tuple[str, str]:
    """Return how a number was closed: which of many victims it was is chance."""
    return (call_of(held.closed), "|".join(held.closed.frames[:3])) if held.closed is not None else ("", "")


def _ways(held: Holding) -> tuple[str, str, str]:
    """Return how a number came and went: what tells a cause from another where there are no stacks."""
    closed = call_of(held.closed) if held.closed is not None else ""
    frames = "|".join([*held.opened.frames[:3], *(held.closed.frames[:3] if held.closed is not None else ())])
    return call_of(held.opened), closed, frames


def _program(table: Table) -> str:
    return table.name.partition("[")[0]


def _idle(held: Holding) -> bool:
    """Say whether a process was given a number by another and never named it; 0 to 2 are used without being named."""
    return held.users is None and held.number > 2 and held.opened.thread.table is not held.table
