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
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from notsock.readers.running import Traced, TraceError, arriving, log_pipe, signals, status_of
from notsock.readers.source import Splitter
from notsock.readers.strace.frames import FOLDER
from notsock.readers.strace.reader import Reader
from notsock.readers.strace.sampling import Sampler
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


def trace(
    command: Sequence[str], *, io: bool = False, stacks: bool = False, python: bool = False,
    copy: BinaryIO | None = None,
) -> Traced:  # fmt: skip
    """Run a command to its end; Ctrl-C is the command's to deal with.

    With ``python`` it names its Python frames, if it is a Python program.  ``copy`` gets the log.
    """
    strace = find_strace()
    if shutil.which(command[0]) is None:
        raise TraceError(f"{command[0]} is no command that can be run")
    options = ["--seccomp-bpf", *arguments(io=io, stacks=stacks)]
    environment = None
    if python:
        path = [str(FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    name = f"trace of {Path(command[0]).name}"
    return _read(strace, options, ["--", *command], name, copy=copy, environment=environment)


def attach(pid: int, *, io: bool = False, stacks: bool = False, copy: BinaryIO | None = None) -> Traced:
    """Trace a running process until it ends or Ctrl-C is pressed, which leaves it running."""
    strace = find_strace()
    if not Path(f"/proc/{pid}").exists():
        raise TraceError(f"there is no process {pid}")
    options, name = arguments(io=io, stacks=stacks), f"trace of process {pid}"
    return _read(strace, options, ["-p", str(pid)], name, attached=pid, copy=copy)


def _read(
    strace: str, options: Sequence[str], subject: Sequence[str], name: str, *, attached: int = 0,
    copy: BinaryIO | None = None, environment: dict[str, str] | None = None,
) -> Traced:  # fmt: skip
    """Start strace and read what it writes until it ends."""
    reader, splitter = Reader(name), Splitter()
    if attached:
        reader.together(*_threads_of(attached))
    with log_pipe() as (path, source):
        line = [strace, *options, "-o", path, *subject]
        # running what the person named is what this is for
        process = subprocess.Popen(line, stderr=subprocess.PIPE if attached else None, env=environment)  # noqa: S603
        with signals(_lets_go(process) if attached else _passes_on(process)):
            sampler = Sampler(reader)

            def over() -> bool:
                if process.poll() is not None:
                    return True
                sampler.look()
                return False

            for data in arriving(source, over, copy):
                reader.feed(splitter.feed(data))
            complaints = process.communicate()[1]
        reader.cut = splitter.cut
    if not attached:
        return Traced(reader.finish(), status_of(process))
    if not reader.lines and process.returncode and process.returncode != -signal.SIGINT:
        why = (complaints or b"").decode(errors="replace").strip().partition("\n")[0]
        raise TraceError(f"cannot attach: {why or 'strace ended at once'}")
    return Traced(reader.finish(), None)


def _lets_go(strace: "subprocess.Popen[bytes]") -> Callable[[int], None]:
    """Have strace let go of the program that it is attached to."""

    def interrupted(number: int) -> None:
        with suppress(ProcessLookupError):
            strace.send_signal(number)

    return interrupted


def _passes_on(strace: "subprocess.Popen[bytes]") -> Callable[[int], None]:
    """Leave Ctrl-C to the program, which the terminal has told as well; pass a request to end on."""

    def interrupted(number: int) -> None:
        if number == signal.SIGTERM:
            for child in _children(strace.pid):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(child, number)

    return interrupted


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
