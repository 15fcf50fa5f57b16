"""Receiving: order, windows, delayed acknowledgements, the queue."""

import pytest
from tcp_line import MS, Line, line_in

from notsock.tcp.reassembly import Reassembly
from notsock.tcp.states import State

FULL = b"d" * 1460


def established(**parameters):
    return line_in(State.ESTABLISHED, **parameters)


def test_a_chunk_is_handed_over_uncopied():
    line = established()
    chunk = bytes(bytearray(b"chunk"))
    line.hears("PSH,ACK", 301, 101, chunk)
    assert line.news_now() == "DATA"
    assert line.c.readable == 5
    assert line.receive(5) is chunk
    assert line.c.inbox is None
    assert line.receive() == b""


def test_reading_and_peeking_piecemeal():
    line = established().hears("PSH,ACK", 301, 101, b"abcd").hears("PSH,ACK", 305, 101, b"efgh")
    assert line.c.peek(6) == b"abcdef"
    assert line.receive(3) == b"abc"
    assert line.c.peek(100) == b"defgh"
    assert line.receive(0) == b""
    assert line.receive(2) == b"de"
    line.hears("PSH,ACK", 309, 101, b"ij")
    assert line.c.readable == 5
    assert line.receive() == b"fghij"
    assert line.c.peek(1) == b""


def test_a_part_of_one_chunk():
    line = established().hears("PSH,ACK", 301, 101, b"abcd")
    assert line.receive(1) == b"a"
    assert line.receive(9) == b"bcd"


def test_an_ack_is_delayed():
    line = established().hears("PSH,ACK", 301, 101, b"x")
    assert line.says() == []
    assert line.wait(200 * MS - 1).says() == []
    assert line.wait(1).says() == ["<SEQ=101><ACK=302><WND=65534><CTL=ACK>"]
    line.wait_until_silent()
    assert line.says() == []


def test_an_ack_goes_with_data():
    line = established().hears("PSH,ACK", 301, 101, b"ping").send(b"pong")
    assert line.says() == ["<SEQ=101><ACK=305><WND=65531><DATA=4><CTL=PSH,ACK>"]
    line.hears("ACK", 305, 105)
    line.wait_until_silent()
    assert line.says() == []


def test_every_second_full_segment_is_acknowledged():
    line = established().hears("ACK", 301, 101, FULL)
    assert line.says() == []
    line.hears("ACK", 301 + 1460, 101, FULL)
    assert line.says() == ["<SEQ=101><ACK=3221><WND=62615><CTL=ACK>"]
    line.hears("ACK", 301 + 2920, 101, FULL)
    assert line.says() == []


def test_half_a_small_buffer_is_acknowledged_too():
    """On loopback one segment fills the window: nothing would ever be a second one."""
    line = established(mss=65495, receive_window=8192)
    line.c.mss = 65495
    line.hears("PSH,ACK", 301, 101, b"x" * 4096)
    assert line.says() == ["<SEQ=101><ACK=4397><WND=4096><CTL=ACK>"]


def test_a_gap_is_complained_about_at_once_and_filled():
    line = established().hears("ACK", 305, 101, b"efgh")
    assert line.says() == ["<SEQ=101><ACK=301><WND=65535><CTL=ACK>"]
    assert line.c.readable == 0
    assert line.news_now() == ""
    line.hears("ACK", 301, 101, b"abcd")
    assert line.says() == ["<SEQ=101><ACK=309><WND=65527><CTL=ACK>"]
    assert line.news_now() == "DATA"
    assert line.receive() == b"abcdefgh"
    assert line.c.ahead is None


def test_a_fin_before_its_turn_waits():
    line = established().hears("FIN,ACK", 305, 101, b"efgh")
    assert line.c.state is State.ESTABLISHED
    line.hears("ACK", 301, 101, b"abcd")
    assert line.c.state is State.CLOSE_WAIT
    assert line.receive() == b"abcdefgh"
    assert line.news_now() == "DATA|EOF|STATE"
    assert line.says()[-1] == "<SEQ=101><ACK=310><WND=65527><CTL=ACK>"


def test_a_bare_fin_before_its_turn_waits():
    line = established().hears("FIN,ACK", 305, 101).hears("ACK", 303, 101, b"cd")
    line.hears("ACK", 301, 101, b"a")
    assert line.c.state is State.ESTABLISHED
    line.hears("ACK", 301, 101, b"ab")
    assert line.c.state is State.CLOSE_WAIT
    assert line.receive() == b"abcd"


def test_repeated_data_is_acknowledged_and_dropped():
    line = established().hears("PSH,ACK", 301, 101, b"abcd").hears("PSH,ACK", 301, 101, b"abcd")
    assert line.says() == ["<SEQ=101><ACK=305><WND=65531><CTL=ACK>"]
    assert line.receive() == b"abcd"


def test_partly_repeated_data_is_trimmed():
    line = established().hears("PSH,ACK", 301, 101, b"abcd").hears("PSH,ACK", 303, 101, b"cdef")
    assert line.says() == ["<SEQ=101><ACK=307><WND=65529><CTL=ACK>"]
    assert line.receive() == b"abcdef"


def test_data_beyond_the_window_is_cut_off_with_its_fin():
    line = established(receive_window=10).hears("FIN,ACK", 301, 101, b"0123456789abc")
    assert line.says() == ["<SEQ=101><ACK=311><WND=0><CTL=ACK>"]
    assert line.c.state is State.ESTABLISHED
    assert line.receive() == b"0123456789"


def test_data_wholly_beyond_the_window_is_answered_and_dropped():
    line = established(receive_window=10).hears("ACK", 311, 101, b"x")
    assert line.says() == ["<SEQ=101><ACK=301><WND=10><CTL=ACK>"]


def test_a_probe_of_a_closed_window_is_answered_and_its_ack_heard():
    line = established(receive_window=4).hears("PSH,ACK", 301, 101, b"full").send(b"mine")
    line.says()
    line.hears("ACK", 305, 105, b"p")
    assert line.says() == ["<SEQ=105><ACK=305><WND=0><CTL=ACK>"]
    assert line.c.outstanding == 0


def test_a_window_reopens_by_a_segment_and_not_by_slivers():
    line = established(receive_window=8760)
    for i in range(6):
        line.hears("ACK", 301 + i * 1460, 101, FULL)
    assert line.says()[-1] == "<SEQ=101><ACK=9061><WND=0><CTL=ACK>"
    line.receive(1000)
    assert line.says() == []
    line.receive(459)
    assert line.says() == []
    line.receive(1)
    assert line.says() == ["<SEQ=101><ACK=9061><WND=1460><CTL=ACK>"]
    line.receive(1460)
    assert line.says() == []  # the peer is not stuck: two segments are enough
    line.receive(1460)
    assert line.says() == ["<SEQ=101><ACK=9061><WND=4380><CTL=ACK>"]


def test_a_window_is_not_opened_by_a_sliver_on_a_passing_segment():
    line = established(receive_window=8760).hears("ACK", 301, 101, b"x" * 8760)
    assert line.says() == ["<SEQ=101><ACK=9061><WND=0><CTL=ACK>"]
    line.receive(100)
    assert line.send(b"y").says() == ["<SEQ=101><ACK=9061><WND=0><DATA=1><CTL=PSH,ACK>"]


def test_a_larger_window_is_told_with_the_next_read():
    line = established(receive_window=8760)
    line.c.receive_window = 20_000
    line.hears("PSH,ACK", 301, 101, b"x").receive()
    assert line.says() == ["<SEQ=101><ACK=302><WND=20000><CTL=ACK>"]


def test_nothing_is_read_ahead_of_a_window_update_when_the_peer_has_finished():
    line = established(receive_window=1000).hears("FIN,ACK", 301, 101, b"x" * 1000)
    line.hears("FIN,ACK", 1301, 101)
    line.says()
    assert line.receive() == b"x" * 1000
    assert line.says() == []


def test_a_keep_alive_probe_is_answered():
    assert established().hears("ACK", 300, 101).says() == ["<SEQ=101><ACK=301><WND=65535><CTL=ACK>"]


@pytest.mark.parametrize("iss", [0xFFFFFFF0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_numbers_wrap_while_receiving(iss):
    line = Line()
    line.c.open(0)
    line.hears("SYN,ACK", iss, 101, mss=1460)
    line.hears("ACK", iss + 1 + 20, 101, b"b" * 20)
    line.hears("ACK", iss + 1, 101, b"a" * 20)
    assert line.receive() == b"a" * 20 + b"b" * 20


# The reassembly queue by itself.


def test_pieces_are_kept_without_overlap():
    queue = Reassembly(10)
    queue.add(20, b"20-24", fin=False)
    queue.add(30, b"30-34", fin=False)
    queue.add(18, b"..XXXXX....YYYYY..", fin=False)  # 18 to 35
    assert queue.starts == [8, 10, 15, 20, 25]
    assert b"".join(queue.pieces) == b"..20-24....Y30-34."
    assert queue.take(15) == (b"", False)
    assert queue.take(18) == (b"..20-24....Y30-34.", False)
    assert len(queue) == 0


def test_a_piece_that_begins_within_another_is_trimmed():
    queue = Reassembly(0)
    queue.add(2, b"cdef", fin=False)
    queue.add(4, b"EFGH", fin=False)
    queue.add(3, b"D", fin=False)
    assert queue.take(2) == (b"cdefGH", False)


def test_a_fin_comes_right_after_its_data():
    queue = Reassembly(0)
    queue.add(5, b"fgh", fin=True)
    assert queue.take(4) == (b"", False)
    assert queue.take(6) == (b"gh", True)


def test_what_was_received_meanwhile_is_dropped():
    queue = Reassembly(0)
    queue.add(2, b"cd", fin=False)
    queue.add(6, b"gh", fin=False)
    assert queue.take(5) == (b"", False)
    assert queue.take(6) == (b"gh", False)
