"""Running a program under a tracer: the pipe through which its log comes, and signals, which are left to it."""

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fcntl import fcntl
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from notsock.readers.reading import Reading
from notsock.readers.source import CHUNK

PIPE_SIZE = 1 << 20
INTERVAL = 0.04
"""Seconds between two readings."""
NICE = 5
HOLE_EVERY = 1 << 24
"""Bytes of a file that are read before they are given back."""
_F_SETPIPE_SZ = 1031
_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_LIBC = ctypes.CDLL(None, use_errno=True)


class TraceError(Exception):
    """The program could not be traced; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Traced:
    """What came of it: the reading, and the program's exit status as a shell has it (None: it still runs)."""

    reading: Reading
    status: int | None


def status_of(process: "subprocess.Popen[bytes]") -> int:
    """Return the exit status of a process that has ended, as a shell has it."""
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


@contextmanager
def log_file() -> Iterator[tuple[int, int]]:
    """Make a file that is appended to; yield descriptors to write and to read it.

    Some programs cannot have a pipe for what Wine takes as their standard error.  What has been read is given back to
    the disk (see :func:`arriving`).
    """
    with tempfile.NamedTemporaryFile(prefix="notsock-") as file:
        written = os.open(file.name, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        source = os.open(file.name, os.O_RDWR | os.O_CLOEXEC)
        try:
            yield written, source
        finally:
            os.close(written)
            os.close(source)


def _give_back(file: int, length: int) -> None:
    """Make a hole of the beginning of a file: what was read takes no place on the disk any more (fallocate(2))."""
    _LIBC.fallocate(file, _PUNCH_HOLE | _KEEP_SIZE, ctypes.c_int64(0), ctypes.c_int64(length))


@contextmanager
def log_pipe() -> Iterator[tuple[str, int]]:
    """Make a named pipe; yield its path, and a descriptor to read from it, which never blocks."""
    with tempfile.TemporaryDirectory(prefix="notsock-") as folder:
        path = str(Path(folder) / "log")
        os.mkfifo(path, 0o600)
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            with suppress(OSError):
                fcntl(source, _F_SETPIPE_SZ, PIPE_SIZE)
            yield path, source
        finally:
            os.close(source)


def arriving(source: int, over: Callable[[], bool], copy: BinaryIO | None = None) -> Iterator[bytes]:
    """Yield what is written to a pipe until it is ``over``; at intervals, for it comes line by line and wakes nobody.

    It is read with a lower priority: the program and its tracer come first, and the pipe holds some ten thousand
    lines.  ``copy`` gets everything, too.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    rest, given_back = INTERVAL, 0
    while True:
        time.sleep(rest)
        ended = over()
        got = 0
        with suppress(BlockingIOError):
            while data := os.read(source, CHUNK):
                got += len(data)
                if copy is not None:
                    copy.write(data)
                yield data
        if ended:
            return
        if got and (place := _place(source)) - given_back > HOLE_EVERY:
            _give_back(source, place)
            given_back = place
        rest = INTERVAL / 4 if got > PIPE_SIZE // 2 else INTERVAL


def _place(source: int) -> int:
    """Return how much of a file has been read; nothing of a pipe."""
    try:
        return os.lseek(source, 0, os.SEEK_CUR)
    except OSError:
        return 0


@contextmanager
def signals(interrupted: Callable[[int], None]) -> Iterator[None]:
    """Hand Ctrl-C and requests to end on to ``interrupted``, and do not end of them."""

    def handler(number: int, frame: FrameType | None) -> None:
        del frame
        interrupted(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handler) for number in numbers]
    try:
        yield
    finally:
        for number, old in zip(numbers, before, strict=True):
            signal.signal(number, old)
