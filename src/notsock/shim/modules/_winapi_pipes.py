"""_winapi's calls on named pipes, with its own ``Overlapped`` (``_winapi.c`` has one beside ``_overlapped``'s)."""

from typing import Any

from notsock.kernel32.pipes import PREFIX, name_of_pipe
from notsock.objects.io_request import Request
from notsock.objects.kernel_object import Event
from notsock.shim.fence import fence
from notsock.shim.here import here
from notsock.shim.modules._socket import socket_bytes
from notsock.shim.winerror import from_winerror
from notsock.values import errors, status


def _error() -> OSError:
    return from_winerror(here.executive.current.last_error)


def _pipe_path(path: str) -> str:
    r"""Return a pipe's name without the folder that a join of POSIX paths put before ``\\.\pipe\``."""
    return path[max(path.lower().find(PREFIX), 0) :]


class Overlapped(Request):
    """``_winapi.Overlapped``: always with an event of its own."""

    __module__ = "_winapi"
    __slots__ = ("_event", "_handle", "_reads", "_view")

    def __init__(self, handle: int, *, reads: bool) -> None:
        view = self._view = here.view
        self._event = 0  # until there is one: a run may end in the middle of CreateEvent
        number = view.kernel32.CreateEvent(True, False)
        thing = view.process.table.objects[number]
        assert isinstance(thing, Event)
        super().__init__(0, thing)
        self._event = number
        self._handle = handle
        self._reads = reads

    def __del__(self) -> None:
        view = self._view
        if self._event and not here.executive.over and view.executive is here.executive and view.process.alive:
            view.process.manager.close(view.process, self._event, 0)

    @property
    def event(self) -> int:
        return self._event

    def GetOverlappedResult(self, wait: bool, /) -> tuple[int, int]:
        self._view.kernel32.GetOverlappedResult(self, bool(wait))
        self.looked_at(here.executive)
        code = errors.win32_of_status(self.status) if self.status else 0
        if code not in (0, errors.ERROR_MORE_DATA, errors.ERROR_OPERATION_ABORTED, errors.ERROR_IO_INCOMPLETE):
            raise from_winerror(code)
        return self.transferred, code

    def getbuffer(self) -> Any:
        self.looked_at(here.executive)
        if self.status == status.PENDING:
            raise ValueError("can't get read buffer before GetOverlappedResult() signals the operation completed")
        return self.data if self._reads else None

    def cancel(self) -> None:
        self.looked_at(here.executive)
        if self.status == status.PENDING:
            self._view.kernel32.CancelIoEx(self._handle, self)


def _started(overlapped: Overlapped, answer: Any, fine: tuple[int, ...]) -> tuple[Overlapped, int]:
    """Return what ReadFile and WriteFile do of an overlapped request, and its code."""
    if answer is None or answer is False:
        code = int(here.executive.current.last_error)
        if code not in fine:
            raise from_winerror(code)
        return overlapped, code
    return overlapped, 0


def build(view: Any) -> dict[str, Any]:
    def create_named_pipe(
        name: str, open_mode: int, pipe_mode: int, instances: int, out: int, in_: int, timeout: int, security: Any, /
    ) -> int:
        number = view.kernel32.CreateNamedPipe(_pipe_path(name), open_mode, pipe_mode, instances, out, in_, timeout)
        if number == -1:
            raise _error()
        return int(number)

    def connect(handle: int, overlapped: Any = False) -> Any:
        handle = int(handle)
        if not overlapped:
            if not view.kernel32.ConnectNamedPipe(handle):
                raise _error()
            return None
        request = Overlapped(handle, reads=False)
        if not view.kernel32.ConnectNamedPipe(handle, request):
            code = here.executive.current.last_error
            if code == errors.ERROR_PIPE_CONNECTED:
                request.complete(status.SUCCESS)
            elif code != errors.ERROR_IO_PENDING:
                raise from_winerror(code)
        return request

    def create_file(
        name: str, access: int, share: int, security: Any, disposition: int, flags: int, template: Any, /
    ) -> int:
        name = _pipe_path(name)
        if name_of_pipe(name) is None:
            fence("_winapi.CreateFile", f"of {name!r}; named pipes run")
        number = view.kernel32.CreateFile(name, access, share, disposition, flags)
        if number == -1:
            raise _error()
        return int(number)

    def read_file(handle: int, size: int, overlapped: Any = False) -> tuple[Any, int]:
        handle = int(handle)
        if overlapped:
            request = Overlapped(handle, reads=True)
            answer = view.kernel32.ReadFile(handle, size, request)
            return _started(request, answer, (errors.ERROR_IO_PENDING, errors.ERROR_MORE_DATA))
        here.executive.current.last_error = 0
        data = view.kernel32.ReadFile(handle, size)
        code = here.executive.current.last_error
        if data is None:
            raise _error()
        return data, code if code == errors.ERROR_MORE_DATA else 0

    def write_file(handle: int, buffer: Any, overlapped: Any = False) -> tuple[Any, int]:
        handle = int(handle)
        data = socket_bytes(buffer)
        if overlapped:
            request = Overlapped(handle, reads=False)
            return _started(request, view.kernel32.WriteFile(handle, data, request), (errors.ERROR_IO_PENDING,))
        written = view.kernel32.WriteFile(handle, data)
        if written is None:
            raise _error()
        return int(written), 0

    def peek(handle: int, size: int = 0, /) -> tuple[Any, ...]:
        handle = int(handle)
        found = view.kernel32.PeekNamedPipe(handle, size)
        if found is None:
            raise _error()
        return found if size else found[1:]

    def wait_named_pipe(name: str, timeout: int, /) -> None:
        if not view.kernel32.WaitNamedPipe(_pipe_path(name), timeout):
            raise _error()

    def set_state(handle: int, mode: Any, collect: Any, timeout: Any, /) -> None:
        handle = int(handle)
        if not view.kernel32.SetNamedPipeHandleState(handle, mode):
            raise _error()

    return {
        "ConnectNamedPipe": connect,
        "CreateFile": create_file,
        "CreateNamedPipe": create_named_pipe,
        "Overlapped": Overlapped,
        "PeekNamedPipe": peek,
        "ReadFile": read_file,
        "SetNamedPipeHandleState": set_state,
        "WaitNamedPipe": wait_named_pipe,
        "WriteFile": write_file,
    }
