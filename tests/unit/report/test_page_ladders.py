"""Ladders: two ends find each other, and each packet its connection, its arrival or its loss."""

from page_traces import trace_of

from notsock.report.page.ladders import LOST, ladders_json, moves
from notsock.trace.events import (
    Clock,
    ConnectionAdopted,
    ConnectionOpened,
    Packet,
    PacketMoved,
    StateChanged,
)

A, B, C = "10.0.0.1:1025", "10.0.0.2:80", "10.0.0.1:1026"
SYN, ACK, DATA = 2, 16, 24


def sent(link, flags, length=0):
    return PacketMoved, link, Packet.SENT, flags, length, 0


def delivered(link, flags, length=0):
    return PacketMoved, link, Packet.DELIVERED, flags, length, 0


def lost(link):
    return PacketMoved, link, Packet.LOST, 0, 0, 0


def doubled(link):
    return PacketMoved, link, Packet.DUPLICATED, 0, 0, 0


def places(trace, *flags):
    """Return the positions of the deliveries of packets with these flags."""
    return [
        at for at, event in trace
        if isinstance(event, PacketMoved) and event.what == Packet.DELIVERED and event.flags in flags
    ]  # fmt: skip


def test_both_ends_of_a_connection_share_a_ladder():
    trace = trace_of(
        (ConnectionOpened, 1, 1, 7, A, B), (StateChanged, 1, 0, 2), sent(1, SYN), delivered(1, SYN),
        (ConnectionOpened, 2, 2, 8, B, A), (StateChanged, 2, 1, 3), (ConnectionAdopted, 2, 9),
        (ConnectionOpened, 3, 1, 7, C, B),
    )  # fmt: skip
    first, second = ladders_json(trace, ((A, B),))
    assert [(end["connection"], end["local"], end["object"]) for end in first["ends"]] == [(1, A, 7), (2, B, 9)]
    assert [state[1:] for state in first["states"]] == [[0, 0, 2], [1, 1, 3]]
    ((_, sender, flags, length, arrives),) = first["packets"]
    assert (sender, flags, length, arrives) == (0, SYN, 0, places(trace, SYN))
    assert [end["connection"] for end in second["ends"]] == [3]
    assert second["packets"] == []


def test_an_address_used_again_makes_a_ladder_of_its_own():
    trace = trace_of(
        (ConnectionOpened, 1, 1, 7, A, B), (ConnectionOpened, 2, 2, 8, B, A), sent(1, DATA, 3),
        (ConnectionOpened, 3, 1, 9, A, B), (ConnectionOpened, 4, 2, 8, B, A), sent(1, DATA, 4), sent(2, ACK),
    )  # fmt: skip
    first, second = ladders_json(trace, ((A, B), (A, B), (B, A)))
    assert [end["connection"] for end in first["ends"]] == [1, 2]
    assert [end["connection"] for end in second["ends"]] == [3, 4]
    assert [packet[1:4] for packet in first["packets"]] == [[0, DATA, 3]]
    assert [packet[1:4] for packet in second["packets"]] == [[0, DATA, 4], [1, ACK, 0]]


def test_a_packet_lost_where_it_is_sent_and_one_lost_on_arrival():
    trace = trace_of(sent(1, SYN), sent(1, ACK), lost(1), (Clock, 5), lost(1))
    assert [move.arrived_at for move in moves(trace, None)] == [[LOST], [LOST]]


def test_a_doubled_packet_arrives_twice_and_an_overtaken_one_late():
    trace = trace_of(
        sent(1, DATA, 3), doubled(1), sent(1, DATA, 9), delivered(1, DATA, 9), delivered(1, DATA, 3),
        delivered(1, DATA, 3),
    )  # fmt: skip
    early, first, second = places(trace, DATA)
    assert [move.arrived_at for move in moves(trace, None)] == [[first, second], [early]]


def test_a_run_that_nobody_listened_to_has_states_only():
    trace = trace_of((ConnectionOpened, 1, 1, 7, A, B), (StateChanged, 1, 0, 2), sent(1, SYN), delivered(1, SYN))
    (ladder,) = ladders_json(trace, None)
    assert (ladder["packets"], len(ladder["states"])) == ([], 1)
