"""How a connection changes state, ends, and tells what happened.

`go` is the only writer of `Connection.state` after its birth, and it does what the table in `states` says.
`settle` is the last thing every call does that left the short path.
"""

from typing import TYPE_CHECKING, Final

from notsock.tcp.news import GONE, STATE
from notsock.tcp.states import IMPOSSIBLE, STAY, TRANSITIONS, Input, State

if TYPE_CHECKING:
    from notsock.tcp.connection import Connection

_QUICK: Final = (State.ESTABLISHED, State.CLOSE_WAIT)


def go(c: "Connection", what: Input) -> None:
    """Move to the state the table names for this input, if it names one."""
    old = c.state
    new = TRANSITIONS[old, what].next
    if isinstance(new, State):
        c.state = new
        c.told |= STATE
        if new is State.CLOSED:
            c.told |= GONE
        c.owner.state_changed(c, old, new)
        return
    assert new is not IMPOSSIBLE, f"{what.name} in {old.name}"
    assert new is STAY, f"{what.name} in {old.name}: {new}"


def bury(c: "Connection") -> None:
    """Forget what only a living connection needs. What can still be read stays."""
    assert c.state is State.CLOSED
    c.pending = None
    c.outstanding = 0
    c.trouble = None
    c.ahead = None
    c.armed = c.resend_due = c.ack_due = c.keep_due = c.wait_due = 0


def fail(c: "Connection", what: Input, error: int) -> None:
    """End the connection with an error; both queues are emptied (RFC 9293 3.10.7.4, 3.10.8)."""
    go(c, what)
    c.error = error
    c.told |= error
    c.inbox = None
    c.readable = 0
    bury(c)


def settle(c: "Connection") -> None:
    """Bring what the short paths rely on up to date, ask for the next timer, tell the news."""
    due = c.resend_due
    other = c.ack_due
    if other and (other < due or not due):
        due = other
    other = c.keep_due
    if other and (other < due or not due):
        due = other
    other = c.wait_due
    if other and (other < due or not due):
        due = other
    armed = c.armed
    if due and (due < armed or not armed):
        c.armed = due
        c.owner.arm(c, due)
    # What one segment may take without a thought. In doubt (closing, nothing to send into), nothing.
    c.quick = min(c.mss, c.peer_window, c.cwnd) if c.state in _QUICK and not c.fin else 0
    what = c.told
    if what:
        c.told = 0
        c.owner.news(c, what)
