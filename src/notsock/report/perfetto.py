"""A run as a Perfetto trace (protocol buffers), for the viewer at ui.perfetto.dev and its trace processor.

Threads are tracks and calls slices; below each process a track for each number of its handle table, whose slices are
the objects that it meant; connections are tracks of TCP states; moments of findings are instants, joined by a flow.

Most calls take no virtual time, and a slice without a width cannot be seen: so events are at least a microsecond apart,
and wherever virtual time is ahead of that it leads.  The true virtual time is an argument of each slice.  Field numbers
are those of Perfetto's own ``trace_packet.proto``, ``track_event.proto`` and ``track_descriptor.proto``; the writer is
twenty lines of wire format, so that only tests need protobuf.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from notsock.detect.finding import Finding
from notsock.report.escaping import escaped
from notsock.report.lifelines import Lifeline, Naming, lifelines
from notsock.report.netstat import FIRST_PROCESS_ID, PROCESS_ID_STEP, STATES
from notsock.report.telling import Teller
from notsock.trace.events import Entered, Exited, StateChanged
from notsock.trace.recorder import Trace

STEP_NS = 1_000
"""The least time between two events."""
_BEGIN, _END, _INSTANT = 1, 2, 3
_SEQUENCE = 1
_CLEARED, _NEEDS_STATE = 1, 2


def write_perfetto(path: Path, trace: Trace, findings: Sequence[Finding]) -> None:
    """Write a run's trace; raise OSError where that cannot be done."""
    path.write_bytes(perfetto(trace, findings))


def perfetto(trace: Trace, findings: Sequence[Finding]) -> bytes:
    """Return a run as a ``perfetto.protos.Trace``."""
    return _Writer(trace, findings).written()


# ---- wire format (protobuf.dev/programming-guides/encoding) ---------------------------------------------------


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _int(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _data(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _data(field, escaped(value).encode())


def _fixed64(field: int, value: int) -> bytes:
    return _varint(field << 3 | 1) + value.to_bytes(8, "little")


# ---- what is written ---------------------------------------------------------------------------------------------


class _Writer:
    """Follows a trace once."""

    def __init__(self, trace: Trace, findings: Sequence[Finding]) -> None:
        self._trace = trace
        self._teller = Teller(trace)
        self._out = bytearray()
        self._now = 0
        self._tracks: dict[tuple[object, ...], int] = {}
        self._names: dict[str, int] = {}
        self._begins: dict[int, list[Lifeline]] = {}
        self._ends: dict[int, list[Lifeline]] = {}
        for line in lifelines(trace):
            self._begins.setdefault(line.since, []).append(line)
            self._ends.setdefault(line.until, []).append(line)
        self._moments: dict[int, list[tuple[int, int, Finding]]] = {}
        for flow, finding in enumerate(findings, 1):
            for place, moment in enumerate(finding.history):
                self._moments.setdefault(moment.position, []).append((flow, place, finding))

    def written(self) -> bytes:
        """Return the whole."""
        self._packet(b"", _CLEARED)
        self._describe()
        states: dict[int, bool] = {}
        for at, record in self._trace.records():
            self._now = max(self._now + STEP_NS, self._teller.timeline.time_of(at))
            kind = record[0]
            if kind == Entered.kind:
                self._call(at, record[1])
            for line in self._ends.get(at, ()):
                self._event(self._number(line), _END)
            for line in self._begins.get(at, ()):
                self._event(self._number(line), _BEGIN, self._teller.object(line.object))
            if kind == StateChanged.kind:
                self._state(states, record[1], record[3])
            for moment in self._moments.get(at, ()):
                self._moment(*moment)
            if kind == Exited.kind:
                self._event(self._tracks.get(("thread", record[1]), 0), _END)
        self._now += STEP_NS
        for line in self._ends.get(len(self._trace.flat()), ()):
            self._event(self._number(line), _END)
        for connection, stands in states.items():
            if stands:
                self._event(self._tracks[("connection", connection)], _END)
        return bytes(self._out)

    def _describe(self) -> None:
        """Describe processes, their threads and their numbers, and the connections."""
        world = self._teller.world
        ids = {ident: FIRST_PROCESS_ID + PROCESS_ID_STEP * place for place, ident in enumerate(world.processes)}
        for ident, process in world.processes.items():
            described = _int(1, ids[ident]) + _text(6, process.name)
            self._track(("process", ident), _data(3, described))
        for ident, thread in world.threads.items():
            owner = ids.get(thread.process, 0)
            self._track(("thread", ident), _data(4, _int(1, owner) + _int(2, ident) + _text(5, thread.name)))
        for lines in self._begins.values():
            for line in lines:
                self._number(line)
        for ident, connection in world.connections.items():
            machine = world.machines.get(connection.machine)
            name = f"{connection.local} ↔ {connection.remote}" + (f" of {machine.name}" if machine is not None else "")
            self._track(("connection", ident), _text(2, name))

    def _track(self, key: tuple[object, ...], described: bytes) -> int:
        uuid = self._tracks[key] = len(self._tracks) + 1
        self._packet(_data(60, _int(1, uuid) + described), _NEEDS_STATE, timed=False)
        return uuid

    def _number(self, line: Lifeline) -> int:
        """Return the track of a number, describing it when it is new."""
        key = ("number", line.naming, line.process, line.number)
        if key in self._tracks:
            return self._tracks[key]
        what = {Naming.CONTEXT: "Winsock's context"}.get(line.naming, line.naming.value)
        label = str(line.number) if line.naming is Naming.DESCRIPTOR else self._teller.number(line.number)
        parent = self._tracks.get(("process", line.process), 0)
        return self._track(key, _int(5, parent) + _text(2, f"{what} {label}"))

    # ---- events ---------------------------------------------------------------------------------------------------

    def _call(self, at: int, thread: int) -> None:
        made = self._teller.made_by(thread, at)
        track = self._tracks.get(("thread", thread), 0)
        if made is None or not track:
            return
        result = self._teller.result(made) if made.left_at else "never returned"
        arguments: dict[str, str | int] = {"result": result, "virtual time (ns)": self._teller.timeline.time_of(at)}
        self._event(track, _BEGIN, self._teller.call(made), arguments)

    def _state(self, states: dict[int, bool], connection: int, new: int) -> None:
        track = self._tracks.get(("connection", connection), 0)
        if states.get(connection):
            self._event(track, _END)
        states[connection] = bool(new)
        if new:
            self._event(track, _BEGIN, STATES[new])

    def _moment(self, flow: int, place: int, finding: Finding) -> None:
        moment = finding.history[place]
        idents = [ident for ident, thread in self._teller.world.threads.items() if thread.name == moment.thread]
        track = self._tracks.get(("thread", idents[0]), 0) if idents else 0
        words = f"{finding.rule} ({place + 1}): {moment.role}"
        arguments = {"finding": finding.title, "call": moment.call, "what to do": finding.advice}
        last = place == len(finding.history) - 1
        self._event(track, _INSTANT, words, arguments, _fixed64(48 if last else 47, flow))

    def _event(
        self, track: int, kind: int, name: str = "", arguments: Mapping[str, str | int] | None = None, more: bytes = b""
    ) -> None:
        if not track:
            return
        interned = b""
        event = _int(9, kind) + _int(11, track) + more
        if name:
            if name not in self._names:
                self._names[name] = len(self._names) + 1
                interned = _data(12, _data(2, _int(1, self._names[name]) + _text(2, name)))
            event += _int(10, self._names[name])
        for key, value in (arguments or {}).items():
            said = _int(4, value) if isinstance(value, int) else _text(6, value)
            event += _data(4, _text(10, key) + said)
        self._packet(interned + _data(11, event), _NEEDS_STATE)

    def _packet(self, body: bytes, flags: int, *, timed: bool = True) -> None:
        head = _int(8, self._now) if timed else b""
        self._out += _data(1, head + _int(10, _SEQUENCE) + _int(13, flags) + body)
