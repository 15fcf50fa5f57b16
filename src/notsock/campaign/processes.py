"""Local processes as an engine: each worker is an interpreter of its own, spoken to over a socket pair.

They are started afresh rather than forked, so that nothing of this process is in them, and so that a Dask worker
(whose processes may not have children in multiprocessing's sense) can have one too.  A worker is in a session of
its own: Ctrl-C reaches whoever reads the accounts, and only that.  It ends when the other end of its pair does.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection, wait
from typing import Any

from notsock.campaign.engine import News
from notsock.campaign.messages import Lost, Task

LEAVE_SECONDS = 15
"""How long a partner that was left may take to end by itself."""


class PartnerDiedError(Exception):
    """A process that was to be spoken to has ended; the message says how."""


class Partner:
    """A process that runs ``main`` of a module of ours in ``folder``, and is spoken to; raises OSError.

    What a ``silent`` one writes to its standard error is thrown away.
    """

    def __init__(self, module: str, folder: str, *, silent: bool = False) -> None:
        self.folder = folder
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-c", f"from {module} import main; main()", str(theirs.fileno())],
                cwd=folder,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL if silent else None,
                start_new_session=True,
            )
            self.connection = Connection(ours.detach())

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def send(self, message: Any) -> None:
        """Send a message; that it arrives nowhere is seen where an answer is awaited."""
        with contextlib.suppress(OSError):
            self.connection.send(message)

    def receive(self) -> Any:
        """Wait for the next message; raises :class:`PartnerDiedError`."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            raise PartnerDiedError(_ended(self._process.wait())) from None

    def leave(self) -> None:
        """Let it end by itself, for that is what it does when it is left; see to it that it does."""
        self.connection.close()
        try:
            self._process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self.end()

    def end(self) -> None:
        """End it, whatever it is doing."""
        self.connection.close()
        self._process.kill()
        self._process.wait()


def worker(folder: str) -> Partner:
    """Return a process that searches shards."""
    return Partner("notsock.campaign.worker", folder)


def _ended(code: int) -> str:
    """Say how a process ended."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit status {code}"


class Processes:
    """As many workers as are asked for; one that dies is replaced."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._idle: list[Partner] = []
        self._busy: dict[Connection, tuple[Partner, int]] = {}

    def pids(self) -> list[int]:
        """Return the numbers of the worker processes."""
        return [child.pid for child, _ in self._busy.values()] + [child.pid for child in self._idle]

    def room(self) -> int:
        """Return how many workers have nothing to do."""
        return self._jobs - len(self._busy)

    def start(self, task: Task) -> None:
        """Give a task to an idle worker, or a new one."""
        child = self._idle.pop() if self._idle else worker(os.getcwd())  # noqa: PTH109 - as the program will see it
        child.send(task)
        self._busy[child.connection] = child, task.shard.number

    def news(self, seconds: float) -> list[News]:
        """Return the accounts that have come, waiting for one."""
        told: list[News] = []
        for connection in wait(list(self._busy), seconds):
            assert isinstance(connection, Connection)
            child, shard = self._busy[connection]
            try:
                account = child.receive()
            except PartnerDiedError as error:
                told.append(Lost(shard, str(error)))
                del self._busy[connection]
                child.end()
                continue
            told.append(account)
            if account.final:
                del self._busy[connection]
                self._idle.append(child)
        return told

    def drop(self) -> None:
        """End the workers that have a task."""
        for child, _ in self._busy.values():
            child.end()
        self._busy.clear()

    def close(self) -> None:
        """End all workers."""
        self.drop()
        for child in self._idle:
            child.end()
        self._idle.clear()
