"""Where lines come from: files, gzip, standard input, or a pipe that a running tracer fills.

Bytes are taken as Latin-1, so that no byte is an error.  A line longer than :data:`LINE_MAX` is cut, and counted.
"""

import gzip
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 18
LINE_MAX = 1 << 16
"""Characters of a line that are looked at."""


class LogError(Exception):
    """A log that cannot be read; the message says which, and why."""


class Splitter:
    """Cuts bytes into lines; a line that is too long is cut, one that is not complete yet is kept."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False
        self.cut = 0

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that ``data`` completes."""
        if self._skipping:
            _, newline, data = data.partition(b"\n")
            if not newline:
                return []
            self._skipping = False
        lines = (self._rest + data).decode("latin-1").split("\n")
        last = lines.pop()
        if len(last) > LINE_MAX:
            self.cut += 1
            self._skipping = True
            lines.append(last[:LINE_MAX])
            last = ""
        self._rest = last.encode("latin-1")
        return lines

    def finish(self) -> None:
        """End: a line without its end may be cut anywhere and would be misread, so it is only counted."""
        self.cut += bool(self._rest)
        self._rest = b""


def batches(file: BinaryIO, splitter: Splitter, name: str) -> Iterator[list[str]]:
    """Yield the lines of an open file, many at a time; a truncated gzip ends where it was cut."""
    try:
        read: Callable[[int], bytes] = getattr(file, "read1", file.read)
        while data := read(CHUNK):
            yield splitter.feed(data)
    except EOFError:
        pass
    except (OSError, zlib.error) as error:
        if not isinstance(file, gzip.GzipFile):
            raise LogError(f"{name} cannot be read: {error}") from None
    splitter.finish()


def share_read(file: BinaryIO) -> float | None:
    """Return how much of an open log's file has been read, from 0 to 1; None of a pipe."""
    raw = file.fileobj if isinstance(file, gzip.GzipFile) else file
    try:
        size = os.fstat(raw.fileno()).st_size
        return min(1.0, raw.tell() / size) if size else None
    except (OSError, AttributeError):
        return None


@contextmanager
def open_log(path: str) -> Iterator[BinaryIO]:
    """Open a log, unpacking gzip; ``-`` is standard input."""
    with ExitStack() as stack:
        try:
            raw = sys.stdin.buffer if path == "-" else stack.enter_context(Path(path).open("rb"))
            packed = isinstance(raw, BufferedReader) and raw.peek(2)[:2] == b"\x1f\x8b"
        except OSError as error:
            raise LogError(f"{path} cannot be read: {error.strerror}") from None
        yield stack.enter_context(gzip.GzipFile(fileobj=raw)) if packed else raw  # type: ignore[misc]
