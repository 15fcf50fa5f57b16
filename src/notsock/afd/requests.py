"""Overlapped requests on an endpoint: receive, send, accept, connect, and how each ends.

An endpoint has an :class:`Io` from its first overlapped call, or its association with a completion port, on.
Data, room and connections go to the request that has waited longest the moment they come; only then do threads
that wait in a blocking call look.  Answers are NTSTATUS values: SUCCESS (done at once; the packet is queued all
the same), PENDING, or the error for which nothing was begun.

How a request ends when its endpoint is torn down (facts 19 and 26 to 29): what waited on a connection is
aborted, a datagram receive, an accept and a connect are cancelled.
"""

from collections import deque
from typing import TYPE_CHECKING

from notsock.objects.completion_port import Association
from notsock.objects.io_request import Request
from notsock.tcp.states import State
from notsock.values import status

if TYPE_CHECKING:
    from notsock.afd.endpoint import Endpoint
    from notsock.afd.poll import Poll
    from notsock.objects.process import Process


_SUCCESS = status.SUCCESS


class Io(Association):
    """The overlapped half of an endpoint: its port, and its pending requests, oldest first.

    ``polls`` are those that watch it, ``made`` those that were made on its handle.
    """

    __slots__ = ("accepts", "connecting", "endpoint", "made", "polls", "receives", "sends")

    def __init__(self, endpoint: "Endpoint") -> None:
        super().__init__()
        self.endpoint = endpoint
        self.receives: deque[Request] = deque()
        self.sends: deque[Request] = deque()
        self.accepts: deque[Request] = deque()
        self.connecting: Request | None = None
        self.polls: list[Poll] = []
        self.made: list[Poll] = []

    # ---- what a program asks for -----------------------------------------------------------------------------

    def receive(self, request: Request, size: int) -> int:
        """Receive from a connection."""
        endpoint = self.endpoint
        connection = endpoint.connection
        if connection is None or endpoint.connecting:
            return status.CONNECTION_INVALID
        if endpoint.shut & 1:
            return status.GRACEFUL_DISCONNECT
        if not self.receives:
            if connection.readable and size:
                request.begin(self)
                return request.received(connection.receive(size, endpoint.executive.now))
            if endpoint.error:
                return endpoint.error_again()
            if connection.peer_finished or connection.state is State.CLOSED:
                request.begin(self)
                return request.received(b"")
        request.size = size
        self.receives.append(request)
        return request.begin(self)

    def receive_from(self, request: Request, size: int) -> int:
        """Receive a datagram; one that is cut short ends in BUFFER_OVERFLOW, with its beginning."""
        endpoint = self.endpoint
        if endpoint.local is None:
            return status.INVALID_PARAMETER
        if endpoint.shut & 1:
            return status.GRACEFUL_DISCONNECT
        request.size = size
        self.receives.append(request)
        request.begin(self)
        if endpoint.datagrams or endpoint.error:
            self.serve_datagrams()
        return request.status

    def send(self, request: Request, data: bytes) -> int:
        """Send on a connection: done as soon as AFD has room to buffer all of it (pinned, fact 62)."""
        endpoint = self.endpoint
        connection = endpoint.connection
        if connection is None or endpoint.connecting:
            return status.CONNECTION_INVALID
        if endpoint.shut & 2:
            return status.GRACEFUL_DISCONNECT
        if endpoint.error:
            return endpoint.error_again()
        if not self.sends and connection.outstanding < endpoint.send_buffer:
            request.owner = self
            connection.send(data, endpoint.executive.now)
            return request.complete(_SUCCESS, len(data))
        request.begin(self)
        request.data = data
        self.sends.append(request)
        return status.PENDING

    def send_to(self, request: Request, data: bytes, to: tuple[str, int] | None, process: "Process") -> int:
        """Send a datagram: that is done at once, or refused."""
        host, port = to if to is not None else (None, 0)
        sent = self.endpoint.send_to(data, host, port, process)
        if sent >= 0x40000000:
            return sent
        request.begin(self)
        return request.complete(status.SUCCESS, sent)

    def accept(self, request: Request, accepting: "Endpoint", size: int) -> int:
        """Have ``accepting`` take the next connection; with a ``size``, wait for its first data too."""
        request.accepting = accepting
        request.size = size
        self.accepts.append(request)
        request.begin(self)
        if self.endpoint.accepted:
            self.serve_accepts()
        return request.status

    def connect(self, request: Request, host: str, port: int, process: "Process") -> int:
        """Connect a bound endpoint."""
        endpoint = self.endpoint
        if endpoint.local is None or endpoint.listening:
            return status.INVALID_PARAMETER
        if endpoint.connecting:
            return status.CONNECTION_ACTIVE
        answer = endpoint.begin_connect(host, port, process)
        if answer != status.SUCCESS:
            return answer
        self.connecting = request
        return request.begin(self)

    def disconnect(self, request: Request) -> int:
        """End the sending direction (pinned, fact 56: without reuse DisconnectEx is SD_SEND)."""
        answer = self.endpoint.shutdown(1)
        if answer != status.SUCCESS:
            return answer
        request.begin(self)
        return request.complete(status.SUCCESS)

    def cancel(self, request: Request | None) -> int:
        """Cancel one pending request, or all; NOT_FOUND when none is."""
        found = [one for one in (*self.pending(), *self.made) if request is None or one is request]
        for one in found:
            self._withdraw(one)
            one.complete(status.CANCELLED)
        return status.SUCCESS if found else status.NOT_FOUND

    def cancel_at(self, address: int) -> int:
        """Cancel the pending request of an OVERLAPPED structure's address."""
        for one in self.pending():
            if one.address == address:
                return self.cancel(one)
        return status.NOT_FOUND

    def pending(self) -> list[Request]:
        """Return what is pending, polls apart."""
        one = self.connecting
        return [*self.receives, *self.sends, *self.accepts, *(() if one is None else (one,))]

    def _polled(self) -> None:
        """Let those that poll the endpoint look."""
        for poll in tuple(self.polls):
            poll.look()

    def _withdraw(self, request: Request) -> None:
        if request is self.connecting:
            self.connecting = None
            return
        for queue in (self.receives, self.sends, self.accepts):
            if request in queue:
                queue.remove(request)

    # ---- what happens to the endpoint ------------------------------------------------------------------------

    def serve(self) -> None:
        """Something happened to the connection: end what can end now."""
        endpoint = self.endpoint
        if self.connecting is not None and not endpoint.connecting:
            request, self.connecting = self.connecting, None
            request.complete(endpoint.error if endpoint.failed else status.SUCCESS)
        connection = endpoint.connection
        if connection is None:
            if self.polls:
                self._polled()
            return
        receives = self.receives
        while receives:
            if connection.readable:
                request = receives.popleft()
                limit = request.size
                request.received(connection.receive(limit, endpoint.executive.now) if limit else b"")
            elif endpoint.error:
                receives.popleft().complete(endpoint.error)
            elif connection.peer_finished or connection.state is State.CLOSED:
                receives.popleft().received(b"")
            else:
                break
        sends = self.sends
        while sends:
            if endpoint.error:
                sends.popleft().complete(endpoint.error)
            elif connection.outstanding < endpoint.send_buffer:
                request = sends.popleft()
                data, request.data = request.data, b""
                connection.send(data, endpoint.executive.now)
                request.complete(status.SUCCESS, len(data))
            else:
                break
        if self.polls:
            self._polled()

    def serve_datagrams(self) -> None:
        """Give queued datagrams, or the error that came instead of one, to the receives that wait."""
        endpoint, receives = self.endpoint, self.receives
        while receives:
            if endpoint.datagrams:
                source, data = endpoint.datagrams.pop(0)
                endpoint.datagrams_size -= len(data)
                request = receives.popleft()
                request.source = source
                cut = len(data) > request.size
                request.received(data[: request.size], status.BUFFER_OVERFLOW if cut else status.SUCCESS)
            elif endpoint.error:
                receives.popleft().complete(endpoint.take_error())
            else:
                break
        if self.polls:
            self._polled()

    def serve_accepts(self) -> None:
        """Give finished connections to the accepts that wait."""
        endpoint = self.endpoint
        while self.accepts and endpoint.accepted:
            request = self.accepts.popleft()
            accepting = request.accepting
            if accepting.closed:
                request.complete(status.CANCELLED)
                continue
            accepting.take(endpoint.accepted.pop(0))
            if request.size:
                accepting.io_half().receives.append(request)
                accepting.io_half().serve()
            else:
                request.complete(status.SUCCESS)
        if self.polls:
            self._polled()

    def torn_down(self) -> None:
        """The endpoint is gone: everything that is pending ends."""
        aborted = status.CONNECTION_ABORTED if self.endpoint.stream else status.CANCELLED
        pending = self.pending()
        cancelled = [*self.accepts, self.connecting]
        self.receives.clear()
        self.sends.clear()
        self.accepts.clear()
        self.connecting = None
        for request in pending:
            request.complete(status.CANCELLED if request in cancelled else aborted)
        self._polled()
