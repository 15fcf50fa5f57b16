"""TCP connections as ladders: two ends, the states of each, and the packets between them.

A trace says of a packet only over which link it went.  Which connection it belongs to is known where somebody
listened to the network (:attr:`ShownRun.packets`); which arrival belongs to which sending follows from the
order on the link, for packets of equal flags and length.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from notsock.report.page.content import Ends
from notsock.trace.events import ConnectionAdopted, ConnectionOpened, Packet, PacketMoved, StateChanged
from notsock.trace.recorder import Trace

LOST = -1
"""Instead of the position at which a packet arrived."""


@dataclass(slots=True)
class Move:
    """A packet's way: where it was sent, what it was, and where it arrived (each copy of it)."""

    sent_at: int
    link: int
    flags: int
    length: int
    ends: Ends | None
    arrived_at: list[int] = field(default_factory=list)


def moves(trace: Trace, packets: Sequence[Ends] | None) -> list[Move]:
    """Return every packet that was sent, with what became of it."""
    ends = iter(packets or ())
    found: list[Move] = []
    flying: dict[int, list[Move]] = {}
    last: Move | None = None
    for position, record in trace.records():
        if record[0] != PacketMoved.kind:
            last = None
            continue
        _, link, what, flags, length, _ = record
        sky = flying.setdefault(link, [])
        if what == Packet.SENT:
            last = Move(position, link, flags, length, next(ends, None))
            found.append(last)
            sky.append(last)
            continue
        if what == Packet.DUPLICATED and last is not None:
            sky.append(last)
            continue
        if what == Packet.LOST:
            if sky:  # lost where it was sent, or else where the next one would have arrived
                sky.pop(-1 if last is not None else 0).arrived_at.append(LOST)
        elif what == Packet.DELIVERED:
            place = next((n for n, move in enumerate(sky) if (move.flags, move.length) == (flags, length)), None)
            if place is not None:
                sky.pop(place).arrived_at.append(position)
        last = None
    return found


@dataclass(slots=True)
class _End:
    ident: int
    machine: int
    object: int
    local: str
    remote: str
    opened_at: int
    states: list[tuple[int, int, int]] = field(default_factory=list)
    ladder: "_Ladder | None" = None


@dataclass(slots=True)
class _Ladder:
    """Two ends that talk to each other; ``right`` is None where the trace shows only one."""

    left: _End
    right: _End | None = None
    packets: list[tuple[int, Move]] = field(default_factory=list)


def ladders_json(trace: Trace, packets: Sequence[Ends] | None) -> list[dict[str, Any]]:
    """Return each connection: its ends, and its states and packets in the order of the trace."""
    ladders, by_address = _paired(trace)
    for move in moves(trace, packets):
        if move.ends is not None:
            _hand_over(move, by_address)
    return [_json(ladder) for ladder in ladders]


def _paired(trace: Trace) -> tuple[list[_Ladder], dict[Ends, list[_End]]]:
    """Return the ladders, and the ends by local and remote address in the order of opening."""
    ends: dict[int, _End] = {}
    by_address: dict[Ends, list[_End]] = {}
    ladders: list[_Ladder] = []
    for position, record in trace.records():
        kind = record[0]
        if kind == ConnectionOpened.kind:
            _, ident, machine, target, local, remote = record
            end = ends[ident] = _End(ident, machine, target, trace.names[local], trace.names[remote], position)
            by_address.setdefault((end.local, end.remote), []).append(end)
            peer = next(
                (other for other in reversed(by_address.get((end.remote, end.local), ())) if other is not end), None
            )
            if peer is not None and peer.ladder is not None and peer.ladder.right is None:
                end.ladder = peer.ladder
                peer.ladder.right = end
            else:
                end.ladder = _Ladder(end)
                ladders.append(end.ladder)
        elif kind == ConnectionAdopted.kind and record[1] in ends:
            ends[record[1]].object = record[2]
        elif kind == StateChanged.kind and record[1] in ends:
            ends[record[1]].states.append((position, record[2], record[3]))
    return ladders, by_address


def _hand_over(move: Move, by_address: dict[Ends, list[_End]]) -> None:
    """Give a packet to the connection whose end sent it, or to the one that it was for."""
    assert move.ends is not None
    source, target = move.ends
    for address in ((source, target), (target, source)):
        standing = [end for end in by_address.get(address, ()) if end.opened_at <= move.sent_at]
        if not standing:  # the SYN leaves before the trace says that its end is there
            standing = by_address.get(address, [])[:1]
        if standing:
            end = standing[-1]
            assert end.ladder is not None
            sender = 0 if (end.ladder.left.local == source) else 1
            end.ladder.packets.append((sender, move))
            return


def _json(ladder: _Ladder) -> dict[str, Any]:
    states = [
        [position, side, old, new]
        for side, end in enumerate((ladder.left, ladder.right))
        if end is not None
        for position, old, new in end.states
    ]
    return {
        "ends": [_end_json(end) for end in (ladder.left, ladder.right) if end is not None],
        "states": sorted(states),
        "packets": [
            [move.sent_at, sender, move.flags, move.length, move.arrived_at] for sender, move in ladder.packets
        ],
    }


def _end_json(end: _End) -> dict[str, Any]:
    return {
        "connection": end.ident, "machine": end.machine, "object": end.object, "local": end.local,
        "remote": end.remote, "since": end.opened_at,
    }  # fmt: skip
