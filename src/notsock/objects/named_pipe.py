r"""Named pipes: the names of a machine, the instances behind a name, and the two ends of each.

A server makes instances of a name and listens on each; a client that opens the name gets one that listens.
Bytes, or whole messages, go from the writes of one end to the reads of the other; a request that cannot end yet
is pending, as on an endpoint.  What is written can be read at once; the write itself ends when all of it fits into
the other end's quota, which is why a child that writes more than a pipe holds waits for its parent to read.  An
anonymous pipe is one without a name, as on NT.  Microsoft: "Named Pipe Operations", "CreateNamedPipe",
"CreatePipe"; states and statuses as [MS-FSA] has them.
"""

from collections import deque
from typing import TYPE_CHECKING

from notsock.objects.completion_port import Association
from notsock.objects.io_request import Request
from notsock.objects.kernel_object import KernelObject
from notsock.values import status

if TYPE_CHECKING:
    from notsock.objects.manager import ObjectManager
    from notsock.objects.process import Process

UNLIMITED = 255
QUOTA = 4096
"""Bytes that an end holds unless the pipe's maker says otherwise."""


class _Chunk:
    """What one write brought, as far as it is not read; ``request`` while the write is pending."""

    __slots__ = ("data", "length", "request")

    def __init__(self, data: bytes, request: Request) -> None:
        self.data = data
        self.length = len(data)
        self.request: Request | None = request

    def end(self, answer: int) -> None:
        """End the write, if that has not happened yet."""
        request, self.request = self.request, None
        if request is not None:
            request.complete(answer, self.length if answer == status.SUCCESS else 0)


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
    """One end of a pipe's instance: the server's, or the client's.

    ``peer`` is the other end while both are open; ``chunks`` what was written to this end and not read yet, a
    chunk a write; ``quota`` how many bytes may lie there before writes wait; ``readable`` and ``writable`` say what
    the end was opened for.
    """

    __slots__ = (
        "broken", "chunks", "connects", "io", "listening", "message_read", "name", "overlapped", "peer", "quota",
        "quota_of_client", "readable", "reads", "size", "writable",
    )  # fmt: skip

    type = "named pipe"

    def __init__(self, ident: int, name: PipeName, server: bool, overlapped: bool, quota: int) -> None:
        super().__init__(ident)
        self.name = name
        self.io = Association()
        self.overlapped = overlapped
        self.quota = self.quota_of_client = quota
        self.message_read = False
        self.readable = self.writable = True
        self.peer: PipeInstance | None = None
        self.listening = server
        self.broken = False
        self.chunks: deque[_Chunk] = deque()
        self.size = 0
        self.connects: deque[Request] = deque()
        self.reads: deque[Request] = deque()
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
        self._break_off()
        self.peer = None
        self.broken = False
        self.listening = True
        return status.SUCCESS

    # ---- data --------------------------------------------------------------------------------------------------

    def read(self, request: Request, size: int) -> int:
        """Read what the other end wrote: a message, its beginning (BUFFER_OVERFLOW), or bytes."""
        if not self.readable:
            return status.ACCESS_DENIED
        if self.listening:
            return status.PIPE_LISTENING
        if not self.chunks and self.peer is None:
            return status.PIPE_BROKEN
        request.size = size
        self.reads.append(request)
        request.begin(self.io)
        self._serve_reads()
        return request.status

    def write(self, request: Request, data: bytes) -> int:
        """Write to the other end: done when it has room for all."""
        if not self.writable:
            return status.ACCESS_DENIED
        peer = self.peer
        if peer is None:
            return status.PIPE_LISTENING if self.listening else status.PIPE_CLOSING
        request.begin(self.io)
        if not data and not self.name.message:
            return request.complete(status.SUCCESS)
        peer.chunks.append(_Chunk(data, request))
        peer.size += len(data)
        peer._serve_reads()
        peer._end_writes()
        return request.status

    def _serve_reads(self) -> None:
        """End the reads that can end."""
        while self.reads and self.chunks:
            request = self.reads.popleft()
            data, more = self._take(request.size)
            request.received(data, status.BUFFER_OVERFLOW if more else status.SUCCESS)
            self._end_writes()

    def _take(self, size: int) -> tuple[bytes, bool]:
        """Return what one read gets, and whether it is only the beginning of a message."""
        parts: list[bytes] = []
        left = size
        more = False
        while self.chunks:
            chunk = self.chunks[0]
            part = chunk.data[:left]
            parts.append(part)
            left -= len(part)
            chunk.data = chunk.data[len(part) :]
            if chunk.data:
                more = self.message_read
                break
            self.chunks.popleft()
            chunk.end(status.SUCCESS)
            if self.message_read or not left:
                break
        self.size -= size - left
        return b"".join(parts), more

    def _end_writes(self) -> None:
        """End the pending writes of the other end that now fit."""
        before = 0
        for chunk in self.chunks:
            before += len(chunk.data)
            if before > self.quota:
                return
            chunk.end(status.SUCCESS)

    # ---- ending ------------------------------------------------------------------------------------------------

    def pending(self) -> list[Request]:
        """Return what is pending on this end: connects and reads of its own, writes of the other end's."""
        writes = (chunk.request for chunk in self.chunks)
        return [*self.connects, *self.reads, *(request for request in writes if request is not None)]

    def cancel(self, request: Request | None) -> int:
        """Cancel one pending request, or all; NOT_FOUND when none is."""
        found = False
        for queue in (self.connects, self.reads):
            for one in tuple(queue):
                if request is None or one is request:
                    queue.remove(one)
                    one.complete(status.CANCELLED)
                    found = True
        return status.SUCCESS if self._withdraw(request) or found else status.NOT_FOUND

    def _withdraw(self, request: Request | None) -> bool:
        """Cancel one of this end's pending writes, or all: what was not read of it is taken back."""
        peer = self.peer
        found = False
        for chunk in tuple(peer.chunks) if peer is not None else ():
            if chunk.request is not None and (request is None or chunk.request is request):
                peer.chunks.remove(chunk)  # type: ignore[union-attr]
                peer.size -= len(chunk.data)  # type: ignore[union-attr]
                chunk.end(status.CANCELLED)
                found = True
        return found

    def cut(self) -> None:
        """The other end is gone: what it wrote can still be read."""
        self.peer = None
        self.broken = True
        while self.reads:
            self.reads.popleft().complete(status.PIPE_BROKEN)

    def _break_off(self) -> None:
        """Let what was written to this end go unread: the writes that are pending fail."""
        for chunk in self.chunks:
            chunk.end(status.PIPE_BROKEN)
        self.chunks.clear()
        self.size = 0

    def closed_last(self, process: "Process", call: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """Cut the other end off, and forget the instance."""
        self.listening = False
        name = self.name
        if self in name.instances:
            name.instances.remove(self)
            if not name.instances and name.names.get(name.name) is name:
                del name.names[name.name]
        self.cancel(None)
        peer, self.peer = self.peer, None
        self._break_off()
        if peer is not None:
            peer.cut()
        return True


class AnonymousPipe(PipeInstance):
    """One end of an anonymous pipe: the reading one is the server's, the writing one the client's."""

    __slots__ = ()

    type = "pipe"


def anonymous_pipe(manager: "ObjectManager", size: int = 0) -> tuple[AnonymousPipe, AnonymousPipe]:
    """Return the reading and the writing end of a new pipe that holds ``size`` bytes (0: as many as usual)."""
    name = PipeName({}, "", 1, message=False)
    reading = AnonymousPipe(manager.ident(), name, True, False, size or QUOTA)
    writing = AnonymousPipe(manager.ident(), name, False, False, size or QUOTA)
    reading.writable = writing.readable = False
    reading.open(writing)
    return reading, writing
