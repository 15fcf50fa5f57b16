"""A console: what the standard handles of a process mean that nobody has redirected.

Processes that share a console see each other's Ctrl-C.  What is written goes to whoever watches the run.
"""

from typing import TYPE_CHECKING
from zlib import crc32

from notsock.objects.kernel_object import KernelObject
from notsock.trace.events import Wrote

if TYPE_CHECKING:
    from notsock.objects.process import Process

INPUT, OUTPUT, ERROR = 0, 1, 2


class ConsoleStream(KernelObject):
    """A console's input or one of its two output streams."""

    __slots__ = ("stream",)

    type = "console"

    def __init__(self, ident: int, stream: int) -> None:
        super().__init__(ident)
        self.stream = stream


def write(process: "Process", stream: int, data: bytes) -> int:
    """Show what a process writes to its console (1 output, 2 error), and record that; return how many bytes."""
    process.executive.log((Wrote.kind, process.ident, stream, len(data), crc32(data)))
    process.machine.console_output(process, stream, data)
    return len(data)


def read(process: "Process", size: int) -> bytes:
    """Return what was typed."""
    data: bytes = process.machine.console_input(process, size)
    return data
