"""Closing: in order, at once, half, with data left, TIME_WAIT, FIN_WAIT_2."""

import pytest
from tcp_line import S, line_in, segment

from notsock.tcp.connection import CallRefusedError
from notsock.tcp.states import State


def test_we_close_first():
    line = line_in(State.ESTABLISHED).shutdown()
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><CTL=FIN,ACK>"]
    assert line.c.state is State.FIN_WAIT_1
    line.hears("ACK", 301, 102)
    assert line.c.state is State.FIN_WAIT_2
    line.hears("FIN,ACK", 301, 102)
    assert line.says() == ["<SEQ=102><ACK=302><WND=65535><CTL=ACK>"]
    assert line.c.state is State.TIME_WAIT
    assert line.news_now() == "EOF|STATE"
    line.wait(120 * S - 1)
    assert line.c.state is State.TIME_WAIT
    line.wait(1)
    assert line.news_now() == "GONE|STATE"
    assert line.says() == []


def test_the_peer_closes_first():
    line = line_in(State.ESTABLISHED).hears("FIN,ACK", 301, 101)
    assert line.says() == ["<SEQ=101><ACK=302><WND=65535><CTL=ACK>"]
    assert line.news_now() == "EOF|STATE"
    assert line.c.peer_finished
    line.shutdown()
    assert line.says() == ["<SEQ=101><ACK=302><WND=65535><CTL=FIN,ACK>"]
    assert line.c.state is State.LAST_ACK
    line.hears("ACK", 302, 102)
    assert line.news_now() == "GONE|STATE"
    assert line.c.error == 0


def test_both_close_at_once():
    line = line_in(State.FIN_WAIT_1).hears("FIN,ACK", 301, 101)
    assert line.c.state is State.CLOSING
    assert line.says() == ["<SEQ=102><ACK=302><WND=65535><CTL=ACK>"]
    line.hears("ACK", 302, 102)
    assert line.c.state is State.TIME_WAIT


def test_one_segment_can_acknowledge_our_fin_and_bring_theirs():
    line = line_in(State.FIN_WAIT_1).hears("FIN,ACK", 301, 102)
    assert line.states[-2:] == [State.FIN_WAIT_2, State.TIME_WAIT]


def test_the_fin_goes_with_the_last_data():
    line = line_in(State.ESTABLISHED).send(b"a" * 3000)
    line.says()
    line.send(b"b" * 100)  # Nagle keeps it, and what was left of the first
    assert line.says() == []
    line.shutdown()
    assert line.says() == ["<SEQ=3021><ACK=301><WND=65535><DATA=180><CTL=FIN,PSH,ACK>"]


def test_everything_queued_before_the_close_is_delivered():
    line = line_in(State.ESTABLISHED).send(b"x" * 40_000).close()
    assert line.c.state is State.FIN_WAIT_1
    delivered, end = b"", 101
    while line.c.outstanding:
        for _, seq, _, flags, _, data, _ in line.sent:
            assert seq == end
            delivered += data
            end += len(data) + (flags & 1)
        line.sent.clear()
        line.hears("ACK", 301, end)
    assert delivered == b"x" * 40_000
    assert line.c.state is State.FIN_WAIT_2


def test_after_shutdown_data_still_comes_in():
    line = line_in(State.FIN_WAIT_2).hears("PSH,ACK", 301, 102, b"more")
    assert line.news_now() == "DATA"
    assert line.receive() == b"more"
    line.hears("FIN,PSH,ACK", 305, 102, b"last")
    assert line.news_now() == "DATA|EOF|STATE"
    assert line.receive() == b"last"


def test_the_last_bytes_can_be_read_after_the_end():
    line = line_in(State.ESTABLISHED).hears("FIN,PSH,ACK", 301, 101, b"last").shutdown()
    line.hears("ACK", 306, 102)
    assert line.c.state is State.CLOSED
    assert line.c.readable == 4
    assert line.receive() == b"last"


def test_sending_after_shutdown_is_refused():
    line = line_in(State.FIN_WAIT_1)
    with pytest.raises(CallRefusedError, match="connection closing"):
        line.send(b"x")


@pytest.mark.parametrize("state", list(State)[4:])
def test_shutting_down_twice_sends_no_second_fin(state):
    line = line_in(state).shutdown()
    line.says()
    assert line.shutdown().says() == []


def test_data_after_close_is_reset():
    line = line_in(State.FIN_WAIT_2, abandoned=True).hears("PSH,ACK", 301, 102, b"hello?")
    assert line.says() == ["<SEQ=102><WND=0><CTL=RST>"]
    assert line.news_now() == "GONE|STATE"
    assert not line.c.armed


def test_a_fin_after_close_is_not_data():
    line = line_in(State.FIN_WAIT_2, abandoned=True).hears("FIN,ACK", 301, 102)
    assert line.c.state is State.TIME_WAIT


def test_closing_over_unread_data_resets():
    line = line_in(State.ESTABLISHED).hears("PSH,ACK", 301, 101, b"unread").close()
    assert line.says() == ["<SEQ=101><WND=0><CTL=RST>"]
    assert line.news_now() == "DATA|GONE|STATE"
    assert line.c.readable == 0


def test_closing_over_unread_data_when_all_is_finished_does_not():
    line = line_in(State.FIN_WAIT_2).hears("FIN,PSH,ACK", 301, 102, b"unread")
    line.says()
    line.close()
    assert line.c.state is State.TIME_WAIT
    assert line.says() == []
    assert line.c.readable == 0


def test_a_repeated_fin_is_acknowledged_again_and_time_wait_starts_anew():
    line = line_in(State.TIME_WAIT).wait(100 * S)
    line.hears("FIN,ACK", 301, 102)
    assert line.says() == ["<SEQ=102><ACK=302><WND=65535><CTL=ACK>"]
    line.wait(120 * S - 1)
    assert line.c.state is State.TIME_WAIT
    assert line.wait(1).c.state is State.CLOSED


def test_a_fin_is_repeated_until_given_up():
    line = line_in(State.FIN_WAIT_1).wait_until_silent()
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><CTL=FIN,ACK>"] * 5
    assert line.news_now() == "TIMED_OUT|GONE|STATE"


def test_fin_wait_2_is_limited():
    line = line_in(State.FIN_WAIT_2).hears("ACK", 301, 102, b"does not help")
    line.quiet()
    line.wait_until_silent()
    assert line.now == 300 * S  # Q813056
    assert line.news_now() == "RESET|GONE|STATE"


def test_fin_wait_2_can_last_for_ever():
    line = line_in(State.FIN_WAIT_2, fin_wait_2_limit_ns=0)
    line.wait_until_silent()
    assert line.c.state is State.FIN_WAIT_2


@pytest.mark.parametrize(
    ("ctl", "seq", "may"),
    [
        ("SYN", 302, True),
        ("SYN", 5000, True),
        ("SYN", 301, False),
        ("SYN,ACK", 5000, False),
        ("ACK", 302, False),
    ],
)
def test_a_syn_beyond_the_old_numbers_may_reopen(ctl, seq, may):
    assert line_in(State.TIME_WAIT).c.may_reopen(segment("me", ctl, seq)) is may


def test_only_time_wait_may_be_reopened():
    assert not line_in(State.FIN_WAIT_2).c.may_reopen(segment("me", "SYN", 5000))


def test_a_syn_handed_to_time_wait_is_challenged():
    line = line_in(State.TIME_WAIT).hears("SYN", 5000)
    assert line.says() == ["<SEQ=102><ACK=302><WND=65535><CTL=ACK>"]


def test_a_fin_fits_into_a_closed_window():
    line = line_in(State.ESTABLISHED, receive_window=1000).hears("PSH,ACK", 301, 101, b"x" * 1000)
    assert line.says() == ["<SEQ=101><ACK=1301><WND=0><CTL=ACK>"]
    line.hears("FIN,ACK", 1301, 101)
    assert line.c.state is State.CLOSE_WAIT
    assert line.says() == ["<SEQ=101><ACK=1302><WND=0><CTL=ACK>"]
    assert line.receive() == b"x" * 1000
    assert line.send(b"y").says() == ["<SEQ=101><ACK=1302><WND=1000><DATA=1><CTL=PSH,ACK>"]


def test_a_fin_lost_at_a_closed_window_is_repeated():
    line = line_in(State.ESTABLISHED).send(b"x").hears("ACK", 301, 102, window=0).shutdown()
    line.says()
    line.wait(line.c.rto)
    assert line.says() == ["<SEQ=102><ACK=301><WND=65535><CTL=FIN,ACK>"]


def test_a_fin_lost_at_a_closed_window_is_repeated_when_the_window_opens():
    line = line_in(State.ESTABLISHED).send(b"x").hears("ACK", 301, 102, window=0).shutdown()
    line.hears("ACK", 301, 102, window=5000)
    line.says()
    line.wait(line.c.rto)
    assert line.says() == ["<SEQ=102><ACK=301><WND=65535><CTL=FIN,ACK>"]


def test_our_fin_needs_no_window():
    line = line_in(State.ESTABLISHED).send(b"x").hears("ACK", 301, 102, window=0)
    line.says()
    assert line.shutdown().says() == ["<SEQ=102><ACK=301><WND=65535><CTL=FIN,ACK>"]
