"""An I/O request that may end later: what a program's OVERLAPPED structure stands for.

Whoever serves the object (an endpoint, a pipe) keeps the pending requests and completes them the moment it can:
nothing polls.  A request that fails at once was never pending: nothing is signalled and no packet is queued
(pinned, fact 59).
"""

from typing import TYPE_CHECKING, Any, Final

from notsock.values import status
from notsock.values.durations import NEVER

if TYPE_CHECKING:
    from notsock.executive.actors import Thread
    from notsock.executive.executive import Executive
    from notsock.objects.completion_port import Association
    from notsock.objects.kernel_object import Event

TAKER: Final = "request taker"
"""The kind under which whoever makes an object that takes requests numbers it: a run without any has none pending."""
NOT_STARTED = -1


class Request:
    """One request.

    ``address`` names it in completion packets; ``status`` is an NTSTATUS, PENDING while it is under way;
    ``transferred`` counts bytes; ``data`` is what a receive got or a send has still to send; ``source`` the
    sender of a datagram; ``into`` a buffer that a receive fills when it completes; ``size`` a receive's limit;
    ``accepting`` the endpoint that is to take a connection; ``signals`` is the event of the end; ``waiter`` is
    the thread of a synchronous call; ``memory`` the process in whose memory the end is written, 0 for none;
    ``maker`` the process whose addresses ``address`` is one of, 0 where nobody looks at the request without a call.
    """

    __slots__ = (
        "accepting", "address", "data", "into", "maker", "memory", "owner", "signals", "size", "source", "status",
        "transferred", "waiter",
    )  # fmt: skip

    def __init__(self, address: int = 0, event: "Event | None" = None) -> None:
        self.address = address
        self.status = NOT_STARTED
        self.transferred = 0
        self.data: bytes = b""
        self.source: Any = None
        self.into: memoryview | None = None
        self.size = 0
        self.accepting: Any = None
        self.signals = event
        self.owner: Association | None = None
        self.waiter: Thread | None = None
        self.memory = self.maker = 0

    def looked_at(self, executive: "Executive") -> None:
        """Note that the current thread looks whether this has ended, which is no call."""
        if not executive.alone:
            signals = self.signals
            executive.glimpse((self.maker, self.address, signals.ident if signals is not None else 0))

    def begin(self, owner: "Association") -> int:
        """Become pending on an object; return STATUS_PENDING."""
        self.owner = owner
        self.status = status.PENDING
        if self.signals is not None:
            self.signals.signalled = False
        return status.PENDING

    def received(self, data: bytes, answer: int = status.SUCCESS) -> int:
        """End a receive with what it got; return its status."""
        into = self.into
        if into is not None:
            into[: len(data)] = data
        else:
            self.data = data
        return self.complete(answer, len(data))

    def complete(self, answer: int, transferred: int = 0) -> int:
        """End the request: signal its event, queue its packet; return its status."""
        self.status = answer
        self.transferred = transferred
        if self.signals is not None:
            self.signals.signal()
        waiter = self.waiter
        if waiter is not None:
            self.waiter = None
            waiter.executive.wake(waiter)
        owner = self.owner
        if owner is not None and owner.port is not None:
            owner.port.post((answer, transferred, owner.key, self.address))
        return answer

    def wait(self, executive: "Executive") -> int:
        """Have the current thread wait until the request has ended; return its status."""
        while self.status == status.PENDING:
            self.waiter = executive.current
            executive.wait(NEVER)
        return self.status
