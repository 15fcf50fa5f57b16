"""The excerpt: what the sieve kept, written as the events of :mod:`notsock.trace`, in the order of the log.

Every event carries a stack whose innermost frame is the line of the log itself; with ``strace -k`` the program's
own frames follow.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from notsock.readers.reading import Excerpted
from notsock.readers.sieve import Kind, Told
from notsock.readers.tables import Description, Holding, Line, Table, Thread
from notsock.readers.words import address, call_of, time_of
from notsock.trace.calls import SPELLINGS, Call
from notsock.trace.events import (
    AddressClaimed,
    AddressReleased,
    Clock,
    ConnectionOpened,
    ContextOpened,
    ContextReleased,
    DescriptorClosed,
    DescriptorMissed,
    DescriptorOpened,
    Ending,
    Entered,
    Exhausted,
    Exited,
    HandleClosed,
    HandleMissed,
    HandleOpened,
    Listening,
    MachineStarted,
    ObjectCreated,
    ObjectEnded,
    ProcessEnded,
    ProcessStarted,
    RunEnded,
    StateChanged,
    Stepped,
    ThreadStarted,
)
from notsock.trace.recorder import Frame, Recorder, Trace
from notsock.trace.stacks import Place
from notsock.values.addresses import IPPROTO_TCP, IPPROTO_UDP, text_of
from notsock.values.durations import NEVER, SECOND

MACHINE = 1
_ESTABLISHED, _CLOSE_WAIT = 4, 7
_LINUX_CALLS = {call.name.removeprefix("LINUX_").lower(): call for call in Call if call >= Call.LINUX_CLOSE}
_LINUX_CALLS |= {"+++": Call.PROCESS_EXIT, "epoll_create": Call.LINUX_EPOLL_CREATE1, "eventfd": Call.LINUX_EVENTFD2}
_CALLS = {
    "Linux": _LINUX_CALLS,
    "Wine": {SPELLINGS[call]: call for call in Call if call < Call.LINUX_CLOSE} | {"+++": Call.PROCESS_EXIT},
}
"""By system: its calls, as the text of a line has them."""
_FIRST = re.compile(r"\((0x[0-9a-f]{1,8}|\d{1,9})\b")
_HANDLE = re.compile(r" = (0x[0-9a-f]{1,8})$")
_FRAME = re.compile(r"^(?P<file>.*?)\((?P<function>.*)\) \[(?::(?P<line>\d+)|(?P<address>0x[0-9a-f]+))\]$")
_TYPES = {"socket": "endpoint", "unknown": "descriptor"}
_ERRORS = {"EBADF": 9, "EMFILE": 24, "EINTR": 4, "EAGAIN": 11}
_ERROR = re.compile(r" = -1 (E[A-Z0-9]+)")


@dataclass(slots=True)
class _Moment:
    """A line that is told, and what happens on it."""

    line: Line
    calls: bool = True
    does: list[Callable[["_Moment"], None]] = field(default_factory=list)


def excerpts(told: Iterable[Told], log: str, first: float | None, system: str = "Linux") -> tuple[Excerpted, ...]:
    """Return what is to be judged of each thing that was noticed."""
    return tuple(Excerpted(each.kind.value, Excerpt(log, each, system).write(first), each.harmless) for each in told)


class Excerpt:
    """Writes the trace of one thing that was noticed, as it was known then.

    ``log`` is the name that places in it have, ``system`` is ``Linux`` or ``Wine``.
    """

    def __init__(self, log: str, told: Told, system: str = "Linux") -> None:
        self.log = log
        self.system = system
        self._told = told
        self._known = told.known
        self.recorder = Recorder()
        self._moments: dict[Line, _Moment] = {}
        self._objects: dict[Description, int] = {}
        self._tables: dict[Table, int] = {}
        self._threads: dict[Thread, int] = {}
        self._left: Counter[Description] = Counter()
        self._claimed: set[Description] = set()
        self._claims: dict[Description, int] = {}
        self._listeners: set[Description] = set()
        self._connections: dict[Description, int] = {}
        self._first: float | None = None
        self._latest = 0
        self._descriptors: dict[Holding, int] = {}

    def write(self, first: float | None) -> Trace:
        """Return the trace; ``first`` is the log's first time stamp, the zero of its clock."""
        self._first = first
        told, known = self._told, self._known
        for held in sorted(known.courses, key=lambda each: each.opened.at):
            self._holding(held)
        if told.descriptor is not None:
            self._descriptor(*told.descriptor)
        for thread, number, line in told.misses:
            self._at(line).does.append(self._missed(thread, number))
        self._beside()
        tables = [each.table for each in known.courses]
        processes = dict.fromkeys([*tables, *(known.tables[line.thread] for line in self._moments)])
        self._begin(sorted(processes, key=lambda table: table.ident))
        self._play()
        self._clock(told.until)
        self._emit(RunEnded.kind, Ending.STOPPED.value)
        return self.recorder.trace()

    # ---- what is told ---------------------------------------------------------------------------------------------

    def _at(self, line: Line) -> _Moment:
        moment = self._moments.get(line)
        if moment is None:
            moment = self._moments[line] = _Moment(line)
        return moment

    def _holding(self, held: Holding) -> None:
        """Tell a holding, its uses and its end."""
        what, course = held.what, self._known.courses[held]
        stood = self._known.objects[what]
        self._at(held.opened).does.append(lambda moment: self._opened(held, moment))
        for line in course.uses:
            self._at(line)
        if stood.bound is not None:
            self._at(stood.bound).does.append(lambda _: self._claim(what, held.table))
        if stood.listening is not None:
            self._at(stood.listening).does.append(lambda _: self._listening(what))
        if course.closed is not None:
            self._at(course.closed).does.append(lambda moment: self._closed(held, moment))

    def _beside(self) -> None:
        told = self._told
        for line in told.lines:
            moment = self._at(line)
            if told.kind is Kind.EXHAUSTED:
                moment.does.append(self._exhausted)
            elif told.kind is Kind.LEFT_OPEN:
                moment.does.append(self._ended)
        if told.kind is Kind.STALE_CONTEXT:
            held = told.holdings[0]
            self._at(held.opened).does.append(lambda _: self._kept(held))
        if told.kind is Kind.PILE:
            for held in told.holdings:
                eof = self._known.objects[held.what].eof
                if eof is not None:
                    self._at(eof).does.append(self._peer_closed(held.what))

    # ---- playing --------------------------------------------------------------------------------------------------

    def _begin(self, tables: list[Table]) -> None:
        name = self.recorder.name
        self._emit(MachineStarted.kind, MACHINE, name("this machine"), name(self.system))
        for table in tables:
            self._tables[table] = len(self._tables) + 1
        parents = {table.ident: ident for table, ident in self._tables.items()}
        for table, ident in self._tables.items():
            parent = parents.get(table.parent, 0)
            self._emit(ProcessStarted.kind, ident, MACHINE, parent, name(self._known.names[table]))
        threads = dict.fromkeys(line.thread for line in self._moments)
        for thread in sorted(threads, key=lambda each: each.ident):
            self._threads[thread] = len(self._tables) + len(self._threads) + 1
        for thread, ident in self._threads.items():
            table = self._known.tables[thread]
            process = self._known.names[table]
            words = f"thread {thread.pid} of {process}" if thread.pid else process
            self._emit(ThreadStarted.kind, ident, self._tables[table], name(words))
            if thread.what is not None:
                self._object(thread.what, table)

    def _play(self) -> None:
        order: list[tuple[int, int, _Moment]] = []
        for moment in self._moments.values():
            order.append((moment.line.at, 1, moment))
            if moment.line.entered < moment.line.at:
                order.append((moment.line.entered, 0, moment))
        for _, part, moment in sorted(order, key=lambda each: each[:2]):
            line = moment.line
            real = bool(line.text) and "+++" not in line.text[:40]
            if part:
                found = time_of(line.text)
                if found is not None:
                    self._clock(found)
            if real and (not part or line.entered >= line.at):
                call = self._call(line)
                self._event(line, Entered.kind, self._threads[line.thread], call, _first(line), _second(line))
            if part:
                for does in moment.does:
                    does(moment)
                if real and " = " in line.text and "<unfinished" not in line.text:
                    error = _ERROR.search(line.text, max(0, line.text.rfind(" = ")))
                    code = (_ERRORS.get(error[1]) or -1) if error else 0
                    value = -1 if error else _value(line)
                    self._emit(Exited.kind, self._threads[line.thread], self._call(line), value, code)

    def _emit(self, *record: int) -> int:
        position = self.recorder.here()
        self.recorder.flat.extend(record)
        return position

    def _event(self, line: Line, *record: int) -> None:
        """Record an event, with the line of the log (and its frames) as its stack."""
        if line.text:
            frames: list[Frame] = [(Place(self.log, line.at, _bare(line)), 0)]
            frames += [(_frame(text), 0) for text in line.frames]
            self.recorder.stacks[self.recorder.here()] = tuple(frames)
        self._emit(*record)

    def _clock(self, moment: float) -> None:
        if self._first is not None:
            self._latest = max(self._latest, min(round((moment - self._first) * SECOND), NEVER))
            self._emit(Clock.kind, self._latest)

    # ---- events -----------------------------------------------------------------------------------------------------

    def _call(self, line: Line) -> Call:
        if "+++" in line.text[:60]:
            return Call.PROCESS_EXIT
        return _CALLS[self.system].get(call_of(line), Call.LINUX_OTHER if self.system == "Linux" else Call.NONE)

    def _object(self, what: Description, table: Table) -> int:
        ident = self._objects.get(what)
        if ident is None:
            ident = self._objects[what] = len(self._tables) + len(self._threads) + len(self._objects) + 1
            name = self.recorder.name(_TYPES.get(what.kind, what.kind))
            self._emit(ObjectCreated.kind, ident, name, self._tables[table])
        return ident

    def _opened(self, held: Holding, moment: _Moment) -> None:
        what, line = held.what, moment.line
        ident = self._object(what, held.table)
        process = self._tables[held.table]
        self._event(line, HandleOpened.kind, self._threads[line.thread], process, held.number, ident, held.origin.value)
        self._left[what] += 1
        self._connect(what)

    def _connect(self, what: Description) -> None:
        stood = self._known.objects[what]
        remote = address(stood.remote) if stood.connected else None
        if remote is None or what in self._connections:
            return
        connection = self._connections[what] = len(self._connections) + 1
        local = address(stood.local) if stood.local else None
        name = self.recorder.name
        here = text_of(*local) if local is not None and local[1] >= 0 else "here"
        there = text_of(*remote) if remote[1] >= 0 else remote[0]
        self._emit(ConnectionOpened.kind, connection, MACHINE, self._objects[what], name(here), name(there))
        self._emit(StateChanged.kind, connection, 0, _ESTABLISHED)

    def _claim(self, what: Description, table: Table) -> None:
        stood = self._known.objects[what]
        if what in self._claimed or stood.port is None or what not in self._objects:
            return
        host, port, stream = stood.port
        claim = self._claims[what] = len(self._claimed) + 1
        self._claimed.add(what)
        protocol = IPPROTO_TCP if stream else IPPROTO_UDP
        self._emit(
            AddressClaimed.kind, claim, MACHINE, self._tables[table], self._objects[what], protocol,
            self.recorder.name(host), port, int(stood.reuse),
        )  # fmt: skip

    def _listening(self, what: Description) -> None:
        if what in self._objects and what not in self._listeners:
            self._listeners.add(what)
            self._emit(Listening.kind, self._objects[what], 0)

    def _closed(self, held: Holding, moment: _Moment) -> None:
        what, line = held.what, moment.line
        ident = self._objects[what]
        self._left[what] -= 1
        process, call = self._tables[held.table], self._call(line)
        if self._told.meant and held is self._told.holdings[1]:
            self._meant(process, call, line)
        elif call is Call.CRT_CLOSE and held in self._descriptors:
            self._given_up(held, line)
        self._event(
            line, HandleClosed.kind, self._threads[line.thread], process, held.number, ident, call.value,
            self._left[what],
        )  # fmt: skip
        if not self._left[what]:
            if what in self._claims:
                self._emit(AddressReleased.kind, self._claims.pop(what))
            if what in self._connections and call is not Call.PROCESS_EXIT:
                self._emit(StateChanged.kind, self._connections[what], _ESTABLISHED, 0)
            self._emit(ObjectEnded.kind, ident)

    def _missed(self, thread: Thread, number: int) -> Callable[[_Moment], None]:
        each = self._told
        table = each.holdings[0].table

        def missed(moment: _Moment) -> None:
            call = self._call(moment.line)
            if each.kind is Kind.CLOSED_TWICE and call is Call.CRT_CLOSE and each.descriptor is not None:
                record = (self._threads[thread], self._tables[table], each.descriptor[0], call.value)
                self._event(moment.line, DescriptorMissed.kind, *record)
                return
            if call is Call.CRT_CLOSE and each.holdings[0] in self._descriptors:
                self._given_up(each.holdings[0], moment.line)
            now = self._objects[each.holdings[1].what] if each.refused else 0
            self._event(
                moment.line, HandleMissed.kind, self._threads[thread], self._tables[table], number, now, call.value
            )

        return missed

    # ---- Windows: descriptors of the C runtime, and what Winsock keeps ---------------------------------------------

    def _descriptor(self, number: int, line: Line) -> None:
        """A descriptor was made for the first holding."""
        held = self._told.holdings[0]

        def made(moment: _Moment) -> None:
            process = self._tables[held.table]
            self._descriptors[held] = number
            self._event(
                moment.line, DescriptorOpened.kind, self._threads[line.thread], process, number, held.number,
                self._objects[held.what],
            )  # fmt: skip

        self._at(line).does.append(made)

    def _given_up(self, held: Holding, line: Line) -> None:
        number = self._descriptors.pop(held)
        process, thread = self._tables[held.table], self._threads[line.thread]
        self._event(
            line, DescriptorClosed.kind, thread, process, number, held.number, self._objects[held.what]
        )  # fmt: skip

    def _meant(self, process: int, call: Call, line: Line) -> None:
        """Tell how it is known what the closer meant: the descriptor, or the context, was made for that."""
        before, victim = self._told.holdings
        if call is Call.CRT_CLOSE and before in self._descriptors:
            self._given_up(before, line)
        elif call is Call.CLOSESOCKET:
            objects = self._objects[before.what], self._objects[victim.what]
            self._emit(ContextReleased.kind, process, victim.number, *objects)
            self._emit(Stepped.kind, self._threads[line.thread], self.recorder.name("context released"))

    def _kept(self, held: Holding) -> None:
        self._emit(ContextOpened.kind, self._tables[held.table], held.number, self._objects[held.what])

    def _peer_closed(self, what: Description) -> Callable[[_Moment], None]:
        def closed(moment: _Moment) -> None:
            if what in self._connections:
                self._event(moment.line, StateChanged.kind, self._connections[what], _ESTABLISHED, _CLOSE_WAIT)

        return closed

    def _exhausted(self, moment: _Moment) -> None:
        thread = moment.line.thread
        resource = self.recorder.name("descriptors")
        self._event(
            moment.line, Exhausted.kind, self._threads[thread], self._tables[self._known.tables[thread]], resource, 0
        )  # fmt: skip

    def _ended(self, _: _Moment) -> None:
        table = self._told.table
        if table is not None:
            self._emit(ProcessEnded.kind, self._tables[table], table.code)


def _bare(line: Line) -> str:
    """Return a line's call and result, without pid and time."""
    text = line.text
    for mark in ("+++", "---"):
        if mark in text[:60]:
            return text[text.find(mark) :]
    start = text.rfind(" ", 0, text.find("(")) + 1
    return re.sub(r"\)\s+= ", ") = ", text[start:], count=1)


def _frame(text: str) -> Place:
    """Return the place of one line of ``-k``: `` > /usr/lib/libc.so.6(close+0x10) [0x1234]``."""
    found = _FRAME.match(text.strip().removeprefix("> "))
    if found is None:
        return Place(text.strip().removeprefix("> ")[:200], 0, "?")
    line = int(found["line"]) if found["line"] else int(found["address"], 16)
    return Place(found["file"], line, found["function"] or "?")


def _value(line: Line) -> int:
    """Return the handle that a call returned, or 0."""
    found = _HANDLE.search(line.text)
    return int(found[1], 16) if found is not None else 0


def _first(line: Line) -> int:
    found = _FIRST.search(line.text)
    if found is None or found.start() != line.text.find("("):
        return -1
    return int(found[1], 16 if found[1].startswith("0x") else 10)


def _second(line: Line) -> int:
    """Return the number that ``epoll_ctl`` puts into a set."""
    words = line.text.split(", ", 3)
    if call_of(line) == "epoll_ctl" and len(words) > 2:
        digits = re.match(r"\d{1,9}", words[2])
        return int(digits[0]) if digits else 0
    return 0
