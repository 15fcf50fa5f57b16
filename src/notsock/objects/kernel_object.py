"""Kernel objects: what a handle means.

An object lives while any process has a handle to it.  When the last one is closed, ``closed_last`` is told by
which process and by which call, for an endpoint ends differently under ``closesocket`` and at a process's end.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notsock.executive.actors import Thread
    from notsock.objects.process import Process
    from notsock.objects.registered_wait import RegisteredWait


class KernelObject:
    """Anything a handle can mean.  ``ident`` is its number in the trace, never reused."""

    __slots__ = ("handles", "ident", "waiters")

    type = "object"

    def __init__(self, ident: int) -> None:
        self.ident = ident
        self.handles = 0
        self.waiters: list[Thread] | None = None

    def closed_last(self, process: "Process", call: int) -> bool:  # noqa: ARG002 - for those that need it
        """Tear the object down: its last handle was closed by ``process`` in ``call``.

        Return False when it lives on without a handle.
        """
        return True

    def wake_all(self) -> None:
        """Let every thread that waits for this object look again."""
        waiters = self.waiters
        if waiters:
            self.waiters = None
            for thread in waiters:
                thread.executive.wake(thread)

    def forget_waiter(self, thread: "Thread") -> None:
        """Take a thread that no longer waits off the list."""
        if self.waiters and thread in self.waiters:
            self.waiters.remove(thread)


class Waitable(KernelObject):
    """An object that WaitForSingleObject accepts; ``signalled`` says whether a wait ends at once.

    ``registered`` are the waits that no thread makes (:mod:`notsock.objects.registered_wait`).
    """

    __slots__ = ("registered", "signalled")

    def __init__(self, ident: int) -> None:
        super().__init__(ident)
        self.signalled = False
        self.registered: tuple[RegisteredWait, ...] = ()

    def signal(self) -> None:
        """Become signalled, and let those who wait look."""
        self.signalled = True
        for wait in self.registered:
            if self.signalled:
                wait.signalled()
        self.wake_all()

    def consume(self) -> None:
        """Note that a wait was satisfied."""


class Event(Waitable):
    """An event object; an automatic one is reset by the wait it satisfies."""

    __slots__ = ("manual",)

    type = "event"

    def __init__(self, ident: int, manual: bool, signalled: bool) -> None:
        super().__init__(ident)
        self.manual = manual
        self.signalled = signalled

    def consume(self) -> None:
        """Reset an automatic event."""
        if not self.manual:
            self.signalled = False


class Semaphore(Waitable):
    """A semaphore: signalled while its count is not 0, and counted down by each wait."""

    __slots__ = ("count", "count_max")

    type = "semaphore"

    def __init__(self, ident: int, count: int, count_max: int) -> None:
        super().__init__(ident)
        self.count = count
        self.count_max = count_max
        self.signalled = count > 0

    def release(self, count: int) -> int | None:
        """Count up; return what the count was, None where it would exceed its limit."""
        before = self.count
        if count <= 0 or before + count > self.count_max:
            return None
        self.count = before + count
        self.signal()
        return before

    def consume(self) -> None:
        """Count down."""
        self.count -= 1
        self.signalled = self.count > 0


class ThreadObject(Waitable):
    """A thread as a kernel object: signalled when the thread has ended."""

    __slots__ = ("exit_code", "thread")

    type = "thread"

    def __init__(self, ident: int, thread: Any) -> None:
        super().__init__(ident)
        self.thread = thread
        self.exit_code = 259


class FileObject(KernelObject):
    """An open file: its contents and a position, shared by all handles to it."""

    __slots__ = ("contents", "position")

    type = "file"

    def __init__(self, ident: int, contents: Any) -> None:
        super().__init__(ident)
        self.contents = contents
        self.position = 0
