"""netstat and port owners at every moment of a run, as spans: a row, and from which event to which it stood.

A span for each row is far less than a table for each event, and whoever wants the table of a moment takes the
rows whose span covers it.  What a row says is asked of :mod:`notsock.report.netstat`, one row at a time, so
that there is one truth.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from notsock.report import netstat
from notsock.report.page.content import Manner
from notsock.trace.events import (
    AddressClaimed,
    AddressHeard,
    AddressReleased,
    ConnectionAdopted,
    ConnectionOpened,
    Listening,
    MachineStarted,
    StateChanged,
)
from notsock.trace.recorder import Trace

_HEADER_LINES = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A row that stood from the event at ``since`` up to, not including, the one at ``until``."""

    row: netstat.Row
    since: int
    until: int


def spans(trace: Trace) -> list[Span]:
    """Return every row that netstat could have shown, in the order in which netstat sorts them."""
    fold = _Fold(trace)
    for position, record in trace.records():
        fold.take(position, record[0], record[1:])
    fold.close_all(len(trace.flat()))
    return sorted(fold.done, key=lambda span: (netstat._order(span.row), span.since))


class _Fold:
    """Follows a trace, and notes whenever a row comes, changes or goes."""

    def __init__(self, trace: Trace) -> None:
        self.table = netstat._Table(trace)
        self.done: list[Span] = []
        self._open: dict[tuple[str, int], tuple[netstat.Row, int]] = {}
        self._claims_of: dict[int, list[int]] = {}
        self._one = netstat._Table(trace)
        self._one.owners = self.table.owners
        self._one.process_ids = self.table.process_ids
        self._one.listening = self.table.listening

    def take(self, position: int, kind: int, fields: Iterable[int]) -> None:
        """Take one event."""
        handler = netstat._HANDLERS.get(kind)
        if handler is None:
            return
        values = tuple(fields)
        handler(self.table, *values)
        for ident in self._touched(kind, values):
            self._note(ident, position)

    def close_all(self, position: int) -> None:
        """End every row that still stands."""
        for row, since in self._open.values():
            self.done.append(Span(row, since, position))
        self._open.clear()

    def _touched(self, kind: int, values: tuple[int, ...]) -> list[tuple[str, int]]:
        if kind == AddressClaimed.kind:
            self._claims_of.setdefault(values[3], []).append(values[0])
            return [("claim", values[0])]
        if kind == AddressReleased.kind:
            return [("claim", values[0])]
        if kind == Listening.kind:
            return [("claim", claim) for claim in self._claims_of.get(values[0], ())]
        if kind in (ConnectionOpened.kind, ConnectionAdopted.kind, StateChanged.kind):
            return [("end", values[0])]
        return list(self._open) if kind == MachineStarted.kind else []

    def _note(self, ident: tuple[str, int], position: int) -> None:
        row = self._row(ident)
        before = self._open.get(ident)
        if before is not None and before[0] == row:
            return
        if before is not None:
            del self._open[ident]
            if before[1] < position:
                self.done.append(Span(before[0], before[1], position))
        if row is not None:
            self._open[ident] = (row, position)

    def _row(self, ident: tuple[str, int]) -> netstat.Row | None:
        """Ask the true table what it would print if there were nothing but this."""
        what, number = ident
        claim = self.table.claims.get(number) if what == "claim" else None
        end = self.table.ends.get(number) if what == "end" else None
        self._one.claims = {number: claim} if claim is not None else {}
        self._one.ends = {number: end} if end is not None else {}
        return next(iter(self._one.rows()), None)


def netstat_json(trace: Trace, manners: Mapping[int, Manner]) -> list[dict[str, Any]]:
    """Return for each machine what its netstat prints: the head, and ``[since, until, line]`` of each row."""
    found: dict[int, dict[str, Any]] = {}
    for _, record in trace.records():
        if record[0] == MachineStarted.kind and record[1] not in found:
            manner = manners.get(record[1], Manner(""))
            found[record[1]] = {
                "machine": record[1],
                "name": trace.names[record[2]],
                "title": manner.title or trace.names[record[3]],
                "head": _lines((), manner),
                "rows": [],
            }
    for span in spans(trace):
        machine = found.get(span.row.machine)
        if machine is not None:
            manner = manners.get(span.row.machine, Manner(""))
            lines = _lines((span.row,), manner, _HEADER_LINES)
            machine["rows"].extend([span.since, span.until, line] for line in lines)
    return list(found.values())


def _lines(rows: Iterable[netstat.Row], manner: Manner, skip: int = 0) -> list[str]:
    lines = netstat.render(list(rows), lists_listeners=manner.lists_listeners, lists_owners=manner.lists_owners)
    return lines[skip:]


def ports_json(trace: Trace) -> list[dict[str, Any]]:
    """Return every address object: who had which port from when to when, and when packets came to it."""
    ports: dict[int, dict[str, Any]] = {}
    standing: set[int] = set()
    end = len(trace.flat())
    for position, record in trace.records():
        kind = record[0]
        if kind == AddressClaimed.kind:
            _, ident, machine, process, target, protocol, host, port, shared = record
            ports[ident] = {
                "machine": machine, "process": process, "object": target, "protocol": protocol,
                "host": trace.names[host], "port": port, "shared": shared, "since": position, "until": end,
                "heard": [],
            }  # fmt: skip
            standing.add(ident)
        elif kind == AddressReleased.kind and record[1] in standing:
            standing.discard(record[1])
            ports[record[1]]["until"] = position
        elif kind == AddressHeard.kind and record[1] in ports:
            ports[record[1]]["heard"].append(position)
    return list(ports.values())
