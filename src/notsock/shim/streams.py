"""A process's standard streams: CPython's text layer over descriptors 0, 1 and 2 of its C runtime.

Output to the console is line-buffered, so that the lines of several processes stand in the order in which they were
written.  Redirected output is buffered in blocks and its lines end as on Windows, as in CPython: who forgets to
flush makes a reader wait.  Making the streams costs as much as a dozen simulated calls, so a view keeps its own from
run to run while they are as new.
"""

import _io
from typing import Any

from notsock.shim.modules._io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper

_BUFFER = 8192
_NAMES = ("<stdin>", "<stdout>", "<stderr>")
Shape = tuple[str, ...]
"""What each of descriptors 0 to 2 is (``console``, ``file``, or nothing), and whether output is unbuffered."""
CONSOLES: Shape = ("console", "console", "console", "")


def shape_of(crt: Any, *, unbuffered: bool) -> Shape:
    """Return what the standard descriptors of a process are."""
    kinds = ("console" if crt.is_console(fd) else "file" if fd in crt.handles else "" for fd in range(3))
    return (*kinds, "unbuffered" if unbuffered else "")


def _state(stream: Any) -> tuple[Any, ...]:
    """Return what ``reconfigure`` or a program's own attributes change."""
    return (stream.encoding, stream.errors, stream.line_buffering, stream.write_through, dict(stream.__dict__))


class StandardStreams:
    """``sys.stdin``, ``sys.stdout`` and ``sys.stderr``; None for one whose descriptor is closed."""

    __slots__ = ("_raws", "_states", "_streams", "flushed", "names", "shape")

    def __init__(self, stdin: bytes, shape: Shape = CONSOLES) -> None:
        self.shape = shape
        self._raws: list[Any] = []
        unbuffered = bool(shape[3])
        opened = [
            self._input(stdin, shape[0]), self._output(1, shape[1], unbuffered), self._output(2, shape[2], unbuffered)
        ]  # fmt: skip
        self._streams = [stream for stream in opened if stream is not None]
        self._states = [_state(stream) for stream in self._streams]
        self.flushed = not stdin
        names = ("stdin", "stdout", "stderr")
        self.names = dict(zip(names, opened, strict=True))
        self.names |= {f"__{name}__": stream for name, stream in self.names.items()}

    def _raw(self, fd: int, mode: str) -> Any:
        raw = FileIO(fd, mode, closefd=False)
        raw._seekable = False  # so that making a stream anew leaves no call in the trace
        raw.name = _NAMES[fd]
        self._raws.append(raw)
        return raw

    def _input(self, stdin: bytes, kind: str) -> Any:
        if not kind:
            return None
        reading = self._raw(0, "r")
        source: Any = _io.BytesIO(stdin) if stdin else BufferedReader(reading, _BUFFER)
        return TextIOWrapper(source, "utf-8")

    def _output(self, fd: int, kind: str, unbuffered: bool) -> Any:
        if not kind:
            return None
        raw = self._raw(fd, "w")
        buffer: Any = raw if unbuffered else BufferedWriter(raw, _BUFFER)
        console = kind == "console"
        stream: Any = TextIOWrapper(
            buffer, "utf-8", "strict" if fd == 1 else "backslashreplace", "\n" if console else None,
            line_buffering=console or fd == 2, write_through=fd == 2 or unbuffered,
        )  # fmt: skip
        stream.mode = "w"
        return stream

    def reusable(self, shape: Shape) -> bool:
        """Say whether the last run left them as new: flushed, open, unread, not configured otherwise."""
        if not self.flushed or shape != self.shape or any(raw.touched for raw in self._raws):
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
