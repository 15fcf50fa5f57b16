"""One lazy timer, keep-alive, and what an idle connection weighs."""

import sys

import pytest
from tcp_line import MS, Line, S, line_in

from notsock.tcp.connection import Connection
from notsock.tcp.parameters import Parameters
from notsock.tcp.states import State


class Quiet:
    """An owner that keeps what is transmitted and counts the wake-ups asked for."""

    def __init__(self):
        self.sent = []
        self.arms = 0

    def transmit(self, connection, segment):
        self.sent.append(segment)

    def news(self, connection, what):
        pass

    def arm(self, connection, due_ns):
        self.arms += 1

    def state_changed(self, connection, old, new):
        pass


def pair(**parameters):
    one, other = Quiet(), Quiet()
    p = Parameters(**parameters)
    a = Connection(one, "b", p, 1_000_000_000)
    b = Connection(other, "a", p, 2_000_000_000)
    now = 1_000_000_000_000
    a.open(now)
    b.open_passive(one.sent.pop(), now)
    a.on_segment(other.sent.pop(), now)
    b.on_segment(one.sent.pop(), now)
    assert a.state is b.state is State.ESTABLISHED
    return a, b, one, other, now


def echo(a, b, one, other, now):
    a.send(b"x" * 32, now)
    b.on_segment(one.sent.pop(), now)
    b.send(b.receive(4096, now), now)
    a.on_segment(other.sent.pop(), now)
    assert a.receive(4096, now) == b"x" * 32


def test_an_echo_needs_no_acks_and_no_wake_ups_of_its_own():
    a, b, one, other, now = pair()
    echo(a, b, one, other, now)
    one.arms = other.arms = 0
    for i in range(1000):
        echo(a, b, one, other, now + i * 1000)
        assert one.sent == other.sent == []
    assert one.arms == other.arms == 0
    a.on_timer(a.armed)
    assert one.arms == 1  # it moved on to what is left
    a.on_timer(a.armed)
    assert len(one.sent) == 1  # the delayed ACK of the last echo
    assert a.armed == 0


def test_a_stale_wake_up_does_nothing():
    line = line_in(State.ESTABLISHED).send(b"x")
    line.quiet()
    line.c.on_timer(line.c.armed - 1)
    assert line.says() == []
    line.hears("ACK", 301, 102)
    line.wait_until_silent()
    line.c.on_timer(line.now + S)
    assert line.says() == []


def test_an_earlier_moment_is_asked_for():
    line = line_in(State.ESTABLISHED, min_rto_ns=1 * S).wait_until_silent()
    line.arms.clear()
    line.send(b"x").hears("PSH,ACK", 301, 101, b"y")
    assert [due - line.now for due in line.arms] == [1 * S, 200 * MS]


def idle_weight(connections):
    seen = set()
    weight = 0
    for c in connections:
        for thing in (
            c,
            *(getattr(c, name) for name in Connection.__slots__ if name not in {"owner", "parameters", "to"}),
        ):
            if id(thing) not in seen and not isinstance(thing, (State, bool)) and thing is not None:
                seen.add(id(thing))
                weight += 0 if isinstance(thing, int) and -5 <= thing <= 256 else sys.getsizeof(thing)
    return weight


@pytest.mark.interpreted
def test_both_ends_of_an_idle_connection_weigh_less_than_1600_bytes():
    a, b, one, other, now = pair()
    assert idle_weight((a, b)) < 1.6 * 1024
    echo(a, b, one, other, now + 1)
    assert a.inbox is a.pending is a.ahead is a.trouble is None
    assert idle_weight((a, b)) < 1.6 * 1024


def test_keep_alive_asks_after_two_hours():
    line = line_in(State.ESTABLISHED)
    line.c.set_keep_alive(True, line.now)
    line.wait(7200 * S)
    assert line.says() == ["<SEQ=100><ACK=301><WND=65535><CTL=ACK>"]
    line.hears("ACK", 301, 101)
    line.wait(7200 * S - 1)
    assert line.says() == []
    assert len(line.wait(1).says()) == 1


def test_keep_alive_gives_up():
    line = line_in(State.ESTABLISHED)
    line.c.set_keep_alive(True, line.now)
    line.wait_until_silent()
    assert line.now == 7210 * S
    assert len(line.says()) == 10
    assert line.news_now() == "TIMED_OUT|GONE|STATE|KEEP_ALIVE_FAILED"


def test_keep_alive_waits_for_silence():
    line = line_in(State.ESTABLISHED)
    line.c.set_keep_alive(True, line.now)
    line.wait(7000 * S).hears("PSH,ACK", 301, 101, b"x")
    line.says()
    line.wait(7200 * S - 1)
    assert len(line.says()) == 1  # the delayed ACK
    assert len(line.wait(1).says()) == 1


def test_keep_alive_can_be_set_before_and_unset_after():
    line = Line()
    line.c.set_keep_alive(True, 0)
    line.opened()
    assert line.c.keep_due == 7200 * S
    line.c.set_keep_alive(False, line.now)
    line.wait_until_silent()
    assert line.says() == []


def test_data_under_way_postpones_keep_alive():
    line = line_in(State.ESTABLISHED, keep_alive_ns=100 * MS)
    line.c.set_keep_alive(True, line.now)
    line.send(b"x").wait_until_silent()
    assert line.news_now() == "TIMED_OUT|GONE|STATE"


def test_the_last_ack_needs_no_keep_alive():
    line = line_in(State.CLOSE_WAIT, keep_alive_ns=100 * MS)
    line.c.set_keep_alive(True, line.now)
    line.shutdown()
    line.says()
    line.wait(200 * MS)
    assert line.says() == []
    assert line.c.keep_due == 0


def test_an_owner_may_answer_from_within_the_news():
    class Echo(Line):
        def news(self, connection, what):
            super().news(connection, what)
            if connection.readable:
                connection.send(connection.receive(100, self.now), self.now)
            if connection.peer_finished:
                connection.close(self.now)

    line = Echo().opened().hears("PSH,ACK", 301, 101, b"ping")
    assert line.says() == ["<SEQ=101><ACK=305><WND=65535><DATA=4><CTL=PSH,ACK>"]
    line.hears("FIN,PSH,ACK", 305, 105, b"pong")
    assert line.says()[-1] == "<SEQ=109><ACK=310><WND=65535><CTL=FIN,ACK>"
    assert line.hears("ACK", 310, 110).c.state is State.CLOSED


def test_time_wait_needs_no_keep_alive():
    line = line_in(State.FIN_WAIT_2, keep_alive_ns=1 * S)
    line.c.set_keep_alive(True, line.now)
    line.hears("FIN,ACK", 301, 102)
    line.says()
    line.wait(120 * S)
    assert line.says() == []
    assert line.c.state is State.CLOSED
