"""AFD polls (IOCTL_AFD_POLL): one request that ends when any of several endpoints has something to tell.

libuv, trio, mio and wepoll wait so; select and WSAPoll of newer Windows are made of it.  A poll is made on any
handle of AFD, be it a socket or a bare device, and tells that handle's completion port of its end.  It is
level-triggered: what is so already ends it at once.  That the polled endpoint was closed is reported whatever
the mask (pinned, fact 24); that the handle was closed on which the poll was made ends nothing (pinned, fact 25).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from notsock.afd.device import AfdDevice
from notsock.objects.io_request import Request
from notsock.values import status
from notsock.values.durations import NEVER

if TYPE_CHECKING:
    from notsock.afd.endpoint import Endpoint
    from notsock.executive.executive import Executive

IOCTL_AFD_POLL = 0x12024

RECEIVE, RECEIVE_EXPEDITED, SEND, DISCONNECT, ABORT, LOCAL_CLOSE, CONNECT, ACCEPT, CONNECT_FAIL = (
    1 << place for place in range(9)
)
"""AFD_POLL_…: what a poll asks for, and what it is told."""


class Poll(Request):
    """One poll.

    ``watched`` are the endpoints with their masks, in the order asked; ``found`` is, at the end, what is told:
    (place in ``watched``, events, NTSTATUS) of each that has something.
    """

    __slots__ = ("exclusive", "found", "pending_on", "watched")

    def __init__(self, watched: "Sequence[tuple[Endpoint, int]]", exclusive: bool = False, address: int = 0) -> None:
        super().__init__(address)
        self.watched = watched
        self.exclusive = exclusive
        self.found: list[tuple[int, int, int]] = []
        self.pending_on: list[Poll] | None = None

    def start(self, executive: "Executive", device: "AfdDevice | Endpoint", deadline_ns: int) -> int:
        """Look, and wait until the deadline (0: not at all); return SUCCESS, PENDING or TIMEOUT.

        An exclusive poll ends an earlier exclusive one of the same endpoint, with nothing to tell (inferred: what
        libuv relies on to take a poll back without a cancellation).
        """
        owner = device.io if isinstance(device, AfdDevice) else device.io_half()
        assert owner is not None
        if self.exclusive:
            for endpoint, _ in self.watched:
                for other in tuple(endpoint.io_half().polls):
                    if other.exclusive:
                        other.complete(status.SUCCESS)
        self.begin(owner)
        if self.look():
            return status.SUCCESS
        if not deadline_ns:
            return self.complete(status.TIMEOUT)
        for endpoint in dict.fromkeys(endpoint for endpoint, _ in self.watched):
            endpoint.io_half().polls.append(self)
        self.pending_on = device.polls if isinstance(device, AfdDevice) else device.io_half().made
        self.pending_on.append(self)
        if deadline_ns != NEVER:
            executive.at(deadline_ns, self, None)
        return status.PENDING

    def look(self) -> bool:
        """End the poll if there is something to tell; say whether."""
        found = []
        for place, (endpoint, mask) in enumerate(self.watched):
            events = events_of(endpoint)
            told = events & (mask | LOCAL_CLOSE)
            if told:
                failed = endpoint.error if told & CONNECT_FAIL else status.SUCCESS
                found.append((place, told, failed))
        if not found:
            return False
        self.found = found
        self.complete(status.SUCCESS)
        return True

    def complete(self, answer: int, transferred: int = 0) -> int:
        """End the poll: it waits on nothing any more."""
        if self.pending_on is not None:
            self.pending_on.remove(self)
            self.pending_on = None
            for endpoint in dict.fromkeys(endpoint for endpoint, _ in self.watched):
                endpoint.io_half().polls.remove(self)
        return super().complete(answer, transferred)

    # ---- the time limit ------------------------------------------------------------------------------------------

    def overdue(self, _what: None, due_ns: int) -> int:
        """Say whether time may still be up."""
        return due_ns if self.pending_on is not None else NEVER

    def fire(self, _what: None) -> None:
        """Time is up."""
        self.complete(status.TIMEOUT)


def events_of(endpoint: "Endpoint") -> int:
    """Return what is so of an endpoint, as AFD_POLL flags."""
    if endpoint.closed:
        return LOCAL_CLOSE
    if not endpoint.stream:
        return SEND | (RECEIVE if endpoint.datagrams or endpoint.error else 0)
    if endpoint.listening:
        return ACCEPT if endpoint.accepted else 0
    connection = endpoint.connection
    if connection is None:
        return CONNECT_FAIL if endpoint.failed and endpoint.error else 0
    if endpoint.connecting:
        return 0
    events = CONNECT
    if connection.readable:
        events |= RECEIVE
    if connection.peer_finished:
        events |= DISCONNECT
    if endpoint.error:
        events |= ABORT | SEND
    elif connection.outstanding < endpoint.send_buffer:
        events |= SEND
    return events
