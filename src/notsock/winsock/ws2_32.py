"""One process's ws2_32: Windows' own calls, by their names, return values and last errors.

Buffers are Python's: ``recv`` returns bytes (None on error), ``accept`` a pair.  Addresses are ``(host, port)``,
for IPv6 ``(host, port, flow, scope)``.  On error a call returns SOCKET_ERROR (or None) and leaves its code in
the thread's last error, for ``WSAGetLastError``.

Every call enters through the executive's gate and leaves through it.  ``send`` and ``recv`` are written flat:
an echo is made of them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notsock.afd.endpoint import EXCEPTIONAL, READABLE, WRITABLE, Endpoint
from notsock.trace.calls import Call
from notsock.trace.events import ContextOpened, ContextReleased, Entered, Exited, Origin
from notsock.values import status
from notsock.values.addresses import (
    AF_INET,
    AF_INET6,
    IPPROTO_TCP,
    IPPROTO_UDP,
    SOCK_DGRAM,
    SOCK_STREAM,
    canonical,
    mapped,
)
from notsock.values.durations import MILLISECOND, NEVER
from notsock.values.errors import (
    INVALID_SOCKET,
    SOCKET_ERROR,
    WSAEADDRNOTAVAIL,
    WSAEAFNOSUPPORT,
    WSAEALREADY,
    WSAEDESTADDRREQ,
    WSAEFAULT,
    WSAEINVAL,
    WSAEISCONN,
    WSAEMFILE,
    WSAEMSGSIZE,
    WSAENOBUFS,
    WSAENOTCONN,
    WSAENOTSOCK,
    WSAEOPNOTSUPP,
    WSAEPROTONOSUPPORT,
    WSAESOCKTNOSUPPORT,
    WSANOTINITIALISED,
    wsa_of_status,
)
from notsock.winsock import constants as c
from notsock.winsock import names, options
from notsock.winsock.overlapped import OverlappedCalls
from notsock.winsock.protocol_info import ProtocolInfo

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.objects.process import Process

_SEND, _RECV = int(Call.SEND), int(Call.RECV)
_ENTERED, _EXITED = Entered.kind, Exited.kind
DATAGRAM_MAX = 65507
"""The largest UDP payload over IPv4 (RFC 768, RFC 791)."""
RELEASED = "winsock.closesocket.released"


class Context:
    """What Winsock itself keeps of a socket, under the number of its handle.

    ``bound`` is what this process knows: a bind through another handle, later than the duplicate, is not seen
    (pinned, fact 17).
    """

    __slots__ = ("bound", "endpoint")

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.bound = endpoint.local is not None


@dataclass(slots=True)
class WSAPOLLFD:
    """One entry of WSAPoll: the socket, what is asked of it, what was found."""

    fd: int
    events: int
    revents: int = 0


class Ws2_32:  # noqa: N801 - Windows' own name
    """The Winsock calls of one process."""

    def __init__(self, process: "Process") -> None:
        self.process = process
        self.executive: Executive = process.executive
        self.host = process.machine.host
        self.profile = process.machine.profile
        self.contexts: dict[int, Context] = {}
        self.started = 0
        self._objects = process.table.objects
        self._enter = self.executive.enter
        self._leave = self.executive.leave
        self._find = self.profile.find_socket
        overlapped = OverlappedCalls(self)
        self.WSARecv = overlapped.WSARecv
        self.WSASend = overlapped.WSASend
        self.WSARecvFrom = overlapped.WSARecvFrom
        self.WSASendTo = overlapped.WSASendTo
        self.WSAGetOverlappedResult = overlapped.WSAGetOverlappedResult
        self.AcceptEx = overlapped.AcceptEx
        self.ConnectEx = overlapped.ConnectEx
        self.DisconnectEx = overlapped.DisconnectEx
        self.TransmitFile = overlapped.TransmitFile

    # ---- what every call needs -------------------------------------------------------------------------------

    def _fail(self, call: int, code: int) -> int:
        self.executive.current.last_error = code
        return self._leave_failed(call, code)

    def _leave_failed(self, call: int, code: int) -> int:
        self._leave(call, SOCKET_ERROR, code)
        return SOCKET_ERROR

    def _done(self, call: int, answer: int) -> int:
        """Leave a call that answered an NTSTATUS."""
        if answer == status.SUCCESS:
            self._leave(call, 0)
            return 0
        return self._fail(call, wsa_of_status(answer))

    def _endpoint(self, number: int, call: int) -> Endpoint | None:
        """Return the endpoint behind a number, None (and the last error set) when there is none.

        The kernel judges what the number means now: a free one is INVALID_HANDLE, another kind of object
        OBJECT_TYPE_MISMATCH, and both are 10038 (Q155738).
        """
        found = self._look_up(number, call)
        if isinstance(found, int):
            self._fail(call, found)
            return None
        return found

    def _look_up(self, number: int, call: int) -> Endpoint | int:
        """Return the endpoint behind a number, or the Winsock code of why there is none."""
        if not self.started:
            return WSANOTINITIALISED
        if self._find(self, number, call) is None:
            return WSAENOTSOCK
        thing = self._objects.get(number)
        if isinstance(thing, Endpoint):
            return thing
        self.process.manager.missed(self.process, number, thing, call)
        return wsa_of_status(status.INVALID_HANDLE if thing is None else status.OBJECT_TYPE_MISMATCH)

    def open_context(self, number: int, endpoint: Endpoint) -> Context:
        """Begin to keep a context under a handle's number."""
        context = self.contexts[number] = Context(endpoint)
        self.executive.log((ContextOpened.kind, self.process.ident, number, endpoint.ident))
        return context

    def _release_context(self, number: int) -> None:
        context = self.contexts.pop(number)
        thing = self._objects.get(number)
        meant = thing.ident if thing is not None else 0
        self.executive.log(
            (ContextReleased.kind, self.process.ident, number, context.endpoint.ident, meant)
        )

    def _address(self, address: Any, family: int) -> tuple[str, int] | int:
        """Return (host, port) of what a program passed, or a Winsock code."""
        if address is None or len(address) < 2:
            return WSAEFAULT
        host, port = address[0], address[1]
        spelled = canonical(host, family)
        if spelled is None and family == AF_INET6:
            spelled4 = canonical(host, AF_INET)
            if spelled4 is not None:
                return WSAEFAULT
        if spelled is None:
            if canonical(host, AF_INET6 if family == AF_INET else AF_INET) is not None:
                return WSAEAFNOSUPPORT
            wide = family == AF_INET6
            spelled = next((a for a in names.addresses_of(self.host, host) if (":" in a) == wide), None)
        return WSAEADDRNOTAVAIL if spelled is None else (spelled, port)

    def _full(self, endpoint: Endpoint, address: tuple[str, int]) -> names.Address4or6:
        host, port = address
        if endpoint.family == AF_INET6:
            return (mapped(host), port, 0, 0)
        return (host, port)

    # ---- start-up ---------------------------------------------------------------------------------------------

    def WSAStartup(self, version: int = 0x0202) -> int:  # noqa: N802
        """Begin to use Winsock; calls nest."""
        self._enter(Call.WSASTARTUP, version)
        self.started += 1
        self._leave(Call.WSASTARTUP, 0)
        return 0

    def WSACleanup(self) -> int:  # noqa: N802
        """End the use of Winsock; the last one closes every socket of the process (pinned, fact 2)."""
        self._enter(Call.WSACLEANUP)
        if not self.started:
            return self._fail(Call.WSACLEANUP, WSANOTINITIALISED)
        self.started -= 1
        if not self.started:
            for number in sorted(self.contexts):
                self._release_context(number)
                if isinstance(self._objects.get(number), Endpoint):
                    self.process.manager.close(self.process, number, Call.WSACLEANUP)
        self._leave(Call.WSACLEANUP, 0)
        return 0

    def WSAGetLastError(self) -> int:  # noqa: N802
        """Return the thread's last error."""
        return self.executive.current.last_error

    def WSASetLastError(self, code: int) -> None:  # noqa: N802
        """Set the thread's last error."""
        self.executive.current.last_error = code

    # ---- making and closing ------------------------------------------------------------------------------------

    def socket(self, family: int = AF_INET, kind: int = SOCK_STREAM, protocol: int = 0) -> int:
        """Create a socket, overlapped unless SO_OPENTYPE says otherwise (Q131623)."""
        overlapped = not self.executive.current.synchronous
        return self._socket(Call.SOCKET, family, kind, protocol, overlapped, inherit=True)

    def WSASocket(  # noqa: N802
        self, family: int, kind: int, protocol: int = 0, info: ProtocolInfo | None = None, flags: int = 0
    ) -> int:
        """Create a socket, or with ``info`` open the duplicate that WSADuplicateSocket made for this process."""
        if info is not None:
            return self._import(info)
        inherit = not flags & c.WSA_FLAG_NO_HANDLE_INHERIT
        overlapped = bool(flags & c.WSA_FLAG_OVERLAPPED)
        return self._socket(Call.WSASOCKET, family, kind, protocol, overlapped, inherit)

    def _socket(self, call: int, family: int, kind: int, protocol: int, overlapped: bool, inherit: bool) -> int:
        self._enter(call, family, kind)
        if not self.started:
            return self._fail(call, WSANOTINITIALISED)
        if family == 0:
            family = AF_INET
        if family not in (AF_INET, AF_INET6) or (family == AF_INET6 and not self.profile.ipv6):
            return self._fail(call, WSAEAFNOSUPPORT)
        wanted = {SOCK_STREAM: IPPROTO_TCP, SOCK_DGRAM: IPPROTO_UDP}.get(kind)
        if wanted is None:
            return self._fail(call, WSAESOCKTNOSUPPORT)
        if protocol not in (0, wanted):
            return self._fail(call, WSAEPROTONOSUPPORT)
        if refused := self._refused_by_fault():
            return self._fail(call, refused)
        manager = self.process.manager
        endpoint = Endpoint(manager.ident(), self.host, self.process, family, kind, wanted)
        endpoint.overlapped = overlapped
        self.process.provider = True
        number: int = manager.create(self.process, endpoint, inherit and self.profile.sockets_inheritable)
        self.open_context(number, endpoint)
        self._leave(call, number)
        return number

    # ---- faults ---------------------------------------------------------------------------------------------

    def _refused_by_fault(self) -> int:
        """Return the code with which a fault refuses a new socket; 0 where none does."""
        if self._has_all_handles():
            return WSAEMFILE
        return WSAENOBUFS if self._lacks_buffers() else 0

    def _lacks_buffers(self) -> bool:
        chance = self.host.faults.nobufs
        return bool(chance) and self.executive.choose(f"fault.nobufs.{self.process.name}", 2, chance) == 1

    def _has_all_handles(self) -> bool:
        limit = self.host.faults.handles
        return bool(limit) and len(self.process.table.objects) >= limit

    def WSADuplicateSocket(self, s: int, process_id: int) -> ProtocolInfo | None:  # noqa: N802
        """Make a duplicate for another process; it gets its handle at once and opens it with WSASocket."""
        call = Call.WSADUPLICATESOCKET
        self._enter(call, s, process_id)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return None
        target = self.process.machine.process_of(process_id)
        if target is None or not target.alive:
            self._fail(call, WSAEINVAL)
            return None
        number = self.process.manager.duplicate(
            self.process, s, target, inheritable=False, origin=Origin.IMPORTED, call=call
        )
        self._leave(call, 0)
        return ProtocolInfo(
            endpoint.family, endpoint.type_number, endpoint.protocol, number, process_id, endpoint.overlapped
        )

    def _import(self, info: ProtocolInfo) -> int:
        self._enter(Call.WSASOCKET, info.handle)
        if not self.started:
            return self._fail(Call.WSASOCKET, WSANOTINITIALISED)
        thing = self._objects.get(info.handle)
        if info.process_id != self.process.process_id or not isinstance(thing, Endpoint):
            return self._fail(Call.WSASOCKET, WSAEINVAL)
        if info.handle in self.contexts and self.contexts[info.handle].endpoint is thing:
            return self._fail(Call.WSASOCKET, WSAEINVAL)
        self.open_context(info.handle, thing)
        self._leave(Call.WSASOCKET, info.handle)
        return info.handle

    def closesocket(self, s: int) -> int:
        """Close a socket: find its context, release it, release the handle.

        A handle that has gone meanwhile is tolerated here; whether the context is found without it is the
        release's business (Q185727).
        """
        call = Call.CLOSESOCKET
        self._enter(call, s)
        if not self.started:
            return self._fail(call, WSANOTINITIALISED)
        context = self._find(self, s, call)
        if context is None:
            return self._fail(call, WSAENOTSOCK)
        endpoint = context.endpoint
        if endpoint.handles == 1 and endpoint.linger_ns > 0:
            answer = endpoint.linger()
            if answer != status.SUCCESS:
                return self._fail(call, wsa_of_status(answer))
        if self.contexts.get(s) is context:
            self._release_context(s)
        self.executive.step(RELEASED)
        self.process.manager.close(self.process, s, call)
        self._leave(call, 0)
        return 0

    # ---- addresses and connections --------------------------------------------------------------------------------

    def bind(self, s: int, address: Any) -> int:
        """Give a socket its local address."""
        call = Call.BIND
        self._enter(call, s, _port(address))
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        found = self._address(address, endpoint.family)
        if isinstance(found, int):
            return self._fail(call, found)
        context = self.contexts[s]
        answer = endpoint.bind(found[0], found[1], self.process)
        if answer == status.SUCCESS:
            context.bound = True
        return self._done(call, answer)

    def listen(self, s: int, backlog: int = 5) -> int:
        """Accept connections from now on."""
        call = Call.LISTEN
        self._enter(call, s, backlog)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        answer = endpoint.listen(backlog)
        if answer == status.CONNECTION_ACTIVE:
            return self._fail(call, WSAEISCONN)
        return self._done(call, answer)

    def accept(self, s: int) -> tuple[int, names.Address4or6 | None]:
        """Return (socket, peer's address) of the next connection; (INVALID_SOCKET, None) on error."""
        call = Call.ACCEPT
        self._enter(call, s)
        listener = self._endpoint(s, call)
        if listener is None:
            return INVALID_SOCKET, None
        connection = listener.accept()
        if isinstance(connection, int):
            self._fail(call, wsa_of_status(connection))
            return INVALID_SOCKET, None
        if self._has_all_handles():
            connection.abort(self.executive.now)
            self._fail(call, WSAEMFILE)
            return INVALID_SOCKET, None
        manager = self.process.manager
        endpoint = Endpoint(
            manager.ident(), self.host, self.process, listener.family, listener.type_number, listener.protocol
        )
        manager.created(endpoint, self.process)
        endpoint.adopt(connection, listener)
        inherit = self.profile.sockets_inheritable and s in self.process.table.inheritable
        number = manager.open(self.process, endpoint, Origin.ACCEPTED, inherit)
        self.open_context(number, endpoint)
        self._leave(call, number)
        assert endpoint.remote is not None
        return number, self._full(endpoint, endpoint.remote)

    def connect(self, s: int, address: Any) -> int:
        """Connect a stream, or set a datagram socket's peer (None dissolves it)."""
        call = Call.CONNECT
        self._enter(call, s, _port(address))
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        if address is None and not endpoint.stream:
            endpoint.remote = None
            return self._done(call, status.SUCCESS)
        found = self._address(address, endpoint.family)
        if isinstance(found, int):
            return self._fail(call, found)
        if self._lacks_buffers():
            return self._fail(call, WSAENOBUFS)
        context = self.contexts[s]
        answer = endpoint.connect(found[0], found[1], self.process)
        if answer == status.PENDING:
            return self._fail(call, WSAEALREADY)
        context.bound = context.bound or endpoint.local is not None
        return self._done(call, answer)

    def shutdown(self, s: int, how: int) -> int:
        """End one direction or both."""
        call = Call.SHUTDOWN
        self._enter(call, s, how)
        endpoint = self._endpoint(s, call)
        return SOCKET_ERROR if endpoint is None else self._done(call, endpoint.shutdown(how))

    def getsockname(self, s: int) -> names.Address4or6 | None:
        """Return a socket's own address; None on error (10022 while it has none)."""
        call = Call.GETSOCKNAME
        self._enter(call, s)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return None
        if endpoint.local is None:
            self._fail(call, WSAEINVAL)
            return None
        self._leave(call, 0)
        return self._full(endpoint, endpoint.local)

    def getpeername(self, s: int) -> names.Address4or6 | None:
        """Return the peer's address; None on error (10057 while there is none)."""
        call = Call.GETPEERNAME
        self._enter(call, s)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return None
        if endpoint.remote is None or endpoint.connecting:
            self._fail(call, WSAENOTCONN)
            return None
        self._leave(call, 0)
        return self._full(endpoint, endpoint.remote)

    # ---- data -----------------------------------------------------------------------------------------------------

    def send(self, s: int, data: bytes, flags: int = 0) -> int:
        """Send on a connected socket; return the number of bytes, SOCKET_ERROR on error."""
        executive = self.executive  # the gate's way in, written out
        thread = executive.current
        thread.call = _SEND
        thread.call_first = s
        executive.traffic((_ENTERED, thread.ident, _SEND, s, len(data)))
        if len(executive.ready) > executive.alone:
            executive.reschedule()
        endpoint: Any = self._objects.get(s)
        if endpoint.__class__ is not Endpoint or s not in self.contexts:
            endpoint = self._endpoint(s, _SEND)
            if endpoint is None:
                return SOCKET_ERROR
        if endpoint.type_number == SOCK_STREAM:
            if flags & c.MSG_OOB:
                return self._fail(_SEND, WSAEOPNOTSUPP)
            sent: int = endpoint.send(data if data.__class__ is bytes else bytes(data))
        else:
            sent = self._send_datagram(endpoint, data, None)
        if sent < 0x40000000:
            if executive.at_once:
                executive.do_at_once()
            executive.traffic((_EXITED, thread.ident, _SEND, sent, 0))
            return sent
        return self._fail(_SEND, wsa_of_status(sent))

    def recv(self, s: int, size: int, flags: int = 0) -> bytes | None:
        """Receive up to ``size`` bytes; empty at the end of the stream, None on error."""
        executive = self.executive  # the gate's way in, written out
        thread = executive.current
        thread.call = _RECV
        thread.call_first = s
        executive.traffic((_ENTERED, thread.ident, _RECV, s, size))
        if len(executive.ready) > executive.alone:
            executive.reschedule()
        endpoint: Any = self._objects.get(s)
        if endpoint.__class__ is not Endpoint or s not in self.contexts:
            endpoint = self._endpoint(s, _RECV)
            if endpoint is None:
                return None
        if endpoint.type_number == SOCK_STREAM:
            data = endpoint.receive(size, bool(flags & c.MSG_PEEK)) if flags else endpoint.receive(size)
            if data.__class__ is bytes:
                if flags & c.MSG_WAITALL and 0 < len(data) < size:
                    data = self._receive_rest(endpoint, data, size)
                self._leave(_RECV, len(data))
                return data
            self._fail(_RECV, wsa_of_status(data))
            return None
        got = self._receive_datagram(s, endpoint, size, flags, _RECV)
        return None if got is None else got[0]

    def _receive_rest(self, endpoint: Any, data: bytes, size: int) -> bytes:
        while len(data) < size:
            more = endpoint.receive(size - len(data))
            if more.__class__ is not bytes or not more:
                break
            data += more
        return data

    def _send_datagram(self, endpoint: Any, data: Any, to: tuple[str, int] | None) -> int:
        if len(data) > DATAGRAM_MAX:
            return status.BUFFER_OVERFLOW
        if to is None:
            return endpoint.send_to(bytes(data), None, 0, self.process)  # type: ignore[no-any-return]
        return endpoint.send_to(bytes(data), to[0], to[1], self.process)  # type: ignore[no-any-return]

    def sendto(self, s: int, data: bytes, flags: int, address: Any) -> int:  # noqa: ARG002 - none changes anything
        """Send a datagram to an address; on a connected stream the address is ignored."""
        call = Call.SENDTO
        self._enter(call, s, len(data))
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        if endpoint.stream:
            sent = endpoint.send(bytes(data))
        else:
            if address is None:
                return self._fail(call, WSAEDESTADDRREQ if endpoint.remote is None else WSAEFAULT)
            found = self._address(address, endpoint.family)
            if isinstance(found, int):
                return self._fail(call, found)
            context = self.contexts[s]
            sent = self._send_datagram(endpoint, data, found)
            context.bound = context.bound or endpoint.local is not None
        if sent < 0x40000000:
            self._leave(call, sent)
            return sent
        return self._fail(call, wsa_of_status(sent))

    def recvfrom(self, s: int, size: int, flags: int = 0) -> tuple[bytes, names.Address4or6 | None] | None:
        """Receive a datagram with its sender; None on error.

        When the datagram was larger than ``size`` that is 10040, and the whole of it is lost, its beginning
        too: a C program finds that in its buffer, a Python one, here and on Windows, never sees it.
        """
        call = Call.RECVFROM
        self._enter(call, s, size)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return None
        if endpoint.stream:
            data = endpoint.receive(size, bool(flags & c.MSG_PEEK))
            if isinstance(data, int):
                self._fail(call, wsa_of_status(data))
                return None
            self._leave(call, len(data))
            return data, None
        return self._receive_datagram(s, endpoint, size, flags, call)

    def _receive_datagram(
        self, s: int, endpoint: Endpoint, size: int, flags: int, call: int
    ) -> tuple[bytes, names.Address4or6 | None] | None:
        if not self.contexts[s].bound:
            self._fail(call, WSAEINVAL)
            return None
        got = endpoint.receive_from(size, bool(flags & c.MSG_PEEK))
        if isinstance(got, int):
            self._fail(call, wsa_of_status(got))
            return None
        data, source, cut = got
        if cut:
            self._fail(call, WSAEMSGSIZE)
            return None
        self._leave(call, len(data))
        return data, self._full(endpoint, source)

    # ---- waiting for several -----------------------------------------------------------------------------------------

    def select(
        self, reads: list[int], writes: list[int], excepts: list[int], timeout_ns: int | None = None
    ) -> tuple[list[int], list[int], list[int]] | None:
        """Wait until a socket of the three sets is ready; None on error.

        10022 when all sets are empty, 10038 when any number is not a socket (pinned, facts 33 to 38).
        """
        call = Call.SELECT
        self.executive.current.named = (*reads, *writes, *excepts)
        self._enter(call, len(reads) + len(writes) + len(excepts), -1 if timeout_ns is None else timeout_ns)
        if not (reads or writes or excepts):
            self._fail(call, WSAEINVAL)
            return None
        found: dict[int, Endpoint] = {}
        for number in (*reads, *writes, *excepts):
            if number not in found:
                endpoint = self._endpoint(number, call)
                if endpoint is None:
                    return None
                found[number] = endpoint
        sets = (list(dict.fromkeys(reads)), list(dict.fromkeys(writes)), list(dict.fromkeys(excepts)))
        answer = self._select(found, *sets, timeout_ns)
        if isinstance(answer, int):
            self._fail(call, answer)
            return None
        self._leave(call, sum(map(len, answer)))
        return answer

    def _select(
        self, found: dict[int, Endpoint], reads: list[int], writes: list[int], excepts: list[int],
        timeout_ns: int | None,
    ) -> tuple[list[int], list[int], list[int]] | int:  # fmt: skip
        executive = self.executive
        deadline = NEVER if timeout_ns is None else executive.now + timeout_ns
        while True:
            masks = {number: _mask(endpoint) for number, endpoint in found.items()}
            ready = (
                [number for number in reads if masks[number] & READABLE],
                [number for number in writes if masks[number] & WRITABLE],
                [number for number in excepts if masks[number] & EXCEPTIONAL],
            )
            if any(ready):
                return ready
            if any(endpoint.closed for endpoint in found.values()):
                return WSAENOTSOCK
            if timeout_ns == 0:
                executive.poll_failed()
                return ready
            if executive.now >= deadline:
                return ready
            self._wait_for(found.values(), deadline)

    def _wait_for(self, endpoints: Collection[Endpoint], deadline: int) -> None:
        """Wait until something happens to one of several endpoints, or the deadline."""
        thread = self.executive.current
        for endpoint in endpoints:
            if endpoint.waiters is None:
                endpoint.waiters = [thread]
            else:
                endpoint.waiters.append(thread)
        self.executive.wait(deadline)
        for endpoint in endpoints:
            endpoint.forget_waiter(thread)

    def WSAPoll(self, entries: list[WSAPOLLFD] | None, count: int, milliseconds: int = -1) -> int:  # noqa: N802
        """Wait until one of ``count`` entries is ready; return how many are, with ``revents`` filled in.

        An entry that is no socket gets POLLNVAL; if all are such, 10038.  A socket closed by another thread
        meanwhile gets POLLNVAL and counts (pinned, facts 23 and 42 to 47; Windows has it since Vista).
        """
        call = Call.WSAPOLL
        self.executive.current.named = tuple(entry.fd for entry in entries or ())
        self._enter(call, count, milliseconds)
        if not self.started:
            return self._fail(call, WSANOTINITIALISED)
        if count == 0:
            return self._fail(call, WSAEINVAL)
        if entries is None:
            return self._fail(call, WSAEFAULT)
        asked = entries[:count]
        if any(entry.events & ~c.POLL_ASKABLE for entry in asked):
            return self._fail(call, WSAEINVAL)
        found: list[tuple[WSAPOLLFD, Endpoint]] = []
        for entry in asked:
            entry.revents = 0
            endpoint = self._look_up(entry.fd, call)
            if isinstance(endpoint, int):
                entry.revents = c.POLLNVAL
            else:
                found.append((entry, endpoint))
        if not found:
            return self._fail(call, WSAENOTSOCK)
        ready = self._poll(found, milliseconds)
        self._leave(call, ready)
        return ready

    def _poll(self, found: list[tuple[WSAPOLLFD, Endpoint]], milliseconds: int) -> int:
        executive = self.executive
        deadline = NEVER if milliseconds < 0 else executive.now + milliseconds * MILLISECOND
        endpoints = tuple({endpoint.ident: endpoint for _, endpoint in found}.values())
        while True:
            ready = 0
            for entry, endpoint in found:
                entry.revents = _poll_events(endpoint) & (entry.events | c.POLL_UNASKED)
                ready += entry.revents != 0
            if ready:
                return ready
            if milliseconds == 0:
                executive.poll_failed()
                return 0
            if executive.now >= deadline:
                return 0
            self._wait_for(endpoints, deadline)

    # ---- options -----------------------------------------------------------------------------------------------------

    def setsockopt(self, s: int, level: int, name: int, value: bytes) -> int:
        """Set an option; ``value`` is bytes."""
        call = Call.SETSOCKOPT
        self._enter(call, s, name)
        if level == c.SOL_SOCKET and name == c.SO_OPENTYPE:
            self.executive.current.synchronous = any(value)
            return self._done(call, status.SUCCESS)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        if level == c.SOL_SOCKET and name == c.SO_UPDATE_ACCEPT_CONTEXT:
            listener = self._objects.get(int.from_bytes(value[:8], "little"))
            if not isinstance(listener, Endpoint):
                return self._fail(call, WSAENOTSOCK)
            endpoint.inherit(listener)
            endpoint.keep_alive()
            return self._done(call, status.SUCCESS)
        code = options.set_option(endpoint, level, name, value)
        if code:
            return self._fail(call, code)
        return self._done(call, status.SUCCESS)

    def getsockopt(self, s: int, level: int, name: int, length: int = 4) -> bytes | None:
        """Return an option's value as bytes; None on error."""
        call = Call.GETSOCKOPT
        self._enter(call, s, name)
        if level == c.SOL_SOCKET and name == c.SO_OPENTYPE:
            self._leave(call, 0)
            return int(c.SO_SYNCHRONOUS_NONALERT if self.executive.current.synchronous else 0).to_bytes(4, "little")
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return None
        value = options.get_option(endpoint, level, name)
        if isinstance(value, int):
            self._fail(call, value)
            return None
        self._leave(call, 0)
        return value[:length]

    def ioctlsocket(self, s: int, command: int, value: int = 0) -> int | None:
        """FIONBIO sets non-blocking (and returns 0), FIONREAD returns what can be read; None on error."""
        call = Call.IOCTLSOCKET
        self._enter(call, s, command)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return None
        answer = 0
        if command == c.FIONBIO:
            endpoint.nonblocking = bool(value)
        elif command == c.FIONREAD:
            answer = endpoint.available
        elif command == c.SIOCATMARK:
            answer = 1
        else:
            self._fail(call, WSAEINVAL)
            return None
        self._leave(call, answer)
        return answer

    def WSAIoctl(self, s: int, code: int, value: Any) -> int:  # noqa: N802
        """Take the control codes that programs set on sockets.

        SIO_KEEPALIVE_VALS (``value`` is on, idle and interval in milliseconds) and SIO_UDP_CONNRESET act; those
        that ask for the socket below have ``s`` itself for an answer; the other two mean nothing here.
        """
        call = Call.WSAIOCTL
        self._enter(call, s, code)
        endpoint = self._endpoint(s, call)
        if endpoint is None:
            return SOCKET_ERROR
        if code == c.SIO_KEEPALIVE_VALS:
            on, idle, interval = value or (0, 0, 0)
            options.set_keep_alive_times(endpoint, idle, interval, options.keep_alive_times(endpoint)[2])
            options.set_option(endpoint, c.SOL_SOCKET, c.SO_KEEPALIVE, bytes([bool(on), 0, 0, 0]))
        elif code == c.SIO_UDP_CONNRESET:
            options.set_connreset(endpoint, bool(value))
        elif code not in c.BASE_HANDLES and code not in (c.SIO_RCVALL, c.SIO_LOOPBACK_FAST_PATH):
            return self._fail(call, WSAEOPNOTSUPP)
        return self._done(call, status.SUCCESS)

    # ---- names -------------------------------------------------------------------------------------------------------

    def getaddrinfo(
        self, name: str | None, service: Any, family: int = 0, kind: int = 0, protocol: int = 0, flags: int = 0
    ) -> list[names.Found] | int:
        """Return a list of (family, type, protocol, canonical name, address), or a Winsock code."""
        self._enter(Call.GETADDRINFO)
        if not self.started:
            self._fail(Call.GETADDRINFO, WSANOTINITIALISED)
            return WSANOTINITIALISED
        found = names.getaddrinfo(self.host, name, service, family, kind, protocol, flags)
        if isinstance(found, int):
            self._fail(Call.GETADDRINFO, found)
        else:
            self._leave(Call.GETADDRINFO, 0)
        return found

    def getnameinfo(self, address: Any, flags: int = 0) -> tuple[str, str] | int:
        """Return (host, service), or a Winsock code."""
        self._enter(Call.GETNAMEINFO)
        if not self.started:
            self._fail(Call.GETNAMEINFO, WSANOTINITIALISED)
            return WSANOTINITIALISED
        found = names.getnameinfo(self.host, address[0], address[1], flags, address[3] if len(address) > 3 else 0)
        if isinstance(found, int):
            self._fail(Call.GETNAMEINFO, found)
        else:
            self._leave(Call.GETNAMEINFO, 0)
        return found

    def gethostname(self) -> str | None:
        """Return the machine's name; None on error."""
        self._enter(Call.GETHOSTNAME)
        if not self.started:
            self._fail(Call.GETHOSTNAME, WSANOTINITIALISED)
            return None
        self._leave(Call.GETHOSTNAME, 0)
        return str(self.host.name)


def _port(address: Any) -> int:
    """Return the port of what a program passed as an address, 0 where there is none."""
    return address[1] if address is not None and len(address) > 1 else 0


def _mask(endpoint: Endpoint) -> int:
    """Return what select sees; a socket closed meanwhile by another thread is readable (pinned, fact 21)."""
    return READABLE if endpoint.closed else endpoint.poll()


def _poll_events(endpoint: Endpoint) -> int:
    """Return what WSAPoll sees, asked or not: data alone is readable, the peer's end is POLLHUP (pinned, fact 46)."""
    if endpoint.closed:
        return c.POLLNVAL
    seen = endpoint.poll()
    events = c.POLLWRNORM if seen & WRITABLE else 0
    if seen & EXCEPTIONAL:
        return c.POLLERR | c.POLLHUP | c.POLLWRNORM
    if not endpoint.stream or endpoint.listening:
        return events | (c.POLLRDNORM if seen & READABLE else 0)
    connection = endpoint.connection
    if connection is None:
        return events
    if endpoint.error:
        return events | c.POLLERR | c.POLLHUP
    if connection.readable:
        events |= c.POLLRDNORM
    return events | (c.POLLHUP if connection.peer_finished else 0)


