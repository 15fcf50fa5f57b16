"""A completion port: a queue of packets, and the threads that wait for one.

A packet goes to the thread that began to wait last (Microsoft, "I/O Completion Ports": waiting threads are
released last in, first out), packets leave in the order in which they came.  How many threads may run at once
on a port is not limited here: simulated threads are scheduled by the executive alone.
"""

from collections import deque
from typing import TYPE_CHECKING

from notsock.objects.kernel_object import KernelObject
from notsock.values.durations import NEVER

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.objects.process import Process

Packet = tuple[int, int, int, int]
"""Status of the request, bytes transferred, completion key, address of the OVERLAPPED structure."""


class Association:
    """What ties an object to a port: a port belongs to the object, whichever handle it was given by (fact 18)."""

    __slots__ = ("key", "port")

    def __init__(self) -> None:
        self.port: CompletionPort | None = None
        self.key = 0

    def associate(self, port: "CompletionPort", key: int) -> bool:
        """Have completions go to a port from now on; False when they already go to one."""
        if self.port is not None:
            return False
        self.port, self.key = port, key
        return True


class CompletionPort(KernelObject):
    """``taker`` is the thread that took the last packet: its next look is not a poll in vain."""

    __slots__ = ("closed", "packets", "taker")

    type = "completion port"

    def __init__(self, ident: int) -> None:
        super().__init__(ident)
        self.packets: deque[Packet] = deque()
        self.closed = False
        self.taker = 0

    def post(self, packet: Packet) -> None:
        """Hand a packet to a thread that waits, or queue it; nothing comes to a port that is closed."""
        if self.closed:
            return
        waiters = self.waiters
        while waiters:
            thread = waiters.pop()
            if thread.waiting:
                self.taker = thread.ident
                thread.executive.wake(thread, packet)
                return
        self.packets.append(packet)

    def take(self, executive: "Executive", deadline_ns: int) -> Packet | None:
        """Return the next packet, waiting for it until the deadline (0: not at all); None without one.

        A port closed meanwhile has none: look at ``closed``.
        """
        thread = executive.current
        if self.packets:
            self.taker = thread.ident
            return self.packets.popleft()
        if not deadline_ns:
            return None
        if self.waiters is None:
            self.waiters = []
        self.waiters.append(thread)
        packet = executive.wait(deadline_ns)
        if packet.__class__ is tuple:
            return packet
        self.forget_waiter(thread)
        return None

    def closed_last(self, process: "Process", call: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """Release the threads that wait: their port is gone (ERROR_ABANDONED_WAIT_0)."""
        self.closed = True
        self.packets.clear()
        self.wake_all()
        return True


def deadline_of(executive: "Executive", milliseconds: int, infinite: int) -> int:
    """Return the moment until which a wait of so many milliseconds lasts; 0 for none at all."""
    if milliseconds == infinite:
        return NEVER
    return executive.now + milliseconds * 1_000_000 if milliseconds else 0
