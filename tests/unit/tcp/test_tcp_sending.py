"""Sending: segments, Nagle, silly windows, loss, congestion, closed windows."""

import pytest
from tcp_line import MS, Line, S, line_in

from notsock.tcp.connection import CallRefusedError
from notsock.tcp.states import State


def established(**parameters):
    return line_in(State.ESTABLISHED, **parameters)


def data_of(line):
    """What was sent since: (offset from our first byte, length) of each segment with data."""
    sent = [(s[1] - 101, len(s[5])) for s in line.sent if s[5]]
    line.sent.clear()
    return sent


def test_a_small_send_goes_at_once():
    line = established().send(b"hello")
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><DATA=5><CTL=PSH,ACK>"]
    assert line.c.outstanding == 5
    line.hears("ACK", 301, 106)
    assert line.news_now() == "SPACE"
    assert line.c.outstanding == 0


def test_the_chunk_is_sent_uncopied():
    chunk = bytes(bytearray(b"chunk"))
    line = established().send(chunk)
    assert line.sent[0][5] is chunk


def test_nothing_is_sent_for_nothing():
    assert established().send(b"").says() == []


@pytest.mark.parametrize("state", [State.CLOSED])
def test_sending_without_a_connection_is_refused(state):
    with pytest.raises(CallRefusedError, match="connection does not exist"):
        line_in(state).send(b"x")


def test_a_large_send_is_cut_into_segments_and_pushed_at_its_end():
    line = established().send(b"x" * 4380)
    assert line.says() == [
        "<SEQ=101><ACK=301><WND=65535><DATA=1460><CTL=ACK>",
        "<SEQ=1561><ACK=301><WND=65535><DATA=1460><CTL=ACK>",
        "<SEQ=3021><ACK=301><WND=65535><DATA=1460><CTL=PSH,ACK>",
    ]


def test_nagle_keeps_small_data_while_something_is_unacknowledged():
    line = established().send(b"a").send(b"b").send(b"c")
    assert data_of(line) == [(0, 1)]
    assert line.c.outstanding == 3
    line.hears("ACK", 301, 102)
    assert data_of(line) == [(1, 2)]


def test_nagle_lets_full_segments_go():
    line = established().send(b"a").send(b"b" * 1460)
    assert data_of(line) == [(0, 1), (1, 1460)]


def test_no_delay_turns_nagle_off():
    line = established()
    line.c.no_delay = True
    line.send(b"a").send(b"b")
    assert data_of(line) == [(0, 1), (1, 1)]
    assert established(nagle=False).c.no_delay


def test_the_peers_window_is_kept():
    line = Line(peer_window=3000).opened().send(b"x" * 5000)
    assert data_of(line) == [(0, 1460), (1460, 1460)]  # and not the 80 bytes that would fit
    line.hears("ACK", 301, 101 + 2920, window=3000)
    assert data_of(line) == [(2920, 1460)]
    line.hears("ACK", 301, 101 + 4380, window=3000)
    assert data_of(line) == [(4380, 620)]


def test_half_the_largest_window_is_worth_sending():
    line = Line(peer_window=1000).opened().send(b"x" * 1500)
    assert data_of(line) == [(0, 1000)]
    line.hears("ACK", 301, 1101, window=499)
    assert data_of(line) == []
    line.hears("ACK", 301, 1101, window=500)
    assert data_of(line) == [(1000, 500)]


def test_a_sliver_of_window_is_used_after_a_while():
    line = Line(peer_window=1000).opened().send(b"x" * 1500)
    line.hears("ACK", 301, 1101, window=100)
    line.quiet()
    line.wait(line.c.rto)
    assert data_of(line) == [(1000, 100)]


def test_an_old_windows_holds_a_sliver_for_five_seconds():
    line = Line(peer_window=1000, silly_window_hold_ns=5 * S).opened().send(b"x" * 1500)
    line.hears("ACK", 301, 1101, window=100)
    line.quiet()
    line.wait(5 * S - 1)
    assert data_of(line) == []
    line.wait(1)
    assert data_of(line) == [(1000, 100)]  # Q149525


def test_slow_start():
    line = established(initial_window_segments=2).send(b"x" * 30_000)
    assert len(data_of(line)) == 2
    line.hears("ACK", 301, 101 + 1460)
    assert len(data_of(line)) == 2
    line.hears("ACK", 301, 101 + 2920)
    assert len(data_of(line)) == 2
    assert line.c.cwnd == 4 * 1460


def test_congestion_avoidance():
    line = established(initial_window_segments=2)
    line.c.ssthresh = 2920
    line.send(b"x" * 30_000).hears("ACK", 301, 101 + 1460)
    assert line.c.cwnd == 2920 + 1460 * 1460 // 2920


def test_the_window_does_not_grow_unless_it_limits():
    line = established(initial_window_segments=2).send(b"x" * 1460).hears("ACK", 301, 101 + 1460)
    line.send(b"x" * 2000).hears("ACK", 301, 101 + 2920).hears("ACK", 301, 101 + 3460)
    assert line.c.cwnd == 2920


def test_lost_data_is_repeated_ever_more_slowly_and_given_up():
    line = established().send(b"lost")
    rto = line.c.rto
    assert rto == 300 * MS
    for i in range(6):
        assert data_of(line) == [(0, 4)]
        line.wait(rto << i)
    assert line.news_now() == "TIMED_OUT|GONE|STATE"
    assert line.says() == []
    assert not line.c.armed


def test_an_ack_ends_the_repetition_and_the_count():
    line = established().send(b"lost").wait(2 * S).hears("ACK", 301, 105)
    line.quiet()
    line.wait_until_silent()
    assert line.says() == []
    line.send(b"lost")
    line.wait_until_silent()
    assert len(line.says()) == 6


def test_after_a_time_out_everything_goes_again_slowly():
    line = established().send(b"x" * 5 * 1460)
    assert len(data_of(line)) == 5
    line.wait(line.c.rto)
    assert data_of(line) == [(0, 1460)]
    assert line.c.cwnd == 1460
    assert line.c.ssthresh == 5 * 1460 // 2
    line.hears("ACK", 301, 101 + 1460)
    assert data_of(line) == [(1460, 1460), (2920, 1460)]
    line.hears("ACK", 301, 101 + 5 * 1460)
    assert data_of(line) == []
    assert line.c.trouble is None
    assert line.c.outstanding == 0


def test_what_is_sent_twice_is_not_timed():
    line = established().send(b"x")
    srtt = line.c.srtt
    line.wait(1 * S).hears("ACK", 301, 102)
    assert line.c.srtt == srtt
    backed_off = line.c.rto
    assert backed_off == 1200 * MS
    line.send(b"y").wait(100 * MS).hears("ACK", 301, 103)
    assert line.c.rto < backed_off


def test_the_round_trip_is_measured():
    line = Line()
    line.c.open(0)
    line.wait(100 * MS).hears("SYN,ACK", 300, 101, mss=1460)
    assert (line.c.srtt, line.c.rttvar, line.c.rto) == (100 * MS, 50 * MS, 300 * MS)
    line.send(b"x").wait(180 * MS).hears("ACK", 301, 102)
    assert (line.c.srtt, line.c.rttvar, line.c.rto) == (110 * MS, 57_500_000, 340 * MS)


def test_three_duplicate_acks_bring_the_lost_segment():
    line = established().send(b"x" * 6 * 1460)
    data_of(line)
    line.hears("ACK", 301, 101).hears("ACK", 301, 101)
    assert data_of(line) == []
    line.hears("ACK", 301, 101)
    assert data_of(line) == [(0, 1460)]
    assert line.c.ssthresh == 3 * 1460
    assert line.c.cwnd == 6 * 1460
    line.hears("ACK", 301, 101 + 6 * 1460)
    assert line.c.cwnd == 2 * 1460  # RFC 6582 3.2: one segment beyond what is in flight, which is nothing
    assert line.c.trouble is None


def test_two_are_enough_where_the_parameter_says_so():
    line = established(duplicate_acks=2).send(b"x" * 4380)
    data_of(line)
    line.hears("ACK", 301, 101).hears("ACK", 301, 101)
    assert data_of(line) == [(0, 1460)]


def test_none_are_where_there_is_no_fast_retransmit():
    line = established(duplicate_acks=0).send(b"x" * 4380)
    data_of(line)
    for _ in range(9):
        line.hears("ACK", 301, 101)
    assert data_of(line) == []


def test_a_partial_ack_in_recovery_brings_the_next_hole():
    line = established().send(b"x" * 8 * 1460)
    data_of(line)
    for _ in range(3):
        line.hears("ACK", 301, 101)
    assert data_of(line) == [(0, 1460)]
    line.hears("ACK", 301, 101 + 2920)
    assert data_of(line) == [(2920, 1460)]
    line.hears("ACK", 301, 101 + 8 * 1460)
    assert line.c.outstanding == 0


def test_duplicate_acks_in_recovery_let_new_data_out():
    line = established(initial_window_segments=6).send(b"x" * 12 * 1460)
    assert len(data_of(line)) == 6
    for _ in range(3):
        line.hears("ACK", 301, 101)
    assert data_of(line) == [(0, 1460)]
    line.hears("ACK", 301, 101)
    assert data_of(line) == [(6 * 1460, 1460)]


def test_a_window_update_is_no_duplicate_ack():
    line = established().send(b"x" * 4380)
    data_of(line)
    for i in range(5):
        line.hears("ACK", 301, 101, window=60_000 + i)
    assert data_of(line) == []


def test_an_old_segment_does_not_change_the_window():
    line = established().hears("PSH,ACK", 301, 101, b"new", window=1000)
    line.hears("ACK", 300, 101, b"x", window=5)
    assert line.c.peer_window == 1000


def test_a_closed_window_is_probed_as_long_as_the_peer_answers():
    line = established().send(b"x").hears("ACK", 301, 102, window=0).send(b"abc")
    line.quiet()
    gaps = []
    for _ in range(30):
        before = line.now
        line.wait(line.c.armed - line.now)
        if probes := data_of(line):
            assert probes == [(1, 1)]
            gaps.append((line.now - before) // MS)
        line.hears("ACK", 301, 102, window=0)
        data_of(line)
    assert gaps[:4] == [300, 600, 1200, 2400]
    assert gaps[-1] == 240_000
    line.hears("ACK", 301, 102, window=1000)
    assert data_of(line) == [(1, 3)]
    line.hears("ACK", 301, 105)
    assert line.c.outstanding == 0
    assert line.c.trouble is None


def test_a_probe_whose_byte_is_taken():
    line = established().send(b"x").hears("ACK", 301, 102, window=0).send(b"abc")
    line.quiet()
    line.wait(line.c.rto)
    assert data_of(line) == [(1, 1)]
    line.hears("ACK", 301, 103, window=1000)
    assert data_of(line) == [(2, 2)]


def test_a_closed_window_whose_peer_is_gone_ends_the_connection():
    line = established().send(b"x").hears("ACK", 301, 102, window=0).send(b"abc")
    line.quiet()
    line.wait_until_silent()
    assert len(line.says()) == 5
    assert line.news_now() == "TIMED_OUT|GONE|STATE"


def test_a_window_that_closes_over_data_in_flight_is_probed():
    line = established().send(b"x" * 2920).hears("ACK", 301, 101, window=0)
    line.quiet()
    for _ in range(10):
        line.wait(line.c.armed - line.now)
        line.hears("ACK", 301, 101, window=0)
    assert set(data_of(line)) == {(0, 1)}
    line.hears("ACK", 301, 101, window=5000)
    assert data_of(line) == [(0, 1460), (1460, 1460)]


def test_many_small_sends_are_kept_in_one_buffer():
    line = established(initial_window_segments=1)
    for i in range(3000):
        line.send(bytes((i & 255,)))
    got, end = b"", 101
    while line.c.outstanding:
        for s in line.sent:
            assert s[1] == end
            got += s[5]
            end += len(s[5])
        line.sent.clear()
        line.hears("ACK", 301, end)
    assert got == bytes(i & 255 for i in range(3000))


def test_numbers_wrap_while_sending():
    line = Line(iss=0xFFFFFFFE).opened().send(b"x" * 3000)
    assert [s[1] for s in line.sent] == [0xFFFFFFFF, 1459]
    line.hears("ACK", 301, 2919)
    assert [s[1] for s in line.sent] == [0xFFFFFFFF, 1459, 2919]
    assert line.c.outstanding == 80
