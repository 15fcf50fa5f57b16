"""A machine's files: the real ones, read only, under an overlay that lives as long as the run.

What a program writes, makes, renames or deletes happens in memory, so that a thousand schedules do not write
the user's disk a thousand times, and every schedule finds the same files.  All processes of a machine share its
disk.  Paths look as on the real machine (see ``notsock.shim.modules.ntpath``); backslashes and a drive letter
are understood.  Errors are errno values of the C runtime, or OSError of the real call, for the caller to turn
into Windows' own.
"""

import errno
import os
import posixpath
import stat

from notsock.shim.epoch import WALL_START_NS
from notsock.shim.here import here
from notsock.values.durations import SECOND

O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL = 1, 2, 8, 0x100, 0x200, 0x400

_contents: dict[tuple[str, int, int], bytes] = {}
"""Real files as they were read, by path, time of change and size: one reading serves every schedule."""


class Node:
    """A file's bytes: the real file's until somebody writes."""

    __slots__ = ("data",)

    def __init__(self, data: bytes | bytearray) -> None:
        self.data = data


class Contents:
    """A file as one opening sees it; what :class:`notsock.objects.kernel_object.FileObject` reads and writes."""

    __slots__ = ("appends", "disk", "node", "path", "reads", "writes")

    def __init__(self, disk: "Disk", path: str, node: Node, flags: int) -> None:
        self.disk = disk
        self.path = path
        self.node = node
        self.appends = bool(flags & O_APPEND)
        self.reads = not flags & O_WRONLY
        self.writes = bool(flags & (O_WRONLY | O_RDWR))

    def size(self) -> int:
        """Return the file's length."""
        return len(self.node.data)

    def read(self, position: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``position``."""
        return bytes(self.node.data[position : position + size])

    def write(self, position: int, data: bytes) -> int:
        """Write into the overlay; return how many bytes."""
        kept = self._own()
        if self.appends:
            position = len(kept)
        if position > len(kept):
            kept.extend(bytes(position - len(kept)))
        kept[position : position + len(data)] = data
        return len(data)

    def truncate(self, size: int) -> None:
        """Set the file's length."""
        kept = self._own()
        if size > len(kept):
            kept.extend(bytes(size - len(kept)))
        del kept[size:]

    def _own(self) -> bytearray:
        node = self.node
        self.disk.changes += 1
        if not isinstance(node.data, bytearray):
            node.data = bytearray(node.data)
        return node.data

    def status(self) -> os.stat_result:
        """Return what fstat gives."""
        return self.disk.status(self.path, self.node)


class _Sink(Contents):
    """The device that forgets what is written to it."""

    __slots__ = ()

    def write(self, position: int, data: bytes) -> int:  # noqa: ARG002 - as a file's
        return len(data)


class Disk:
    """One machine's files during one run; ``changes`` counts what its processes have changed."""

    __slots__ = ("changes", "directories", "gone", "nodes")

    def __init__(self) -> None:
        self.changes = 0
        self.nodes: dict[str, Node] = {}
        self.directories: set[str] = set()
        self.gone: set[str] = set()

    def open(self, path: str, flags: int, mode: int = 0o666) -> Contents | int:  # noqa: ARG002 - no permissions
        """Open a file by its absolute path; return an errno on failure."""
        if _is_null(path):
            return _Sink(self, path, Node(b""), flags)
        node = self.nodes.get(path)
        if node is None and path not in self.gone:
            try:
                node = self._real(path)
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                    return errno.EACCES
        if node is None:
            if not flags & O_CREAT:
                return errno.ENOENT
            if not self.is_directory(posixpath.dirname(path)):
                return errno.ENOENT
            node = Node(bytearray())
            self.gone.discard(path)
        elif flags & O_CREAT and flags & O_EXCL:
            return errno.EEXIST
        if flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC):
            self.changes += 1
            self.nodes[path] = node
        if flags & O_TRUNC and node.data:
            node.data = bytearray()
        return Contents(self, path, node, flags)

    @staticmethod
    def _real(path: str) -> Node:
        real = os.stat(path)  # noqa: PTH116 - the host's own
        if not stat.S_ISREG(real.st_mode):
            raise PermissionError(errno.EACCES, "not a regular file", path)
        key = (path, real.st_mtime_ns, real.st_size)
        data = _contents.get(key)
        if data is None:
            with open(path, "rb") as file:  # noqa: PTH123 - the host's own
                data = _contents[key] = file.read()
        return Node(data)

    def is_directory(self, path: str) -> bool:
        """Say whether ``path`` is a directory now."""
        return path in self.directories or (path not in self.gone and os.path.isdir(path))  # noqa: PTH112

    def status(self, path: str, node: Node | None = None) -> os.stat_result:
        """Return what stat gives; raises OSError as the real call does."""
        if _is_null(path):
            return _status(stat.S_IFCHR | 0o666, 0)
        node = node or self.nodes.get(path)
        if node is not None and not isinstance(node.data, bytes):
            return _status(stat.S_IFREG | 0o666, len(node.data))
        if path in self.directories:
            return _status(stat.S_IFDIR | 0o777, 0)
        if path in self.gone:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return os.stat(path)  # noqa: PTH116 - the host's own

    def names(self, path: str) -> list[str]:
        """Return the names in a directory, sorted: no order of the real disk leaks into a run."""
        found: set[str] = set()
        if path not in self.directories:
            if path in self.gone:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            found.update(os.listdir(path))  # noqa: PTH208 - the host's own
        prefix = path.rstrip("/") + "/"
        found.difference_update(_child(gone, prefix) for gone in self.gone)
        found.update(_child(name, prefix) for name in (*self.nodes, *self.directories))
        found.discard("")
        return sorted(found)

    def remove(self, path: str) -> None:
        """Delete a file."""
        if self.is_directory(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        self.status(path)
        self.changes += 1
        self.nodes.pop(path, None)
        self.gone.add(path)

    def make_directory(self, path: str) -> None:
        """Make a directory."""
        try:
            self.status(path)
        except FileNotFoundError:
            if not self.is_directory(posixpath.dirname(path)):
                raise
            self.changes += 1
            self.directories.add(path)
            self.gone.discard(path)
            return
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)

    def remove_directory(self, path: str) -> None:
        """Delete an empty directory."""
        if self.names(path):
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), path)
        self.changes += 1
        self.directories.discard(path)
        self.gone.add(path)

    def rename(self, old: str, new: str, *, replace: bool) -> None:
        """Rename a file; a directory only if it is the overlay's own and empty."""
        self.status(old)
        if not replace:
            try:
                self.status(new)
            except FileNotFoundError:
                pass
            else:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
        if self.is_directory(old):
            self.remove_directory(old)
            self.make_directory(new)
            return
        node = self.nodes.get(old) or self._real(old)
        self.remove(old)
        self.nodes[new] = node
        if not isinstance(node.data, bytearray):
            node.data = bytearray(node.data)
        self.gone.discard(new)


def _is_null(path: str) -> bool:
    """Say whether a path is the device that forgets: it is in every directory."""
    return posixpath.basename(path).lower() in ("nul", "null")


def _child(path: str, prefix: str) -> str:
    rest = path[len(prefix) :] if path.startswith(prefix) else ""
    return "" if "/" in rest else rest


def _status(mode: int, size: int) -> os.stat_result:
    seconds = WALL_START_NS // SECOND
    return status_of((mode, 0, 0, 1, 0, 0, size, seconds, seconds, seconds))


def status_of(fields: tuple[int, ...]) -> os.stat_result:
    """Return a stat_result; its C constructor looks for ``posix`` among the interpreter's modules."""
    view = here.view
    if view is None:
        return os.stat_result(fields)
    view.leave()
    try:
        return os.stat_result(fields)
    finally:
        view.enter()
