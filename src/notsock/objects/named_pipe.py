r"""Named pipes: the names of a machine, the instances behind a name, and the two ends of each.

A server makes instances of a name and listens on each; a client that opens the name gets one that listens.
Bytes, or whole messages, go from the writes of one end to the reads of the other; a request that cannot end yet
is pending, as on an endpoint.  Microsoft: "Named Pipe Operations", "CreateNamedPipe"; states and statuses as
[MS-FSA] has them.
"""

from collections import deque
from typing import TYPE_CHECKING

from notsock.objects.completion_port import Association
from notsock.objects.io_request import Request
from notsock.objects.kernel_object import KernelObject
from notsock.values import status

if TYPE_CHECKING:
    from notsock.objects.process import Process

UNLIMITED = 255


class PipeName:
    """A name and its instances, oldest first."""

    __slots__ = ("instances", "instances_max", "message", "name", "names")

    def __init__(self, names: "dict[str, PipeName]", name: str, instances_max: int, message: bool) -> None:
        self.names = names
        self.name = name
        self.instances_max = instances_max
        self.message = message
        self.instances: list[PipeInstance] = []

    def free(self) -> "PipeInstance | None":
        """Return an instance that a client may open: one on which a server waits goes before one that is only there."""
        listening = [one for one in self.instances if one.listening]
        return next((one for one in listening if one.connects), listening[0] if listening else None)


class PipeInstance(KernelObject):
    """One end of a named pipe's instance: the server's, or (``server`` is None) the client's.

    ``peer`` is the other end while both are open; ``chunks`` what was written to this end and not read yet, a
    chunk a message; ``quota`` how many bytes may lie there before writes wait.
    """

    __slots__ = (
        "broken", "chunks", "connects", "io", "listening", "message_read", "name", "overlapped", "peer", "quota",
        "reads", "size", "writes",
    )  # fmt: skip

    type = "named pipe"

    def __init__(self, ident: int, name: PipeName, server: bool, overlapped: bool, quota: int) -> None:
        super().__init__(ident)
        self.name = name
        self.io = Association()
        self.overlapped = overlapped
        self.quota = max(quota, 1)
        self.message_read = False
        self.peer: PipeInstance | None = None
        self.listening = server
        self.broken = False
        self.chunks: deque[bytes] = deque()
        self.size = 0
        self.connects: deque[Request] = deque()
        self.reads: deque[Request] = deque()
        self.writes: deque[Request] = deque()
        if server:
            name.instances.append(self)

    # ---- connecting --------------------------------------------------------------------------------------------

    def connect(self, request: Request) -> int:
        """Wait for a client (ConnectNamedPipe)."""
        if self.peer is not None:
            return status.PIPE_CONNECTED
        if not self.listening:
            return status.PIPE_CLOSING
        self.connects.append(request)
        return request.begin(self.io)

    def open(self, client: "PipeInstance") -> None:
        """Let a client in."""
        self.listening = False
        self.peer, client.peer = client, self
        while self.connects:
            self.connects.popleft().complete(status.SUCCESS)

    def disconnect(self) -> int:
        """Throw the client out, and listen again (DisconnectNamedPipe)."""
        peer = self.peer
        if peer is not None:
            peer.cut()
        self.peer = None
        self.broken = False
        self.chunks.clear()
        self.size = 0
        self.listening = True
        return status.SUCCESS

    # ---- data --------------------------------------------------------------------------------------------------

    def read(self, request: Request, size: int) -> int:
        """Read what the other end wrote: a message, its beginning (BUFFER_OVERFLOW), or bytes."""
        if self.listening:
            return status.PIPE_LISTENING
        if not self.chunks and self.peer is None:
            return status.PIPE_BROKEN
        request.size = size
        self.reads.append(request)
        request.begin(self.io)
        self.serve_reads()
        return request.status

    def write(self, request: Request, data: bytes) -> int:
        """Write to the other end: done when it has room for all."""
        peer = self.peer
        if peer is None:
            return status.PIPE_LISTENING if self.listening else status.PIPE_CLOSING
        request.data = data
        self.writes.append(request)
        request.begin(self.io)
        peer.serve_writes()
        return request.status

    def serve_reads(self) -> None:
        """End the reads that can end."""
        while self.reads and self.chunks:
            request = self.reads.popleft()
            data, more = self._take(request.size)
            request.received(data, status.BUFFER_OVERFLOW if more else status.SUCCESS)
            self.serve_writes()

    def _take(self, size: int) -> tuple[bytes, bool]:
        """Return what one read gets, and whether it is only the beginning of a message."""
        chunk = self.chunks.popleft()
        rest = chunk[size:]
        data = chunk[:size]
        if rest:
            self.chunks.appendleft(rest)
        while not self.message_read and self.chunks and len(data) < size:
            chunk = self.chunks.popleft()
            left = size - len(data)
            if len(chunk) > left:
                self.chunks.appendleft(chunk[left:])
            data += chunk[:left]
        self.size -= len(data)
        return data, bool(rest) and self.message_read

    def serve_writes(self) -> None:
        """Take what the other end writes, while there is room."""
        peer = self.peer
        while peer is not None and peer.writes and (self.size < self.quota or not self.chunks):
            request = peer.writes.popleft()
            data, request.data = request.data, b""
            if data or self.name.message:
                self.chunks.append(data)
                self.size += len(data)
            request.complete(status.SUCCESS, len(data))
            if self.reads:
                self.serve_reads()

    # ---- ending ------------------------------------------------------------------------------------------------

    def cancel(self, request: Request | None) -> int:
        """Cancel one pending request, or all; NOT_FOUND when none is."""
        found = False
        for queue in (self.connects, self.reads, self.writes):
            for one in tuple(queue):
                if request is None or one is request:
                    queue.remove(one)
                    one.complete(status.CANCELLED)
                    found = True
        return status.SUCCESS if found else status.NOT_FOUND

    def cut(self) -> None:
        """The other end is gone: what it wrote can still be read."""
        self.peer = None
        self.broken = True
        while self.reads:
            self.reads.popleft().complete(status.PIPE_BROKEN)
        while self.writes:
            self.writes.popleft().complete(status.PIPE_BROKEN)

    def closed_last(self, process: "Process", call: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """Cut the other end off, and forget the instance."""
        self.listening = False
        name = self.name
        if self in name.instances:
            name.instances.remove(self)
            if not name.instances and name.names.get(name.name) is name:
                del name.names[name.name]
        peer, self.peer = self.peer, None
        for queue in (self.connects, self.reads, self.writes):
            while queue:
                queue.popleft().complete(status.CANCELLED)
        if peer is not None:
            peer.cut()
        return True
