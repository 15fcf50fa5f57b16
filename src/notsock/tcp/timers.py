"""What happens when time has passed (RFC 9293 3.10.8, RFC 6298, RFC 9293 3.8.4 and 3.8.6.1).

Every timer that repeats has a count that ends it, except two which the RFC forbids to end: probes of a closed
window and of an idle peer go on as long as the peer *answers* them.
"""

from typing import TYPE_CHECKING, Final

from notsock.tcp import lifecycle, sending
from notsock.tcp.congestion import Trouble, back_off, time_out, trouble_of
from notsock.tcp.news import KEEP_ALIVE_FAILED, RESET, TIMED_OUT
from notsock.tcp.segment import ACK, MASK
from notsock.tcp.states import Input, State

if TYPE_CHECKING:
    from notsock.tcp.connection import Connection

_KEPT_ALIVE: Final = frozenset((State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2, State.CLOSE_WAIT))


def expire(c: "Connection", now: int) -> None:
    """Do what is due."""
    if c.ack_due and now >= c.ack_due:
        sending.ack(c)  # RFC 9293 3.8.6.3
    if c.wait_due and now >= c.wait_due:
        c.wait_due = 0
        _wait_is_over(c)
    if c.resend_due and now >= c.resend_due:
        c.resend_due = 0
        if c.state < State.ESTABLISHED:
            _syn_again(c, now)
        elif c.snd_una == c.snd_nxt or not c.peer_window:
            _persist(c, now)
        else:
            _retransmit(c, now)
    if c.keep_due and now >= c.keep_due:
        _keep_alive(c, now)


def _wait_is_over(c: "Connection") -> None:
    match c.state:
        case State.TIME_WAIT:
            lifecycle.go(c, Input.TIME_WAIT_OVER)
            lifecycle.bury(c)
        case State.FIN_WAIT_2:
            lifecycle.fail(c, Input.FIN_WAIT_2_OVER, RESET)
        case _:
            lifecycle.fail(c, Input.RETRIES_EXHAUSTED, TIMED_OUT)  # an attempt's limit


def _syn_again(c: "Connection", now: int) -> None:
    """Repeat a SYN or a SYN,ACK, unanswered (RFC 6298 5.4 to 5.7) or answered by RST (Q175523)."""
    trouble = trouble_of(c)
    if trouble.answered:
        trouble.answered = False
        c.timed_at = -1
    else:
        limit = c.parameters.syn_ack_retries if c.passive else c.parameters.syn_retries
        if trouble.retries >= limit:
            lifecycle.fail(c, Input.RETRIES_EXHAUSTED, TIMED_OUT)
            return
        trouble.retries += 1
        back_off(c)
    c.resend_due = now + c.rto
    sending.syn(c)


def _persist(c: "Connection", now: int) -> None:
    """See to data that waits while no ACK is on its way (RFC 9293 3.8.6.1)."""
    if not c.outstanding:
        if c.fin == sending.FIN_SENT:
            _retransmit(c, now)
        return
    if c.peer_window:
        # The window is open by less than sending.push takes: the sender's override (3.8.6.2.1).
        sending.emit(c, c.snd_una, min(c.mss, c.outstanding, c.peer_window), now)
        return
    trouble = trouble_of(c)
    if trouble.retries >= c.parameters.data_retries:
        lifecycle.fail(c, Input.RETRIES_EXHAUSTED, TIMED_OUT)
        return
    trouble.retries += 1
    trouble.backoff += 1
    sending.probe_window(c, now)
    c.resend_due = now + _until_next_probe(c, trouble)


def _until_next_probe(c: "Connection", trouble: Trouble) -> int:
    return min(c.rto << min(trouble.backoff, 32), c.parameters.persist_max_ns)


def repeats(c: "Connection", since: int) -> bool:
    """Say whether all that is due are probes, and the same were sent after ``since`` and were answered.

    If nobody reads or writes meanwhile, the next ones will be answered in the same way, for ever.
    """
    if c.ack_due or c.wait_due:
        return False
    if c.resend_due:
        trouble = c.trouble
        if trouble is None or c.peer_window or not c.outstanding or trouble.retries:
            return False
        if c.resend_due - _until_next_probe(c, trouble) <= since:
            return False
    return not c.keep_due or (not c.probes and c.keep_due - c.parameters.keep_alive_ns > since)


def _retransmit(c: "Connection", now: int) -> None:
    """RFC 6298 5.4 to 5.6; RFC 9293 3.8.3 for the end of it."""
    trouble = trouble_of(c)
    if trouble.retries >= c.parameters.data_retries:
        lifecycle.fail(c, Input.RETRIES_EXHAUSTED, TIMED_OUT)
        return
    trouble.retries += 1
    back_off(c)
    time_out(c, trouble)
    c.resend_due = now + c.rto
    sending.resend_first(c, now)


def start_keep_alive(c: "Connection", now: int) -> None:
    """Start the idle time anew, or stop it where no probes are sent (RFC 9293 3.8.4)."""
    c.probes = 0
    c.keep_due = now + c.parameters.keep_alive_ns if c.keep_alive and c.state in _KEPT_ALIVE else 0


def _keep_alive(c: "Connection", now: int) -> None:
    if c.state not in _KEPT_ALIVE:
        c.keep_due = 0
    elif c.snd_una != c.snd_nxt or c.outstanding:
        c.keep_due = now + c.parameters.keep_alive_ns  # retransmission finds out sooner
    elif c.probes >= c.parameters.keep_alive_probes:
        lifecycle.fail(c, Input.RETRIES_EXHAUSTED, TIMED_OUT | KEEP_ALIVE_FAILED)
    else:
        c.probes += 1
        c.keep_due = now + c.parameters.keep_alive_interval_ns
        # The number before the next one: outside the peer's window, so it must answer.
        c.owner.transmit(c, (c.to, (c.snd_nxt - 1) & MASK, c.rcv_nxt, ACK, sending.window(c), b"", 0))


def enter_time_wait(c: "Connection", now: int) -> None:
    """Turn off the other timers and let 2 MSL run (RFC 9293 3.10.7.4)."""
    c.pending = None
    c.trouble = None
    c.resend_due = c.keep_due = 0
    c.wait_due = now + 2 * c.parameters.msl_ns
