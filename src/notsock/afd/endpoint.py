"""An endpoint: the kernel object behind a socket, and the requests on it.

One object per socket, whatever number of handles, processes and contexts refer to it: options, address and
connection are shared by all of them.  A request that cannot be answered yet waits on the endpoint; whatever
happens to the endpoint wakes every waiter, and each looks again for itself.
"""

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from notsock.afd.requests import Io
from notsock.net.ports import AddressObject
from notsock.net.sharing import Sharing
from notsock.objects.io_request import TAKER
from notsock.objects.kernel_object import KernelObject
from notsock.tcp.news import DATA, GONE, KEEP_ALIVE_FAILED, OPENED, REFUSED, RESET, TIMED_OUT
from notsock.tcp.segment import TO
from notsock.tcp.sending import WINDOW_MAX
from notsock.tcp.states import State
from notsock.trace.calls import Call
from notsock.trace.events import ConnectionAdopted, Exhausted, Listening
from notsock.values import status
from notsock.values.addresses import (
    AF_INET,
    AF_INET6,
    ANY4,
    ANY6,
    BROADCAST4,
    IPPROTO_TCP,
    IPPROTO_UDP,
    LOOPBACK4,
    LOOPBACK6,
    SOCK_STREAM,
    is_loopback,
    is_wildcard,
    unmapped,
)
from notsock.values.durations import MILLISECOND, NEVER

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.net.host import Host
    from notsock.objects.process import Process
    from notsock.tcp.connection import Connection

SHUT_RECEIVE, SHUT_SEND, SHUT_BOTH = 0, 1, 2
"""SD_RECEIVE, SD_SEND, SD_BOTH."""

READABLE, WRITABLE, EXCEPTIONAL = 1, 2, 4
"""What :meth:`Endpoint.poll` answers, as a mask."""

_SOL_SOCKET = 0xFFFF
KEEP_ALIVE = (_SOL_SOCKET, 0x0008)
BROADCAST = (_SOL_SOCKET, 0x0020)
CONNRESET_OFF = (0, 0x9800000C)
KEEP_ALIVE_TIMES = (6, 0x98000004)
"""Keys of :attr:`Endpoint.options` that the endpoint itself reads: SO_KEEPALIVE, SO_BROADCAST,
SIO_UDP_CONNRESET (there when switched off), SIO_KEEPALIVE_VALS (idle and interval in milliseconds, probes)."""
_TIMES = struct.Struct("<QQQ")

_ANSWERED = frozenset({State.FIN_WAIT_2, State.TIME_WAIT, State.CLOSED})
"""States in which the peer has acknowledged everything, our FIN included."""


class Endpoint(KernelObject):
    """A socket's kernel object.

    ``local`` and ``remote`` are (host, port).  ``error`` is an NTSTATUS that the next receive or SO_ERROR
    reports.  ``linger_ns`` is -1 while SO_LINGER is off.  Buffer sizes are bytes, time-outs nanoseconds (0:
    none).  ``io`` is its overlapped half, None while nobody has used it.
    """

    __slots__ = (
        "accepted",
        "address",
        "backlog",
        "closed",
        "connecting",
        "connection",
        "creator",
        "datagrams",
        "datagrams_size",
        "error",
        "exclusive",
        "executive",
        "failed",
        "family",
        "half_open",
        "host",
        "io",
        "linger_ns",
        "listening",
        "local",
        "moved",
        "no_delay",
        "nonblocking",
        "options",
        "overlapped",
        "protocol",
        "receive_buffer",
        "receive_timeout_ns",
        "remote",
        "reuse",
        "send_buffer",
        "send_timeout_ns",
        "shut",
        "type_number",
        "v6only",
    )

    type = "endpoint"

    def __init__(
        self, ident: int, host: "Host", creator: "Process", family: int, type_number: int, protocol: int
    ) -> None:
        super().__init__(ident)
        self.host = host
        self.executive: Executive = host.executive
        self.creator = creator
        self.family = family
        self.type_number = type_number
        self.protocol = protocol
        self.local: tuple[str, int] | None = None
        self.moved = 0
        """How far the stream had come when a non-blocking request last failed."""
        self.remote: tuple[str, int] | None = None
        self.address: AddressObject | None = None
        self.connection: Connection | None = None
        self.connecting = False
        self.failed = False
        self.listening = False
        self.closed = False
        self.backlog = 0
        self.half_open = 0
        self.accepted: list[Connection] | None = None
        self.datagrams: list[tuple[tuple[str, int], bytes]] | None = None
        self.datagrams_size = 0
        self.error = 0
        self.shut = 0
        self.nonblocking = False
        self.overlapped = True
        self.reuse = False
        self.exclusive = False
        self.v6only = family == AF_INET6
        self.no_delay = False
        self.linger_ns = -1
        self.send_buffer = self.receive_buffer = host.profile.receive_buffer
        self.send_timeout_ns = 0
        self.receive_timeout_ns = 0
        self.options: dict[tuple[int, int], bytes] | None = None
        self.io: Io | None = None
        if type_number == SOCK_STREAM:
            host.tcp_sockets += 1

    @property
    def stream(self) -> bool:
        """Whether this is a TCP socket."""
        return self.type_number == SOCK_STREAM

    def io_half(self) -> Io:
        """Return the overlapped half, made when it is first needed."""
        io = self.io
        if io is None:
            io = self.io = Io(self)
            self.executive.number(TAKER)
        return io

    # ---- waiting --------------------------------------------------------------------------------------------

    def _wait(self, deadline_ns: int) -> bool:
        """Wait until something happens to the endpoint; False when the deadline passed first."""
        executive = self.executive
        thread = executive.current
        if self.waiters is None:
            self.waiters = [thread]
        else:
            self.waiters.append(thread)
        if executive.wait(deadline_ns) is None:
            self.forget_waiter(thread)
            return False
        return True

    def _deadline(self, timeout_ns: int) -> int:
        return self.executive.now + timeout_ns if timeout_ns else NEVER

    def _not_now(self) -> int:
        """Answer a non-blocking request that would have to wait; polls in a row have no byte moved in between."""
        connection = self.connection
        if connection is not None and self.moved != connection.snd_nxt + connection.rcv_nxt:
            self.moved = connection.snd_nxt + connection.rcv_nxt
            self.executive.current.polls = 0
        self.executive.poll_failed()
        return status.WOULD_BLOCK

    # ---- addresses ------------------------------------------------------------------------------------------

    def bind(self, host: str, port: int, process: "Process") -> int:
        """Claim an address (port 0: a dynamic one); return an NTSTATUS."""
        if self.local is not None or self.address is not None:
            return status.INVALID_PARAMETER
        plain = unmapped(host)
        if not self.host.may_bind(plain) or (plain != host and self.v6only):
            return status.INVALID_ADDRESS_COMPONENT
        sharing = Sharing.EXCLUSIVE if self.exclusive else Sharing.REUSE if self.reuse else Sharing.NONE
        dual = self.family == AF_INET6 and not self.v6only
        number = IPPROTO_TCP if self.stream else IPPROTO_UDP
        wanted = self.address = AddressObject(number, plain, port, self, process, sharing, dual)
        answer = self.host.ports.claim(wanted)
        if self.closed:  # by another thread, meanwhile
            if wanted.ident:
                self.host.ports.leave(wanted)
            return status.INVALID_HANDLE
        if answer == status.SUCCESS:
            self.local = (host, wanted.port)
            return answer
        self.address = None
        if answer == status.TOO_MANY_ADDRESSES:
            self._exhausted("dynamic ports", self.host.profile.dynamic_ports)
        return answer

    def _exhausted(self, resource: str, limit: Any) -> None:
        executive = self.executive
        thread = executive.current
        size = limit[1] - limit[0] + 1 if isinstance(limit, tuple) else limit
        ident = thread.process.ident if thread.process is not None else 0
        executive.log((Exhausted.kind, thread.ident, ident, executive.recorder.name(resource), size))

    def _bind_dynamic(self, process: "Process") -> int:
        return self.bind(ANY6 if self.family == AF_INET6 else ANY4, 0, process)

    # ---- listening ------------------------------------------------------------------------------------------

    def listen(self, backlog: int) -> int:
        """Accept connections from now on; return an NTSTATUS (Q113576, Q127144 for the limits)."""
        if not self.stream:
            return status.NOT_SUPPORTED
        if self.connection is not None:
            return status.CONNECTION_ACTIVE
        if self.local is None:
            return status.INVALID_PARAMETER
        self.backlog = max(1, min(backlog, self.host.profile.backlog_max))
        if not self.listening:
            self.listening = True
            self.accepted = []
            self.executive.log((Listening.kind, self.ident, self.backlog))
        return status.SUCCESS

    def syn_arrived(self, segment: Any) -> bool:
        """Take a SYN for this listener; False when its backlog is full (it is then answered by RST)."""
        assert self.accepted is not None
        if len(self.accepted) + self.half_open >= self.backlog or self._finds_it_full():
            return not self.host.profile.backlog_overflow_resets
        to = segment[TO]
        connection = self.host.new_connection((to[0], to[1]), (to[2], to[3]), self, to)
        if connection is None:
            return False
        self._offer_window(connection)
        self.half_open += 1
        connection.open_passive(segment, self.executive.now)
        return True

    def _finds_it_full(self) -> bool:
        """Say whether a fault has the backlog full."""
        chance, local = self.host.faults.backlog, self.local
        if not chance or local is None:
            return False
        return self.executive.choose(f"fault.backlog.{self.host.name}.{local[1]}", 2, chance) == 1

    def accept(self) -> "Connection | int":
        """Return the next connection, waiting for it; an NTSTATUS when there will be none."""
        if not self.listening:
            return status.INVALID_PARAMETER if self.stream else status.NOT_SUPPORTED
        while not self.accepted:
            if self.nonblocking:
                return self._not_now()
            self._wait(NEVER)
            if self.closed:
                return status.CANCELLED
        return self.accepted.pop(0)

    def adopt(self, connection: "Connection", listener: "Endpoint") -> None:
        """Become the endpoint of an accepted connection; options are the listener's (pinned, fact 61)."""
        self.inherit(listener)
        self.take(connection)

    def inherit(self, listener: "Endpoint") -> None:
        """Take over a listener's options."""
        self.reuse = listener.reuse
        self.linger_ns = listener.linger_ns
        self.no_delay = listener.no_delay
        self.nonblocking = listener.nonblocking
        self.overlapped = listener.overlapped
        self.v6only = listener.v6only
        self.send_buffer, self.receive_buffer = listener.send_buffer, listener.receive_buffer
        self.send_timeout_ns, self.receive_timeout_ns = listener.send_timeout_ns, listener.receive_timeout_ns
        if listener.options:
            self.options = dict(listener.options)
        if self.connection is not None:
            self.connection.no_delay = self.no_delay

    def take(self, connection: "Connection") -> None:
        """Become the endpoint of a connection."""
        self.connection = connection
        connection.user = self
        self.local = connection.local
        self.remote = connection.remote
        connection.no_delay = self.no_delay
        if self.options is not None:
            self.keep_alive()
        if connection.error:
            self._failed(connection, connection.error)
        self.executive.log((ConnectionAdopted.kind, connection.ident, self.ident))

    # ---- connecting -----------------------------------------------------------------------------------------

    def connect(self, host: str, port: int, process: "Process") -> int:
        """Connect a stream, or set a datagram socket's peer; return an NTSTATUS."""
        if not self.stream:
            return self._connect_datagram(host, port, process)
        answer = self.begin_connect(host, port, process)
        if answer != status.SUCCESS:
            return answer
        if self.nonblocking:
            return status.WOULD_BLOCK
        while self.connecting:
            self._wait(NEVER)
            if self.closed:
                return status.CANCELLED
        return self.take_error() if self.failed else status.SUCCESS

    def begin_connect(self, host: str, port: int, process: "Process") -> int:
        """Begin to connect a stream; return an NTSTATUS, PENDING when that is already under way."""
        if self.listening:
            return status.INVALID_PARAMETER
        if self.connecting:
            return status.PENDING
        if self.connection is not None:
            return status.CONNECTION_ACTIVE
        if is_wildcard(host) or port == 0:
            return status.INVALID_ADDRESS_COMPONENT
        limit = self.host.profile.tcp_sockets_max
        if limit and self.host.tcp_sockets > limit:
            self._exhausted("TCP sockets", limit)
            return status.INSUFFICIENT_RESOURCES
        return self._begin(unmapped(host), port, process)

    def _begin(self, host: str, port: int, process: "Process") -> int:
        """Send the SYN."""
        if self.local is None:
            answer = self._bind_dynamic(process)
            if answer != status.SUCCESS:
                return answer
        assert self.local is not None
        plain = unmapped(self.local[0])
        local = (self.host.source_for(host) if is_wildcard(plain) else plain, self.local[1])
        if is_loopback(local[0]) and not self.host.is_mine(host):
            return status.INVALID_ADDRESS_COMPONENT
        if (*local, host, port) in self.host.connections:
            return status.ADDRESS_ALREADY_EXISTS
        connection = self.host.new_connection(local, (host, port), self)
        if connection is None:
            return status.NETWORK_UNREACHABLE
        self._offer_window(connection)
        self.connection = connection
        self.connecting = True
        self.failed = False
        self.error = 0
        connection.no_delay = self.no_delay
        self.remote = (host, port)
        if self.options is not None:
            self.keep_alive()
        connection.open(self.executive.now)
        return status.SUCCESS

    def _offer_window(self, connection: "Connection") -> None:
        """Let SO_RCVBUF, where a program set it, be the window that the handshake offers."""
        size = self.receive_buffer
        if 0 < size != self.host.profile.receive_buffer:
            connection.receive_window = min(size, WINDOW_MAX)

    def keep_alive(self) -> None:
        """Let the connection probe an idle peer as SO_KEEPALIVE and its timings ask."""
        connection, options = self.connection, self.options
        if connection is None or options is None:
            return
        if KEEP_ALIVE_TIMES in options:
            idle, interval, probes = _TIMES.unpack(options[KEEP_ALIVE_TIMES])
            now = connection.parameters
            connection.parameters = replace(
                now,
                keep_alive_ns=idle * MILLISECOND or now.keep_alive_ns,
                keep_alive_interval_ns=interval * MILLISECOND or now.keep_alive_interval_ns,
                keep_alive_probes=probes or now.keep_alive_probes,
            )
        on = any(options.get(KEEP_ALIVE, b""))
        if on or connection.keep_alive:
            connection.set_keep_alive(on, self.executive.now)

    def _connect_datagram(self, host: str, port: int, process: "Process") -> int:
        if is_wildcard(host) and port == 0:
            self.remote = None
            return status.SUCCESS
        if self.local is None:
            answer = self._bind_dynamic(process)
            if answer != status.SUCCESS:
                return answer
        self.remote = (unmapped(host), port)
        assert self.local is not None
        if is_wildcard(self.local[0]):
            self.local = (self.host.source_for(self.remote[0]), self.local[1])
        return status.SUCCESS

    def take_error(self) -> int:
        """Return the pending error and clear it, as reading SO_ERROR does on a connected socket."""
        error = self.error
        if self.connection is None or not self.connection.error:
            self.error = 0
        return error

    # ---- what the stack reports ------------------------------------------------------------------------------

    def news(self, connection: "Connection", what: int) -> None:
        """Hear from a connection of this endpoint, or of this listener's backlog."""
        if self.listening:
            self._backlog_news(connection, what)
            return
        if what & (OPENED | REFUSED | TIMED_OUT | RESET | GONE):
            if what & OPENED:
                self.connecting = False
                self.local = connection.local
            elif connection.error:
                self._failed(connection, what)
            elif self.connecting:
                self.connecting = False
        io = self.io
        if io is not None:
            io.serve()
        waiters = self.waiters
        if what & DATA and self.shut & 1 and not waiters and connection.readable:
            self._unwanted(connection)
        if waiters:
            self.waiters = None
            wake = self.executive.wake
            for thread in waiters:
                wake(thread)

    def _unwanted(self, connection: "Connection") -> None:
        """Reset a connection on which data lies or comes that SD_RECEIVE has refused (Microsoft, shutdown).

        A receive that was already waiting still gets its data (pinned, fact 51).
        """
        self.error = status.CONNECTION_ABORTED
        connection.abort(self.executive.now)

    def _failed(self, connection: "Connection", what: int) -> None:
        if self.connecting:
            self.connecting = False
            self.failed = True
            self.error = status.CONNECTION_REFUSED if what & (REFUSED | RESET) else status.IO_TIMEOUT
            self.connection = None
            self.remote = None
            return
        if what & KEEP_ALIVE_FAILED:
            self.error = status.KEEP_ALIVE_FAILED
        elif what & TIMED_OUT or connection.peer_finished:
            # 10053 is "possibly due to a data transmission time-out" (Microsoft, Windows Sockets Error Codes).
            self.error = status.CONNECTION_ABORTED
        else:
            self.error = status.CONNECTION_RESET

    def _backlog_news(self, connection: "Connection", what: int) -> None:
        if what & OPENED:
            self.half_open -= 1
            assert self.accepted is not None
            self.accepted.append(connection)
            if self.io is not None:
                self.io.serve_accepts()
            self.wake_all()
        elif what & GONE and self.accepted is not None and connection not in self.accepted:
            self.half_open -= 1

    def datagram_arrived(self, source: tuple[str, int], data: bytes) -> None:
        """Queue a datagram; one that finds no room is lost (RFC 768)."""
        if self.remote is not None and self.remote != source:
            return
        if self.datagrams is None:
            self.datagrams = []
        if self.datagrams and self.datagrams_size + len(data) > self.receive_buffer:
            return
        self.datagrams.append((source, data))
        self.datagrams_size += len(data)
        if self.io is not None:
            self.io.serve_datagrams()
        self.wake_all()

    def port_unreachable(self) -> None:
        """Note that a datagram of ours found nobody; releases differ in telling the program (Q263823)."""
        if self.host.profile.unreachable_reported and CONNRESET_OFF not in (self.options or ()):
            self.error = status.PORT_UNREACHABLE
            if self.io is not None:
                self.io.serve_datagrams()
            self.wake_all()

    # ---- data -----------------------------------------------------------------------------------------------

    def send(self, data: bytes, blocking: bool = False) -> int:
        """Send on a connection; return the bytes taken (not negative), or an NTSTATUS with the high bit set.

        All or nothing, as AFD buffers: a request finds room when less than the send buffer is outstanding
        (pinned, fact 62).  ``blocking`` waits on a non-blocking socket too (WriteFile, fact 79).
        """
        connection = self.connection
        if connection is None or self.connecting:
            return status.CONNECTION_INVALID
        if self.shut & 2:
            return status.GRACEFUL_DISCONNECT
        if self.error:
            return self.error_again()
        if connection.outstanding >= self.send_buffer:
            answer = self._wait_for_room(connection, blocking)
            if answer:
                return answer
        connection.send(data, self.executive.now)
        return len(data)

    def error_again(self) -> int:
        """Return the error that ended the connection to a call made after it.

        What keep-alive ended is WSAENETRESET to calls then in progress, WSAECONNRESET to later ones (Microsoft,
        Windows Sockets Error Codes; its page on SO_KEEPALIVE says WSAENOTCONN).
        """
        return status.CONNECTION_RESET if self.error == status.KEEP_ALIVE_FAILED else self.error

    def _wait_for_room(self, connection: "Connection", blocking: bool) -> int:
        deadline = self._deadline(self.send_timeout_ns)
        while connection.outstanding >= self.send_buffer:
            if self.nonblocking and not blocking:
                return self._not_now()
            if not self._wait(deadline):
                return status.IO_TIMEOUT
            if self.closed:
                return status.CONNECTION_ABORTED
            if self.error:
                return self.error
            if self.shut & 2:
                return status.GRACEFUL_DISCONNECT
        return status.SUCCESS

    def receive(self, limit: int, peek: bool = False, blocking: bool = False) -> bytes | int:
        """Receive from a connection: bytes, empty at the end of the stream, or an NTSTATUS.

        ``blocking`` waits on a non-blocking socket too (ReadFile, fact 79).
        """
        connection = self.connection
        if connection is None or self.connecting:
            return status.CONNECTION_INVALID
        if self.shut & 1:
            return status.GRACEFUL_DISCONNECT
        deadline = 0
        while True:
            if connection.readable:
                if peek:
                    return connection.peek(limit)
                return connection.receive(limit, self.executive.now)
            if self.error:
                return self.error if deadline else self.error_again()
            if connection.peer_finished or limit == 0 or connection.state is State.CLOSED:
                return b""
            if self.nonblocking and not blocking:
                return self._not_now()
            if not deadline:
                timeout_ns = self.receive_timeout_ns
                deadline = self.executive.now + timeout_ns if timeout_ns else NEVER
            if not self._wait(deadline):
                return status.IO_TIMEOUT
            if self.closed:
                return status.CONNECTION_ABORTED

    def send_to(self, data: bytes, host: str | None, port: int, process: "Process") -> int:
        """Send a datagram; return its length, or an NTSTATUS."""
        if self.shut & 2:
            return status.GRACEFUL_DISCONNECT
        if host is None:
            if self.remote is None:
                return status.CONNECTION_INVALID
            to = self.remote
        else:
            to = (unmapped(host), port)
        if to[0] == BROADCAST4 and not any((self.options or {}).get(BROADCAST, b"")):
            return status.ACCESS_DENIED
        if self.local is None:
            answer = self._bind_dynamic(process)
            if answer != status.SUCCESS:
                return answer
        assert self.local is not None
        source = unmapped(self.local[0])
        if is_wildcard(source):
            source = self.host.source_for(to[0])
        if is_wildcard(to[0]):
            to = (LOOPBACK6 if ":" in to[0] else LOOPBACK4, to[1])
        if not self.host.send_datagram((source, self.local[1]), to, data):
            return status.NETWORK_UNREACHABLE
        return len(data)

    def receive_from(self, limit: int, peek: bool = False) -> tuple[bytes, tuple[str, int], bool] | int:
        """Receive a datagram: (data, source, cut short), or an NTSTATUS."""
        if self.local is None:
            return status.INVALID_PARAMETER
        if self.shut & 1:
            return status.GRACEFUL_DISCONNECT
        deadline = self._deadline(self.receive_timeout_ns)
        while True:
            if self.datagrams:
                source, data = self.datagrams[0]
                if not peek:
                    self.datagrams.pop(0)
                    self.datagrams_size -= len(data)
                return data[:limit], source, len(data) > limit
            if self.error:
                return self.take_error()
            if self.nonblocking:
                return self._not_now()
            if not self._wait(deadline):
                return status.IO_TIMEOUT
            if self.closed:
                return status.CANCELLED

    @property
    def available(self) -> int:
        """Bytes that FIONREAD reports."""
        if self.connection is not None:
            return self.connection.readable
        return sum(len(data) for _, data in self.datagrams) if self.datagrams else 0

    # ---- polling --------------------------------------------------------------------------------------------

    def poll(self) -> int:
        """Return what select would report, as a mask."""
        if self.stream:
            if self.listening:
                return READABLE if self.accepted else 0
            connection = self.connection
            if connection is None:
                return EXCEPTIONAL if self.failed and self.error else 0
            if self.connecting:
                return 0
            mask = 0
            if connection.readable or connection.peer_finished or self.error or self.shut & 1:
                mask = READABLE
            if self.error or connection.outstanding < self.send_buffer:
                mask |= WRITABLE
            return mask
        return WRITABLE | (READABLE if self.datagrams or self.error else 0)

    # ---- ending ---------------------------------------------------------------------------------------------

    def shutdown(self, how: int) -> int:
        """End one or both directions; return an NTSTATUS."""
        if how not in (SHUT_RECEIVE, SHUT_SEND, SHUT_BOTH):
            return status.INVALID_PARAMETER
        connection = self.connection
        if self.stream:
            if connection is None or self.connecting:
                return status.CONNECTION_INVALID
            if self.error:  # what this side aborted can be shut down (asyncio's test_drain_raises, on Windows)
                return status.SUCCESS if self.error == status.CONNECTION_ABORTED else self.error
            if how != SHUT_SEND and connection.readable:
                self._unwanted(connection)
            if how != SHUT_RECEIVE and not self.shut & 2:
                connection.shutdown(self.executive.now)
        self.shut |= (1, 2, 3)[how]
        return status.SUCCESS

    def linger(self) -> int:
        """Wait, for as long as SO_LINGER says, until the peer has everything; return an NTSTATUS.

        WOULD_BLOCK on a non-blocking socket, whose handle then stays valid (Microsoft, closesocket).
        """
        connection = self.connection
        if self.linger_ns <= 0 or connection is None or self.connecting:
            return status.SUCCESS
        if connection.outstanding == 0 or self.error:
            return status.SUCCESS
        if self.nonblocking:
            return status.WOULD_BLOCK
        deadline = self.executive.now + self.linger_ns
        connection.shutdown(self.executive.now)
        while connection.state not in _ANSWERED:
            if not self._wait(deadline):
                connection.abort(self.executive.now)
                break
            if self.closed or self.error:
                break
        return status.SUCCESS

    def closed_last(self, process: "Process", call: int) -> bool:
        """The last handle is gone: tear down, unless this release leaves that to a provider that is not there."""
        if not self.host.profile.may_tear_down(self, process):
            self.creator.orphans.append(self)
            return False
        self.tear_down(graceful=call == Call.CLOSESOCKET)
        return True

    def tear_down(self, graceful: bool) -> None:
        """Give everything up; ``graceful`` sends what is queued and a FIN, else the peer is reset.

        Only ``closesocket`` is graceful: it tells AFD so before it gives up the handle.  CloseHandle and the
        end of a process do not.
        """
        self.closed = True
        now = self.executive.now
        connection = self.connection
        lives_on = connection is not None and connection.state is not State.CLOSED
        if connection is not None and lives_on:
            connection.user = None
            if graceful and not self.connecting and self.linger_ns != 0:
                connection.close(now)
            else:
                connection.abort(now)
        if self.listening:
            self._refuse_backlog()
        if self.address is not None and self.address.ident:
            self.host.ports.leave(self.address)
        self.address = None
        for members in self.host.multicast.values():
            if self in members:
                members.remove(self)
        if self.stream and not lives_on:
            self.host.tcp_sockets -= 1
        if self.io is not None:
            self.io.torn_down()
        self.wake_all()

    def _refuse_backlog(self) -> None:
        """Reset the connections that nobody accepted."""
        self.listening = False
        for connection in tuple(self.host.connections.values()):
            if connection.user is self:
                connection.user = None
                self.host.tcp_sockets += 1
                connection.abort(self.executive.now)
        self.accepted = None


def family_of(host: str) -> int:
    """Return the address family of a canonical address."""
    return AF_INET6 if ":" in host else AF_INET
