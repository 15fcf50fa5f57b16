"""The sockets of a machine at a moment, as its release's ``netstat -an`` prints them.

Layout and names of states: Q142641, Q297534, Q175952, Q254930; what older releases leave out: Q131482,
Q134404; ``-o`` came with Windows XP (Q261194).
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from notsock.trace.events import (
    AddressClaimed,
    AddressReleased,
    ConnectionAdopted,
    ConnectionOpened,
    Listening,
    MachineStarted,
    ObjectCreated,
    ProcessStarted,
    StateChanged,
)
from notsock.trace.recorder import Trace
from notsock.values.addresses import IPPROTO_TCP, text_of

STATES = (
    "CLOSED", "LISTENING", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",
    "CLOSING", "LAST_ACK", "TIME_WAIT",
)  # fmt: skip
"""The states as netstat spells them, by their number in a trace (RFC 9293 3.3.2)."""
_LISTEN, _TIME_WAIT = 1, 10

FIRST_PROCESS_ID, PROCESS_ID_STEP = 1000, 4
"""The simulated processes' own numbers, in the order in which they start."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a listener, a connection's end, or a UDP port.  ``process_id`` is 0 when nobody owns it."""

    machine: int
    protocol: str
    local: str
    remote: str
    state: str
    process_id: int


@dataclass(slots=True)
class _Claim:
    machine: int
    object: int
    tcp: bool
    host: str
    port: int
    process: int


@dataclass(slots=True)
class _End:
    machine: int
    object: int
    local: str
    remote: str
    state: int = 0


class _Table:
    """Folds a trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.claims: dict[int, _Claim] = {}
        self.ends: dict[int, _End] = {}
        self.owners: dict[int, int] = {}
        self.process_ids: dict[int, int] = {}
        self.listening: set[int] = set()
        self._machines: set[int] = set()

    def fold(self, position: int | None) -> None:
        """Take every event before ``position``."""
        for at, record in self.trace.records():
            if position is not None and at >= position:
                return
            handler = _HANDLERS.get(record[0])
            if handler is not None:
                handler(self, *record[1:])

    def machine_started(self, machine: int, *_: int) -> None:
        """A machine that comes up again has forgotten everything."""
        if machine in self._machines:
            self.claims = {ident: claim for ident, claim in self.claims.items() if claim.machine != machine}
            self.ends = {ident: end for ident, end in self.ends.items() if end.machine != machine}
        self._machines.add(machine)

    def process_started(self, process: int, *_: int) -> None:
        """A process gets the next number."""
        self.process_ids[process] = FIRST_PROCESS_ID + PROCESS_ID_STEP * len(self.process_ids)

    def object_created(self, target: int, _: int, process: int) -> None:
        """An object belongs to its creator."""
        self.owners[target] = process

    def address_claimed(
        self, address: int, machine: int, process: int, target: int, protocol: int, host: int, port: int, _: int
    ) -> None:
        """An address is in use."""
        name = self.trace.names[host]
        self.claims[address] = _Claim(machine, target, protocol == IPPROTO_TCP, name, port, process)

    def address_released(self, address: int) -> None:
        """An address is free."""
        self.claims.pop(address, None)

    def listens(self, target: int, _: int) -> None:
        """An endpoint listens."""
        self.listening.add(target)

    def connection_opened(self, connection: int, machine: int, target: int, local: int, remote: int) -> None:
        """A connection's end exists."""
        names = self.trace.names
        self.ends[connection] = _End(machine, target, names[local], names[remote])

    def connection_adopted(self, connection: int, target: int) -> None:
        """An accepted connection has its endpoint."""
        if connection in self.ends:
            self.ends[connection].object = target

    def state_changed(self, connection: int, _: int, new: int) -> None:
        """A connection's end is in another state; a closed one is gone."""
        if connection in self.ends:
            self.ends[connection].state = new
            if new == 0:
                del self.ends[connection]

    def rows(self) -> list[Row]:
        """Return everything there is to list."""
        found = []
        for claim in self.claims.values():
            if claim.tcp and claim.object not in self.listening:
                continue
            wide = ":" in claim.host
            remote = ("[::]:0" if wide else "0.0.0.0:0") if claim.tcp else "*:*"
            state = STATES[_LISTEN] if claim.tcp else ""
            local = text_of(claim.host, claim.port)
            process_id = self.process_ids.get(claim.process, 0)
            found.append(Row(claim.machine, "TCP" if claim.tcp else "UDP", local, remote, state, process_id))
        for end in self.ends.values():
            if end.state > _LISTEN:
                owner = self.process_ids.get(self.owners.get(end.object, 0), 0)
                process_id = 0 if end.state == _TIME_WAIT else owner
                found.append(Row(end.machine, "TCP", end.local, end.remote, STATES[end.state], process_id))
        return sorted(found, key=_order)


_HANDLERS: dict[int, Callable[..., None]] = {
    MachineStarted.kind: _Table.machine_started,
    ProcessStarted.kind: _Table.process_started,
    ObjectCreated.kind: _Table.object_created,
    AddressClaimed.kind: _Table.address_claimed,
    AddressReleased.kind: _Table.address_released,
    Listening.kind: _Table.listens,
    ConnectionOpened.kind: _Table.connection_opened,
    ConnectionAdopted.kind: _Table.connection_adopted,
    StateChanged.kind: _Table.state_changed,
}


def table(trace: Trace, position: int | None = None, machine: int | None = None) -> list[Row]:
    """Return what there was before the event at ``position`` (None: at the end), of one machine or of all."""
    folded = _Table(trace)
    folded.fold(position)
    return [row for row in folded.rows() if machine is None or row.machine == machine]


def listed(rows: list[Row], *, lists_listeners: bool) -> list[Row]:
    """Return those rows that a release's netstat prints."""
    return [row for row in rows if lists_listeners or row.state != STATES[_LISTEN]]


def render(rows: list[Row], *, lists_listeners: bool, lists_owners: bool, headed: bool = True) -> list[str]:
    """Return the lines that ``netstat -an`` prints, ``netstat -ano`` where the release has that."""
    lines = [
        _line(row.protocol, row.local, row.remote, row.state, str(row.process_id), lists_owners)
        for row in listed(rows, lists_listeners=lists_listeners)
    ]
    columns = _line("Proto", "Local Address", "Foreign Address", "State", "PID", lists_owners)
    return ["Active Connections", "", columns, *lines] if headed else lines


def _line(protocol: str, local: str, remote: str, state: str, owner: str, lists_owners: bool) -> str:
    line = f"  {protocol:<6} {local:<22} {remote:<22} {state:<15}"
    return f"{line} {owner}" if lists_owners else line.rstrip()


def _order(row: Row) -> tuple[int, str, tuple[int, int, int], tuple[int, int, int]]:
    return row.machine, row.protocol, _place(row.local), _place(row.remote)


def _place(address: str) -> tuple[int, int, int]:
    """Return what an address is sorted by: IPv4 first, then host, then port."""
    host, _, port = address.rpartition(":")
    if host == "*":
        return 0, 0, 0
    parsed = ip_address(host.strip("[]"))
    return parsed.version, int(parsed), int(port)
