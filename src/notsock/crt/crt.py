"""One process's C runtime, by its own names.

A descriptor is a small number that stands for a handle, and owns it: ``_close`` closes the handle (Q139640).
Of a socket it knows only that handle, not the context that Winsock keeps beside it, which is why Q185727 asks
for ``closesocket`` as well.  Descriptors 0 to 2 stand for the process's standard handles, or for its console while
nobody has asked for those.  On error a call returns -1 (or None) and sets the thread's ``errno``.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from notsock.afd.file_io import FILES, read_file, write_file
from notsock.executive.actors import Killed
from notsock.objects import console
from notsock.objects.console import ConsoleStream
from notsock.objects.io_request import Request
from notsock.objects.kernel_object import FileObject
from notsock.objects.named_pipe import anonymous_pipe
from notsock.trace.calls import Call
from notsock.trace.events import DescriptorClosed, DescriptorMissed, DescriptorOpened, Origin
from notsock.trace.stacks import capture
from notsock.values import status
from notsock.values.errors import EBADF, EINVAL, EMFILE, ENOENT, errno_of_win32, win32_of_status

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.objects.process import Process

DESCRIPTORS_MAX = 2048
"""As many as the runtime can hold (_NHANDLE_)."""
CONSOLE = (0, 1, 2)
O_NOINHERIT = 0x80
_STD_HANDLES = (0xFFFFFFF6, 0xFFFFFFF5, 0xFFFFFFF4)
_NO_FILE = status.INVALID_PARAMETER


class Crt:
    """The C runtime of one process."""

    def __init__(self, process: "Process") -> None:
        self.process = process
        self.executive: Executive = process.executive
        self.manager: Any = process.manager
        self.handles: dict[int, int] = {}
        self._console = set(CONSOLE)

    def _fail(self, call: int, number: int) -> int:
        self.executive.current.errno = number
        self.executive.leave(call, -1, number)
        return -1

    def _done(self, call: int, result: int = 0) -> int:
        self.executive.leave(call, result)
        return result

    def _fail_status(self, call: int, answer: int) -> int:
        code = win32_of_status(answer)
        self.executive.current.last_error = code
        return self._fail(call, errno_of_win32(code))

    def begin(self) -> None:
        """Take over the standard handles, and the descriptors that the creator's runtime passed on."""
        startup, objects = self.process.startup, self.process.table.objects
        for number, handle in startup.descriptors.items():
            if handle in objects:
                self._console.discard(number)
                self._stands_for(number, handle)
        for number in tuple(self._console):
            standard = startup.standard[number]
            if standard is not None or not self.process.console:
                self._console.discard(number)
            if standard in objects:
                self._stands_for(number, standard)

    def is_console(self, descriptor: int) -> bool:
        """Say whether a descriptor stands for a console."""
        if descriptor in self._console:
            return True
        return isinstance(self.process.table.objects.get(self.handles.get(descriptor, 0)), ConsoleStream)

    # ---- descriptors ------------------------------------------------------------------------------------------

    def _allocate(self, handle: int) -> int:
        """Return the lowest free descriptor, now standing for ``handle``; -1 when there is none."""
        for number in range(DESCRIPTORS_MAX):
            if number not in self.handles and number not in self._console:
                self._stands_for(number, handle)
                return number
        return -1

    def _stands_for(self, number: int, handle: int) -> None:
        self.handles[number] = handle
        thing = self.process.table.objects[handle]
        executive = self.executive
        recorder = executive.recorder
        recorder.stacks[recorder.here()] = capture()
        executive.log(
            (DescriptorOpened.kind, executive.current.ident, self.process.ident, number, handle, thing.ident)
        )  # fmt: skip

    def _handle_of(self, descriptor: int) -> int | None:
        """Return the handle behind a descriptor; asking for that of the console opens it."""
        if descriptor in self._console:
            self._console.discard(descriptor)
            self._stands_for(descriptor, self.process.kernel32.GetStdHandle(_STD_HANDLES[descriptor]))
        return self.handles.get(descriptor)

    def _open_osfhandle(self, handle: int, flags: int = 0) -> int:
        """Return a new descriptor that stands for (and owns) an operating-system handle."""
        del flags
        call = Call.OPEN_OSFHANDLE
        self.executive.enter(call, handle)
        if handle not in self.process.table.objects:
            self.manager.missed(self.process, handle, None, call)
            return self._fail(call, EBADF)
        number = self._allocate(handle)
        return self._fail(call, EMFILE) if number < 0 else self._done(call, number)

    def _get_osfhandle(self, descriptor: int) -> int:
        """Return the handle that a descriptor stands for; -1 and EBADF when it stands for none."""
        call = Call.GET_OSFHANDLE
        self.executive.enter(call, descriptor)
        handle = self._handle_of(descriptor)
        return self._fail(call, EBADF) if handle is None else self._done(call, handle)

    def _close(self, descriptor: int) -> int:
        """Give up a descriptor and close its handle, whatever that means by now."""
        call = Call.CRT_CLOSE
        self.executive.enter(call, descriptor)
        if descriptor in self._console:
            self._console.discard(descriptor)
            return self._done(call)
        if descriptor not in self.handles:
            self._missed(descriptor, call)
            return self._fail(call, EBADF)
        answer = self._give_up(descriptor, call)
        return self._done(call) if answer == status.SUCCESS else self._fail_status(call, answer)

    def _give_up(self, descriptor: int, call: int) -> int:
        """Close a descriptor's handle; return the NTSTATUS of that."""
        handle = self.handles.pop(descriptor)
        thing = self.process.table.objects.get(handle)
        recorder = self.executive.recorder
        recorder.stacks[recorder.here()] = capture()
        self.executive.log(
            (
                DescriptorClosed.kind,
                self.executive.current.ident,
                self.process.ident,
                descriptor,
                handle,
                thing.ident if thing is not None else 0,
            )
        )
        answer: int = self.manager.close(self.process, handle, call)
        if descriptor in CONSOLE:
            self.process.kernel32.SetStdHandle(_STD_HANDLES[descriptor], 0)
        return answer

    def _copy(self, descriptor: int, call: int) -> int:
        """Return a handle, which children inherit, to what a descriptor stands for; 0 when it stands for nothing."""
        handle = self._handle_of(descriptor)
        if handle is None:
            return 0
        copy: int = self.manager.duplicate(self.process, handle, self.process, True, Origin.DUPLICATED, call)
        return copy

    def _dup(self, descriptor: int) -> int:
        """Return a second descriptor, with a handle of its own to the same object."""
        call = Call.CRT_DUP
        self.executive.enter(call, descriptor)
        copy = self._copy(descriptor, call)
        return self._done(call, self._allocate(copy)) if copy else self._fail(call, EBADF)

    def _dup2(self, descriptor: int, other: int) -> int:
        """Let a descriptor of the caller's choice stand for the same object; what it stood for is closed."""
        call = Call.CRT_DUP2
        self.executive.enter(call, descriptor, other)
        if not 0 <= other < DESCRIPTORS_MAX:
            return self._fail(call, EBADF)
        if descriptor == other:
            return self._fail(call, EBADF) if self._handle_of(descriptor) is None else self._done(call)
        copy = self._copy(descriptor, call)
        if not copy:
            return self._fail(call, EBADF)
        self._console.discard(other)
        if other in self.handles:
            self._give_up(other, call)
        self._stands_for(other, copy)
        if other in CONSOLE:
            self.process.kernel32.SetStdHandle(_STD_HANDLES[other], copy)
        return self._done(call)

    def _missed(self, descriptor: int, call: int) -> None:
        """Record that a call named a descriptor which stands for nothing."""
        recorder = self.executive.recorder
        recorder.stacks[recorder.here()] = capture()
        thread = self.executive.current.ident
        self.executive.log((DescriptorMissed.kind, thread, self.process.ident, descriptor, call))

    def _object(self, descriptor: int, call: int) -> Any:
        """Return what a descriptor's handle means, None (and EBADF) when it means nothing."""
        handle = self.handles.get(descriptor)
        if handle is None:
            self._missed(descriptor, call)
            self._fail(call, EBADF)
            return None
        thing = self.process.table.objects.get(handle)
        if thing is None:
            self.manager.missed(self.process, handle, None, call)
            self._fail_status(call, status.INVALID_HANDLE)
        return thing

    # ---- reading and writing ------------------------------------------------------------------------------------

    def _read(self, descriptor: int, size: int) -> bytes | None:
        """Read from a descriptor; None on error.  The end of a pipe is the end of the data."""
        call = Call.CRT_READ
        self.executive.enter(call, descriptor, size)
        if descriptor in self._console:
            data = console.read(self.process, size)
            self._done(call, len(data))
            return data
        thing = self._object(descriptor, call)
        if thing is None:
            return None
        request = Request()
        answer = read_file(self.process, thing, request, size, True) if isinstance(thing, FILES) else _NO_FILE
        if answer not in (status.SUCCESS, status.PIPE_BROKEN, status.BUFFER_OVERFLOW):
            self._fail_transfer(call, answer)
            return None
        self._done(call, len(request.data))
        return request.data

    def _write(self, descriptor: int, data: bytes) -> int:
        """Write to a descriptor; return the number of bytes, -1 on error."""
        call = Call.CRT_WRITE
        self.executive.enter(call, descriptor, len(data))
        if descriptor in self._console:
            return self._done(call, console.write(self.process, descriptor, bytes(data)))
        thing = self._object(descriptor, call)
        if thing is None:
            return -1
        request = Request()
        answer = write_file(self.process, thing, request, bytes(data), True) if isinstance(thing, FILES) else _NO_FILE
        if answer != status.SUCCESS:
            return self._fail_transfer(call, answer)
        return self._done(call, request.transferred)

    def _fail_transfer(self, call: int, answer: int) -> int:
        """Fail a read or a write; a handle that was opened for the other one is a bad descriptor to the runtime."""
        if answer == status.ACCESS_DENIED:
            self.executive.current.last_error = win32_of_status(answer)
            return self._fail(call, EBADF)
        return self._fail_status(call, answer)

    def _open(self, path: str, flags: int = 0, mode: int = 0o666) -> int:
        """Open a file of the machine; return a descriptor, -1 on error."""
        call = Call.CRT_OPEN
        self.executive.enter(call, flags, mode)
        files = self.process.machine.files
        contents = files.open(path, flags, mode) if files is not None else ENOENT
        if isinstance(contents, int):
            return self._fail(call, contents)
        thing = FileObject(self.manager.ident(), contents)
        handle = self.manager.create(self.process, thing, not flags & O_NOINHERIT)
        return self._done(call, self._allocate(handle))

    def _lseek(self, descriptor: int, offset: int, whence: int = 0) -> int:
        """Move a file's position; return it, -1 on error."""
        call = Call.CRT_LSEEK
        self.executive.enter(call, descriptor)
        thing = self._object(descriptor, call)
        if thing is None:
            return -1
        if not isinstance(thing, FileObject):
            return self._fail(call, EINVAL)
        start = (0, thing.position, thing.contents.size())[whence]
        if start + offset < 0:
            return self._fail(call, EINVAL)
        thing.position = start + offset
        return self._done(call, thing.position)

    def _pipe(self, size: int = 0, flags: int = 0) -> tuple[int, int]:
        """Return the two descriptors (reading, writing) of an anonymous pipe."""
        self.executive.enter(Call.CRT_PIPE)
        ends = [
            self._allocate(self.manager.create(self.process, end, not flags & O_NOINHERIT))
            for end in anonymous_pipe(self.manager, size)
        ]
        self._done(Call.CRT_PIPE)
        return ends[0], ends[1]

    # ---- threads ------------------------------------------------------------------------------------------------

    def _beginthread(self, start: Callable[..., Any], argument: Any = None) -> int:
        """Start a thread; its handle belongs to the runtime, which closes it when the thread ends (Q132078)."""
        self.executive.enter(Call.BEGINTHREAD)
        handle = self.process.kernel32.make_thread(start, argument, lambda _thread: self._endthread())
        self._own_handle(handle)
        return self._done(Call.BEGINTHREAD, handle)

    def _own_handle(self, handle: int) -> None:
        """Note, for the new thread, the number that ``_endthread`` will close."""
        thread = self.process.table.objects[handle].thread  # type: ignore[attr-defined]
        thread.own_handle = handle

    def _endthread(self) -> None:
        """End the calling thread, closing the number that its handle had (Q132078), whatever it means now."""
        call = Call.ENDTHREAD
        thread = self.executive.current
        handle = thread.own_handle
        self.executive.enter(call, handle)
        if handle:
            thread.own_handle = 0
            self.manager.close(self.process, handle, call)
        self.executive.leave(call, 0)
        raise Killed

    def _beginthreadex(self, start: Callable[..., Any], argument: Any = None) -> int:
        """Start a thread; the caller must close its handle (Q132078)."""
        self.executive.enter(Call.BEGINTHREADEX)
        handle = self.process.kernel32.make_thread(start, argument, lambda _thread: self._endthreadex())
        return self._done(Call.BEGINTHREADEX, handle)

    def _endthreadex(self, code: int = 0) -> None:
        """End the calling thread; closes nothing."""
        self.executive.enter(Call.ENDTHREADEX, code)
        self.executive.leave(Call.ENDTHREADEX, 0)
        raise Killed


