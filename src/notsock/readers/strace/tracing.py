"""Runs a program under strace and reads the log while it grows.

strace writes to a named pipe, which the program cannot inherit.  The program keeps its terminal, its signals and its
output.  Only calls that open, pass on and close descriptors are traced (``--seccomp-bpf`` lets all others run at full
speed); ``-y`` is never used, for looking up every descriptor slows connection churn many times over.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fcntl import fcntl
from pathlib import Path
from types import FrameType

from notsock.readers.reading import Reading
from notsock.readers.strace.reader import Reader
from notsock.readers.strace.source import CHUNK, Splitter
from notsock.readers.strace.using import OTHER_USES, RECEIVES, SENDS

OLDEST = (5, 3)
"""The first strace with --seccomp-bpf."""
HOW_TO_GET = "on Debian and Ubuntu: apt-get install strace"
LIFETIME_CALLS = (
    "close close_range dup dup2 dup3 fcntl fcntl64 ioctl socket socketpair accept accept4 connect bind listen shutdown "
    "getsockname setsockopt pipe pipe2 open openat openat2 creat epoll_create epoll_create1 epoll_ctl eventfd eventfd2 "
    "timerfd_create signalfd signalfd4 inotify_init inotify_init1 memfd_create pidfd_open pidfd_getfd sendmsg recvmsg "
    "clone clone3 fork vfork execve execveat unshare io_uring_setup"
).split()
IO_CALLS = (*SENDS, *RECEIVES, *OTHER_USES)
PIPE_SIZE = 1 << 20
INTERVAL = 0.04
"""Seconds between two readings."""
NICE = 5
_F_SETPIPE_SZ = 1031


class TraceError(Exception):
    """The program could not be traced; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Traced:
    """What came of it: the reading, and the program's exit status as a shell has it (None: it still runs)."""

    reading: Reading
    status: int | None


def find_strace() -> str:
    """Return the path of a strace that will do."""
    strace = shutil.which("strace")
    if strace is None:
        raise TraceError(f"strace is not installed ({HOW_TO_GET})")
    said = subprocess.run([strace, "-V"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - found above
    found = re.search(r"version (\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        version = f"{found[1]}.{found[2]}" if found else "of unknown version"
        raise TraceError(f"{strace} is too old ({version}): 5.3 or later is needed ({HOW_TO_GET})")
    return strace


def arguments(*, io: bool, stacks: bool) -> list[str]:
    """Return the options with which strace is run, for whatever it traces."""
    calls = (*LIFETIME_CALLS, *IO_CALLS) if io else LIFETIME_CALLS
    wanted = ",".join(f"?{call}" for call in calls)
    options = ["-f", "-q", "-ttt", "-a1", "-s", "16", "-e", f"trace={wanted}", "-e", "signal=none"]
    return [*options, "-k"] if stacks else options


def trace(command: Sequence[str], *, io: bool = False, stacks: bool = False) -> Traced:
    """Run a command to its end; Ctrl-C is the command's to deal with."""
    strace = find_strace()
    if shutil.which(command[0]) is None:
        raise TraceError(f"{command[0]} is no command that can be run")
    with _pipe() as path:
        line = [strace, "--seccomp-bpf", *arguments(io=io, stacks=stacks), "-o", path, "--", *command]
        return _read(line, path, f"trace of {Path(command[0]).name}")


def attach(pid: int, *, io: bool = False, stacks: bool = False) -> Traced:
    """Trace a running process until it ends or Ctrl-C is pressed, which leaves it running."""
    strace = find_strace()
    if not Path(f"/proc/{pid}").exists():
        raise TraceError(f"there is no process {pid}")
    with _pipe() as path:
        line = [strace, *arguments(io=io, stacks=stacks), "-o", path, "-p", str(pid)]
        return _read(line, path, f"trace of process {pid}", attached=pid)


@contextmanager
def _pipe() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="notsock-") as folder:
        path = str(Path(folder) / "strace.log")
        os.mkfifo(path, 0o600)
        yield path


def _read(line: list[str], path: str, name: str, *, attached: int = 0) -> Traced:
    """Start strace and read what it writes until it ends."""
    reader, splitter = Reader(name), Splitter()
    if attached:
        reader.together(*_threads_of(attached))
    source = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl(source, _F_SETPIPE_SZ, PIPE_SIZE)
        # running what the person named is what this is for
        strace = subprocess.Popen(line, stderr=subprocess.PIPE if attached else None)  # noqa: S603
        with _signals_left_to(strace, attached=bool(attached)):
            for data in _data(source, strace):
                reader.feed(splitter.feed(data))
            complaints = strace.communicate()[1]
        reader.cut = splitter.cut
    finally:
        os.close(source)
    status = strace.returncode if strace.returncode >= 0 else 128 - strace.returncode
    if not attached:
        return Traced(reader.finish(), status)
    if not reader.lines and strace.returncode and strace.returncode != -signal.SIGINT:
        why = (complaints or b"").decode(errors="replace").strip().partition("\n")[0]
        raise TraceError(f"cannot attach: {why or 'strace ended at once'}")
    return Traced(reader.finish(), None)


def _data(source: int, strace: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """Yield what strace writes, until it has ended; at intervals, for it writes line by line and should not wake us.

    It is read with a lower priority: the program and strace come first, and the pipe holds some ten thousand lines.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + NICE)
    rest = INTERVAL
    while True:
        time.sleep(rest)
        over = strace.poll() is not None
        got = 0
        with suppress(BlockingIOError):
            while data := os.read(source, CHUNK):
                got += len(data)
                yield data
        if over:
            return
        rest = INTERVAL / 4 if got > PIPE_SIZE // 2 else INTERVAL


@contextmanager
def _signals_left_to(strace: "subprocess.Popen[bytes]", *, attached: bool) -> Iterator[None]:
    """Leave Ctrl-C to the program (or, attached, to strace, which lets go); pass a request to end on."""

    def interrupted(number: int, frame: FrameType | None) -> None:
        del frame
        if attached:
            with suppress(ProcessLookupError):
                strace.send_signal(signal.SIGINT if number == signal.SIGINT else signal.SIGTERM)
        elif number == signal.SIGTERM:
            for child in _children(strace.pid):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(child, number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, interrupted) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _threads_of(pid: int) -> tuple[list[int], str]:
    """Return the threads of a process, the first one first, and its name."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        return sorted(int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()), f"{name}[{pid}]"
    except OSError:
        return [pid], f"process {pid}"


def _children(pid: int) -> list[int]:
    """Return the children of a process."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
