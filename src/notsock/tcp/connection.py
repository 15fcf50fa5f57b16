"""One end of one TCP connection: what its user calls, and the short path most segments take.

The object is state and nothing else: no clock, no queue of its own timers, no network. Its owner passes in
calls, segments and the time, and is told in return what to transmit, when to wake it and what has changed.

**How a segment is judged.** `on_segment` first tries header prediction: in ESTABLISHED, with nothing lost,
nothing out of order and an unchanged window, a segment that is exactly the next one needs no state machine.
That path and the short path of `send` are written flat, attribute by attribute, and are longer than a screen
because a call costs what five lines cost; they are what an echo consists of. Every other segment goes to
`arrival.segment_arrives`, which is RFC 9293 3.10.7 in the RFC's own order, and every change of state goes
through the table in `states`.

**How the queues are kept.** `pending` holds what is queued or unacknowledged, from SND.UNA on, and `inbox`
what is readable: None when empty, the very `bytes` when there is one chunk, a `bytearray` beyond that (its
front can be cut off without moving the rest). No container exists before it is needed: a host has ten
thousand idle connections.

**How timers are kept.** Each logical timer is a moment or 0. Moving one is an assignment. The owner is asked
to wake the connection (`arm`) only when a timer is earlier than the moment asked for before; when it wakes
and finds that everything has moved on, it asks again for the earliest that is left (RFC 9293 3.8.1 does not
care how a timer is made).
"""

from typing import TYPE_CHECKING, Any, Final, Protocol

from notsock.tcp import arrival, lifecycle, sending, timers
from notsock.tcp.congestion import Trouble, measure
from notsock.tcp.news import (
    DATA,
    EOF,
    GONE,
    KEEP_ALIVE_FAILED,
    OPENED,
    REFUSED,
    RESET,
    SPACE,
    STATE,
    TIMED_OUT,
)
from notsock.tcp.parameters import Parameters
from notsock.tcp.segment import ACK, DATA_, FLAGS, MASK, MSS, PSH, RST, SEQ, SYN, WINDOW, Segment, after
from notsock.tcp.states import TRANSITIONS, CallRefusedError, Input, Refuse, State

if TYPE_CHECKING:
    from notsock.tcp.reassembly import Reassembly

__all__ = [
    "DATA",
    "EOF",
    "GONE",
    "KEEP_ALIVE_FAILED",
    "OPENED",
    "REFUSED",
    "RESET",
    "SPACE",
    "STATE",
    "TIMED_OUT",
    "CallRefusedError",
    "Connection",
    "Owner",
]

_CLOSED: Final = State.CLOSED
_ESTABLISHED: Final = State.ESTABLISHED
_ACK_PSH: Final = ACK | PSH
_PSH: Final = PSH
_MASK: Final = MASK
_DATA: Final = DATA


class Owner(Protocol):
    """Whoever keeps connections: a host's stack, or a test.

    `transmit`, `arm` and `state_changed` are called in the middle of things and must not call the connection
    back. `news` is the last thing a call does, and may.
    """

    def transmit(self, connection: "Connection", segment: Segment, /) -> None:
        """Send a segment."""

    def news(self, connection: "Connection", what: int, /) -> None:
        """Hear what has changed, as a mask of the constants in `news`."""

    def arm(self, connection: "Connection", due_ns: int, /) -> None:
        """Call `on_timer` at this moment, which is earlier than any asked for and not yet come.

        A later moment asked for before may be dropped: `connection.armed` is the one that counts.
        """

    def state_changed(self, connection: "Connection", old: State, new: State, /) -> None:
        """Hear of every change of state, as it happens."""


class Connection:
    """A transmission control block (RFC 9293 3.3.1) and the calls on it.

    owner: hears and does what this class cannot.
    to: the owner's key for the peer; every segment carries it.
    parameters: the host's numbers.
    iss: the initial send sequence number, which the owner draws (RFC 9293 3.4.1).

    For the owner to read: `state`; `outstanding`, bytes queued or unacknowledged; `readable`, bytes queued
    for `receive`; `peer_finished`, the peer's FIN was reached; `peer_window`; `armed`, the moment asked for
    (0 = none), and the timers behind it, `resend_due`, `ack_due`, `keep_due`, `wait_due` (0 = off); `error`,
    the news that ended the connection (RESET, REFUSED, TIMED_OUT, or 0).
    For the owner to write: `no_delay`; `receive_window`, at most 65535, which after the handshake may only
    grow, since what was promised is not taken back; and `ident`, `user`, `local`, `remote`, `link`, which
    mean nothing here.
    """

    __slots__ = (
        "abandoned",
        "ack_due",
        "ack_limit",
        "ack_sent",
        "ahead",
        "armed",
        "challenges",
        "challenges_until",
        "cwnd",
        "error",
        "fin",
        "ident",
        "inbox",
        "keep_alive",
        "keep_due",
        "link",
        "local",
        "mss",
        "no_delay",
        "outstanding",
        "owner",
        "parameters",
        "passive",
        "peer_finished",
        "peer_window",
        "peer_window_max",
        "pending",
        "probes",
        "quick",
        "rcv_nxt",
        "readable",
        "receive_window",
        "remote",
        "resend_due",
        "rto",
        "rttvar",
        "snd_nxt",
        "snd_una",
        "snd_wl1",
        "snd_wl2",
        "srtt",
        "ssthresh",
        "state",
        "timed_at",
        "timed_end",
        "to",
        "told",
        "trouble",
        "user",
        "wait_due",
        "window_sent",
    )

    def __init__(self, owner: Owner, to: Any, parameters: Parameters, iss: int) -> None:
        self.owner = owner
        self.to = to
        self.parameters = parameters
        self.state: State = _CLOSED
        self.ident = 0
        self.user: Any = None
        self.local: Any = None
        self.remote: Any = None
        self.link: Any = None
        self.error = 0
        self.told = 0  # news not yet told
        self.no_delay = not parameters.nagle
        self.keep_alive = False
        self.passive = False  # began with open_passive
        # Sending: RFC 9293 3.3.1's send sequence variables.
        self.snd_una = iss
        self.snd_nxt = iss  # the highest number sent; what is sent again is behind it, see Trouble.cursor
        self.snd_wl1 = 0
        self.snd_wl2 = 0
        self.peer_window = 0
        self.peer_window_max = 0
        self.mss = parameters.mss  # effective, RFC 9293 3.7.1
        self.pending: bytes | bytearray | None = None
        self.outstanding = 0
        self.fin = sending.FIN_NONE
        self.quick = 0  # the longest send that may take the short path, 0 when none may
        self.cwnd = 0
        self.ssthresh = MASK  # RFC 5681 3.1: arbitrarily high
        self.trouble: Trouble | None = None  # exists while something is lost, late or refused
        # RFC 6298; a negative srtt means that none was measured, a negative timed_at that none is under way.
        self.srtt = -1
        self.rttvar = 0
        self.rto = parameters.syn_timeout_ns
        self.timed_at = -1
        self.timed_end = iss
        # Receiving. What the peer may still send is ack_sent + window_sent - rcv_nxt.
        self.rcv_nxt = 0
        self.ack_sent = 0
        self.window_sent = parameters.receive_window
        self.receive_window = parameters.receive_window
        self.ack_limit = 0  # this much unacknowledged is acknowledged at once
        self.inbox: bytes | bytearray | None = None
        self.readable = 0
        self.ahead: Reassembly | None = None
        self.peer_finished = False
        self.abandoned = False  # nobody will read any more
        # Timers: moments, 0 = off.
        self.armed = 0
        self.resend_due = 0  # retransmission; while nothing is in flight, persist (they exclude each other)
        self.ack_due = 0  # delayed ACK; sending.AT_ONCE = before this call ends
        self.keep_due = 0
        self.wait_due = 0  # the limit of an attempt, of FIN_WAIT_2, or TIME_WAIT
        self.probes = 0  # keep-alive probes unanswered
        self.challenges = self.challenges_until = 0

    # Opening

    def open(self, now: int) -> None:
        """Open actively (RFC 9293 3.10.1): send a SYN."""
        self._check(Input.OPEN)
        lifecycle.go(self, Input.OPEN)
        self.snd_nxt = (self.snd_una + 1) & MASK
        self.timed_at = now
        self.timed_end = self.snd_nxt
        self.resend_due = now + self.rto
        if self.parameters.connect_limit_ns:
            self.wait_due = now + self.parameters.connect_limit_ns
        sending.syn(self)
        lifecycle.settle(self)

    def open_passive(self, segment: Segment, now: int) -> None:
        """Answer a SYN for the listener that received it (RFC 9293 3.10.7.2).

        The listener has made sure that the segment has SYN and neither RST nor ACK. Data or a FIN that came
        with it is not kept: the peer will repeat it (3.10.7.2 asks only that it be not accepted early).
        """
        assert self.state is _CLOSED
        assert segment[FLAGS] & (SYN | RST | ACK) == SYN
        self.state = State.LISTEN
        self.passive = True
        sending.learn_from_syn(self, segment[SEQ], segment[WINDOW], segment[MSS])
        lifecycle.go(self, Input.SYN)
        self.snd_nxt = (self.snd_una + 1) & MASK
        self.timed_at = now
        self.timed_end = self.snd_nxt
        self.resend_due = now + self.rto
        sending.syn(self)
        lifecycle.settle(self)

    def may_reopen(self, segment: Segment) -> bool:
        """Whether this SYN may open the connection anew out of TIME_WAIT (RFC 9293 3.6.1, MAY-2).

        If so, and somebody listens, the owner aborts this one and calls `open_passive` on a new `Connection`
        whose initial sequence number lies beyond this one's `snd_nxt`; otherwise it hands the segment on.
        """
        return (
            self.state is State.TIME_WAIT
            and segment[FLAGS] & (SYN | RST | ACK) == SYN
            and not after(self.rcv_nxt, segment[SEQ])
        )

    # Sending

    def send(self, data: bytes, now: int) -> None:
        """Queue bytes and send what the windows and Nagle allow (RFC 9293 3.10.2).

        Raises CallRefusedError in a state that cannot send. Empty data does nothing.
        """
        n = len(data)
        if n and n <= self.quick and not self.outstanding:
            # Idle, and all of it fits one segment and every window: nothing to weigh (RFC 9293 3.8.6.2.1).
            self.pending = data
            self.outstanding = n
            seq = self.snd_nxt
            self.snd_nxt = self.timed_end = (seq + n) & _MASK
            self.timed_at = now
            self.resend_due = due = now + self.rto
            armed = self.armed
            if due < armed or not armed:
                self.armed = due
                self.owner.arm(self, due)
            self.window_sent = window = sending.window(self) if self.readable else self.receive_window
            self.ack_sent = ack = self.rcv_nxt
            self.ack_due = 0
            self.owner.transmit(self, (self.to, seq, ack, _ACK_PSH, window, data, 0))
            return
        self._check(Input.SEND)
        if self.fin:  # a CLOSE that waits in SYN_RECEIVED
            raise CallRefusedError("connection closing")
        if not n:
            return
        sending.queue(self, data)
        if self.state >= _ESTABLISHED:
            sending.push(self, now)
        lifecycle.settle(self)

    # Receiving

    def receive(self, limit: int, now: int) -> bytes:
        """Take up to `limit` queued bytes, b"" when none are (RFC 9293 3.10.3); never raises."""
        inbox = self.inbox
        if inbox is None or limit <= 0:
            return b""
        n = self.readable
        if n <= limit:
            self.inbox = None
            self.readable = 0
            data = inbox if type(inbox) is bytes else bytes(inbox)
        else:
            data = bytes(memoryview(inbox)[:limit])
            if type(inbox) is bytes:
                self.inbox = bytearray(memoryview(inbox)[limit:])
            else:
                del inbox[:limit]  # type: ignore[union-attr]  # mypy does not narrow by `type(...) is`
            self.readable = n - limit
        if self.window_sent != self.receive_window:
            # Only a window that was advertised smaller can have reopened enough to say so.
            sending.update_window(self, now)
        return data

    def peek(self, limit: int) -> bytes:
        """Copy up to `limit` queued bytes and leave them queued (Winsock's MSG_PEEK)."""
        inbox = self.inbox
        if inbox is None or limit <= 0:
            return b""
        return bytes(memoryview(inbox)[:limit])

    # Closing

    def shutdown(self, now: int) -> None:
        """Say that there is no more to send: a FIN goes behind the queued bytes (RFC 9293 3.10.4, CLOSE).

        Doing it twice, or when the connection is gone, changes nothing.
        """
        if not self.fin:
            was = self.state
            lifecycle.go(self, Input.CLOSE)
            if was is State.SYN_RECEIVED:
                self.fin = sending.FIN_QUEUED
            elif was is State.SYN_SENT:
                lifecycle.bury(self)
            elif was is not _CLOSED:
                self.fin = sending.FIN_QUEUED
                sending.push(self, now)
        lifecycle.settle(self)

    def close(self, now: int) -> None:
        """Shut down, and nobody will read any more.

        Bytes that nobody has read, or that come later, are lost, and the peer is told so by a RST (RFC 9293
        3.6.1, RFC 2525 2.17); what this side has queued is still delivered as long as the peer sends nothing.
        """
        if self.readable and self.state in sending.RESET_ON_ABORT:
            self.abort(now)
            return
        self.abandoned = True
        self.inbox = None
        self.readable = 0
        self.shutdown(now)

    def abort(self, now: int) -> None:  # noqa: ARG002 - every call takes the time
        """Drop everything; a RST goes out where the state calls for one (RFC 9293 3.10.5)."""
        was = self.state
        if was is not _CLOSED:
            lifecycle.go(self, Input.ABORT)
            if was in sending.RESET_ON_ABORT or (self.outstanding and was in sending.RESET_IF_LOST):
                sending.reset(self)
            lifecycle.bury(self)
        self.inbox = None
        self.readable = 0
        lifecycle.settle(self)

    def set_keep_alive(self, on: bool, now: int) -> None:
        """Start or stop keep-alive probes (RFC 9293 3.8.4, SO_KEEPALIVE)."""
        self.keep_alive = on
        self.probes = 0
        timers.start_keep_alive(self, now)
        lifecycle.settle(self)

    # What the owner passes on

    def on_segment(self, segment: Segment, now: int) -> None:
        """Take a segment that arrived for this connection (RFC 9293 3.10.7)."""
        _, seq, ack, flags, window, data, _ = segment
        if (
            self.state is _ESTABLISHED
            and seq == self.rcv_nxt
            and ack == self.snd_nxt
            and flags | _PSH == _ACK_PSH
            and window == self.peer_window
            and self.trouble is None
            and self.ahead is None
        ):
            # Header prediction (Van Jacobson; RFC 9293 3.10.7.4 with every check answered beforehand).
            what = 0
            una = self.snd_una
            n = len(data)
            if n and n > self.receive_window - self.readable:
                arrival.segment_arrives(self, segment, now)
                return
            if ack != una:
                if self.outstanding != (ack - una) & _MASK:  # more is waiting to be sent
                    arrival.segment_arrives(self, segment, now)
                    return
                # All that was sent is acknowledged and nothing waits: the queue is empty, no timer is needed.
                # cwnd does not grow, since it was not what limited us (RFC 5681 3.1, RFC 7661).
                self.snd_una = ack
                self.pending = None
                self.outstanding = 0
                self.resend_due = 0
                what = SPACE
                timed_at = self.timed_at
                if timed_at >= 0:
                    rtt = now - timed_at
                    self.timed_at = -1
                    if rtt != self.srtt or self.rttvar:
                        measure(self, rtt)
            self.snd_wl1 = seq
            self.snd_wl2 = ack
            if self.keep_due:
                timers.start_keep_alive(self, now)
            if n:
                self.rcv_nxt = rcv_nxt = (seq + n) & _MASK
                if self.readable:
                    sending.store(self, data)
                else:
                    self.inbox = data
                    self.readable = n
                what |= _DATA
                if (rcv_nxt - self.ack_sent) & _MASK >= self.ack_limit:
                    sending.ack(self)  # every second full segment (RFC 9293 3.8.6.3)
                elif not self.ack_due:
                    self.ack_due = due = now + self.parameters.delayed_ack_ns
                    armed = self.armed
                    if due < armed or not armed:
                        self.armed = due
                        self.owner.arm(self, due)
            if what:
                self.owner.news(self, what)
            return
        arrival.segment_arrives(self, segment, now)

    def on_timer(self, now: int) -> None:
        """Wake up: see which timers are due, and ask to be woken for the next.

        A call before `armed`, or after the connection has gone, is stale and does nothing.
        """
        armed = self.armed
        if not armed or now < armed:
            return
        self.armed = 0
        timers.expire(self, now)
        lifecycle.settle(self)

    def _check(self, what: Input) -> None:
        answer = TRANSITIONS[self.state, what].next
        if isinstance(answer, Refuse):
            raise CallRefusedError(answer.error)

    def __repr__(self) -> str:
        return f"<Connection to {self.to!r} {self.state.name}>"


assert DATA_ == 5  # on_segment takes a segment apart by position
