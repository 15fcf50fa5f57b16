"""What is said beside packets: who sends for the first time, and where a finding's moments lie between them."""

import pytest
from page_traces import lived, trace_of

from notsock.detect.finding import Finding, Moment, Severity
from notsock.report.packet_notes import packet_notes
from notsock.trace.events import (
    AddressClaimed,
    ConnectionAdopted,
    ConnectionOpened,
    ObjectCreated,
    Packet,
    PacketMoved,
    ProcessStarted,
)

SERVER, CLIENT = "10.0.0.1:80", "10.0.0.2:49152"
SENT = (PacketMoved, 1, Packet.SENT, 2, 0, 0)
DELIVERED = (PacketMoved, 1, Packet.DELIVERED, 2, 0, 0)


def found(*positions, title="it was closed"):
    history = tuple(Moment("closed here", at, "server/main", "server", 0, "closesocket(0x64)") for at in positions)
    return Finding("stale-close", Severity.ERROR, title, "socket #7", None, history, "", "", ("k",))


def positions(trace):
    return [at for at, record in trace.records() if record[0] == PacketMoved.kind and record[2] == Packet.SENT]


def test_a_connections_ends_are_named_once_each_by_who_holds_them():
    trace = trace_of(
        (ProcessStarted, 1, 1, 0, "server"),
        (ProcessStarted, 2, 2, 0, "client"),
        (ObjectCreated, 7, "endpoint", 1),
        (ObjectCreated, 8, "endpoint", 2),
        (ConnectionOpened, 1, 2, 8, CLIENT, SERVER),
        SENT,
        (ConnectionOpened, 2, 1, 0, SERVER, CLIENT),
        (ConnectionAdopted, 2, 7),
        SENT,
        SENT,
    )
    notes = packet_notes(trace, [(CLIENT, SERVER), (SERVER, CLIENT), (CLIENT, SERVER)], [])
    assert notes == {0: f"{CLIENT} is client (process 1004)", 1: f"{SERVER} is server (process 1000)"}


@pytest.mark.parametrize(
    ("host", "source"), [("0.0.0.0", "10.0.0.1:53"), ("10.0.0.1", "10.0.0.1:53"), ("::", "[fd00::1]:53")]
)
def test_a_datagram_is_named_by_who_bound_its_port(host, source):
    trace = trace_of(
        (ProcessStarted, 1, 1, 0, "names"), (AddressClaimed, 1, 1, 1, 7, 17, host, 53, 0), SENT
    )  # fmt: skip
    assert packet_notes(trace, [(source, CLIENT)], []) == {0: f"{source} is names (process 1000)"}


def test_a_port_of_two_owners_is_given_to_neither():
    trace = trace_of(
        (ProcessStarted, 1, 1, 0, "snmp"),
        (ProcessStarted, 2, 1, 0, "agent"),
        (AddressClaimed, 1, 1, 1, 7, 17, "0.0.0.0", 161, 0),
        (AddressClaimed, 2, 1, 2, 8, 17, "0.0.0.0", 161, 0),
        SENT,
    )
    assert packet_notes(trace, [("10.0.0.1:161", CLIENT)], []) == {}


def test_a_moment_is_told_at_the_first_packet_that_was_sent_after_it():
    trace = trace_of(SENT, DELIVERED, SENT, DELIVERED)
    first, second = positions(trace)
    ends = [(CLIENT, SERVER), (SERVER, CLIENT)]
    words = "closed here closesocket(0x64) by server/main; it was closed"
    before, after = (f"notsock stale-close (error), {where} this packet: {words}" for where in ("before", "after"))
    assert packet_notes(trace, ends, [found(first)]) == {0: before}
    assert packet_notes(trace, ends, [found(first + 1)]) == {1: before}
    assert packet_notes(trace, ends, [found(second)]) == {1: before}
    assert packet_notes(trace, ends, [found(second + 1)]) == {1: after}
    assert packet_notes(trace, ends, [found(first, second), found(second)]) == {0: before, 1: f"{before}\n{before}"}


def test_a_run_that_sent_nothing_has_nothing_to_be_noted():
    assert packet_notes(trace_of((ProcessStarted, 1, 1, 0, "quiet")), [], [found(0)]) == {}


def test_hostile_names_are_text():
    trace = trace_of(
        (ProcessStarted, 1, 1, 0, "\x1b[31mred\u202e"), (AddressClaimed, 1, 1, 1, 7, 17, "0.0.0.0", 53, 0), SENT
    )  # fmt: skip
    (note,) = packet_notes(trace, [("10.0.0.1:53", CLIENT)], [found(0, title="\x1b[2J\u202e")]).values()
    assert "red" in note
    assert not {"\x1b", "\u202e"} & set(note)


def test_every_end_of_a_real_run_is_named_with_its_own_process():
    trace = lived()
    opened = [record for _, record in trace.records() if record[0] == ConnectionOpened.kind]
    ends = [(trace.names[record[4]], trace.names[record[5]]) for record in opened]
    notes = packet_notes(trace, ends, [])
    assert len(notes) == len(ends) == 4
    names = {note.split(" is ")[1].split(" (")[0] for note in notes.values()}
    assert names == {"server", "one", "two"}
    for place, note in notes.items():
        assert note.startswith(f"{ends[place][0]} is ")
        assert ("server" in note) == ends[place][0].endswith(":80")
