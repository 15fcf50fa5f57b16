"""One process's C runtime, by its own names.

A descriptor is a small number that stands for a handle, and owns it: ``_close`` closes the handle (Q139640).
Of a socket it knows only that handle, not the context that Winsock keeps beside it, which is why Q185727 asks
for ``closesocket`` as well.  On error a call returns -1 (or None) and sets the thread's ``errno``.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zlib import crc32

from notsock.afd.endpoint import Endpoint
from notsock.executive.actors import Killed
from notsock.objects.kernel_object import FileObject, Pipe, PipeEnd
from notsock.trace.calls import Call
from notsock.trace.events import DescriptorClosed, DescriptorMissed, DescriptorOpened, Origin, Wrote
from notsock.trace.stacks import capture
from notsock.values import status
from notsock.values.durations import NEVER
from notsock.values.errors import EBADF, EINVAL, EMFILE, ENOENT, EPIPE, errno_of_win32, win32_of_status

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.objects.process import Process

DESCRIPTORS_MAX = 2048
"""As many as the runtime can hold (_NHANDLE_)."""
CONSOLE = (0, 1, 2)


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

    # ---- descriptors ------------------------------------------------------------------------------------------

    def _allocate(self, handle: int) -> int:
        """Return the lowest free descriptor, now standing for ``handle``; -1 when there is none."""
        for number in range(DESCRIPTORS_MAX):
            if number not in self.handles and number not in self._console:
                self.handles[number] = handle
                thing = self.process.table.objects[handle]
                recorder = self.executive.recorder
                recorder.stacks[recorder.here()] = capture()
                self.executive.log(
                    (
                        DescriptorOpened.kind,
                        self.executive.current.ident,
                        self.process.ident,
                        number,
                        handle,
                        thing.ident,
                    )
                )
                return number
        return -1

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
        if descriptor not in self.handles:
            return self._fail(call, EBADF)
        return self._done(call, self.handles[descriptor])

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
        handle = self.handles.pop(descriptor)
        thing = self.process.table.objects.get(handle)
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
        answer = self.manager.close(self.process, handle, call)
        return self._done(call) if answer == status.SUCCESS else self._fail_status(call, answer)

    def _dup(self, descriptor: int) -> int:
        """Return a second descriptor, with a handle of its own to the same object."""
        call = Call.CRT_DUP
        self.executive.enter(call, descriptor)
        handle = self.handles.get(descriptor)
        if handle is None:
            return self._fail(call, EBADF)
        copy = self.manager.duplicate(self.process, handle, self.process, False, Origin.DUPLICATED, call)
        if not copy:
            return self._fail(call, EBADF)
        return self._done(call, self._allocate(copy))

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
        """Read from a descriptor; None on error.

        On an overlapped socket ReadFile without an OVERLAPPED is refused; on another it waits even if the
        socket is non-blocking (pinned, fact 79; Q131623).
        """
        call = Call.CRT_READ
        self.executive.enter(call, descriptor, size)
        if descriptor in self._console:
            data: bytes | int = self.process.machine.console_input(self.process, size)
        else:
            thing = self._object(descriptor, call)
            if thing is None:
                return None
            data = self._read_object(thing, size)
        if isinstance(data, int):
            self._fail_status(call, data)
            return None
        self._done(call, len(data))
        return data

    def _read_object(self, thing: Any, size: int) -> bytes | int:
        if isinstance(thing, Endpoint):
            if thing.overlapped:
                return status.INVALID_PARAMETER
            return thing.receive(size, blocking=True)
        if isinstance(thing, FileObject):
            data: bytes = thing.contents.read(thing.position, size)
            thing.position += len(data)
            return data
        if isinstance(thing, PipeEnd) and not thing.writes:
            return self._read_pipe(thing, size)
        return status.INVALID_PARAMETER

    def _read_pipe(self, end: PipeEnd, size: int) -> bytes:
        pipe = end.pipe
        while not pipe.data:
            if not any(other.writes for other in pipe.ends):
                return b""
            end.waiters = [*(end.waiters or ()), self.executive.current]
            self.executive.wait(NEVER)
        data = bytes(pipe.data[:size])
        del pipe.data[:size]
        return data

    def _write(self, descriptor: int, data: bytes) -> int:
        """Write to a descriptor; return the number of bytes, -1 on error."""
        call = Call.CRT_WRITE
        self.executive.enter(call, descriptor, len(data))
        if descriptor in self._console:
            self.output(descriptor, bytes(data))
            return self._done(call, len(data))
        thing = self._object(descriptor, call)
        if thing is None:
            return -1
        written = self._write_object(thing, bytes(data))
        if written >= 0x40000000:
            return self._fail_status(call, written)
        if written < 0:
            return self._fail(call, EPIPE)
        return self._done(call, written)

    def _write_object(self, thing: Any, data: bytes) -> int:
        if isinstance(thing, Endpoint):
            if thing.overlapped:
                return status.INVALID_PARAMETER
            return thing.send(data, blocking=True)
        if isinstance(thing, FileObject):
            written = int(thing.contents.write(thing.position, data))
            thing.position += written
            return written
        if isinstance(thing, PipeEnd) and thing.writes:
            readers = [end for end in thing.pipe.ends if not end.writes]
            if not readers:
                return -1
            thing.pipe.data += data
            for end in readers:
                end.wake_all()
            return len(data)
        return status.INVALID_PARAMETER

    def output(self, stream: int, data: bytes) -> None:
        """Write to the console (1 output, 2 error), and record that."""
        self.executive.log((Wrote.kind, self.process.ident, stream, len(data), crc32(data)))
        self.process.machine.console_output(self.process, stream, data)

    def _open(self, path: str, flags: int = 0, mode: int = 0o666) -> int:
        """Open a file of the machine; return a descriptor, -1 on error."""
        call = Call.CRT_OPEN
        self.executive.enter(call, flags, mode)
        files = self.process.machine.files
        contents = files.open(path, flags, mode) if files is not None else ENOENT
        if isinstance(contents, int):
            return self._fail(call, contents)
        return self._done(call, self.adopt_file(contents))

    def adopt_file(self, contents: Any) -> int:
        """Return a descriptor for an open file's contents."""
        handle = self.manager.create(self.process, FileObject(self.manager.ident(), contents))
        return self._allocate(handle)

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

    def _pipe(self) -> tuple[int, int]:
        """Return the two descriptors (reading, writing) of an anonymous pipe."""
        self.executive.enter(Call.CRT_PIPE)
        pipe = Pipe()
        ends = [
            self._allocate(self.manager.create(self.process, PipeEnd(self.manager.ident(), pipe, writes)))
            for writes in (False, True)
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


