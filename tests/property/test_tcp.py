"""TCP over any wire: bytes survive, both ends come to rest, nothing runs for ever."""

import heapq
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from notsock.tcp.connection import OPENED, Connection
from notsock.tcp.parameters import Parameters
from notsock.tcp.segment import ACK, MASK, RST, SYN, reset_for
from notsock.tcp.states import State

MS = 1_000_000
S = 1_000_000_000
PATTERN = bytes(range(251)) * 300

OK, DROP, TWICE, LATE, VERY_LATE = range(5)
DELAYS = {OK: (1 * MS,), DROP: (), TWICE: (1 * MS, 3 * MS), LATE: (7 * MS,), VERY_LATE: (900 * MS,)}


class End:
    """One end: a program that writes in portions, reads in portions, and closes when both are done."""

    def __init__(self, wire, name, parameters, iss, writes, read_size, read_every):
        self.wire = wire
        self.name = name
        self.c = Connection(self, name, parameters, iss)
        self.writes = list(writes)
        self.read_size = read_size
        self.read_every = read_every
        self.written = 0
        self.got = b""
        self.reading = False
        self.finished = False
        self.told = 0
        self.wakes = 0
        self.states = []

    def transmit(self, connection, segment):
        self.wire.carry(self, segment)

    def arm(self, connection, due_ns):
        assert due_ns > self.wire.now
        self.wire.at(due_ns, self.wake, due_ns)

    def state_changed(self, connection, old, new):
        self.states.append(new)

    def wake(self, due):
        if self.c.armed == due:
            self.wakes += 1
            self.c.on_timer(self.wire.now)

    def news(self, connection, what):
        self.told |= what
        if what & OPENED:
            self.wire.at(self.wire.now + 1, self.write)
        if not self.reading:
            self.reading = True
            self.wire.at(self.wire.now + self.read_every, self.read)

    def write(self):
        if self.c.state not in (State.ESTABLISHED, State.CLOSE_WAIT):
            return
        if self.writes:
            n = self.writes.pop(0)
            self.c.send(PATTERN[self.written : self.written + n], self.wire.now)
            self.written += n
            self.wire.at(self.wire.now + 2 * MS, self.write)
        elif not self.finished:
            self.finished = True
            self.c.shutdown(self.wire.now)

    def read(self):
        self.reading = False
        data = self.c.receive(self.read_size, self.wire.now)
        self.got += data
        if self.c.readable:
            self.reading = True
            self.wire.at(self.wire.now + self.read_every, self.read)


class Wire:
    """A network of one link, whose verdicts are a list; when it is used up the link is perfect."""

    def __init__(self, verdicts, gone_after=None):
        self.now = 0
        self.queue = []
        self.order = itertools.count()
        self.verdicts = iter(verdicts)
        self.gone_after = gone_after
        self.carried = 0
        self.ends = []

    def at(self, when, call, *arguments):
        heapq.heappush(self.queue, (when, next(self.order), call, arguments))

    def carry(self, sender, segment):
        self.carried += 1
        if self.gone_after is not None and self.carried > self.gone_after:
            return
        receiver = self.ends[1] if sender is self.ends[0] else self.ends[0]
        for delay in DELAYS[next(self.verdicts, OK)]:
            self.at(self.now + delay, self.deliver, receiver, segment)

    def deliver(self, receiver, segment):
        c = receiver.c
        if c.state is State.CLOSED:
            if not receiver.states and segment[3] & (SYN | RST | ACK) == SYN:
                c.open_passive(segment, self.now)
            elif answer := reset_for(segment, receiver.name):
                self.carry(receiver, answer)
            return
        c.on_segment(segment, self.now)

    def run(self, limit=20_000):
        for _ in range(limit):
            if not self.queue:
                return
            self.now, _, call, arguments = heapq.heappop(self.queue)
            call(*arguments)
            for end in self.ends:
                sound(end.c)
        raise AssertionError("runs for ever")


def sound(c):
    """What is true of a connection between any two calls."""
    assert c.outstanding == len(c.pending or b"")
    assert c.readable == len(c.inbox or b"")
    assert c.told == 0
    in_flight = (c.snd_nxt - c.snd_una) & MASK
    if c.state is not State.CLOSED and c.state >= State.ESTABLISHED:
        assert in_flight <= c.outstanding + 1
        if c.trouble is not None:
            assert (c.trouble.cursor - c.snd_una) & MASK <= in_flight
        if in_flight or (c.outstanding and not c.peer_window):
            assert c.resend_due
    for due in (c.resend_due, c.ack_due, c.keep_due, c.wait_due):
        if due:
            assert 0 < c.armed <= due


writes = st.lists(st.integers(1, 4000), max_size=6)
verdicts = st.lists(st.sampled_from([OK, OK, DROP, TWICE, LATE, VERY_LATE]), max_size=60)
numbers = st.sampled_from([0, 1, 1000, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFF000])
shapes = st.fixed_dictionaries(
    {
        "mss": st.sampled_from([1, 50, 536, 1460, 65495]),
        "receive_window": st.sampled_from([60, 1000, 8760, 65535]),
        "nagle": st.booleans(),
        "duplicate_acks": st.sampled_from([0, 2, 3]),
        "initial_window_segments": st.sampled_from([1, 10]),
    }
).filter(lambda shape: shape["mss"] > 1 or shape["receive_window"] < 8000)
readers = st.tuples(st.sampled_from([100, 500, 100_000]), st.sampled_from([1, 5 * MS, 300 * MS]))


def wire_of(verdicts, one, other, gone_after=None, **parameters):
    wire = Wire(verdicts, gone_after)
    tiny = 1 in (one[0]["mss"], other[0]["mss"])
    for name, (shape, iss, portions, (size, every)) in (("a", one), ("b", other)):
        writes = [n // 40 + 1 for n in portions] if tiny else portions
        wire.ends.append(End(wire, name, Parameters(**shape, **parameters), iss, writes, size, every))
    return wire, *wire.ends


ends = st.tuples(shapes, numbers, writes, readers)


@settings(max_examples=150, deadline=None)
@given(verdicts, ends, ends, st.booleans())
def test_bytes_survive_any_wire(verdicts, one, other, both_open):
    wire, a, b = wire_of(
        verdicts, one, other, data_retries=60, syn_retries=60, syn_ack_retries=60, connect_limit_ns=0,
        fin_wait_2_limit_ns=0,
    )  # fmt: skip
    a.c.open(0)
    if both_open:
        b.c.open(0)
    wire.run()
    assert b.got == PATTERN[: a.written]
    assert a.got == PATTERN[: b.written]
    assert not a.writes
    assert not b.writes
    assert a.c.state is b.c.state is State.CLOSED
    assert a.c.error == b.c.error == 0
    assert State.TIME_WAIT in a.states + b.states


@settings(max_examples=100, deadline=None)
@given(verdicts, ends, ends, st.integers(0, 120))
def test_a_peer_that_is_gone_ends_everything(verdicts, one, other, gone_after):
    wire, a, b = wire_of(verdicts, one, other, gone_after)
    a.c.set_keep_alive(True, 0)
    b.c.set_keep_alive(True, 0)
    a.c.open(0)
    wire.run()
    assert PATTERN.startswith(b.got)
    assert PATTERN.startswith(a.got)
    for end in (a, b):
        assert end.c.state is State.CLOSED
        assert end.c.armed == 0
        assert end.wakes < 1500


@settings(max_examples=100, deadline=None)
@given(verdicts, ends, ends)
def test_with_the_usual_retries_bytes_survive_or_somebody_hears(verdicts, one, other):
    wire, a, b = wire_of(verdicts, one, other)
    a.c.open(0)
    wire.run()
    assert PATTERN.startswith(b.got)
    assert PATTERN.startswith(a.got)
    if not (a.c.error or b.c.error) and b.states:
        assert b.got == PATTERN[: a.written]
        assert a.got == PATTERN[: b.written]


near = st.integers(-3, 3) | st.sampled_from([-70_000, -100, 50, 65_533, 65_536, 0x7FFFFFFF])
segments = st.tuples(
    near, near, st.integers(0, 63), st.sampled_from([0, 1, 5000, 65535]), st.binary(max_size=8)
)


@settings(max_examples=300, deadline=None)
@given(
    st.booleans(),
    st.lists(segments | st.sampled_from(["send", "read", "shutdown", "close", "timer"]), max_size=40),
)
def test_no_segment_breaks_a_connection(passive, happenings):
    wire = Wire([], gone_after=0)
    a = End(wire, "a", Parameters(), 0xFFFFFFFD, [], 100, S)
    wire.ends = [a]
    c = a.c
    if passive:
        c.open_passive(("a", 0xFFFFFFF0, 0, SYN, 65535, b"", 1460), 0)
    else:
        c.open(0)
    for what in happenings:
        wire.now += MS
        before = wire.carried
        if what == "send":
            if c.state in (State.SYN_SENT, State.ESTABLISHED, State.CLOSE_WAIT) and not c.fin:
                c.send(b"x" * 3000, wire.now)
        elif what == "read":
            c.receive(4, wire.now)
        elif what == "shutdown":
            c.shutdown(wire.now)
        elif what == "close":
            c.close(wire.now)
        elif what == "timer":
            if c.armed:
                wire.now = max(wire.now, c.armed)
                c.on_timer(wire.now)
        else:
            seq, ack, flags, window, data = what
            base = c.snd_nxt if ack % 2 else c.snd_una
            segment = ("a", (c.rcv_nxt + seq) & MASK, (base + ack) & MASK, flags, window, data, 0)
            c.on_segment(segment, wire.now)
        sound(c)
        assert wire.carried - before <= 16


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.sampled_from([ACK, ACK | RST, ACK | SYN, SYN]))
def test_two_confused_ends_fall_silent(one, other, flags):
    """Each believes in another connection: challenges are counted, or they would go to and fro for ever."""
    wire = Wire([])
    for name, iss in (("a", one), ("b", other)):
        end = End(wire, name, Parameters(), iss, [], 1000, S)
        end.wire = Wire([], gone_after=0)
        end.c.open(0)
        end.c.on_segment((name, 77_777, (iss + 1) & MASK, SYN | ACK, 65535, b"", 1460), 0)
        end.wire = wire
        wire.ends.append(end)
    a, b = wire.ends
    assert a.c.state is b.c.state is State.ESTABLISHED
    wire.deliver(b, ("b", (77_778 + 100_000) & MASK, b.c.snd_nxt, flags, 65535, b"", 0))
    a.c.send(b"hello", 0)
    wire.run(2000)
    assert a.c.state is State.CLOSED
