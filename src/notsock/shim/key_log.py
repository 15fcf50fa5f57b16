"""The secrets of TLS connections: for the file that a program names, and for whoever captures the packets of a run.

OpenSSL's callback in CPython writes to a real file, so each log is an anonymous one.  A file of the simulated machine
that is such a log shows what has been written so far.  The lines are those of NSS (the format that Wireshark reads;
draft-ietf-tls-keylogfile).
"""

import os
from typing import Any

from notsock.shim.disk import O_APPEND, O_CREAT, O_WRONLY, Disk, Node
from notsock.shim.winerror import from_errno

_HEADER = b"#"


class KeyLog:
    """An anonymous file of the real system; it goes with the last who knows it."""

    __slots__ = ("_file",)

    def __init__(self) -> None:
        self._file = os.memfd_create("keys")

    @property
    def path(self) -> str:
        """Where OpenSSL finds it."""
        return f"/proc/self/fd/{self._file}"

    def text(self) -> bytes:
        """Return what has been written so far."""
        return os.pread(self._file, os.fstat(self._file).st_size, 0)

    def __del__(self) -> None:
        os.close(self._file)


class KeyLogNode(Node):
    """A file of the simulated machine that OpenSSL appends to, until somebody else writes."""

    __slots__ = ("_before", "_own", "log")

    def __init__(self, before: bytes) -> None:
        self._before = before
        self._own: bytearray | None = None
        self.log = KeyLog()

    @property
    def data(self) -> Any:
        """What the file holds: what was there, and what OpenSSL has added."""
        if self._own is not None:
            return self._own
        text = self.log.text()
        if self._before and text.startswith(_HEADER):  # written into empty files only
            text = text[text.index(b"\n") + 1 :]
        return memoryview(self._before + text)

    @data.setter
    def data(self, value: Any) -> None:
        self._own = value


def log_file(disk: Disk, path: str, name: Any) -> KeyLog:
    """Return the log behind a file of the simulated machine, which is made if need be.

    Raises OSError, about the file by the ``name`` that the program gave it.
    """
    opened = disk.open(path, O_WRONLY | O_CREAT | O_APPEND)
    if isinstance(opened, int):
        raise from_errno(opened, name)
    node = opened.node
    if not isinstance(node, KeyLogNode):
        node = disk.nodes[path] = KeyLogNode(bytes(node.data))
    return node.log


def log_of_run(system: Any) -> KeyLog | None:
    """Return where a run's keys are kept for whoever captures its packets; None while nobody does."""
    if system.network.tap is None:
        return None
    if system.key_log is None:
        system.key_log = KeyLog()
        system.key_logs.append(system.key_log)
    log: KeyLog = system.key_log
    return log
