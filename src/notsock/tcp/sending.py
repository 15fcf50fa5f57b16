"""What goes out, and when: segments, windows, acknowledgements (RFC 9293 3.8.6, 3.10.2).

Here stand the sender's and the receiver's halves of silly-window avoidance, Nagle's rule, and the one loop
that sends data, whether for the first time or again after a time-out.
"""

from typing import TYPE_CHECKING, Final

from notsock.tcp.congestion import Trouble, trouble_of
from notsock.tcp.news import SPACE
from notsock.tcp.segment import ACK, FIN, HALF, MASK, MSS_UNSTATED, PSH, RST, SYN
from notsock.tcp.states import State

if TYPE_CHECKING:
    from notsock.tcp.connection import Connection

FIN_NONE: Final = 0
FIN_QUEUED: Final = 1
FIN_SENT: Final = 2
FIN_ACKED: Final = 3

AT_ONCE: Final = -1
"""In `ack_due`: before the present call ends, unless data carries the acknowledgement."""

WINDOW_MAX: Final = 65535

RESET_ON_ABORT: Final = frozenset(
    (State.SYN_RECEIVED, State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2, State.CLOSE_WAIT)
)
"""RFC 9293 3.10.5."""
RESET_IF_LOST: Final = frozenset((State.CLOSING, State.LAST_ACK))
"""Here 3.10.5 sends none; but data may still be queued, since these states are entered at once on CLOSE."""
CAN_RECEIVE: Final = frozenset((State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2))

_CHALLENGES: Final = 10
_CHALLENGES_EACH_NS: Final = 5_000_000_000


# The receiver's window


def promised(c: "Connection") -> int:
    """How far beyond RCV.NXT the peer was told it may send: RCV.WND (RFC 9293 3.3.1)."""
    room = (c.ack_sent + c.window_sent - c.rcv_nxt) & MASK
    return room if room < HALF else 0  # a FIN is taken even at a closed window


def window(c: "Connection") -> int:
    """Choose the window to advertise (RFC 9293 3.8.6.2.2): never less than promised, never a sliver more."""
    free = min(c.receive_window, WINDOW_MAX) - c.readable
    if c.peer_finished:
        return max(free, 0)
    room = promised(c)
    if free <= room or free < min(c.receive_window // 4, c.mss):
        return room
    return free


def update_window(c: "Connection", now: int) -> None:  # noqa: ARG001 - same shape as its neighbours
    """Tell the peer that the window has reopened, when it has by enough (RFC 9293 3.8.6.2.2).

    Enough is one segment or half the buffer to a peer that may be stuck, twice a segment to one that is not,
    lest every segment read be acknowledged alone; a peer that has half the window left needs no word at all.
    """
    if c.state not in CAN_RECEIVE:
        return
    room = promised(c)
    if room >= c.receive_window // 2:
        return
    step = c.mss if room < c.mss else 2 * c.mss
    if c.receive_window - c.readable - room >= min(c.receive_window // 2, step):
        ack(c)


def store(c: "Connection", data: bytes) -> None:
    """Append to what can be read."""
    inbox = c.inbox
    if inbox is None:
        c.inbox = data
    elif isinstance(inbox, bytearray):
        inbox += data
    else:
        c.inbox = joined = bytearray(inbox)
        joined += data
    c.readable += len(data)


# Segments without data


def syn(c: "Connection") -> None:
    """Send our SYN, with ACK when the peer's has come (RFC 9293 3.5)."""
    offer = min(c.receive_window, WINDOW_MAX)
    mss = c.parameters.mss
    if c.state is State.SYN_SENT:
        c.owner.transmit(c, (c.to, c.snd_una, 0, SYN, offer, b"", mss))
    else:
        c.owner.transmit(c, (c.to, c.snd_una, c.rcv_nxt, SYN | ACK, offer, b"", mss))


def learn_from_syn(c: "Connection", seq: int, peer_window: int, mss: int) -> None:
    """Take from the peer's SYN what it says (RFC 9293 3.10.7.2, 3.7.1)."""
    c.rcv_nxt = c.ack_sent = (seq + 1) & MASK
    c.window_sent = min(c.receive_window, WINDOW_MAX)
    c.mss = min(c.parameters.mss, mss or MSS_UNSTATED)
    c.ack_limit = min(2 * c.mss, c.window_sent // 2)
    c.peer_window = c.peer_window_max = peer_window
    c.snd_wl1 = seq


def ack(c: "Connection") -> None:
    """Send an acknowledgement."""
    c.window_sent = offer = window(c)
    c.ack_sent = c.rcv_nxt
    c.ack_due = 0
    c.owner.transmit(c, (c.to, c.snd_nxt, c.rcv_nxt, ACK, offer, b"", 0))


def challenge(c: "Connection", now: int) -> None:
    """Send an acknowledgement that a confused or forging peer has asked for (RFC 5961 3.2, 4.2, 5.2).

    Ten in five seconds (RFC 5961 7), or two confused peers would answer each other for ever.
    """
    if now >= c.challenges_until:
        c.challenges = 0
        c.challenges_until = now + _CHALLENGES_EACH_NS
    if c.challenges < _CHALLENGES:
        c.challenges += 1
        ack(c)


def reset(c: "Connection") -> None:
    """Send the RST of an abort (RFC 9293 3.10.5)."""
    c.owner.transmit(c, (c.to, c.snd_nxt, 0, RST, 0, b"", 0))


# Data


def queue(c: "Connection", data: bytes) -> None:
    """Append to what is to be sent."""
    pending = c.pending
    if pending is None:
        c.pending = data
    elif isinstance(pending, bytearray):
        pending += data
    else:
        c.pending = joined = bytearray(pending)
        joined += data
    c.outstanding += len(data)


def drop(c: "Connection", n: int) -> None:
    """Forget n acknowledged bytes."""
    if not n:
        return
    pending = c.pending
    assert pending is not None
    c.outstanding -= n
    if not c.outstanding:
        c.pending = None
    elif isinstance(pending, bytearray):
        del pending[:n]
    else:
        c.pending = bytearray(memoryview(pending)[n:])
    c.told |= SPACE


def _text(c: "Connection", offset: int, n: int) -> bytes:
    pending = c.pending
    if not n or pending is None:
        return b""
    if n == len(pending) and isinstance(pending, bytes):
        return pending
    return bytes(memoryview(pending)[offset : offset + n])


def emit(c: "Connection", seq: int, n: int, now: int) -> None:
    """Send n bytes from `seq` on, and our FIN when it comes right behind them; see to the timers."""
    offset = (seq - c.snd_una) & MASK
    end = (seq + n) & MASK
    flags = ACK
    if offset + n == c.outstanding:
        if n:
            flags |= PSH  # the queue ends here (RFC 9293 3.9.1.2, MUST-61)
        if c.fin:
            flags |= FIN
            end = (end + 1) & MASK
            c.fin = FIN_SENT
    if 0 < (end - c.snd_nxt) & MASK < HALF:
        if seq == c.snd_nxt and c.timed_at < 0:
            c.timed_at = now  # RFC 6298 4: one segment at a time, never one sent twice
            c.timed_end = end
        c.snd_nxt = end
    trouble = c.trouble
    if trouble is not None and trouble.cursor == seq:
        trouble.cursor = end
    if not c.resend_due:
        c.resend_due = now + c.rto  # RFC 6298 5.1
    c.window_sent = offer = window(c)
    c.ack_sent = c.rcv_nxt
    c.ack_due = 0
    c.owner.transmit(c, (c.to, seq, c.rcv_nxt, flags, offer, _text(c, offset, n), 0))


def push(c: "Connection", now: int) -> None:
    """Send whatever may go: first what is to be sent again, then what is new, then our FIN."""
    while True:
        trouble = c.trouble
        seq = c.snd_nxt if trouble is None else trouble.cursor
        offset = (seq - c.snd_una) & MASK
        waiting = c.outstanding - offset
        if waiting <= 0:
            # A FIN needs no window: it takes no room in the peer's buffer.
            if waiting == 0 and (c.fin == FIN_QUEUED or (c.fin == FIN_SENT and seq != c.snd_nxt)):
                emit(c, seq, 0, now)
            return
        n = min(c.mss, waiting, min(c.cwnd, c.peer_window) - offset)
        if n <= 0 or (n < c.mss and seq == c.snd_nxt and not _worth_sending(c, n, waiting)):
            break
        emit(c, seq, n, now)
    if c.snd_una == c.snd_nxt and not c.resend_due:
        # Nothing will bring an ACK: the persist timer (3.8.6.1), or the override of 3.8.6.2.1.
        hold = c.parameters.silly_window_hold_ns if c.peer_window else 0
        c.resend_due = now + (hold or c.rto)


def _worth_sending(c: "Connection", n: int, waiting: int) -> bool:
    """Whether less than a full segment may go (RFC 9293 3.8.6.2.1; 3.7.4, Nagle)."""
    if n == waiting:
        return c.no_delay or c.snd_una == c.snd_nxt or c.fin == FIN_QUEUED
    return 2 * n >= c.peer_window_max


def resend_first(c: "Connection", now: int) -> None:
    """Send the first unacknowledged segment again, also into a window that has shrunk (RFC 9293 3.8.6)."""
    c.timed_at = -1
    emit(c, c.snd_una, min(c.mss, c.outstanding, max(c.peer_window, 1)), now)


def probe_window(c: "Connection", now: int) -> Trouble:
    """Send one byte into a closed window, to hear whether it is still closed (RFC 9293 3.8.6.1)."""
    trouble = trouble_of(c)
    emit(c, c.snd_una, 1, now)
    c.timed_at = -1
    return trouble
