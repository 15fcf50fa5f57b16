"""How fast to send and how long to wait: RFC 6298's timer, RFC 5681's windows, RFC 6582's recovery.

`Trouble` is what a connection remembers only while something is wrong; a healthy one has none, which is also
what header prediction asks.
"""

from typing import TYPE_CHECKING, Final

from notsock.tcp.segment import HALF, MASK

if TYPE_CHECKING:
    from notsock.tcp.connection import Connection

CWND_ENOUGH: Final = 65536
"""A congestion window beyond every possible peer window need not grow."""


class Trouble:
    """Retransmission and recovery under way.

    cursor: the number from which sending goes on; behind `snd_nxt` while data is sent again after a time-out.
    retries: time-outs, or unanswered window probes, in a row.
    backoff: window probes in a row, answered or not.
    refusals: RSTs that answered our SYN.
    answered: the last SYN sent was answered by one of them.
    duplicates: duplicate ACKs in a row.
    recovering: fast recovery is under way.
    recover: RFC 6582's variable: what was sent when the last recovery or time-out began; None before.
    """

    __slots__ = (
        "answered",
        "backoff",
        "cursor",
        "duplicates",
        "recover",
        "recovering",
        "refusals",
        "retries",
    )

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        self.retries = 0
        self.backoff = 0
        self.refusals = 0
        self.answered = False
        self.duplicates = 0
        self.recovering = False
        self.recover: int | None = None


def trouble_of(c: "Connection") -> Trouble:
    """Return the connection's trouble, made now if it had none."""
    trouble = c.trouble
    if trouble is None:
        trouble = c.trouble = Trouble(c.snd_nxt)
    return trouble


def measure(c: "Connection", rtt: int) -> None:
    """Take a round-trip time into account (RFC 6298 2.2 to 2.4); integer nanoseconds throughout."""
    srtt = c.srtt
    if srtt < 0:
        c.srtt = rtt
        c.rttvar = rtt // 2
    else:
        c.rttvar = (3 * c.rttvar + abs(srtt - rtt)) // 4
        c.srtt = (7 * srtt + rtt) // 8
    parameters = c.parameters
    c.rto = min(max(c.srtt + 4 * c.rttvar, parameters.min_rto_ns), parameters.max_rto_ns)


def back_off(c: "Connection") -> None:
    """Double the time-out (RFC 6298 5.5), and time nothing that is sent twice (RFC 6298 3, Karn)."""
    c.rto = min(2 * c.rto, c.parameters.max_rto_ns)
    c.timed_at = -1
    # The next measurement must set the time-out anew, even if it changes nothing in srtt.
    c.rttvar = max(c.rttvar, 1)


def begin(c: "Connection") -> None:
    """Set the initial window when the handshake is complete (RFC 5681 3.1, RFC 6928)."""
    trouble = c.trouble
    lost = trouble is not None and trouble.retries > 0
    c.cwnd = c.mss if lost else c.parameters.initial_window_segments * c.mss
    if c.srtt < 0:
        c.rto = c.parameters.initial_rto_after_loss_ns if lost else c.parameters.initial_rto_ns
    c.trouble = None


def _half_of_flight(c: "Connection") -> int:
    """RFC 5681 equation (4)."""
    return max(((c.snd_nxt - c.snd_una) & MASK) // 2, 2 * c.mss)


def time_out(c: "Connection", trouble: Trouble) -> None:
    """Go back to one segment and to the first unacknowledged byte (RFC 5681 3.1, RFC 6582 3.2 step 4)."""
    if trouble.retries == 1:
        c.ssthresh = _half_of_flight(c)
    c.cwnd = c.mss
    trouble.cursor = c.snd_una
    trouble.recover = c.snd_nxt
    trouble.recovering = False
    trouble.duplicates = 0


def duplicate(c: "Connection") -> bool:
    """Count a duplicate ACK (RFC 5681 3.2); True when the first segment in flight is to be sent again."""
    threshold = c.parameters.duplicate_acks
    if not threshold:
        return False
    trouble = trouble_of(c)
    trouble.duplicates += 1
    if trouble.recovering:
        c.cwnd += c.mss  # RFC 5681 3.2 step 4: a segment has left the network
        return False
    if trouble.duplicates != threshold:
        return False
    recover = trouble.recover
    if recover is not None and not 0 < (c.snd_una - recover) & MASK < HALF:
        return False  # RFC 6582 3.2 step 2: these are echoes of what was sent again already
    c.ssthresh = _half_of_flight(c)
    c.cwnd = c.ssthresh + threshold * c.mss
    trouble.recover = c.snd_nxt
    trouble.recovering = True
    c.timed_at = -1
    return True


def acknowledged(c: "Connection", n: int, limited: bool) -> bool:
    """Adjust the window to an ACK of n new bytes; True when the next hole is to be filled at once.

    limited: whether this window was what limited sending, without which it does not grow (RFC 7661).
    """
    trouble = c.trouble
    mss = c.mss
    if trouble is not None:
        trouble.duplicates = 0
        trouble.retries = 0
        if trouble.recovering:
            assert trouble.recover is not None
            if (c.snd_una - trouble.recover) & MASK < HALF:
                # RFC 6582 3.2 step 3, full acknowledgement, option 1.
                flight = (c.snd_nxt - c.snd_una) & MASK
                c.cwnd = min(c.ssthresh, max(flight, mss) + mss)
                trouble.recovering = False
                return False
            # Partial acknowledgement: deflate, and send the next hole.
            c.cwnd = max(c.cwnd - n, 0) + (mss if n >= mss else 0)
            c.cwnd = max(c.cwnd, mss)
            return True
    if limited and c.cwnd < CWND_ENOUGH:
        if c.cwnd < c.ssthresh:
            c.cwnd += min(n, mss)  # slow start, RFC 5681 equation (2)
        else:
            c.cwnd += max(1, mss * mss // c.cwnd)  # congestion avoidance, equation (3)
    return False
