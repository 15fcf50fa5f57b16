"""_overlapped: CPython's overlapped I/O over the simulated kernel32 and ws2_32, call for call as ``overlapped.c``.

An ``Overlapped`` *is* the kernel's request: starting an operation hands it in, and looking at its end is no call.
"""

from typing import Any

from notsock.objects.io_request import NOT_STARTED, Request
from notsock.objects.kernel_object import Event
from notsock.shim.here import here
from notsock.shim.modules._socket import socket_bytes
from notsock.shim.winerror import from_winerror, winerror_of_overlapped
from notsock.values import errors, status

_INVALID_HANDLE_VALUE = 0xFFFFFFFFFFFFFFFF
_PENDING, _SUCCESS, _MORE = status.PENDING, status.SUCCESS, status.BUFFER_OVERFLOW
_ADDRESS_STEP = 0x80
_COUNTED = frozenset({"write", "read into"})
_GENERIC = 0xC0000000
_FILE_FLAG_OVERLAPPED = 0x40000000

_CONSTANTS = {
    "ERROR_IO_PENDING": 997,
    "ERROR_NETNAME_DELETED": 64,
    "ERROR_OPERATION_ABORTED": 995,
    "ERROR_PIPE_BUSY": 231,
    "ERROR_PORT_UNREACHABLE": 1234,
    "ERROR_SEM_TIMEOUT": 121,
    "INFINITE": 0xFFFFFFFF,
    "INVALID_HANDLE_VALUE": _INVALID_HANDLE_VALUE,
    "NULL": 0,
    "SO_UPDATE_ACCEPT_CONTEXT": 0x700B,
    "SO_UPDATE_CONNECT_CONTEXT": 0x7010,
    "TF_REUSE_SOCKET": 2,
}


def _last_error() -> OSError:
    return winerror_of_overlapped(here.executive.current.last_error)


class Overlapped(Request):
    """``_overlapped.Overlapped``."""

    __module__ = "_overlapped"
    __slots__ = ("_buffer", "_error", "_event", "_handle", "_kind", "_pipe", "_view")

    def __init__(self, event: int = _INVALID_HANDLE_VALUE) -> None:
        view = here.view
        self.address = view.overlapped_address = view.overlapped_address + _ADDRESS_STEP
        self.status = NOT_STARTED
        self.owner = self.into = self.waiter = self.accepting = self.source = None
        self._buffer: memoryview | None = None
        self.memory = 0
        self.maker = view.process.ident
        self.data = b""
        self._view = view
        self._kind = ""
        self._error = self._handle = self.transferred = 0
        if event:
            self._make_event(event)
        else:
            self.signals = None
            self._event = 0

    def _make_event(self, event: int) -> None:
        if event == _INVALID_HANDLE_VALUE:
            event = self._view.kernel32.CreateEvent(True, False)
        thing = self._view.process.table.objects.get(event)
        if not isinstance(thing, Event):
            raise from_winerror(errors.ERROR_INVALID_HANDLE)
        self._event = event
        self.signals = thing

    def __repr__(self) -> str:
        return f"<_overlapped.Overlapped object at {self.address:#x}>"

    @property
    def pending(self) -> bool:
        self.looked_at(here.executive)
        return self.status == _PENDING

    @property
    def event(self) -> int:
        return self._event

    @property
    def error(self) -> int:
        return self._error

    def _begin(self, kind: str, handle: int) -> None:
        if self._kind:
            raise ValueError("operation already attempted")
        self._kind = kind
        self._handle = handle

    def _begun(self, answer: Any) -> None:
        """Judge what a call returned, as the C code does after each."""
        if answer is None or answer is False or (answer.__class__ is int and answer < 0):
            code = here.executive.current.last_error
            self._error = code
            if code not in (997, 234):
                self._kind = "" if code == errors.ERROR_BROKEN_PIPE else "not started"
                if code == errors.ERROR_BROKEN_PIPE:
                    self._kind = "read"
                    self.status = status.PIPE_BROKEN
                raise winerror_of_overlapped(code)

    # ---- operations --------------------------------------------------------------------------------------------

    def WSARecv(self, handle: int, size: int, flags: int = 0, /) -> None:
        if self._kind:
            raise ValueError("operation already attempted")
        self._kind, self._handle = "read", handle
        view = self._view
        if view.ws2_32.WSARecv(handle, size, flags, self) < 0:
            code = self._error = here.executive.current.last_error
            if code != 997:
                self._kind = "not started"
                raise winerror_of_overlapped(code)

    def WSARecvInto(self, handle: int, buf: Any, flags: int = 0, /) -> None:
        if self._kind:
            raise ValueError("operation already attempted")
        self._kind, self._handle = "read into", handle
        into = self._buffer = memoryview(buf)
        if into.format != "B":
            into = self._buffer = into.cast("B")
        if self._view.ws2_32.WSARecv(handle, len(into), flags, self) < 0:
            code = self._error = here.executive.current.last_error
            if code != 997:
                self._kind = "not started"
                raise winerror_of_overlapped(code)

    def WSARecvFrom(self, handle: int, size: int, flags: int = 0, /) -> None:
        self._begin("read from", handle)
        self._begun(self._view.ws2_32.WSARecvFrom(handle, size, flags, self))

    def WSARecvFromInto(self, handle: int, buf: Any, size: int, flags: int = 0, /) -> None:
        self._begin("read from into", handle)
        self._buffer = memoryview(buf).cast("B")
        self._begun(self._view.ws2_32.WSARecvFrom(handle, min(size, len(self._buffer)), flags, self))

    def WSASend(self, handle: int, buf: Any, flags: int = 0, /) -> None:
        if self._kind:
            raise ValueError("operation already attempted")
        self._kind, self._handle = "write", handle
        data = buf if buf.__class__ is bytes else socket_bytes(buf)
        if self._view.ws2_32.WSASend(handle, data, flags, self) < 0:
            code = self._error = here.executive.current.last_error
            if code != 997:
                self._kind = "not started"
                raise winerror_of_overlapped(code)

    def WSASendTo(self, handle: int, buf: Any, flags: int, address: Any, /) -> None:
        where = _numeric(address)
        self._begin("write to", handle)
        self._begun(self._view.ws2_32.WSASendTo(handle, socket_bytes(buf), flags, where, self))

    def AcceptEx(self, listen: int, accept: int, /) -> None:
        self._begin("accept", listen)
        self._begun(self._view.ws2_32.AcceptEx(listen, accept, 0, self))

    def ConnectEx(self, handle: int, address: Any, /) -> None:
        self._begin("connect", handle)
        self._begun(self._view.ws2_32.ConnectEx(handle, _numeric(address), self))

    def DisconnectEx(self, handle: int, flags: int, /) -> None:
        self._begin("disconnect", handle)
        self._begun(self._view.ws2_32.DisconnectEx(handle, self))

    def TransmitFile(
        self, socket: int, file: int, low: int, high: int, count: int, per_send: int, flags: int, /
    ) -> None:
        self._begin("transmit file", socket)
        self._begun(self._view.ws2_32.TransmitFile(socket, file, low | high << 32, count, self))

    def ReadFile(self, handle: int, size: int, /) -> None:
        self._begin("read", handle)
        self._begun(self._view.kernel32.ReadFile(handle, size, self))

    def ReadFileInto(self, handle: int, buf: Any, /) -> None:
        self._begin("read into", handle)
        self._buffer = memoryview(buf).cast("B")
        self._begun(self._view.kernel32.ReadFile(handle, len(self._buffer), self))

    def WriteFile(self, handle: int, buf: Any, /) -> None:
        self._begin("write", handle)
        self._begun(self._view.kernel32.WriteFile(handle, socket_bytes(buf), self))

    def ConnectNamedPipe(self, handle: int, /) -> bool:
        self._begin("connect pipe", handle)
        if not self._view.kernel32.ConnectNamedPipe(handle, self):
            code = self._error = here.executive.current.last_error
            if code == errors.ERROR_PIPE_CONNECTED:
                self.status = _SUCCESS
                return True
            self._begun(False)
        return False

    def cancel(self) -> None:
        self.looked_at(here.executive)
        if self.status == _PENDING and self.owner is not None:
            view = self._view
            if not view.kernel32.CancelIoEx(self._handle, self):
                code = here.executive.current.last_error
                if code != errors.ERROR_NOT_FOUND:
                    raise from_winerror(code)

    def getresult(self, wait: bool = False, /) -> Any:
        kind = self._kind
        if not kind:
            raise ValueError("operation not yet attempted")
        if kind == "not started":
            raise ValueError("operation failed to start")
        if wait:
            self._view.kernel32.GetOverlappedResult(self, True)
        self.looked_at(here.executive)
        answer = self.status
        if self._buffer is not None and self.data:
            self._buffer[: len(self.data)] = self.data
            self.data = b""
        if not answer:
            self._error = 0
            if kind in _COUNTED:
                return self.transferred
        code = self._error = errors.win32_of_status(answer) if answer else 0
        if code and code != errors.ERROR_MORE_DATA and not (
            code == errors.ERROR_BROKEN_PIPE and kind.startswith("read")
        ):
            raise winerror_of_overlapped(code)
        if kind == "read":
            return self.data
        if kind == "read from":
            return self.data, self._source()
        if kind == "read from into":
            return self.transferred, self._source()
        return self.transferred

    def _source(self) -> Any:
        source = self.source
        if source is None:
            return None
        host, port = source
        endpoint = getattr(self.owner, "endpoint", None)
        return self._view.ws2_32._full(endpoint, source) if endpoint is not None else (host, port)

    def getbuffer(self) -> Any:
        self.looked_at(here.executive)
        return self.data


def _numeric(address: Any) -> Any:
    """Check an address as parse_address() does: it takes no names."""
    if not isinstance(address, tuple):
        raise TypeError(f"argument must be tuple, not {type(address).__name__}")
    if len(address) not in (2, 4):
        raise ValueError("illegal address_as_bytes argument")
    if not address[0].replace(":", "").replace(".", "").replace("%", "").isalnum() or (
        ":" not in address[0] and not address[0].replace(".", "").isdigit()
    ):
        raise from_winerror(errors.WSAEINVAL)
    return address


def build(view: Any) -> dict[str, Any]:
    def create_port(handle: int, port: int, key: int, concurrency: int, /) -> int:
        if handle != _INVALID_HANDLE_VALUE:
            made = view.kernel32.CreateIoCompletionPort(handle, port, key, concurrency)
        else:
            made = view.kernel32.CreateIoCompletionPort(-1, port, key, concurrency)
        if not made:
            raise _last_error()
        return int(made)

    def get_status(port: int, msecs: int, /) -> Any:
        packet = view.kernel32.GetQueuedCompletionStatus(port, msecs)
        if view.tripped:
            view.run_signals()
        if packet is None:
            if here.executive.current.last_error == errors.WAIT_TIMEOUT:
                return None
            raise _last_error()
        return packet

    def post_status(port: int, transferred: int, key: int, address: int, /) -> None:
        if not view.kernel32.PostQueuedCompletionStatus(port, transferred, key, address):
            raise _last_error()

    def register_wait(handle: int, port: int, address: int, timeout: int, /) -> int:
        """Post a packet when an object is signalled; ``transferred`` says whether time was up instead."""
        target = view.process.table.objects.get(port)

        def post(timed_out: bool) -> None:
            target.post((_SUCCESS, int(timed_out), 0, address))

        number = view.kernel32.RegisterWaitForSingleObject(handle, post, timeout, target)
        if not number:
            raise _last_error()
        return int(number)

    def unregister_wait(wait: int, /) -> None:
        if not view.kernel32.UnregisterWaitEx(wait):
            raise _last_error()

    def unregister_wait_ex(wait: int, event: int, /) -> None:
        if not view.kernel32.UnregisterWaitEx(wait, event):
            raise _last_error()

    def create_event(attributes: Any, manual: bool, initial: bool, name: Any, /) -> int:
        if attributes is not None:
            raise ValueError("EventAttributes must be None")
        return int(view.kernel32.CreateEvent(bool(manual), bool(initial)))

    def set_event(handle: int, /) -> None:
        if not view.kernel32.SetEvent(handle):
            raise _last_error()

    def reset_event(handle: int, /) -> None:
        if not view.kernel32.ResetEvent(handle):
            raise _last_error()

    def bind_local(handle: int, family: int, /) -> None:
        if family not in (2, 23):
            raise ValueError("expected tuple of length 2 or 4")
        if view.winsock().bind(handle, ("0.0.0.0", 0) if family == 2 else ("::", 0)) < 0:  # noqa: S104 - simulated
            raise _last_error()

    def connect(handle: int, address: Any, /) -> None:
        if view.winsock().connect(handle, _numeric(address)) < 0:
            raise _last_error()

    def connect_pipe(name: str, /) -> int:
        handle = view.kernel32.CreateFile(name, _GENERIC, 0, 3, _FILE_FLAG_OVERLAPPED)
        if handle == -1:
            raise _last_error()
        return int(handle)

    return {
        **_CONSTANTS,
        "Overlapped": Overlapped,
        "BindLocal": bind_local,
        "ConnectPipe": connect_pipe,
        "CreateEvent": create_event,
        "CreateIoCompletionPort": create_port,
        "FormatMessage": errors.text_of,
        "GetQueuedCompletionStatus": get_status,
        "PostQueuedCompletionStatus": post_status,
        "RegisterWaitWithQueue": register_wait,
        "ResetEvent": reset_event,
        "SetEvent": set_event,
        "UnregisterWait": unregister_wait,
        "UnregisterWaitEx": unregister_wait_ex,
        "WSAConnect": connect,
    }
