"""kernel32's calls on completion ports and pending requests, and waits that end in a callback.

Microsoft: "I/O Completion Ports", "CancelIoEx", "RegisterWaitForSingleObject".
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from notsock.afd.device import AfdDevice
from notsock.afd.endpoint import Endpoint
from notsock.objects.completion_port import CompletionPort, deadline_of
from notsock.objects.io_request import Request
from notsock.objects.kernel_object import Waitable
from notsock.objects.named_pipe import PipeInstance
from notsock.objects.registered_wait import RegisteredWait
from notsock.trace.calls import Call
from notsock.trace.events import Entered
from notsock.values import status
from notsock.values.durations import NEVER
from notsock.values.errors import (
    ERROR_ABANDONED_WAIT_0,
    ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER,
    WAIT_TIMEOUT,
    win32_of_status,
)

if TYPE_CHECKING:
    from notsock.kernel32.kernel32 import Kernel32
    from notsock.objects.kernel_object import KernelObject

INFINITE = 0xFFFFFFFF
INVALID_HANDLE_VALUE = 0xFFFFFFFFFFFFFFFF
SEVERAL = "several"
"""What GetQueuedCompletionStatusEx notes that it was handed."""
LOOKS_FREELY = 8
"""Looks in vain in a row that move no time: an event loop looks once a round, and has work of its own meanwhile."""
POLLS_PATIENTLY = 100
"""Looks in vain before time moves faster."""
_ENTERED = Entered.kind
_GET, _POST = int(Call.GETQUEUEDCOMPLETIONSTATUS), int(Call.POSTQUEUEDCOMPLETIONSTATUS)


class PortCalls:
    """The calls of one process; :class:`notsock.kernel32.kernel32.Kernel32` offers them as its own."""

    def __init__(self, kernel32: "Kernel32") -> None:
        self._kernel32 = kernel32
        self.process = kernel32.process
        self.executive = kernel32.executive
        self.manager = kernel32.manager
        self._objects = self.process.table.objects
        self._waits: dict[int, RegisteredWait] = {}

    def _fail(self, call: int, code: int) -> None:
        self.executive.current.last_error = code
        self.executive.leave(call, 0, code)

    def CreateIoCompletionPort(  # noqa: N802
        self, handle: int, port: int = 0, key: int = 0, threads: int = 0
    ) -> int:
        """Make a port (``handle`` is INVALID_HANDLE_VALUE), or tie an object to one; return the port's handle."""
        del threads
        call = Call.CREATEIOCOMPLETIONPORT
        none = handle in (-1, INVALID_HANDLE_VALUE)
        self.executive.enter(call, -1 if none else handle, port)
        number = port
        if not port:
            number = self.manager.create(self.process, CompletionPort(self.manager.ident()))
        thing = self._objects.get(number)
        if not isinstance(thing, CompletionPort):
            self._fail(call, ERROR_INVALID_HANDLE)
            return 0
        if not none:
            code = self._associate(handle, thing, key, call)
            if code:
                self._fail(call, code)
                return 0
        self.executive.leave(call, number)
        return number

    def _associate(self, handle: int, port: CompletionPort, key: int, call: int) -> int:
        table = self.process.table
        wanted = table.objects.get(table.real(handle))
        if wanted is None:
            self.manager.missed(self.process, handle, None, call)
            return ERROR_INVALID_HANDLE
        if isinstance(wanted, Endpoint) and wanted.overlapped:
            return 0 if wanted.io_half().associate(port, key) else ERROR_INVALID_PARAMETER
        if isinstance(wanted, (PipeInstance, AfdDevice)):
            return 0 if wanted.io.associate(port, key) else ERROR_INVALID_PARAMETER
        return ERROR_INVALID_PARAMETER

    def GetQueuedCompletionStatus(  # noqa: N802
        self, port: int, milliseconds: int = INFINITE
    ) -> tuple[int, int, int, int] | None:
        """Return (Win32 code, bytes, key, address of the OVERLAPPED) of the next packet.

        None when there is no packet: the last error says whether time was up (258) or the port is gone.  The look
        behind a packet that finds no other belongs to the taking: it is no call of its own in the trace, and nobody
        else may run, for what comes then is found as well by who looks before the packet or in the next round.
        """
        executive = self.executive
        thread = executive.current
        thing: Any = self._objects.get(port)
        if (
            not milliseconds
            and thing.__class__ is CompletionPort
            and thing.taker == thread.ident
            and not thing.packets
        ):
            thing.taker = 0
            executive.glimpse(thing)
            thread.last_error = WAIT_TIMEOUT
            return None
        thread.call = _GET  # enter, written out: an event loop does little else
        thread.call_first = port
        executive.traffic((_ENTERED, thread.ident, _GET, port, milliseconds))
        if len(executive.ready) > executive.alone:
            executive.reschedule()
            thing = self._objects.get(port)
        if thing.__class__ is not CompletionPort:
            self.manager.missed(self.process, port, thing, _GET)
            self._fail(_GET, ERROR_INVALID_HANDLE)
            return None
        packet: Any
        if thing.packets:
            thing.taker = thread.ident
            thread.polls = 0
            packet = thing.packets.popleft()
        elif not milliseconds:
            if thread.polls < LOOKS_FREELY:  # time stands still; packets under way come first, threads do not
                thread.polls += 1
                thread.yields = any(actor.greenlet is None for actor in executive.ready)
            else:
                executive.poll_failed(POLLS_PATIENTLY)
            thread.last_error = WAIT_TIMEOUT
            executive.leave(_GET, 0, WAIT_TIMEOUT)
            return None
        else:
            packet = thing.take(executive, deadline_of(executive, milliseconds, INFINITE))
            if packet is None:
                self._fail(_GET, ERROR_ABANDONED_WAIT_0 if thing.closed else WAIT_TIMEOUT)
                return None
        answer, transferred, key, address = packet
        executive.leave(_GET, 1, transferred)
        return (win32_of_status(answer) if answer else 0), transferred, key, address

    def GetQueuedCompletionStatusEx(  # noqa: N802
        self, port: int, count: int, milliseconds: int = INFINITE
    ) -> list[tuple[int, int, int, int]] | None:
        """Return up to ``count`` packets, waiting for the first; None without one (the last error says why).

        Each is (NTSTATUS, bytes, key, address of the OVERLAPPED).
        """
        executive = self.executive
        executive.current.handed = SEVERAL
        executive.enter(_GET, port, milliseconds)
        thing = self._objects.get(port)
        if not isinstance(thing, CompletionPort):
            self.manager.missed(self.process, port, thing, _GET)
            self._fail(_GET, ERROR_INVALID_HANDLE)
            return None
        first = thing.take(executive, deadline_of(executive, milliseconds, INFINITE))
        if first is None:
            if not milliseconds:
                executive.poll_failed(POLLS_PATIENTLY)
            self._fail(_GET, ERROR_ABANDONED_WAIT_0 if thing.closed else WAIT_TIMEOUT)
            return None
        executive.current.polls = 0
        found = [first]
        while thing.packets and len(found) < count:
            found.append(thing.packets.popleft())
        executive.leave(_GET, len(found))
        return found

    def PostQueuedCompletionStatus(  # noqa: N802
        self, port: int, transferred: int = 0, key: int = 0, overlapped: int = 0
    ) -> bool:
        """Queue a packet of the program's own."""
        self.executive.enter(_POST, port)
        thing = self._objects.get(port)
        if not isinstance(thing, CompletionPort):
            self.manager.missed(self.process, port, thing, _POST)
            self._fail(_POST, ERROR_INVALID_HANDLE)
            return False
        thing.post((status.SUCCESS, transferred, key, overlapped))
        self.executive.leave(_POST, 1)
        return True

    def CancelIoEx(self, handle: int, overlapped: Request | None = None) -> bool:  # noqa: N802
        """Cancel a pending request on an object, or all of them; 1168 when there is none."""
        call = Call.CANCELIOEX
        self.executive.enter(call, handle)
        table = self.process.table
        thing = table.objects.get(table.real(handle))
        if isinstance(thing, Endpoint):
            answer = thing.io.cancel(overlapped) if thing.io is not None else status.NOT_FOUND
        elif isinstance(thing, (PipeInstance, AfdDevice)):
            answer = thing.cancel(overlapped)
        else:
            if thing is None:
                self.manager.missed(self.process, handle, None, call)
            answer = status.INVALID_HANDLE if thing is None else status.NOT_FOUND
        if answer != status.SUCCESS:
            self._fail(call, win32_of_status(answer))
            return False
        self.executive.leave(call, 1)
        return True

    def GetOverlappedResult(self, overlapped: Request, wait: bool = False) -> int | None:  # noqa: N802
        """Return the bytes of a request that has ended; None on error, 996 while it is pending.

        Looking at a request is no system call, so nothing is recorded unless the thread waits.
        """
        executive = self.executive
        if overlapped.status == status.PENDING and wait:
            executive.enter(Call.GETOVERLAPPEDRESULT)
            overlapped.wait(executive)
            executive.leave(Call.GETOVERLAPPEDRESULT, overlapped.transferred)
        if overlapped.status == status.SUCCESS:
            return overlapped.transferred
        executive.current.last_error = win32_of_status(overlapped.status)
        return None

    # ---- waits that end in a callback --------------------------------------------------------------------------

    def RegisterWaitForSingleObject(  # noqa: N802
        self,
        handle: int,
        callback: Callable[[bool], None],
        milliseconds: int = INFINITE,
        touches: "KernelObject | None" = None,
    ) -> int:
        """Have ``callback(timed_out)`` called, once, when an object is signalled; return the wait's number.

        Windows calls it in a thread of its pool.  Here whoever signals the object does, so it must be a plain
        act of the kernel (to post a packet, to set an event) and pass no gate.  A search reduces better that is told
        which object it ``touches``.
        """
        call = Call.REGISTERWAIT
        executive = self.executive
        executive.current.handed = touches
        executive.enter(call, handle, milliseconds)
        thing = self._kernel32._find(handle, Waitable, call)
        if not isinstance(thing, Waitable):
            self._fail(call, executive.current.last_error)
            return 0
        number = executive.number("registered wait")
        deadline = NEVER if milliseconds == INFINITE else executive.now + milliseconds * 1_000_000
        self._waits[number] = RegisteredWait(executive, thing, callback, deadline, touches)
        executive.leave(call, number)
        return number

    def UnregisterWaitEx(self, wait: int, event: int = 0) -> bool:  # noqa: N802
        """Give up a registered wait; ``event`` is signalled once no callback can come any more: at once."""
        call = Call.UNREGISTERWAIT
        self.executive.current.handed = self._waits.get(wait), event
        self.executive.enter(call, wait)
        found = self._waits.pop(wait, None)
        if found is None:
            self._fail(call, ERROR_INVALID_HANDLE)
            return False
        found.give_up()
        thing = self._objects.get(event)
        if isinstance(thing, Waitable):
            thing.signal()
        self.executive.leave(call, 1)
        return True
