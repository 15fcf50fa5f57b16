r"""kernel32's calls on named pipes, and reading and writing by handle.

``ReadFile`` and ``WriteFile`` take named pipes, anonymous ones, sockets and files.  With an overlapped request they
return at once (997 while it is pending); without, they wait.  Microsoft: "Named Pipe Functions".
"""

from typing import TYPE_CHECKING, Any

from notsock.afd.file_io import FILES, read_file, write_file
from notsock.kernel32.devices import names_afd
from notsock.objects.io_request import TAKER, Request
from notsock.objects.kernel_object import KernelObject
from notsock.objects.named_pipe import QUOTA, UNLIMITED, PipeInstance, PipeName
from notsock.trace.calls import Call
from notsock.values import status
from notsock.values.durations import MILLISECOND, NEVER
from notsock.values.errors import (
    ERROR_ACCESS_DENIED,
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER,
    ERROR_IO_PENDING,
    ERROR_PIPE_BUSY,
    ERROR_SEM_TIMEOUT,
    win32_of_status,
)

if TYPE_CHECKING:
    from notsock.kernel32.kernel32 import Kernel32

PREFIX = "\\\\.\\pipe\\"
FILE_FLAG_FIRST_PIPE_INSTANCE = 0x80000
FILE_FLAG_OVERLAPPED = 0x40000000
PIPE_ACCESS_INBOUND, PIPE_ACCESS_OUTBOUND = 1, 2
PIPE_TYPE_MESSAGE, PIPE_READMODE_MESSAGE = 4, 2
GENERIC_READ, GENERIC_WRITE = 0x80000000, 0x40000000
INVALID_HANDLE_VALUE = -1
_WAIT_STEP_MS = 10
"""How often WaitNamedPipe looks for a free instance."""


def name_of_pipe(path: str) -> str | None:
    r"""Return what a path names behind ``\\.\pipe\``, in lower case; None when it names no pipe."""
    spelled = path.replace("/", "\\")
    return spelled[len(PREFIX) :].lower() if spelled.lower().startswith(PREFIX) and spelled != PREFIX else None


class PipeCalls:
    """The calls of one process; :class:`notsock.kernel32.kernel32.Kernel32` offers them as its own."""

    def __init__(self, kernel32: "Kernel32") -> None:
        self._kernel32 = kernel32
        self.process = kernel32.process
        self.executive = kernel32.executive
        self.manager = kernel32.manager
        self._names: dict[str, PipeName] = self.process.machine.named_pipes

    def _fail(self, call: int, code: int, result: Any = False) -> Any:
        self.executive.current.last_error = code
        self.executive.leave(call, 0, code)
        return result

    def _end(self, call: int, request: Request, answer: int) -> bool:
        """Leave a call that began a request."""
        if answer == status.PENDING:
            return bool(self._fail(call, ERROR_IO_PENDING))
        if answer != status.SUCCESS:
            return bool(self._fail(call, win32_of_status(answer)))
        self.executive.leave(call, 1, request.transferred)
        return True

    def _pipe(self, handle: int, call: int) -> PipeInstance | None:
        found = self._kernel32._find(handle, PipeInstance, call)
        return found if isinstance(found, PipeInstance) else None

    def CreateNamedPipe(  # noqa: N802
        self, name: str, open_mode: int, pipe_mode: int, instances_max: int = UNLIMITED, out_size: int = 0,
        in_size: int = 0, timeout_ms: int = 0,
    ) -> int:  # fmt: skip
        """Make an instance of a pipe's name, on which a client may connect; -1 on error."""
        del timeout_ms
        call = Call.CREATENAMEDPIPE
        self.executive.enter(call)
        spelled = name_of_pipe(name)
        if spelled is None:
            return int(self._fail(call, ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE))
        known = self._names.get(spelled)
        if known is None:
            known = self._names[spelled] = PipeName(
                self._names, spelled, instances_max, bool(pipe_mode & PIPE_TYPE_MESSAGE)
            )
        elif open_mode & FILE_FLAG_FIRST_PIPE_INSTANCE:
            return int(self._fail(call, ERROR_ACCESS_DENIED, INVALID_HANDLE_VALUE))
        elif known.instances_max != UNLIMITED and len(known.instances) >= known.instances_max:
            return int(self._fail(call, ERROR_PIPE_BUSY, INVALID_HANDLE_VALUE))
        overlapped = bool(open_mode & FILE_FLAG_OVERLAPPED)
        made = PipeInstance(self.manager.ident(), known, True, overlapped, in_size or QUOTA)
        self.executive.number(TAKER)
        made.quota_of_client = out_size or QUOTA
        made.message_read = bool(pipe_mode & PIPE_READMODE_MESSAGE)
        made.readable, made.writable = bool(open_mode & PIPE_ACCESS_INBOUND), bool(open_mode & PIPE_ACCESS_OUTBOUND)
        number: int = self.manager.create(self.process, made)
        self.executive.leave(call, number)
        return number

    def ConnectNamedPipe(self, handle: int, overlapped: Request | None = None) -> bool:  # noqa: N802
        """Wait for a client; False and 535 when one has already connected."""
        call = Call.CONNECTNAMEDPIPE
        self.executive.current.handed = overlapped
        self.executive.enter(call, handle)
        pipe = self._pipe(handle, call)
        if pipe is None:
            return bool(self._fail(call, self.executive.current.last_error))
        request = overlapped or Request()
        answer = pipe.connect(request)
        if answer == status.PENDING and overlapped is None:
            answer = request.wait(self.executive)
        return self._end(call, request, answer)

    def DisconnectNamedPipe(self, handle: int) -> bool:  # noqa: N802
        """Throw the client out."""
        call = Call.DISCONNECTNAMEDPIPE
        self.executive.enter(call, handle)
        pipe = self._pipe(handle, call)
        if pipe is None:
            return bool(self._fail(call, self.executive.current.last_error))
        pipe.disconnect()
        self.executive.leave(call, 1)
        return True

    def CreateFile(  # noqa: N802
        self,
        name: str,
        access: int = GENERIC_READ | GENERIC_WRITE,
        share: int = 0,
        disposition: int = 3,
        flags: int = 0,
    ) -> int:
        """Open the client's end of a named pipe, or AFD; -1 on error (2: no such name, 231: no instance is free)."""
        del share, disposition
        call = Call.CREATEFILE
        self.executive.enter(call)
        if names_afd(name):
            device: int = self._kernel32.open_afd()
            self.executive.leave(call, device)
            return device
        spelled = name_of_pipe(name)
        known = self._names.get(spelled) if spelled is not None else None
        if known is None:
            return int(self._fail(call, ERROR_FILE_NOT_FOUND, INVALID_HANDLE_VALUE))
        server = known.free()
        if server is None:
            return int(self._fail(call, ERROR_PIPE_BUSY, INVALID_HANDLE_VALUE))
        overlapped = bool(flags & FILE_FLAG_OVERLAPPED)
        client = PipeInstance(self.manager.ident(), known, False, overlapped, server.quota_of_client)
        self.executive.number(TAKER)
        client.readable, client.writable = bool(access & GENERIC_READ), bool(access & GENERIC_WRITE)
        number: int = self.manager.create(self.process, client)
        server.open(client)
        self.executive.leave(call, number)
        return number

    def WaitNamedPipe(self, name: str, milliseconds: int) -> bool:  # noqa: N802
        """Wait until an instance of a name is free (2: no such name, 121: time is up)."""
        call = Call.WAITNAMEDPIPE
        executive = self.executive
        executive.enter(call)
        deadline = NEVER if milliseconds == 0xFFFFFFFF else executive.now + milliseconds * MILLISECOND
        while True:
            known = self._names.get(name_of_pipe(name) or "")
            if known is None:
                return bool(self._fail(call, ERROR_FILE_NOT_FOUND))
            if known.free() is not None:
                executive.leave(call, 1)
                return True
            if executive.now >= deadline:
                return bool(self._fail(call, ERROR_SEM_TIMEOUT))
            executive.wait(min(deadline, executive.now + _WAIT_STEP_MS * MILLISECOND))

    def SetNamedPipeHandleState(self, handle: int, mode: int | None) -> bool:  # noqa: N802
        """Read bytes or messages from now on."""
        call = Call.SETNAMEDPIPEHANDLESTATE
        self.executive.enter(call, handle, mode or 0)
        pipe = self._pipe(handle, call)
        if pipe is None:
            return bool(self._fail(call, self.executive.current.last_error))
        if mode is not None:
            if mode & PIPE_READMODE_MESSAGE and not pipe.name.message:
                return bool(self._fail(call, ERROR_INVALID_PARAMETER))
            pipe.message_read = bool(mode & PIPE_READMODE_MESSAGE)
        self.executive.leave(call, 1)
        return True

    def PeekNamedPipe(self, handle: int, size: int = 0) -> tuple[bytes, int, int] | None:  # noqa: N802
        """Return (beginning of what can be read, bytes that can be read, rest of the first message)."""
        call = Call.PEEKNAMEDPIPE
        self.executive.enter(call, handle)
        pipe = self._pipe(handle, call)
        if pipe is None:
            return self._fail(call, self.executive.current.last_error, None)  # type: ignore[no-any-return]
        if not pipe.chunks and pipe.peer is None:
            answer = status.PIPE_LISTENING if pipe.listening else status.PIPE_BROKEN
            return self._fail(call, win32_of_status(answer), None)  # type: ignore[no-any-return]
        if not pipe.chunks:
            self.executive.poll_failed()
        first = pipe.chunks[0].data if pipe.chunks else b""
        data = first[:size]
        self.executive.leave(call, pipe.size)
        return data, pipe.size, len(first) - len(data) if pipe.name.message else 0

    def _file(self, handle: int, call: int) -> KernelObject | None:
        found = self._kernel32._find(handle, FILES, call)
        return found if isinstance(found, FILES) else None

    def ReadFile(self, handle: int, size: int, overlapped: Request | None = None) -> bytes | None:  # noqa: N802
        """Read up to ``size`` bytes; None on error (997: pending, 109: a pipe's end, 234: a message's beginning).

        What an overlapped request read is in the request.
        """
        call = Call.READFILE
        self.executive.current.handed = overlapped
        self.executive.enter(call, handle, size)
        thing = self._file(handle, call)
        if thing is None:
            return self._fail(call, self.executive.current.last_error or ERROR_INVALID_HANDLE, None)  # type: ignore[no-any-return]
        request = overlapped or Request()
        done = self._end(call, request, read_file(self.process, thing, request, size, overlapped is None))
        return request.data if done or request.status == status.BUFFER_OVERFLOW else None

    def WriteFile(self, handle: int, data: bytes, overlapped: Request | None = None) -> int | None:  # noqa: N802
        """Write; return the bytes written, None on error (997: pending, 232: nobody reads the pipe any more)."""
        call = Call.WRITEFILE
        self.executive.current.handed = overlapped
        self.executive.enter(call, handle, len(data))
        thing = self._file(handle, call)
        if thing is None:
            return self._fail(call, self.executive.current.last_error or ERROR_INVALID_HANDLE, None)  # type: ignore[no-any-return]
        request = overlapped or Request()
        done = self._end(call, request, write_file(self.process, thing, request, data, overlapped is None))
        return request.transferred if done else None
