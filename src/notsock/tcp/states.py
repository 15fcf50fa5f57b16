"""The states of a connection and everything that moves it between them, as one literal table.

This is the whole state machine of RFC 9293 (figure 5 and section 3.10): eleven states, and for each of them
a row for every input, also where nothing happens and where the input cannot come. `lifecycle.go` is the
only function that writes `Connection.state`, and it writes what stands here; so the diagram drawn from the
table is the machine and not a picture of it.

An input is what a user's call, an arrived segment or a timer *means*, after the checks the RFC puts before
it: FIN is a FIN reached in sequence, RST one that RFC 5961 accepts, SYN_ACKED an acknowledgement of exactly
our SYN. A segment may be several inputs one after the other, in the RFC's order: the acknowledgement of our
FIN takes FIN_WAIT_1 to FIN_WAIT_2, and the peer's FIN of the same segment on to TIME_WAIT.

LISTEN belongs to whoever keeps the listeners: a `Connection` is made when a SYN has come, and starts there
in the state LISTEN. Its rows are complete all the same. "Return to LISTEN" (a half-open passive connection
that is reset) is CLOSED here: the listener never left LISTEN, only this connection is no more.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final, NamedTuple


class State(IntEnum):
    """RFC 9293 3.3.2."""

    CLOSED = 0
    LISTEN = 1
    SYN_SENT = 2
    SYN_RECEIVED = 3
    ESTABLISHED = 4
    FIN_WAIT_1 = 5
    FIN_WAIT_2 = 6
    CLOSE_WAIT = 7
    CLOSING = 8
    LAST_ACK = 9
    TIME_WAIT = 10


class Input(IntEnum):
    """What can happen to a connection: calls of its user, segments, timers."""

    OPEN = 0
    """The user opens actively."""
    LISTEN = 1
    """The user opens passively."""
    SEND = 2
    RECEIVE = 3
    CLOSE = 4
    """The user has no more to send (RFC 9293's CLOSE; Winsock's shutdown, the first half of its close)."""
    ABORT = 5
    SYN = 6
    """A SYN that acknowledges nothing of ours."""
    SYN_WITH_ACK = 7
    """A SYN that acknowledges our SYN."""
    SYN_ACKED = 8
    """An acknowledgement of our SYN, without a SYN."""
    FIN = 9
    """The peer's FIN, reached in sequence."""
    FIN_ACKED = 10
    """An acknowledgement of our FIN."""
    RST = 11
    """An acceptable reset (in SYN_SENT: the one after which the SYN is not sent again)."""
    UNWANTED_DATA = 12
    """Data that is new, while nobody is left to read it."""
    RETRIES_EXHAUSTED = 13
    """The last retransmission, probe or second of an attempt is over."""
    TIME_WAIT_OVER = 14
    """Two maximum segment lifetimes have passed."""
    FIN_WAIT_2_OVER = 15
    """The limit some stacks put to FIN_WAIT_2 has passed."""


class Outcome(Enum):
    """What a row says when it does not name a next state."""

    STAY = "stay"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call is refused with this error, in the RFC's words."""

    error: str


class Row(NamedTuple):
    """One cell of the machine: where it goes, where the RFC says so, and what else happens."""

    next: State | Outcome | Refuse
    rfc: str
    note: str


class CallRefusedError(Exception):
    """A call the connection's state does not allow; its text is the RFC's error."""


STAY: Final = Outcome.STAY
IMPOSSIBLE: Final = Outcome.IMPOSSIBLE

_S = State
_I = Input
_NO_CONNECTION: Final = Refuse("connection does not exist")
_EXISTS: Final = Refuse("connection already exists")
_CLOSING: Final = Refuse("connection closing")

TRANSITIONS: Final[dict[tuple[State, Input], Row]] = {
    # CLOSED: no connection at all. What arrives is answered by segment.reset_for.
    (_S.CLOSED, _I.OPEN): Row(_S.SYN_SENT, "RFC 9293 3.10.1", "SYN is sent"),
    (_S.CLOSED, _I.LISTEN): Row(_S.LISTEN, "RFC 9293 3.10.1", "the listener's own move"),
    (_S.CLOSED, _I.SEND): Row(_NO_CONNECTION, "RFC 9293 3.10.2", ""),
    (_S.CLOSED, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", "what was queued before the end can still be read"),
    (_S.CLOSED, _I.CLOSE): Row(
        STAY, "RFC 9293 3.10.4", "nothing left to do; the RFC's error is the socket's"
    ),
    (_S.CLOSED, _I.ABORT): Row(
        STAY, "RFC 9293 3.10.5", "nothing left to do; the RFC's error is the socket's"
    ),
    (_S.CLOSED, _I.SYN): Row(STAY, "RFC 9293 3.10.7.1", "RST is sent"),
    (_S.CLOSED, _I.SYN_WITH_ACK): Row(STAY, "RFC 9293 3.10.7.1", "RST is sent"),
    (_S.CLOSED, _I.SYN_ACKED): Row(STAY, "RFC 9293 3.10.7.1", "RST is sent"),
    (_S.CLOSED, _I.FIN): Row(STAY, "RFC 9293 3.10.7.1", "RST is sent"),
    (_S.CLOSED, _I.FIN_ACKED): Row(STAY, "RFC 9293 3.10.7.1", "RST is sent"),
    (_S.CLOSED, _I.RST): Row(STAY, "RFC 9293 3.10.7.1", "discarded"),
    (_S.CLOSED, _I.UNWANTED_DATA): Row(STAY, "RFC 9293 3.10.7.1", "RST is sent"),
    (_S.CLOSED, _I.RETRIES_EXHAUSTED): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "no timer runs"),
    (_S.CLOSED, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "no timer runs"),
    (_S.CLOSED, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "no timer runs"),
    # LISTEN: the listener's state; a connection is here only while its first SYN is taken apart.
    (_S.LISTEN, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", "Winsock has no way to turn a listener active"),
    (_S.LISTEN, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.LISTEN, _I.SEND): Row(_NO_CONNECTION, "RFC 9293 3.10.2", "Winsock: not connected"),
    (_S.LISTEN, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", "nothing is queued"),
    (_S.LISTEN, _I.CLOSE): Row(_S.CLOSED, "RFC 9293 3.10.4", ""),
    (_S.LISTEN, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", ""),
    (_S.LISTEN, _I.SYN): Row(_S.SYN_RECEIVED, "RFC 9293 3.10.7.2", "SYN,ACK is sent"),
    (_S.LISTEN, _I.SYN_WITH_ACK): Row(STAY, "RFC 9293 3.10.7.2", "RST is sent: nothing to acknowledge"),
    (_S.LISTEN, _I.SYN_ACKED): Row(STAY, "RFC 9293 3.10.7.2", "RST is sent: nothing to acknowledge"),
    (_S.LISTEN, _I.FIN): Row(STAY, "RFC 9293 3.10.7.2", "discarded"),
    (_S.LISTEN, _I.FIN_ACKED): Row(STAY, "RFC 9293 3.10.7.2", "RST is sent: nothing to acknowledge"),
    (_S.LISTEN, _I.RST): Row(STAY, "RFC 9293 3.10.7.2", "discarded"),
    (_S.LISTEN, _I.UNWANTED_DATA): Row(STAY, "RFC 9293 3.10.7.2", "discarded"),
    (_S.LISTEN, _I.RETRIES_EXHAUSTED): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "no timer runs"),
    (_S.LISTEN, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "no timer runs"),
    (_S.LISTEN, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "no timer runs"),
    # SYN_SENT
    (_S.SYN_SENT, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.SYN_SENT, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.SYN_SENT, _I.SEND): Row(STAY, "RFC 9293 3.10.2", "queued until ESTABLISHED"),
    (_S.SYN_SENT, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", "nothing is queued"),
    (_S.SYN_SENT, _I.CLOSE): Row(_S.CLOSED, "RFC 9293 3.10.4", "queued data goes too"),
    (_S.SYN_SENT, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", "no RST: the peer has nothing yet"),
    (_S.SYN_SENT, _I.SYN): Row(_S.SYN_RECEIVED, "RFC 9293 3.10.7.3", "simultaneous open: SYN,ACK is sent"),
    (_S.SYN_SENT, _I.SYN_WITH_ACK): Row(_S.ESTABLISHED, "RFC 9293 3.10.7.3", "ACK is sent"),
    (_S.SYN_SENT, _I.SYN_ACKED): Row(STAY, "RFC 9293 3.10.7.3", "discarded: the peer's SYN is missing"),
    (_S.SYN_SENT, _I.FIN): Row(STAY, "RFC 9293 3.10.7.3", "discarded: its number cannot be checked"),
    (_S.SYN_SENT, _I.FIN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.3", "no FIN was sent"),
    (_S.SYN_SENT, _I.RST): Row(_S.CLOSED, "RFC 9293 3.10.7.3", "refused, when no retry is left (Q175523)"),
    (_S.SYN_SENT, _I.UNWANTED_DATA): Row(IMPOSSIBLE, "RFC 9293 3.10.4", "closing ends this state"),
    (_S.SYN_SENT, _I.RETRIES_EXHAUSTED): Row(_S.CLOSED, "RFC 9293 3.10.8", "timed out"),
    (_S.SYN_SENT, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "the timer does not run"),
    (_S.SYN_SENT, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "the timer does not run"),
    # SYN_RECEIVED
    (_S.SYN_RECEIVED, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.SYN_RECEIVED, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.SYN_RECEIVED, _I.SEND): Row(STAY, "RFC 9293 3.10.2", "queued until ESTABLISHED"),
    (_S.SYN_RECEIVED, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", "nothing is queued"),
    (_S.SYN_RECEIVED, _I.CLOSE): Row(
        STAY, "RFC 9293 3.10.4", "kept until ESTABLISHED, then done (the RFC's choice when data is queued)"
    ),
    (_S.SYN_RECEIVED, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", "RST is sent"),
    (_S.SYN_RECEIVED, _I.SYN): Row(STAY, "RFC 9293 3.10.7.4", "a repeated one is acknowledged"),
    (_S.SYN_RECEIVED, _I.SYN_WITH_ACK): Row(
        _S.ESTABLISHED, "RFC 9293 3.5, figure 7", "the second half of a simultaneous open"
    ),
    (_S.SYN_RECEIVED, _I.SYN_ACKED): Row(_S.ESTABLISHED, "RFC 9293 3.10.7.4", ""),
    (_S.SYN_RECEIVED, _I.FIN): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "its ACK has led to ESTABLISHED before"),
    (_S.SYN_RECEIVED, _I.FIN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "no FIN was sent"),
    (_S.SYN_RECEIVED, _I.RST): Row(
        _S.CLOSED, "RFC 9293 3.10.7.4", "passive: silently, the listener goes on; active: refused"
    ),
    (_S.SYN_RECEIVED, _I.UNWANTED_DATA): Row(
        IMPOSSIBLE, "RFC 9293 3.10.7.4", "its ACK has led to ESTABLISHED before"
    ),
    (_S.SYN_RECEIVED, _I.RETRIES_EXHAUSTED): Row(
        _S.CLOSED, "RFC 9293 3.10.8", "SYN,ACK unanswered (Q142641)"
    ),
    (_S.SYN_RECEIVED, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "the timer does not run"),
    (_S.SYN_RECEIVED, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "the timer does not run"),
    # ESTABLISHED
    (_S.ESTABLISHED, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.ESTABLISHED, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.ESTABLISHED, _I.SEND): Row(STAY, "RFC 9293 3.10.2", ""),
    (_S.ESTABLISHED, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", ""),
    (_S.ESTABLISHED, _I.CLOSE): Row(_S.FIN_WAIT_1, "RFC 9293 3.10.4", "FIN goes behind the queued data"),
    (_S.ESTABLISHED, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", "RST is sent"),
    (_S.ESTABLISHED, _I.SYN): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.ESTABLISHED, _I.SYN_WITH_ACK): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.ESTABLISHED, _I.SYN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "the SYN is acknowledged already"),
    (_S.ESTABLISHED, _I.FIN): Row(_S.CLOSE_WAIT, "RFC 9293 3.10.7.4", "ACK is sent"),
    (_S.ESTABLISHED, _I.FIN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "no FIN was sent"),
    (_S.ESTABLISHED, _I.RST): Row(_S.CLOSED, "RFC 9293 3.10.7.4", "reset; queues are emptied"),
    (_S.ESTABLISHED, _I.UNWANTED_DATA): Row(IMPOSSIBLE, "RFC 9293 3.10.4", "closing ends this state"),
    (_S.ESTABLISHED, _I.RETRIES_EXHAUSTED): Row(_S.CLOSED, "RFC 9293 3.8.3", "timed out"),
    (_S.ESTABLISHED, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "the timer does not run"),
    (_S.ESTABLISHED, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "the timer does not run"),
    # FIN_WAIT_1
    (_S.FIN_WAIT_1, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.FIN_WAIT_1, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.FIN_WAIT_1, _I.SEND): Row(_CLOSING, "RFC 9293 3.10.2", ""),
    (_S.FIN_WAIT_1, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", ""),
    (_S.FIN_WAIT_1, _I.CLOSE): Row(STAY, "RFC 9293 3.10.4", "no second FIN"),
    (_S.FIN_WAIT_1, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", "RST is sent"),
    (_S.FIN_WAIT_1, _I.SYN): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.FIN_WAIT_1, _I.SYN_WITH_ACK): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.FIN_WAIT_1, _I.SYN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "the SYN is acknowledged already"),
    (_S.FIN_WAIT_1, _I.FIN): Row(_S.CLOSING, "RFC 9293 3.10.7.4", "simultaneous close: ACK is sent"),
    (_S.FIN_WAIT_1, _I.FIN_ACKED): Row(
        _S.FIN_WAIT_2, "RFC 9293 3.10.7.4", "its limit starts to run (Q813056)"
    ),
    (_S.FIN_WAIT_1, _I.RST): Row(_S.CLOSED, "RFC 9293 3.10.7.4", "reset; queues are emptied"),
    (_S.FIN_WAIT_1, _I.UNWANTED_DATA): Row(_S.CLOSED, "RFC 9293 3.6.1, RFC 2525 2.17", "RST is sent"),
    (_S.FIN_WAIT_1, _I.RETRIES_EXHAUSTED): Row(_S.CLOSED, "RFC 9293 3.8.3", "timed out"),
    (_S.FIN_WAIT_1, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "the timer does not run"),
    (_S.FIN_WAIT_1, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "the timer does not run"),
    # FIN_WAIT_2
    (_S.FIN_WAIT_2, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.FIN_WAIT_2, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.FIN_WAIT_2, _I.SEND): Row(_CLOSING, "RFC 9293 3.10.2", ""),
    (_S.FIN_WAIT_2, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", ""),
    (_S.FIN_WAIT_2, _I.CLOSE): Row(STAY, "RFC 9293 3.10.4", "no second FIN"),
    (_S.FIN_WAIT_2, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", "RST is sent"),
    (_S.FIN_WAIT_2, _I.SYN): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.FIN_WAIT_2, _I.SYN_WITH_ACK): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.FIN_WAIT_2, _I.SYN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "the SYN is acknowledged already"),
    (_S.FIN_WAIT_2, _I.FIN): Row(_S.TIME_WAIT, "RFC 9293 3.10.7.4", "ACK is sent; 2 MSL start to run"),
    (_S.FIN_WAIT_2, _I.FIN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "the FIN is acknowledged already"),
    (_S.FIN_WAIT_2, _I.RST): Row(_S.CLOSED, "RFC 9293 3.10.7.4", "reset; queues are emptied"),
    (_S.FIN_WAIT_2, _I.UNWANTED_DATA): Row(_S.CLOSED, "RFC 9293 3.6.1, RFC 2525 2.17", "RST is sent"),
    (_S.FIN_WAIT_2, _I.RETRIES_EXHAUSTED): Row(_S.CLOSED, "RFC 9293 3.8.4", "keep-alive probes unanswered"),
    (_S.FIN_WAIT_2, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "the timer does not run"),
    (_S.FIN_WAIT_2, _I.FIN_WAIT_2_OVER): Row(_S.CLOSED, "Q813056", "a program sees a reset"),
    # CLOSE_WAIT
    (_S.CLOSE_WAIT, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.CLOSE_WAIT, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.CLOSE_WAIT, _I.SEND): Row(STAY, "RFC 9293 3.10.2", ""),
    (_S.CLOSE_WAIT, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", "what is queued, then the end"),
    (_S.CLOSE_WAIT, _I.CLOSE): Row(
        _S.LAST_ACK, "RFC 9293 3.10.4", "FIN goes behind the queued data; entered at once, as BSD does"
    ),
    (_S.CLOSE_WAIT, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", "RST is sent"),
    (_S.CLOSE_WAIT, _I.SYN): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.CLOSE_WAIT, _I.SYN_WITH_ACK): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.CLOSE_WAIT, _I.SYN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "the SYN is acknowledged already"),
    (_S.CLOSE_WAIT, _I.FIN): Row(STAY, "RFC 9293 3.10.7.4", "a repeated one is acknowledged"),
    (_S.CLOSE_WAIT, _I.FIN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "no FIN was sent"),
    (_S.CLOSE_WAIT, _I.RST): Row(_S.CLOSED, "RFC 9293 3.10.7.4", "reset; queues are emptied"),
    (_S.CLOSE_WAIT, _I.UNWANTED_DATA): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "nothing follows the peer's FIN"),
    (_S.CLOSE_WAIT, _I.RETRIES_EXHAUSTED): Row(_S.CLOSED, "RFC 9293 3.8.3", "timed out"),
    (_S.CLOSE_WAIT, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "the timer does not run"),
    (_S.CLOSE_WAIT, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "the timer does not run"),
    # CLOSING
    (_S.CLOSING, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.CLOSING, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.CLOSING, _I.SEND): Row(_CLOSING, "RFC 9293 3.10.2", ""),
    (_S.CLOSING, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", "what is queued, then the end"),
    (_S.CLOSING, _I.CLOSE): Row(STAY, "RFC 9293 3.10.4", "no second FIN; the RFC's error is the socket's"),
    (_S.CLOSING, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", "RST only if data would be lost"),
    (_S.CLOSING, _I.SYN): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.CLOSING, _I.SYN_WITH_ACK): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.CLOSING, _I.SYN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "the SYN is acknowledged already"),
    (_S.CLOSING, _I.FIN): Row(STAY, "RFC 9293 3.10.7.4", "a repeated one is acknowledged"),
    (_S.CLOSING, _I.FIN_ACKED): Row(_S.TIME_WAIT, "RFC 9293 3.10.7.4", "2 MSL start to run"),
    (_S.CLOSING, _I.RST): Row(_S.CLOSED, "RFC 9293 3.10.7.4", ""),
    (_S.CLOSING, _I.UNWANTED_DATA): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "nothing follows the peer's FIN"),
    (_S.CLOSING, _I.RETRIES_EXHAUSTED): Row(_S.CLOSED, "RFC 9293 3.8.3", "timed out"),
    (_S.CLOSING, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "the timer does not run"),
    (_S.CLOSING, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "the timer does not run"),
    # LAST_ACK
    (_S.LAST_ACK, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.LAST_ACK, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.LAST_ACK, _I.SEND): Row(_CLOSING, "RFC 9293 3.10.2", ""),
    (_S.LAST_ACK, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", "what is queued, then the end"),
    (_S.LAST_ACK, _I.CLOSE): Row(STAY, "RFC 9293 3.10.4", "no second FIN; the RFC's error is the socket's"),
    (_S.LAST_ACK, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", "RST only if data would be lost"),
    (_S.LAST_ACK, _I.SYN): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.LAST_ACK, _I.SYN_WITH_ACK): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.LAST_ACK, _I.SYN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "the SYN is acknowledged already"),
    (_S.LAST_ACK, _I.FIN): Row(STAY, "RFC 9293 3.10.7.4", "a repeated one is acknowledged"),
    (_S.LAST_ACK, _I.FIN_ACKED): Row(_S.CLOSED, "RFC 9293 3.10.7.4", ""),
    (_S.LAST_ACK, _I.RST): Row(_S.CLOSED, "RFC 9293 3.10.7.4", ""),
    (_S.LAST_ACK, _I.UNWANTED_DATA): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "nothing follows the peer's FIN"),
    (_S.LAST_ACK, _I.RETRIES_EXHAUSTED): Row(_S.CLOSED, "RFC 9293 3.8.3", "timed out"),
    (_S.LAST_ACK, _I.TIME_WAIT_OVER): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "the timer does not run"),
    (_S.LAST_ACK, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "the timer does not run"),
    # TIME_WAIT
    (_S.TIME_WAIT, _I.OPEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.TIME_WAIT, _I.LISTEN): Row(_EXISTS, "RFC 9293 3.10.1", ""),
    (_S.TIME_WAIT, _I.SEND): Row(_CLOSING, "RFC 9293 3.10.2", ""),
    (_S.TIME_WAIT, _I.RECEIVE): Row(STAY, "RFC 9293 3.10.3", "what is queued, then the end"),
    (_S.TIME_WAIT, _I.CLOSE): Row(STAY, "RFC 9293 3.10.4", "no second FIN; the RFC's error is the socket's"),
    (_S.TIME_WAIT, _I.ABORT): Row(_S.CLOSED, "RFC 9293 3.10.5", "the owner recycles it (Q151418)"),
    (_S.TIME_WAIT, _I.SYN): Row(
        STAY, "RFC 9293 3.10.7.4", "challenge ACK, unless the owner opens anew (3.6.1, may_reopen)"
    ),
    (_S.TIME_WAIT, _I.SYN_WITH_ACK): Row(STAY, "RFC 9293 3.10.7.4", "challenge ACK"),
    (_S.TIME_WAIT, _I.SYN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "the SYN is acknowledged already"),
    (_S.TIME_WAIT, _I.FIN): Row(
        STAY, "RFC 9293 3.10.7.4", "a repeated one is acknowledged, 2 MSL start anew"
    ),
    (_S.TIME_WAIT, _I.FIN_ACKED): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "the FIN is acknowledged already"),
    (_S.TIME_WAIT, _I.RST): Row(_S.CLOSED, "RFC 9293 3.10.7.4", ""),
    (_S.TIME_WAIT, _I.UNWANTED_DATA): Row(IMPOSSIBLE, "RFC 9293 3.10.7.4", "nothing follows the peer's FIN"),
    (_S.TIME_WAIT, _I.RETRIES_EXHAUSTED): Row(IMPOSSIBLE, "RFC 9293 3.10.8", "nothing is retransmitted"),
    (_S.TIME_WAIT, _I.TIME_WAIT_OVER): Row(_S.CLOSED, "RFC 9293 3.10.8", ""),
    (_S.TIME_WAIT, _I.FIN_WAIT_2_OVER): Row(IMPOSSIBLE, "Q813056", "the timer does not run"),
}


def diagram() -> str:
    """Draw the table as a Mermaid state diagram; rows that stay, refuse or cannot come are left out."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.CLOSED.name}"]
    for old in State:
        arrows: dict[State, list[str]] = {}
        for what in Input:
            target = TRANSITIONS[old, what].next
            if isinstance(target, State):
                arrows.setdefault(target, []).append(what.name)
        lines.extend(f"    {old.name} --> {new.name} : {', '.join(names)}" for new, names in arrows.items())
    return "\n".join(lines) + "\n"
