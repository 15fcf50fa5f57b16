"""A segment has arrived: RFC 9293 3.10.7, step by step in its own order.

Everything that header prediction in `connection` does not answer comes here. RFC 5961 has its say where RFC
9293 has taken it in: a RST or SYN that is merely within the window is challenged, not obeyed.
"""

from typing import TYPE_CHECKING, Final

from notsock.tcp import congestion, lifecycle, sending, timers
from notsock.tcp.news import DATA, EOF, OPENED, REFUSED, RESET
from notsock.tcp.reassembly import Reassembly
from notsock.tcp.segment import ACK, FIN, HALF, MASK, RST, SYN, Segment, reset_for
from notsock.tcp.states import Input, State

if TYPE_CHECKING:
    from notsock.tcp.connection import Connection

_OVER: Final = frozenset((State.CLOSING, State.LAST_ACK, State.TIME_WAIT))


def segment_arrives(c: "Connection", segment: Segment, now: int) -> None:
    """Judge a segment in any state, send what it calls for, tell the news."""
    match c.state:
        case State.CLOSED:
            answer = reset_for(segment, c.to)  # 3.10.7.1
            if answer is not None:
                c.owner.transmit(c, answer)
            return
        case State.SYN_SENT:
            _in_syn_sent(c, segment, now)
        case _:
            _in_other_states(c, segment, now)
    if c.state >= State.ESTABLISHED:
        if c.outstanding or c.fin == sending.FIN_QUEUED or c.trouble is not None:
            sending.push(c, now)
        if c.ack_due == sending.AT_ONCE:
            sending.ack(c)
    lifecycle.settle(c)


def _in_syn_sent(c: "Connection", segment: Segment, now: int) -> None:
    """3.10.7.3."""
    _, seq, ack, flags, window, data, mss = segment
    # First, check the ACK bit. Only the SYN is out, so only one number acknowledges it.
    if flags & ACK and ack != c.snd_nxt:
        if not flags & RST:
            c.owner.transmit(c, (c.to, ack, 0, RST, 0, b"", 0))
        return
    # Second, check the RST bit.
    if flags & RST:
        if flags & ACK:
            _refused(c, now)
        return
    # Fourth, check the SYN bit (third, security, is no more).
    if not flags & SYN:
        if flags & ACK:
            lifecycle.go(c, Input.SYN_ACKED)
        return
    sending.learn_from_syn(c, seq, window, mss)
    if not flags & ACK:
        # Simultaneous open (3.5, figure 7). Data that came along is not kept: the peer repeats it.
        lifecycle.go(c, Input.SYN)
        sending.syn(c)
        return
    lifecycle.go(c, Input.SYN_WITH_ACK)
    _opened(c, ack, now)
    c.ack_due = sending.AT_ONCE
    _text(c, (seq + 1) & MASK, data, flags & FIN != 0, now)


def _refused(c: "Connection", now: int) -> None:
    """3.10.7.3, second step: "connection reset". Windows tries again first (Q175523)."""
    trouble = congestion.trouble_of(c)
    if trouble.refusals >= c.parameters.refused_retries:
        lifecycle.fail(c, Input.RST, REFUSED)
        return
    trouble.refusals += 1
    trouble.answered = True
    c.resend_due = now + c.parameters.refused_interval_ns


def _opened(c: "Connection", ack: int, now: int) -> None:
    """Our SYN is acknowledged: begin as RFC 5681 and RFC 6298 say."""
    c.snd_una = c.snd_wl2 = ack
    if c.timed_at >= 0:
        congestion.measure(c, now - c.timed_at)
        c.timed_at = -1
    congestion.begin(c)
    c.resend_due = 0
    c.wait_due = 0
    c.told |= OPENED
    timers.start_keep_alive(c, now)
    if c.fin:
        lifecycle.go(c, Input.CLOSE)  # it waited in SYN_RECEIVED


def _in_other_states(
    c: "Connection", segment: Segment, now: int
) -> None:
    """3.10.7.4."""
    _, seq, ack, flags, window, data, _ = segment
    if flags & SYN and flags & ACK and c.state is State.SYN_RECEIVED and (seq + 1) & MASK == c.rcv_nxt:
        # The other SYN of a simultaneous open: its number is old, its ACK is not (3.5, figure 7).
        flags &= ~SYN
        seq = c.rcv_nxt
        simultaneous = True
    else:
        simultaneous = False
    # First, check the sequence number.
    length = len(data) + (1 if flags & SYN else 0) + (1 if flags & FIN else 0)
    if not _acceptable(c, seq, length):
        if seq != c.rcv_nxt or sending.promised(c) or flags & (RST | SYN):
            _unacceptable(c, flags, length, now)
            return
        # The window is closed: "special allowance should be made to accept valid ACKs"; and a bare FIN.
        c.ack_due = sending.AT_ONCE
        if data:
            data = b""
            flags &= ~FIN
    # Second, check the RST bit.
    if flags & RST:
        if seq == c.rcv_nxt:
            _reset(c)
        else:
            sending.challenge(c, now)
        return
    # Fourth, check the SYN bit. RFC 9293 would return a passive SYN_RECEIVED to LISTEN; the challenge leads
    # there as well, since the peer that meant its new SYN answers it with RST.
    if flags & SYN:
        if c.state is State.SYN_RECEIVED:
            lifecycle.go(c, Input.SYN)  # with or without ACK: it is not the one that completes the handshake
        else:
            lifecycle.go(c, Input.SYN_WITH_ACK if flags & ACK else Input.SYN)
        sending.challenge(c, now)
        return
    # Fifth, check the ACK field.
    if not flags & ACK:
        return
    if c.state is State.SYN_RECEIVED:
        if ack != c.snd_nxt:
            c.owner.transmit(c, (c.to, ack, 0, RST, 0, b"", 0))
            return
        lifecycle.go(c, Input.SYN_WITH_ACK if simultaneous else Input.SYN_ACKED)
        c.peer_window = window
        c.peer_window_max = max(window, c.peer_window_max)
        c.snd_wl1 = seq
        _opened(c, ack, now)
    elif not _acknowledge(c, seq, ack, window, length, now):
        return
    if c.keep_due:
        timers.start_keep_alive(c, now)
    # Seventh and eighth: text and FIN.
    _text(c, seq, data, flags & FIN != 0, now)


def _acceptable(c: "Connection", seq: int, length: int) -> bool:
    """RFC 9293 3.4, table 6."""
    room = sending.promised(c)
    offset = (seq - c.rcv_nxt) & MASK
    if length == 0:
        return offset == 0 if room == 0 else offset < room
    return room > 0 and (offset < room or (offset + length - 1) & MASK < room)


def _unacceptable(c: "Connection", flags: int, length: int, now: int) -> None:
    """First step: answer by ACK, unless it is a RST."""
    if flags & RST:
        return
    if flags & FIN and c.peer_finished:
        lifecycle.go(c, Input.FIN)
        if c.state is State.TIME_WAIT:
            c.wait_due = now + 2 * c.parameters.msl_ns  # eighth step: restart the 2 MSL
    if length and not flags & SYN:
        sending.ack(c)  # its sender has a count of its own: it repeats data
    else:
        sending.challenge(c, now)


def _reset(c: "Connection") -> None:
    """Second step."""
    if c.state is State.SYN_RECEIVED and c.passive:
        lifecycle.go(c, Input.RST)
        lifecycle.bury(c)
    elif c.state is State.SYN_RECEIVED:
        lifecycle.fail(c, Input.RST, REFUSED)
    elif c.state in _OVER:
        # What the peer sent before its FIN stays readable; the user hears of it only if it lost bytes itself.
        if c.outstanding:
            c.error = RESET
            c.told |= RESET
        lifecycle.go(c, Input.RST)
        lifecycle.bury(c)
    else:
        lifecycle.fail(c, Input.RST, RESET)


def _acknowledge(
    c: "Connection", seq: int, ack: int, window: int, length: int, now: int
) -> bool:
    """Fifth step from ESTABLISHED on; False when the segment is to be dropped or the connection is gone."""
    n = (ack - c.snd_una) & MASK
    flight = (c.snd_nxt - c.snd_una) & MASK
    if n > flight:
        if n < HALF or (c.snd_una - ack) & MASK > c.peer_window_max:
            sending.challenge(c, now)  # of what was never sent, or older than can be (RFC 5961 5.2)
            return False
        return True  # an old one: nothing new in it, but its data counts
    was_closed = not c.peer_window
    changed = window != c.peer_window
    newer = (seq - c.snd_wl1) & MASK
    if 0 < newer < HALF or (newer == 0 and (ack - c.snd_wl2) & MASK < HALF):
        c.peer_window = window
        c.peer_window_max = max(window, c.peer_window_max)
        c.snd_wl1 = seq
        c.snd_wl2 = ack
    trouble = c.trouble
    if trouble is not None:
        if not c.peer_window:
            trouble.retries = 0  # it answers: a closed window may stay closed (3.8.6.1)
        elif was_closed:
            trouble.retries = trouble.backoff = 0
            trouble.cursor = c.snd_una  # the probe's byte was most likely not taken
    if was_closed and c.peer_window:
        # No more probes. What is in flight (a FIN goes into a closed window) is retransmitted as usual.
        c.resend_due = now + c.rto if ack != c.snd_nxt else 0
    if n == 0:
        if flight and not length and not changed and c.peer_window and congestion.duplicate(c):
            sending.resend_first(c, now)
        return True
    return _acknowledge_new(c, ack, n, flight, now)


def _acknowledge_new(c: "Connection", ack: int, n: int, flight: int, now: int) -> bool:
    """SND.UNA < SEG.ACK =< SND.NXT: n numbers are acknowledged that were not."""
    trouble = c.trouble
    fin_acked = c.fin == sending.FIN_SENT and ack == c.snd_nxt
    limited = flight + c.mss > c.cwnd
    c.snd_una = ack
    if fin_acked:
        n -= 1
        c.fin = sending.FIN_ACKED
    sending.drop(c, n)
    if trouble is not None and (trouble.cursor - ack) & MASK >= HALF:
        trouble.cursor = ack
    if c.timed_at >= 0 and (ack - c.timed_end) & MASK < HALF:
        congestion.measure(c, now - c.timed_at)
        c.timed_at = -1
    next_hole = congestion.acknowledged(c, n, limited)
    if ack == c.snd_nxt:
        c.trouble = None
        c.resend_due = 0  # RFC 6298 5.2
    else:
        c.resend_due = now + c.rto  # RFC 6298 5.3
        if next_hole:
            sending.resend_first(c, now)
    if fin_acked:
        lifecycle.go(c, Input.FIN_ACKED)
        if c.state is State.CLOSED:
            lifecycle.bury(c)
            return False
        if c.state is State.TIME_WAIT:
            timers.enter_time_wait(c, now)
        elif c.parameters.fin_wait_2_limit_ns:
            c.wait_due = now + c.parameters.fin_wait_2_limit_ns
    return True


def _text(c: "Connection", seq: int, data: bytes, fin: bool, now: int) -> None:
    """Seventh step, process the segment text, and eighth, check the FIN bit."""
    if c.state not in sending.CAN_RECEIVE:
        return  # "this should not occur since a FIN has been received from the remote side"
    offset = (seq - c.rcv_nxt) & MASK
    if offset >= HALF:
        old = (c.rcv_nxt - seq) & MASK
        fin = fin and old <= len(data)
        data = data[old:]
        offset = 0
        c.ack_due = sending.AT_ONCE
    room = sending.promised(c)
    if offset + len(data) > room:
        data = data[: max(room - offset, 0)]
        fin = False
        c.ack_due = sending.AT_ONCE
    if not data and not fin:
        return
    if data and c.abandoned:
        lifecycle.go(c, Input.UNWANTED_DATA)
        sending.reset(c)
        lifecycle.bury(c)
        return
    if offset:
        # Before its turn: keep it, and say at once what is missing (RFC 5681 4.2).
        if c.ahead is None:
            c.ahead = Reassembly(c.rcv_nxt)
        c.ahead.add((c.rcv_nxt + offset) & MASK, data, fin)
        sending.ack(c)
        return
    if data:
        fin = _deliver(c, data, now) or fin
    if fin:
        _finished(c, now)


def _deliver(c: "Connection", data: bytes, now: int) -> bool:
    """Queue data that is in order, and what it makes contiguous; True when the FIN follows it."""
    fin = False
    c.told |= DATA
    sending.store(c, data)
    c.rcv_nxt = (c.rcv_nxt + len(data)) & MASK
    ahead = c.ahead
    if ahead is not None:
        more, fin = ahead.take(c.rcv_nxt)
        if more:
            sending.store(c, more)
            c.rcv_nxt = (c.rcv_nxt + len(more)) & MASK
        if fin or not ahead.pieces:
            # A FIN alone beyond a gap keeps the gap's bytes coming: the peer repeats both.
            c.ahead = ahead if ahead.fin >= 0 and not fin else None
        c.ack_due = sending.AT_ONCE  # a gap is filled (RFC 5681 4.2)
    elif (c.rcv_nxt - c.ack_sent) & MASK >= c.ack_limit:
        c.ack_due = sending.AT_ONCE  # every second full segment (3.8.6.3)
    elif not c.ack_due:
        c.ack_due = now + c.parameters.delayed_ack_ns
    return fin


def _finished(c: "Connection", now: int) -> None:
    """Eighth step: the peer's FIN is reached."""
    c.rcv_nxt = (c.rcv_nxt + 1) & MASK
    c.peer_finished = True
    c.ahead = None
    c.told |= EOF
    c.ack_due = sending.AT_ONCE
    lifecycle.go(c, Input.FIN)
    if c.state is State.TIME_WAIT:
        timers.enter_time_wait(c, now)
