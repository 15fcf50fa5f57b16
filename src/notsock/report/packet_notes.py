"""What to write beside a run's packets: who sends here for the first time, and where the moments of findings lie.

A finding's moment is an event between packets; it is told at the first packet that was sent after it, for that is where
somebody who reads a capture from the top stands when it has happened.
"""

from bisect import bisect_left
from collections.abc import Sequence

from notsock.detect.finding import Finding, Moment
from notsock.report import netstat
from notsock.report.escaping import escaped
from notsock.report.page.content import Ends
from notsock.trace.events import (
    AddressClaimed,
    ConnectionAdopted,
    ConnectionOpened,
    ObjectCreated,
    Packet,
    PacketMoved,
    ProcessStarted,
)
from notsock.trace.recorder import Trace
from notsock.values.addresses import ANY4, ANY6, text_of

_SEVERAL = ""
"""Instead of an owner's name: a port of one number has owners on several machines, or several on one."""


def packet_notes(trace: Trace, ends: Sequence[Ends], findings: Sequence[Finding]) -> dict[int, str]:
    """Return, by the number of a packet in the order of sending, what is to be said of it."""
    lines: dict[int, list[str]] = {}
    owners = _owners(trace)
    known = set[Ends]()
    for place, pair in enumerate(ends):
        if pair not in known and (owner := owners.get(pair) or owners.get((pair[0], "")) or owners.get(_any(pair[0]))):
            lines.setdefault(place, []).append(f"{pair[0]} is {owner}")
        known.add(pair)
    sent = [at for at, record in trace.records() if record[0] == PacketMoved.kind and record[2] == Packet.SENT]
    for finding in findings:
        for moment in finding.history:
            place = bisect_left(sent, moment.position)
            where = "before this packet" if place < len(sent) else "after this packet"
            if sent:
                lines.setdefault(min(place, len(sent) - 1), []).append(_moment(finding, moment, where))
    return {place: "\n".join(said) for place, said in sorted(lines.items())}


def _moment(finding: Finding, moment: Moment, where: str) -> str:
    by = f" by {moment.thread}" if moment.thread else ""
    words = f"notsock {finding.rule} ({finding.severity.value}), {where}: {moment.role} {moment.call}{by}"
    return escaped(f"{words}; {finding.title}")


def _owners(trace: Trace) -> dict[Ends, str]:
    """Return the process behind each connection's end, and (with an empty remote end) behind each bound port."""
    names: dict[int, str] = {}
    objects: dict[int, int] = {}
    connections: dict[int, Ends] = {}
    owners: dict[Ends, str] = {}

    def owns(ends: Ends, process: int) -> None:
        name = names.get(process, "")
        if name:
            owners[ends] = name if owners.get(ends, name) == name else _SEVERAL

    for _, record in trace.records():
        kind = record[0]
        if kind == ProcessStarted.kind:
            number = netstat.FIRST_PROCESS_ID + netstat.PROCESS_ID_STEP * len(names)
            names[record[1]] = escaped(f"{trace.names[record[4]]} (process {number})")
        elif kind == ObjectCreated.kind:
            objects[record[1]] = record[3]
        elif kind == AddressClaimed.kind:
            owns((text_of(trace.names[record[6]], record[7]), ""), record[3])
        elif kind == ConnectionOpened.kind:
            connections[record[1]] = (trace.names[record[4]], trace.names[record[5]])
            owns(connections[record[1]], objects.get(record[3], 0))
        elif kind == ConnectionAdopted.kind and record[1] in connections:
            owns(connections[record[1]], objects.get(record[2], 0))
    return owners


def _any(address: str) -> Ends:
    """Return the wildcard that a port of this address may be bound to."""
    host, _, port = address.rpartition(":")
    return text_of(ANY6 if "[" in host else ANY4, int(port)), ""
