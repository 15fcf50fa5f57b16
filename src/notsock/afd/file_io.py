"""Reading and writing by handle, whatever it means: a request goes to whoever serves the object.

The one place where ``ReadFile``, ``WriteFile`` and the C runtime's ``_read`` and ``_write`` meet.  Answers are
NTSTATUS values.  A socket made with WSA_FLAG_OVERLAPPED refuses a request without an OVERLAPPED; another waits even
if it is non-blocking (pinned, fact 79; Q131623).
"""

from typing import TYPE_CHECKING

from notsock.afd.endpoint import Endpoint
from notsock.objects import console
from notsock.objects.console import ConsoleStream
from notsock.objects.io_request import Request
from notsock.objects.kernel_object import FileObject, KernelObject
from notsock.objects.named_pipe import PipeInstance
from notsock.values import status

if TYPE_CHECKING:
    from notsock.objects.process import Process

FILES = (PipeInstance, Endpoint, FileObject, ConsoleStream)
"""What can be read and written at all."""


def read_file(process: "Process", thing: KernelObject, request: Request, size: int, synchronous: bool) -> int:
    """Begin to read up to ``size`` bytes; ``synchronous``: the request has no OVERLAPPED, and has ended on return."""
    if isinstance(thing, PipeInstance):
        return _ended(process, request, thing.read(request, size), synchronous)
    if isinstance(thing, Endpoint):
        return _receive(thing, request, size, synchronous)
    if isinstance(thing, FileObject):
        data = thing.contents.read(thing.position, size)
        thing.position += len(data)
        return request.received(data)
    if isinstance(thing, ConsoleStream) and thing.stream == console.INPUT:
        return request.received(console.read(process, size))
    return status.INVALID_HANDLE


def write_file(process: "Process", thing: KernelObject, request: Request, data: bytes, synchronous: bool) -> int:
    """Begin to write; ``synchronous``: the request has no OVERLAPPED, and has ended on return."""
    if isinstance(thing, PipeInstance):
        return _ended(process, request, thing.write(request, data), synchronous)
    if isinstance(thing, Endpoint):
        return _send(thing, request, data, synchronous)
    if isinstance(thing, FileObject):
        written = int(thing.contents.write(thing.position, data))
        thing.position += written
        return request.complete(status.SUCCESS, written)
    if isinstance(thing, ConsoleStream) and thing.stream != console.INPUT:
        return request.complete(status.SUCCESS, console.write(process, thing.stream, data))
    return status.INVALID_HANDLE


def _ended(process: "Process", request: Request, answer: int, synchronous: bool) -> int:
    if answer == status.PENDING and synchronous:
        return request.wait(process.executive)
    return answer


def _receive(endpoint: Endpoint, request: Request, size: int, synchronous: bool) -> int:
    if not synchronous and endpoint.overlapped:
        io = endpoint.io_half()
        return io.receive(request, size) if endpoint.stream else io.receive_from(request, size)
    if endpoint.overlapped:
        return status.INVALID_PARAMETER
    data = endpoint.receive(size, blocking=True)
    return data if isinstance(data, int) else request.received(data)


def _send(endpoint: Endpoint, request: Request, data: bytes, synchronous: bool) -> int:
    if not synchronous and endpoint.overlapped and endpoint.stream:
        return endpoint.io_half().send(request, data)
    if endpoint.overlapped:
        return status.INVALID_PARAMETER
    sent = endpoint.send(data, blocking=True)
    return sent if sent >= 0x40000000 else request.complete(status.SUCCESS, sent)
