"""A process's standard streams: CPython's text layer over descriptors 0, 1 and 2 of its C runtime.

Output is line-buffered, so that the lines of several processes stand in the order in which they were written.
Making them costs as much as a dozen simulated calls, so a view keeps its own from run to run while they are as new.
"""

import _io
from typing import Any

from notsock.shim.modules._io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper

_BUFFER = 8192


def _state(stream: Any) -> tuple[Any, ...]:
    """Return what ``reconfigure`` or a program's own attributes change."""
    return (stream.encoding, stream.errors, stream.line_buffering, stream.write_through, dict(stream.__dict__))


class StandardStreams:
    """``sys.stdin``, ``sys.stdout`` and ``sys.stderr``."""

    __slots__ = ("_raws", "_states", "_streams", "flushed", "names")

    def __init__(self, stdin: bytes) -> None:
        reading = FileIO(0, "r", closefd=False)
        reading._seekable = False  # a console; and making a stream anew leaves no call in the trace
        source: Any = _io.BytesIO(stdin) if stdin else BufferedReader(reading, _BUFFER)
        self._raws = [reading]
        self._streams: list[Any] = [TextIOWrapper(source, "utf-8")]
        for fd, errors in ((1, "strict"), (2, "backslashreplace")):
            raw = FileIO(fd, "w", closefd=False)
            raw._seekable = False
            raw.name = "<stdout>" if fd == 1 else "<stderr>"
            self._raws.append(raw)
            stream: Any = TextIOWrapper(
                BufferedWriter(raw, _BUFFER), "utf-8", errors, "\n", line_buffering=True, write_through=fd == 2
            )
            stream.mode = "w"
            self._streams.append(stream)
        self._states = [_state(stream) for stream in self._streams]
        self.flushed = not stdin
        names = ("stdin", "stdout", "stderr")
        self.names = dict(zip(names, self._streams, strict=True))
        self.names |= {f"__{name}__": stream for name, stream in self.names.items()}

    def reusable(self) -> bool:
        """Say whether the last run left them as new: flushed, open, unread, not configured otherwise."""
        if not self.flushed or self._raws[0].touched:
            return False
        return all(
            not stream.closed and _state(stream) == state
            for stream, state in zip(self._streams, self._states, strict=True)
        )

    def serve(self, crt: Any) -> None:
        """Write to, and read from, the C runtime of a new process."""
        self.flushed = False
        for raw in self._raws:
            raw._crt = crt
