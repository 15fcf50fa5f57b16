"""One process's kernel32: Windows' own calls, by their names, return values and last errors.

Numbers stand where C has pointers; a call that fails returns 0, False or WAIT_FAILED and leaves its code in
the thread's last error.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from notsock.executive.actors import Killed, Thread
from notsock.kernel32.devices import DeviceCalls
from notsock.kernel32.pipes import PipeCalls
from notsock.kernel32.ports import PortCalls
from notsock.kernel32.processes import CURRENT_PROCESS, ProcessCalls
from notsock.kernel32.sections import SectionCalls
from notsock.objects.kernel_object import Event, Semaphore, ThreadObject, Waitable
from notsock.objects.named_pipe import anonymous_pipe
from notsock.objects.process import Process
from notsock.trace.calls import Call
from notsock.trace.events import Origin
from notsock.values import status
from notsock.values.durations import MILLISECOND, NEVER
from notsock.values.errors import (
    ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER,
    ERROR_TOO_MANY_POSTS,
    win32_of_status,
)

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.objects.kernel_object import KernelObject

INFINITE = 0xFFFFFFFF
WAIT_OBJECT_0 = 0
WAIT_TIMEOUT = 258
WAIT_FAILED = 0xFFFFFFFF
DUPLICATE_CLOSE_SOURCE = 1
DUPLICATE_SAME_ACCESS = 2
MAXIMUM_WAIT_OBJECTS = 64
HANDLE_FLAG_INHERIT = 1
HANDLE_FLAG_PROTECT_FROM_CLOSE = 2
CURRENT_THREAD = 0xFFFFFFFFFFFFFFFE
_PSEUDO = (CURRENT_PROCESS, CURRENT_THREAD, -1, -2)
FILE_TYPE_UNKNOWN, FILE_TYPE_DISK, FILE_TYPE_CHAR, FILE_TYPE_PIPE = 0, 1, 2, 3
_FILE_TYPES = {
    "endpoint": FILE_TYPE_PIPE, "pipe": FILE_TYPE_PIPE, "named pipe": FILE_TYPE_PIPE, "file": FILE_TYPE_DISK,
    "console": FILE_TYPE_CHAR,
}  # fmt: skip


_FAMILY_OF: dict[str, type[Any]] = {
    name: family
    for family in (PortCalls, DeviceCalls, SectionCalls, ProcessCalls, PipeCalls)
    for name in vars(family)
    if not name.startswith("_")
}
"""The calls that stand in files of their own, each with the class that has it."""


class Kernel32:
    """The kernel32 calls of one process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.executive: Executive = process.executive
        self.manager: Any = process.manager
        self._families: dict[type, Any] = {}

    def __getattr__(self, name: str) -> Any:
        """Bind a call of a family when it is first asked for: few programs make many of them."""
        family = _FAMILY_OF.get(name)
        if family is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        made = self._families.get(family)
        if made is None:
            made = self._families[family] = family(self)
        bound = getattr(made, name)
        setattr(self, name, bound)
        return bound

    def _fail(self, call: int, code: int, result: int = 0) -> int:
        self.executive.current.last_error = code
        self.executive.leave(call, result, code)
        return result

    def _done(self, call: int, result: int = 1) -> int:
        self.executive.leave(call, result)
        return result

    def _find(self, handle: int, wanted: type | tuple[type, ...], call: int) -> "KernelObject | None":
        found = self.manager.find(self.process, handle, wanted, call)
        if isinstance(found, int):
            self.executive.current.last_error = win32_of_status(found)
            return None
        return found  # type: ignore[no-any-return]

    # ---- handles ----------------------------------------------------------------------------------------------

    def GetLastError(self) -> int:  # noqa: N802
        """Return the thread's last error."""
        return self.executive.current.last_error

    def SetLastError(self, code: int) -> None:  # noqa: N802
        """Set the thread's last error."""
        self.executive.current.last_error = code

    def CloseHandle(self, handle: int) -> bool:  # noqa: N802
        """Close a handle, whatever it means; False and ERROR_INVALID_HANDLE when it means nothing."""
        call = Call.CLOSEHANDLE
        self.executive.enter(call, handle)
        if handle in _PSEUDO:
            return bool(self._done(call))
        answer = self.manager.close(self.process, handle, call)
        if answer != status.SUCCESS:
            return bool(self._fail(call, win32_of_status(answer)))
        return bool(self._done(call))

    def DuplicateHandle(  # noqa: N802
        self, source_process: int, handle: int, target_process: int, access: int = 0, inherit: bool = False,
        options: int = DUPLICATE_SAME_ACCESS,
    ) -> int:  # fmt: skip
        """Return the number, in the target process, of a second handle to the same object; 0 on error."""
        del access
        call = Call.DUPLICATEHANDLE
        self.executive.current.handed = source_process, target_process, options
        self.executive.enter(call, handle, target_process & 0x7FFFFFFF)
        source = self._process(source_process, call)
        target = self._process(target_process, call)
        if source is None or target is None:
            return self._fail(call, ERROR_INVALID_HANDLE)
        if handle in _PSEUDO:
            meant = source if handle in (CURRENT_PROCESS, -1) else self.executive.current.object
            return self._done(call, self.manager.open(target, meant, Origin.DUPLICATED, inherit))
        number = self.manager.duplicate(source, handle, target, inherit, Origin.DUPLICATED, call)
        if not number:
            return self._fail(call, ERROR_INVALID_HANDLE)
        if options & DUPLICATE_CLOSE_SOURCE:
            self.manager.close(source, handle, call)
        return self._done(call, number)

    def _process(self, handle: int, call: int) -> Process | None:
        if handle in (CURRENT_PROCESS, -1):
            return self.process
        found = self._find(handle, Process, call)
        return found if isinstance(found, Process) else None

    def SetHandleInformation(self, handle: int, mask: int, flags: int) -> bool:  # noqa: N802
        """Set or clear HANDLE_FLAG_INHERIT and HANDLE_FLAG_PROTECT_FROM_CLOSE."""
        call = Call.SETHANDLEINFORMATION
        self.executive.enter(call, handle, flags)
        table = self.process.table
        handle = table.real(handle)
        if handle not in table.objects:
            return bool(self._fail(call, ERROR_INVALID_HANDLE))
        for bit, marked in (
            (HANDLE_FLAG_INHERIT, table.inheritable),
            (HANDLE_FLAG_PROTECT_FROM_CLOSE, table.protected),
        ):
            if mask & bit and flags & bit:
                marked.add(handle)
            elif mask & bit:
                marked.discard(handle)
        return bool(self._done(call))

    def GetHandleInformation(self, handle: int) -> int | None:  # noqa: N802
        """Return a handle's flags; None when it means nothing."""
        call = Call.GETHANDLEINFORMATION
        self.executive.enter(call, handle)
        table = self.process.table
        handle = table.real(handle)
        if handle not in table.objects:
            self._fail(call, ERROR_INVALID_HANDLE)
            return None
        inherit = HANDLE_FLAG_INHERIT if handle in table.inheritable else 0
        flags = inherit | (HANDLE_FLAG_PROTECT_FROM_CLOSE if handle in table.protected else 0)
        self._done(call, flags)
        return flags

    def GetFileType(self, handle: int) -> int:  # noqa: N802
        """Return FILE_TYPE_PIPE for a socket or pipe, FILE_TYPE_DISK for a file, 0 for anything else."""
        call = Call.GETFILETYPE
        self.executive.enter(call, handle)
        table = self.process.table
        thing = table.objects.get(table.real(handle))
        if thing is None:
            return self._fail(call, ERROR_INVALID_HANDLE)
        return self._done(call, _FILE_TYPES.get(thing.type, FILE_TYPE_UNKNOWN))

    def CreatePipe(self, size: int = 0, inherit: bool = False) -> tuple[int, int]:  # noqa: N802
        """Return (reading end, writing end) of an anonymous pipe that holds ``size`` bytes (0: a page)."""
        self.executive.enter(Call.CREATEPIPE)
        reading, writing = (
            self.manager.create(self.process, end, inherit) for end in anonymous_pipe(self.manager, size)
        )
        self._done(Call.CREATEPIPE)
        return reading, writing

    # ---- waiting ------------------------------------------------------------------------------------------------

    def CreateEvent(self, manual: bool = False, initial: bool = False) -> int:  # noqa: N802
        """Return a handle to a new event."""
        self.executive.enter(Call.CREATEEVENT)
        event = Event(self.manager.ident(), manual, initial)
        return self._done(Call.CREATEEVENT, self.manager.create(self.process, event))

    def SetEvent(self, handle: int) -> bool:  # noqa: N802
        """Signal an event."""
        self.executive.enter(Call.SETEVENT, handle)
        event = self._find(handle, Event, Call.SETEVENT)
        if not isinstance(event, Event):
            return bool(self._fail(Call.SETEVENT, self.GetLastError()))
        event.signal()
        return bool(self._done(Call.SETEVENT))

    def ResetEvent(self, handle: int) -> bool:  # noqa: N802
        """Reset an event."""
        self.executive.enter(Call.RESETEVENT, handle)
        event = self._find(handle, Event, Call.RESETEVENT)
        if not isinstance(event, Event):
            return bool(self._fail(Call.RESETEVENT, self.GetLastError()))
        event.signalled = False
        return bool(self._done(Call.RESETEVENT))

    def CreateSemaphore(self, count: int, count_max: int) -> int:  # noqa: N802
        """Return a handle to a new semaphore; 0 and 87 where ``count`` is not from 0 to ``count_max``."""
        call = Call.CREATESEMAPHORE
        self.executive.enter(call, count, count_max)
        if count_max < 1 or not 0 <= count <= count_max:
            return self._fail(call, ERROR_INVALID_PARAMETER)
        return self._done(call, self.manager.create(self.process, Semaphore(self.manager.ident(), count, count_max)))

    def ReleaseSemaphore(self, handle: int, count: int = 1) -> int | None:  # noqa: N802
        """Count a semaphore up; return what it was, None on error (298: beyond its limit)."""
        call = Call.RELEASESEMAPHORE
        self.executive.enter(call, handle, count)
        found = self._find(handle, Semaphore, call)
        before = found.release(count) if isinstance(found, Semaphore) else None
        if before is None:
            self._fail(call, ERROR_TOO_MANY_POSTS if found is not None else self.GetLastError())
            return None
        self._done(call, before)
        return before

    def WaitForSingleObject(self, handle: int, milliseconds: int = INFINITE) -> int:  # noqa: N802
        """Wait for an event, a thread or a process; WAIT_OBJECT_0, WAIT_TIMEOUT or WAIT_FAILED."""
        call = Call.WAITFORSINGLEOBJECT
        self.executive.enter(call, handle, milliseconds)
        thing = self._find(handle, Waitable, call)
        if not isinstance(thing, Waitable):
            return self._fail(call, self.GetLastError(), WAIT_FAILED)
        return self._done(call, WAIT_TIMEOUT if self._wait([thing], 1, milliseconds) is None else WAIT_OBJECT_0)

    def WaitForMultipleObjects(  # noqa: N802
        self, handles: list[int], wait_all: bool = False, milliseconds: int = INFINITE
    ) -> int:
        """Wait for one of several objects (its place is returned), or for all."""
        call = Call.WAITFORMULTIPLEOBJECTS
        self.executive.current.named = tuple(handles)
        self.executive.enter(call, handles[0] if handles else 0, milliseconds)
        if not 0 < len(handles) <= MAXIMUM_WAIT_OBJECTS:
            return self._fail(call, ERROR_INVALID_PARAMETER, WAIT_FAILED)
        things = [self._find(handle, Waitable, call) for handle in handles]
        if None in things:
            return self._fail(call, ERROR_INVALID_HANDLE, WAIT_FAILED)
        found = self._wait(things, len(things) if wait_all else 1, milliseconds)  # type: ignore[arg-type]
        return self._done(call, WAIT_TIMEOUT if found is None else WAIT_OBJECT_0 + found[0])

    def wait_for_many(self, handles: list[int], wait_all: bool, milliseconds: int) -> list[int] | None:
        """Wait as WaitForMultipleObjects does, for any number of objects at once; return all places signalled.

        None on error (258: time is up).  What Python's ``BatchedWaitForMultipleObjects`` makes of several threads.
        """
        call = Call.WAITFORMULTIPLEOBJECTS
        self.executive.enter(call, handles[0], milliseconds)
        things: list[Any] = [self._find(handle, Waitable, call) for handle in handles]
        if None in things:
            self._fail(call, ERROR_INVALID_HANDLE)
            return None
        found = self._wait(things, len(things) if wait_all else 1, milliseconds)
        if found is None:
            self._fail(call, WAIT_TIMEOUT)
            return None
        for place, thing in enumerate(things):
            if place not in found and thing.signalled:
                thing.consume()
                found.append(place)
        self._done(call, found[0])
        return sorted(found)

    def _wait(self, things: list[Waitable], needed: int, milliseconds: int) -> list[int] | None:
        """Wait until ``needed`` of several objects (one, or all) are signalled, and take those, none before.

        Return their places, None when time is up.
        """
        executive = self.executive
        deadline = NEVER if milliseconds == INFINITE else executive.now + milliseconds * MILLISECOND
        while True:
            signalled = [place for place, thing in enumerate(things) if thing.signalled][:needed]
            if len(signalled) == needed:
                for place in signalled:
                    things[place].consume()
                return signalled
            if milliseconds == 0:
                executive.poll_failed()
                return None
            thread = executive.current
            for thing in things:
                thing.waiters = [*(thing.waiters or ()), thread]
            woken = executive.wait(deadline)
            for thing in things:
                thing.forget_waiter(thread)
            if woken is None:
                return None

    def Sleep(self, milliseconds: int) -> None:  # noqa: N802
        """Let others run, for so long at least."""
        executive = self.executive
        executive.enter(Call.SLEEP, milliseconds)
        if milliseconds:
            executive.wait(NEVER if milliseconds == INFINITE else executive.now + milliseconds * MILLISECOND)
        else:
            executive.poll_failed()
        executive.leave(Call.SLEEP, 0)

    # ---- threads ------------------------------------------------------------------------------------------------

    def CreateThread(self, start: Callable[..., Any], argument: Any = None) -> int:  # noqa: N802
        """Start a thread; return a handle to it, which the caller must close."""
        self.executive.enter(Call.CREATETHREAD)
        handle = self.make_thread(start, argument)
        return self._done(Call.CREATETHREAD, handle)

    def make_thread(
        self, start: Callable[..., Any], argument: Any = None, ended: Callable[[Thread], None] | None = None
    ) -> int:
        """Start a thread without passing the gate; ``ended`` runs in it after ``start`` returns."""

        def body(thread: Thread) -> None:
            start(*(() if argument is None else (argument,)))
            if ended is not None:
                ended(thread)

        thread = self.process.machine.start_thread(self.process, body)
        return self.manager.open(self.process, thread.object)  # type: ignore[no-any-return]

    def ExitThread(self, code: int = 0) -> None:  # noqa: N802
        """End the calling thread."""
        self.executive.enter(Call.EXITTHREAD, code)
        thread = self.executive.current
        if isinstance(thread.object, ThreadObject):
            thread.object.exit_code = code
        raise Killed

    def GetCurrentThreadId(self) -> int:  # noqa: N802
        """Return the calling thread's number."""
        return self.executive.current.ident
