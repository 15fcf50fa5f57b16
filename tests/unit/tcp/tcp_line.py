"""One connection and a peer that says what the test tells it to: tests then read as a dialogue.

Our numbers begin at 100, the peer's at 300. `says` returns what the connection has sent since, as text;
`hears` is a segment that reaches it; `wait` lets time pass and timers fire.
"""

from notsock.tcp import news as tcp_news
from notsock.tcp.connection import Connection
from notsock.tcp.parameters import Parameters
from notsock.tcp.segment import FLAG_NAMES, MASK, describe
from notsock.tcp.states import State

OURS = 100
THEIRS = 300
MS = 1_000_000
S = 1_000_000_000
BITS = {name: bit for bit, name in FLAG_NAMES}


def segment(to, ctl, seq, ack=0, data=b"", window=65535, mss=0):
    flags = sum(BITS[name] for name in ctl.split(","))
    return (to, seq & MASK, ack & MASK, flags, window, data, mss)


class Line:
    """The owner of one connection, and the dialogue with it."""

    def __init__(self, now=0, iss=OURS, peer_mss=1460, peer_window=65535, **parameters):
        self.parameters = Parameters(**parameters)
        self.peer_mss = peer_mss
        self.peer_window = peer_window
        self.now = now
        self.sent = []
        self.told = 0
        self.arms = []
        self.wakes = 0
        self.states = []
        self.c = Connection(self, "peer", self.parameters, iss)

    # The owner's part.
    def transmit(self, connection, segment):
        assert connection is self.c
        self.sent.append(segment)

    def news(self, connection, what):
        assert what
        self.told |= what

    def arm(self, connection, due_ns):
        assert due_ns > self.now, "asked to be woken in the past"
        assert connection.armed == due_ns
        self.arms.append(due_ns)

    def state_changed(self, connection, old, new):
        assert old is not new
        assert connection.state is new
        if self.states:
            assert self.states[-1] is old
        self.states.append(new)

    # The dialogue.
    def says(self):
        said = [describe(s) for s in self.sent]
        assert all(s[0] == "peer" for s in self.sent)
        self.sent.clear()
        return said

    def news_now(self):
        told, self.told = self.told, 0
        return tcp_news.describe(told)

    def hears(self, ctl, seq, ack=0, data=b"", window=None, mss=0):
        self.c.on_segment(
            segment("me", ctl, seq, ack, data, self.peer_window if window is None else window, mss), self.now
        )
        return self

    def wait(self, ns):
        """Let time pass, waking the connection whenever it asked to be."""
        end = self.now + ns
        while self.c.armed and self.c.armed <= end:
            self.now = self.c.armed
            self.wakes += 1
            assert self.wakes < 10_000, "runs for ever"
            self.c.on_timer(self.now)
        self.now = end
        return self

    def wait_until_silent(self):
        """Let time pass until the connection asks for no more."""
        while self.c.armed:
            self.wait(self.c.armed - self.now)
        return self

    # Common openings; each returns the line with nothing left to be said.
    def opened(self):
        """Ours 101, theirs 301."""
        self.c.open(self.now)
        self.hears("SYN,ACK", THEIRS, self.c.snd_nxt, mss=self.peer_mss)
        return self.quiet()

    def accepted(self):
        self.c.open_passive(
            segment("me", "SYN", THEIRS, window=self.peer_window, mss=self.peer_mss), self.now
        )
        self.hears("ACK", THEIRS + 1, self.c.snd_nxt)
        return self.quiet()

    def quiet(self):
        self.sent.clear()
        self.told = 0
        return self

    def send(self, data):
        self.c.send(data, self.now)
        return self

    def receive(self, limit=1 << 20):
        return self.c.receive(limit, self.now)

    def shutdown(self):
        self.c.shutdown(self.now)
        return self

    def close(self):
        self.c.close(self.now)
        return self

    def abort(self):
        self.c.abort(self.now)
        return self


def line_in(state, *, abandoned=False, **parameters):
    """Live a connection into a state, as a program would."""
    line = Line(**parameters)
    leave = Line.close if abandoned else Line.shutdown
    match state:
        case State.CLOSED:
            return line
        case State.SYN_SENT:
            line.c.open(0)
        case State.SYN_RECEIVED:
            line.c.open_passive(segment("me", "SYN", THEIRS, mss=1460), 0)
        case State.ESTABLISHED:
            line.opened()
        case State.FIN_WAIT_1:
            leave(line.opened())
        case State.FIN_WAIT_2:
            leave(line.opened()).hears("ACK", 301, 102)
        case State.CLOSE_WAIT:
            line.opened().hears("FIN,ACK", 301, 101)
        case State.CLOSING:
            leave(line.opened()).hears("FIN,ACK", 301, 101)
        case State.LAST_ACK:
            leave(line.opened().hears("FIN,ACK", 301, 101))
        case State.TIME_WAIT:
            leave(line.opened()).hears("FIN,ACK", 301, 102)
    assert line.c.state is state
    return line.quiet()
