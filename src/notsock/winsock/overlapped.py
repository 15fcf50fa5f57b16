"""ws2_32's and mswsock's overlapped calls: a request is handed in, and its end is told through it.

Each returns 0 (the request is done), or SOCKET_ERROR with 997 in the last error while it is pending, or with the
code for which nothing was begun.  A request that is done or pending tells the completion port of its socket's
endpoint in the end, whichever handle it was made on (fact 18).
"""

from typing import TYPE_CHECKING, Any

from notsock.afd.endpoint import Endpoint
from notsock.objects.io_request import Request
from notsock.objects.kernel_object import FileObject
from notsock.trace.calls import Call
from notsock.values import status
from notsock.values.addresses import SOCK_STREAM
from notsock.values.errors import (
    ERROR_IO_PENDING,
    SOCKET_ERROR,
    WSAEADDRNOTAVAIL,
    WSAEFAULT,
    WSAEINVAL,
    WSAEISCONN,
    WSAEMSGSIZE,
    WSAENOTSOCK,
    wsa_of_status,
)

if TYPE_CHECKING:
    from notsock.winsock.ws2_32 import Ws2_32

_RECV, _SEND = int(Call.WSARECV), int(Call.WSASEND)
_PENDING = status.PENDING
DATAGRAM_MAX = 65507


class OverlappedCalls:
    """The calls of one process; :class:`notsock.winsock.ws2_32.Ws2_32` offers them as its own."""

    def __init__(self, ws: "Ws2_32") -> None:
        self._ws = ws
        self._executive = ws.executive
        self._objects = ws.process.table.objects
        self._contexts = ws.contexts
        self._enter = ws.executive.enter
        self._leave = ws.executive.leave

    def _end(self, call: int, request: Request, answer: int) -> int:
        """Leave a call that began a request, or did not."""
        if answer == status.SUCCESS:
            self._leave(call, request.transferred)
            return 0
        code = ERROR_IO_PENDING if answer == _PENDING else wsa_of_status(answer)
        self._executive.current.last_error = code
        self._leave(call, SOCKET_ERROR, code)
        return SOCKET_ERROR

    def _fail(self, call: int, code: int) -> int:
        self._executive.current.last_error = code
        self._leave(call, SOCKET_ERROR, code)
        return SOCKET_ERROR

    def _endpoint(self, s: int, call: int) -> Any:
        endpoint = self._objects.get(s)
        if endpoint.__class__ is Endpoint and s in self._contexts:
            return endpoint
        return self._ws._endpoint(s, call)

    # ---- data --------------------------------------------------------------------------------------------------

    def WSARecv(self, s: int, size: int, flags: int, overlapped: Request) -> int:  # noqa: N802
        """Receive up to ``size`` bytes; what came is in the request when it has ended."""
        del flags
        self._executive.current.handed = overlapped
        self._enter(_RECV, s, size)
        endpoint = self._endpoint(s, _RECV)
        if endpoint is None:
            return SOCKET_ERROR
        io = endpoint.io or endpoint.io_half()
        if endpoint.type_number == SOCK_STREAM:
            answer = io.receive(overlapped, size)
        else:
            answer = io.receive_from(overlapped, size)
        return self._end(_RECV, overlapped, answer)

    def WSASend(self, s: int, data: bytes, flags: int, overlapped: Request) -> int:  # noqa: N802
        """Send on a connected socket."""
        del flags
        self._executive.current.handed = overlapped
        self._enter(_SEND, s, len(data))
        endpoint = self._endpoint(s, _SEND)
        if endpoint is None:
            return SOCKET_ERROR
        io = endpoint.io or endpoint.io_half()
        if endpoint.type_number == SOCK_STREAM:
            answer = io.send(overlapped, data)
            if answer == 0:
                self._leave(_SEND, overlapped.transferred)
                return 0
        elif len(data) > DATAGRAM_MAX:
            return self._fail(_SEND, WSAEMSGSIZE)
        else:
            answer = io.send_to(overlapped, data, None, self._ws.process)
        return self._end(_SEND, overlapped, answer)

    def WSARecvFrom(self, s: int, size: int, flags: int, overlapped: Request) -> int:  # noqa: N802
        """Receive a datagram; the request holds it and its ``source``."""
        del flags
        call = Call.WSARECVFROM
        self._executive.current.handed = overlapped
        self._enter(call, s, size)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        if endpoint.stream:
            return self._end(call, overlapped, endpoint.io_half().receive(overlapped, size))
        if not self._contexts[s].bound:
            return self._fail(call, WSAEINVAL)
        return self._end(call, overlapped, endpoint.io_half().receive_from(overlapped, size))

    def WSASendTo(self, s: int, data: bytes, flags: int, address: Any, overlapped: Request) -> int:  # noqa: N802
        """Send a datagram to an address; without one, to the peer."""
        del flags
        call = Call.WSASENDTO
        self._executive.current.handed = overlapped
        self._enter(call, s, len(data))
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        io = endpoint.io_half()
        if endpoint.stream:
            return self._end(call, overlapped, io.send(overlapped, data))
        to = self._ws._address(address, endpoint.family) if address is not None else None
        if isinstance(to, int):
            return self._fail(call, to)
        if len(data) > DATAGRAM_MAX:
            return self._fail(call, WSAEMSGSIZE)
        answer = io.send_to(overlapped, data, to, self._ws.process)
        context = self._contexts[s]
        context.bound = context.bound or endpoint.local is not None
        return self._end(call, overlapped, answer)

    def WSAGetOverlappedResult(self, s: int, overlapped: Request) -> int | None:  # noqa: N802
        """Return the bytes of a request that has ended; None on error (996 while it is pending)."""
        call = Call.WSAGETOVERLAPPEDRESULT
        self._executive.current.handed = overlapped
        self._enter(call, s)
        if s not in self._contexts:
            self._fail(call, WSAENOTSOCK)
            return None
        if overlapped.status == status.SUCCESS:
            self._leave(call, overlapped.transferred)
            return overlapped.transferred
        self._fail(call, 996 if overlapped.status == _PENDING else wsa_of_status(overlapped.status))
        return None

    # ---- connections (mswsock) -----------------------------------------------------------------------------------

    def AcceptEx(self, s: int, accept: int, size: int, overlapped: Request) -> int:  # noqa: N802
        """Have the fresh socket ``accept`` take the next connection of a listener, and its first bytes."""
        call = Call.ACCEPTEX
        self._executive.current.handed = overlapped
        self._enter(call, s, accept)
        listener = self._endpoint(s, call)
        if listener is None:
            return SOCKET_ERROR
        if not listener.listening:
            return self._fail(call, WSAEINVAL)
        accepting = self._endpoint(accept, call)
        if accepting is None:
            return SOCKET_ERROR
        if accepting.local is not None or accepting.connection is not None or accepting.listening:
            return self._fail(call, WSAEINVAL)
        return self._end(call, overlapped, listener.io_half().accept(overlapped, accepting, size))

    def ConnectEx(self, s: int, address: Any, overlapped: Request) -> int:  # noqa: N802
        """Connect a bound socket."""
        call = Call.CONNECTEX
        self._executive.current.handed = overlapped
        self._enter(call, s, address[1] if address is not None and len(address) > 1 else 0)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        found = self._ws._address(address, endpoint.family)
        if isinstance(found, int):
            return self._fail(call, WSAEFAULT if found == WSAEADDRNOTAVAIL else found)
        if not endpoint.stream:
            return self._fail(call, WSAEINVAL)
        answer = endpoint.io_half().connect(overlapped, found[0], found[1], self._ws.process)
        if answer == status.CONNECTION_ACTIVE:
            return self._fail(call, WSAEISCONN)
        return self._end(call, overlapped, answer)

    def DisconnectEx(self, s: int, overlapped: Request) -> int:  # noqa: N802
        """End the sending direction."""
        call = Call.DISCONNECTEX
        self._executive.current.handed = overlapped
        self._enter(call, s)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        return self._end(call, overlapped, endpoint.io_half().disconnect(overlapped))

    def TransmitFile(self, s: int, file: int, offset: int, size: int, overlapped: Request) -> int:  # noqa: N802
        """Send ``size`` bytes of a file from ``offset`` on (0: all that is left)."""
        call = Call.TRANSMITFILE
        self._executive.current.handed = overlapped
        self._enter(call, s, file)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        thing = self._objects.get(file)
        if not isinstance(thing, FileObject):
            self._ws.process.manager.missed(self._ws.process, file, thing, call)
            return self._fail(call, WSAENOTSOCK)
        left = max(thing.contents.size() - offset, 0)
        data = thing.contents.read(offset, min(size, left) if size else left)
        return self._end(call, overlapped, endpoint.io_half().send(overlapped, data))
