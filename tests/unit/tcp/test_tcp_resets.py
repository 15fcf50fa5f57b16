"""RST: which are obeyed, which are challenged, which we send."""

import pytest
from tcp_line import line_in

from notsock.tcp.states import State

CHALLENGE = "<SEQ=101><ACK=301><WND=65535><CTL=ACK>"


def test_a_reset_with_exactly_the_next_number_is_obeyed():
    line = line_in(State.ESTABLISHED).send(b"lost").hears("RST", 301)
    assert line.news_now() == "RESET|GONE|STATE"
    assert line.c.outstanding == 0
    assert not line.c.armed


def test_a_reset_loses_what_was_not_read():
    line = line_in(State.ESTABLISHED).hears("PSH,ACK", 301, 101, b"unread").hears("RST", 307)
    assert line.c.readable == 0
    assert line.receive() == b""


def test_a_reset_within_the_window_is_challenged():
    line = line_in(State.ESTABLISHED).hears("RST", 302)
    assert line.says() == [CHALLENGE]
    assert line.c.state is State.ESTABLISHED


def test_a_reset_outside_the_window_is_ignored():
    line = line_in(State.ESTABLISHED).hears("RST", 300).hears("RST", 301 + 65535)
    assert line.says() == []


def test_a_syn_within_the_window_is_challenged():
    assert line_in(State.ESTABLISHED).hears("SYN", 400).says() == [CHALLENGE]


def test_an_ack_of_what_was_never_sent_is_challenged():
    assert line_in(State.ESTABLISHED).hears("ACK", 301, 102).says() == [CHALLENGE]


def test_an_ack_too_old_to_be_true_is_challenged_and_its_data_dropped():
    line = line_in(State.ESTABLISHED).hears("ACK", 301, 101 - 65536, b"forged")
    assert line.says() == [CHALLENGE]
    assert line.c.readable == 0


def test_a_segment_without_ack_is_dropped():
    line = line_in(State.ESTABLISHED).hears("PSH", 301, data=b"x")
    assert line.says() == []
    assert line.c.readable == 0


def test_challenges_are_counted():
    line = line_in(State.ESTABLISHED)
    for _ in range(50):
        line.hears("SYN", 400)
    assert len(line.says()) == 10
    line.wait(5_000_000_000)
    assert line.hears("SYN", 400).says() == [CHALLENGE]


@pytest.mark.parametrize("state", [s for s in State if s is not State.LISTEN])
def test_abort(state):
    line = line_in(state)
    seq = line.c.snd_nxt
    line.abort()
    loud = {State.SYN_RECEIVED, State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2, State.CLOSE_WAIT}
    assert line.says() == ([f"<SEQ={seq}><WND=0><CTL=RST>"] if state in loud else [])
    assert line.c.state is State.CLOSED
    assert line.c.armed == 0
    assert line.news_now() == ("" if state is State.CLOSED else "GONE|STATE")
    assert line.abort().news_now() == ""


def test_an_abort_that_loses_data_says_so_even_when_closing():
    line = line_in(State.CLOSE_WAIT).send(b"lost").shutdown()
    assert line.c.state is State.LAST_ACK
    line.says()
    assert line.abort().says() == ["<SEQ=106><WND=0><CTL=RST>"]


def test_a_reset_while_closing_tells_of_lost_bytes():
    line = line_in(State.CLOSE_WAIT).send(b"lost").shutdown().hears("RST", 302)
    assert line.news_now() == "RESET|GONE|STATE"


def test_a_reset_while_closing_without_lost_bytes_is_an_end():
    assert line_in(State.LAST_ACK).hears("RST", 302).news_now() == "GONE|STATE"


def test_reset_after_a_simultaneous_open_is_a_refusal():
    line = line_in(State.SYN_SENT).hears("SYN", 300)
    assert line.hears("RST", 301).news_now() == "REFUSED|GONE|STATE"
