"""Opening: both ways, at once, refused, unanswered, half-open."""

import pytest
from tcp_line import MS, Line, S, line_in, segment

from notsock.tcp.connection import CallRefusedError
from notsock.tcp.states import State


def test_active_open():
    line = Line()
    line.c.open(0)
    assert line.says() == ["<SEQ=100><WND=65535><MSS=1460><CTL=SYN>"]
    assert line.c.state is State.SYN_SENT
    line.hears("SYN,ACK", 300, 101, mss=536)
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><CTL=ACK>"]
    assert line.news_now() == "OPENED|STATE"
    assert line.c.mss == 536
    assert line.c.armed
    line.wait_until_silent()
    assert line.says() == []


def test_passive_open():
    line = Line()
    line.c.open_passive(segment("me", "SYN", 300, mss=1460), 0)
    assert line.says() == ["<SEQ=100><ACK=301><WND=65535><MSS=1460><CTL=SYN,ACK>"]
    line.hears("ACK", 301, 101)
    assert line.says() == []
    assert line.news_now() == "OPENED|STATE"
    assert line.c.state is State.ESTABLISHED


def test_the_handshake_can_carry_the_first_data():
    line = line_in(State.SYN_RECEIVED)
    line.hears("PSH,ACK", 301, 101, b"hello")
    assert line.news_now() == "OPENED|DATA|STATE"
    assert line.receive() == b"hello"


def test_the_handshake_can_carry_data_and_the_end():
    line = line_in(State.SYN_SENT)
    line.hears("SYN,FIN,ACK", 300, 101, b"bye")
    assert line.says() == ["<SEQ=101><ACK=305><WND=65532><CTL=ACK>"]
    assert line.news_now() == "OPENED|DATA|EOF|STATE"
    assert line.c.state is State.CLOSE_WAIT


def test_a_peer_that_states_no_mss_gets_536():
    assert Line(peer_mss=0).opened().c.mss == 536


def test_data_queued_before_the_connection_goes_with_its_ack():
    line = line_in(State.SYN_SENT).send(b"early")
    assert line.says() == []
    line.hears("SYN,ACK", 300, 101, mss=1460)
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><DATA=5><CTL=PSH,ACK>"]


def test_simultaneous_open():
    line = line_in(State.SYN_SENT)
    line.hears("SYN", 300, mss=1460)
    assert line.says() == ["<SEQ=100><ACK=301><WND=65535><MSS=1460><CTL=SYN,ACK>"]
    assert line.c.state is State.SYN_RECEIVED
    line.hears("SYN,ACK", 300, 101, mss=1460)
    assert line.c.state is State.ESTABLISHED
    assert line.news_now() == "OPENED|STATE"
    assert line.says() == []


def test_a_syn_is_repeated_and_given_up():
    line = Line(syn_timeout_ns=3 * S, syn_retries=3, connect_limit_ns=0)
    line.c.open(0)
    assert line.wait(3 * S).says() == ["<SEQ=100><WND=65535><MSS=1460><CTL=SYN>"] * 2
    assert len(line.wait(6 * S).says()) == 1
    assert len(line.wait(12 * S).says()) == 1
    line.wait(24 * S)
    assert line.now == 45 * S  # Q142641, Q200770
    assert line.says() == []
    assert line.news_now() == "TIMED_OUT|GONE|STATE"
    assert not line.c.armed


def test_the_current_windows_gives_up_after_21_seconds():
    line = Line()
    line.c.open(0)
    line.wait(21 * S - 1)
    assert line.c.state is State.SYN_SENT
    assert len(line.says()) == 5
    line.wait(1)
    assert line.news_now() == "TIMED_OUT|GONE|STATE"


def test_a_refused_attempt_is_repeated_for_two_seconds():
    line = line_in(State.SYN_SENT)
    line.c.owner.sent.append(segment("peer", "SYN", 100))  # the one that opened it
    for _ in range(4):
        assert len(line.says()) == 1
        line.hears("RST,ACK", 0, 101)
        assert line.news_now() == ""
        line.wait(500 * MS)
    assert line.now == 2 * S
    assert line.says() == ["<SEQ=100><WND=65535><MSS=1460><CTL=SYN>"]
    line.hears("RST,ACK", 0, 101)
    assert line.news_now() == "REFUSED|GONE|STATE"
    assert line.says() == []


def test_without_retries_a_refusal_is_final():
    line = line_in(State.SYN_SENT, refused_retries=0)
    line.hears("RST,ACK", 0, 101)
    assert line.news_now() == "REFUSED|GONE|STATE"


def test_a_server_that_starts_between_two_refusals_is_found():
    line = line_in(State.SYN_SENT)
    line.hears("RST,ACK", 0, 101).wait(500 * MS)
    assert len(line.says()) == 1
    line.hears("SYN,ACK", 300, 101, mss=1460)
    assert line.c.state is State.ESTABLISHED
    assert line.c.trouble is None


def test_a_reset_that_does_not_acknowledge_the_syn_is_ignored():
    line = line_in(State.SYN_SENT, refused_retries=0)
    line.hears("RST", 0).hears("RST,ACK", 0, 102).hears("RST,ACK", 0, 100)
    assert line.c.state is State.SYN_SENT
    assert line.says() == []


def test_half_open_discovery():
    """RFC 9293 3.5.1, figure 9: we crashed and open again; the peer still believes in the old connection."""
    line = line_in(State.SYN_SENT)
    line.hears("ACK", 300, 90)
    assert line.says() == ["<SEQ=90><WND=0><CTL=RST>"]
    assert line.c.state is State.SYN_SENT


def test_half_open_discovery_from_the_side_that_did_not_crash():
    line = line_in(State.ESTABLISHED)
    line.hears("SYN", 7_000_000)
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><CTL=ACK>"]
    line.hears("RST", 301)
    assert line.news_now() == "RESET|GONE|STATE"


def test_a_lost_syn_ack_is_repeated_and_given_up():
    line = Line(syn_ack_retries=5, syn_timeout_ns=3 * S, max_rto_ns=240 * S)
    line.c.open_passive(segment("me", "SYN", 300), 0)
    line.wait_until_silent()
    assert line.now == 189 * S  # Q142641
    assert len(line.says()) == 6
    assert line.news_now() == "TIMED_OUT|GONE|STATE"


def test_a_repeated_syn_is_acknowledged():
    line = line_in(State.SYN_RECEIVED).hears("SYN", 300)
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><CTL=ACK>"]


@pytest.mark.parametrize("ctl", ["SYN", "SYN,ACK"])
def test_another_syn_within_the_window_is_challenged(ctl):
    line = line_in(State.SYN_RECEIVED).hears(ctl, 400, 101)
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><CTL=ACK>"]
    assert line.c.state is State.SYN_RECEIVED


def test_a_wrong_ack_does_not_complete_the_handshake():
    line = line_in(State.SYN_RECEIVED).hears("ACK", 301, 102)
    assert line.says() == ["<SEQ=102><WND=0><CTL=RST>"]
    assert line.c.state is State.SYN_RECEIVED


def test_a_reset_half_open_server_connection_is_gone_without_a_word():
    line = line_in(State.SYN_RECEIVED).hears("RST", 301)
    assert line.news_now() == "GONE|STATE"
    assert line.c.error == 0


def test_shutdown_waits_for_the_handshake():
    line = line_in(State.SYN_RECEIVED).shutdown()
    assert line.says() == []
    with pytest.raises(CallRefusedError, match="connection closing"):
        line.send(b"x")
    line.hears("ACK", 301, 101)
    assert line.c.state is State.FIN_WAIT_1
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><CTL=FIN,ACK>"]


def test_closing_an_attempt_ends_it():
    line = line_in(State.SYN_SENT).send(b"never").close()
    assert line.says() == []
    assert line.news_now() == "GONE|STATE"
    assert line.c.outstanding == 0
    assert not line.c.armed


def test_what_arrives_after_the_end_is_reset():
    line = line_in(State.CLOSED).hears("ACK", 301, 101, b"data")
    assert line.says() == ["<SEQ=101><WND=0><CTL=RST>"]
    line.hears("RST", 301)
    assert line.says() == []


def test_after_a_lost_syn_the_first_data_goes_slowly():
    line = Line()
    line.c.open(0)
    line.wait(1 * S).hears("SYN,ACK", 300, 101, mss=1460)
    assert line.c.rto == 3 * S  # RFC 6298 5.7
    assert line.c.cwnd == 1460  # RFC 5681 3.1


def test_numbers_wrap_in_the_handshake():
    line = Line(iss=0xFFFFFFFF)
    line.c.open(0)
    line.hears("SYN,ACK", 0xFFFFFFFF, 0, mss=1460)
    assert line.says()[1] == "<SEQ=0><ACK=0><WND=65535><CTL=ACK>"
    line.send(b"abc").hears("ACK", 0, 3)
    assert line.c.outstanding == 0
