"""Where lines come from: files, gzip, standard input, a pipe that a running strace fills, or the files of ``-ff``.

Bytes are taken as Latin-1, so that no byte is an error.  A line longer than :data:`LINE_MAX` is cut, and counted.
"""

import gzip
import heapq
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from notsock.readers.words import seconds

CHUNK = 1 << 18
LINE_MAX = 1 << 16
"""Characters of a line that are looked at."""
_DURATION = re.compile(r"<(\d+\.\d+)>$")


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


def of_each_process(path: str) -> list[Path]:
    """Return the files that ``strace -ff -o PATH`` wrote: PATH.1234 and so on; empty where there are none."""
    here = Path(path)
    found = here.parent.glob(f"{here.name}.*") if here.name else ()
    return sorted(file for file in found if file.suffix[1:].isdigit())


def merged(paths: Iterable[Path], splitters: list[Splitter]) -> Iterator[list[str]]:
    """Yield the lines of ``-ff`` files in order of time, each with its process id before it."""
    streams = [_timed(path, splitters, order) for order, path in enumerate(paths)]
    batch: list[str] = []
    for _, _, line in heapq.merge(*streams):
        batch.append(line)
        if len(batch) >= 4096:
            yield batch
            batch = []
    yield batch


def have_durations(paths: Iterable[Path]) -> bool:
    """Say whether every file has the duration of its calls (``-T``): only then can their order be known."""
    for path in paths:
        with open_log(str(path)) as file:
            lines = file.read(CHUNK).decode("latin-1").split("\n")[:-1]
        calls = [line for line in lines if " = " in line]
        if calls and not any(_DURATION.search(line) for line in calls):
            return False
    return True


def _timed(path: Path, splitters: list[Splitter], order: int) -> Iterator[tuple[float, int, str]]:
    """Yield the lines of one file with the moment at which each call returned."""
    pid = path.suffix[1:]
    splitter = Splitter()
    splitters.append(splitter)
    now = 0.0
    with open_log(str(path)) as file:
        for lines in batches(file, splitter, str(path)):
            for line in lines:
                word = line.lstrip().partition(" ")[0]
                try:
                    began = seconds(word)
                except ValueError:
                    began = now
                took = _DURATION.search(line)
                now = max(now, began + (float(took[1]) if took else 0.0))
                yield now, order, line if line.startswith(" > ") else f"{pid} {line}"
