"""nt: what ``os`` is made of on Windows: C-runtime descriptors, the machine's files, its processors and clock.

Files come from :mod:`notsock.shim.disk`.  Descriptors are the C runtime's (``_read``, ``_write``, ``_close``).
Processes are those of :mod:`notsock.shim.modules._nt_processes`.
"""

import errno
import os as real
import posixpath
import stat as stat_module
from typing import Any, Self

from notsock.crt.crt import O_NOINHERIT
from notsock.shim.disk import status_of
from notsock.shim.fence import fenced
from notsock.shim.here import here
from notsock.shim.modules import _nt_processes
from notsock.shim.winerror import from_errno, from_exception, from_winerror

_FLAGS = {
    "O_RDONLY": 0, "O_WRONLY": 1, "O_RDWR": 2, "O_APPEND": 8, "O_RANDOM": 0x10, "O_SEQUENTIAL": 0x20,
    "O_TEMPORARY": 0x40, "O_NOINHERIT": 0x80, "O_CREAT": 0x100, "O_TRUNC": 0x200, "O_EXCL": 0x400,
    "O_SHORT_LIVED": 0x1000, "O_TEXT": 0x4000, "O_BINARY": 0x8000, "F_OK": 0, "R_OK": 4, "W_OK": 2, "X_OK": 1,
    "TMP_MAX": 2147483647, "EX_OK": 0,
}  # fmt: skip

class DirEntry:
    """``os.DirEntry``."""

    __slots__ = ("_full", "name", "path", "stat_of")

    def __init__(self, name: str, path: str, stat_of: Any) -> None:
        self.name = name
        self.path = path
        self.stat_of = stat_of

    def __fspath__(self) -> str:
        return self.path

    def stat(self, *, follow_symlinks: bool = True) -> Any:
        return self.stat_of(self.path)

    def _is(self, test: Any) -> bool:
        try:
            return bool(test(self.stat_of(self.path).st_mode))
        except OSError:
            return False

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._is(stat_module.S_ISDIR)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return self._is(stat_module.S_ISREG)

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def inode(self) -> int:
        return int(self.stat_of(self.path).st_ino)

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"


class _Scan:
    """What scandir returns."""

    def __init__(self, entries: list[DirEntry]) -> None:
        self._entries = iter(entries)

    def __iter__(self) -> "_Scan":
        return self

    def __next__(self) -> DirEntry:
        return next(self._entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._entries = iter(())


def build(view: Any) -> dict[str, Any]:
    return {
        **_FLAGS,
        **_descriptors(view),
        **_files(view),
        **_process(view),
        **_nt_processes.build(view),
        **_paths(view),
        "error": OSError,
        "DirEntry": DirEntry,
        "stat_result": real.stat_result,
        "terminal_size": real.terminal_size,
        "times_result": real.times_result,
        "fspath": real.fspath,
        "_have_functions": ["MS_WINDOWS", "HAVE_FTRUNCATE"],
    }


def _descriptors(view: Any) -> dict[str, Any]:
    def failed(number: int = errno.EBADF) -> OSError:
        return from_errno(here.executive.current.errno or number)

    def read(fd: int, length: int, /) -> bytes:
        if length < 0:
            raise from_errno(errno.EINVAL)
        data = view.crt._read(fd, length)
        if data is None:
            raise failed()
        return data

    def write(fd: int, data: Any, /) -> int:
        written = view.crt._write(fd, bytes(data))
        if written < 0:
            raise failed()
        return int(written)

    def close(fd: int) -> None:
        if view.crt._close(fd) < 0:
            raise failed()

    def closerange(fd_low: int, fd_high: int, /) -> None:
        for fd in range(fd_low, fd_high):
            if fd in view.crt.handles:
                view.crt._close(fd)

    def dup(fd: int, /) -> int:
        copy = view.crt._dup(fd)
        if copy < 0:
            raise failed()
        set_handle_inheritable(view.crt._get_osfhandle(copy), False)
        return int(copy)

    def dup2(fd: int, fd2: int, inheritable: bool = True) -> int:
        if view.crt._dup2(fd, fd2) < 0:
            raise failed()
        if not inheritable:
            set_handle_inheritable(view.crt._get_osfhandle(fd2), False)
        return fd2

    def open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: Any = None) -> int:
        return int(view.open_file(path, flags | 0x80, mode))

    def lseek(fd: int, position: int, how: int, /) -> int:
        place = view.crt._lseek(fd, position, how)
        if place < 0:
            raise failed(errno.EINVAL)
        return int(place)

    def pipe() -> tuple[int, int]:
        ends = view.crt._pipe(0, O_NOINHERIT)
        return ends[0], ends[1]

    def fstat(fd: int) -> Any:
        contents = view.contents_of(fd)
        if contents is not None:
            return contents.status()
        if fd in view.crt.handles:
            return status_of((stat_module.S_IFIFO | 0o666, 0, 0, 1, 0, 0, 0, 0, 0, 0))
        if fd in (0, 1, 2):
            return status_of((stat_module.S_IFCHR | 0o666, 0, 0, 1, 0, 0, 0, 0, 0, 0))
        raise from_winerror(6)

    def ftruncate(fd: int, length: int, /) -> None:
        contents = view.contents_of(fd)
        if contents is None:
            raise from_errno(errno.EBADF)
        contents.truncate(length)

    def get_handle_inheritable(handle: int, /) -> bool:
        flags = view.kernel32.GetHandleInformation(int(handle))
        if flags is None:
            raise from_winerror(here.executive.current.last_error)
        return bool(flags & 1)

    def set_handle_inheritable(handle: int, inheritable: bool, /) -> None:
        if not view.kernel32.SetHandleInformation(int(handle), 1, int(inheritable)):
            raise from_winerror(here.executive.current.last_error)

    def handle_of(fd: int) -> int:
        handle = view.crt._get_osfhandle(fd)
        if handle == -1:
            raise failed()
        return int(handle)

    return {
        "read": read,
        "write": write,
        "close": close,
        "closerange": closerange,
        "dup": dup,
        "dup2": dup2,
        "open": open,
        "lseek": lseek,
        "pipe": pipe,
        "fstat": fstat,
        "fsync": lambda fd: None,
        "ftruncate": ftruncate,
        "isatty": lambda fd: False,
        "device_encoding": lambda fd: None,
        "get_handle_inheritable": get_handle_inheritable,
        "set_handle_inheritable": set_handle_inheritable,
        "get_inheritable": lambda fd: get_handle_inheritable(handle_of(fd)),
        "set_inheritable": lambda fd, inheritable: set_handle_inheritable(handle_of(fd), inheritable),
        "get_blocking": lambda fd: True,
    }


def _files(view: Any) -> dict[str, Any]:
    def on_disk(action: Any) -> Any:
        try:
            return action()
        except OSError as error:
            raise from_exception(error, windows=True) from None

    def stat(path: Any, *, dir_fd: Any = None, follow_symlinks: bool = True) -> Any:
        if isinstance(path, int):
            return view.modules["nt"].fstat(path)
        try:
            return view.disk.status(view.absolute(path))
        except OSError as error:
            error.filename = path
            raise from_exception(error, windows=True) from None

    def listdir(path: Any = ".") -> list[Any]:
        where = "." if path is None else path
        names = on_disk(lambda: view.disk.names(view.absolute(where)))
        return [real.fsencode(name) for name in names] if isinstance(where, bytes) else names

    def scandir(path: Any = ".") -> _Scan:
        where = view.fspath("." if path is None else path)
        return _Scan([DirEntry(name, posixpath.join(where, name), stat) for name in listdir(where)])

    def access(path: Any, mode: int, **_named: Any) -> bool:
        try:
            view.disk.status(view.absolute(path))
        except OSError:
            return False
        return True

    def mkdir(path: Any, mode: int = 0o777, *, dir_fd: Any = None) -> None:
        on_disk(lambda: view.disk.make_directory(view.absolute(path)))

    def rmdir(path: Any, *, dir_fd: Any = None) -> None:
        on_disk(lambda: view.disk.remove_directory(view.absolute(path)))

    def remove(path: Any, *, dir_fd: Any = None) -> None:
        on_disk(lambda: view.disk.remove(view.absolute(path)))

    def rename(src: Any, dst: Any, *, src_dir_fd: Any = None, dst_dir_fd: Any = None) -> None:
        on_disk(lambda: view.disk.rename(view.absolute(src), view.absolute(dst), replace=False))

    def replace(src: Any, dst: Any, *, src_dir_fd: Any = None, dst_dir_fd: Any = None) -> None:
        on_disk(lambda: view.disk.rename(view.absolute(src), view.absolute(dst), replace=True))

    def truncate(path: Any, length: int) -> None:
        fd = view.open_file(path, 2, 0o666)
        try:
            view.contents_of(fd).truncate(length)
        finally:
            view.crt._close(fd)

    def readlink(path: Any, **_named: Any) -> str:
        raise from_winerror(4390, path)

    def utime(path: Any, *_times: Any, **_named: Any) -> None:
        """Change nothing, of a file that must exist: `pathlib`'s ``touch`` makes those that do not."""
        stat(path)

    links = "links between files"
    return {
        "stat": stat,
        "lstat": stat,
        "listdir": listdir,
        "scandir": scandir,
        "access": access,
        "mkdir": mkdir,
        "rmdir": rmdir,
        "remove": remove,
        "unlink": remove,
        "rename": rename,
        "replace": replace,
        "truncate": truncate,
        "readlink": readlink,
        "link": fenced("os.link", links),
        "symlink": fenced("os.symlink", links),
        "chmod": lambda path, mode, **named: None,
        "utime": utime,
        "umask": lambda mask: 0,
        "_path_isdir": lambda path: _is(view, path, stat_module.S_ISDIR),
        "_path_isfile": lambda path: _is(view, path, stat_module.S_ISREG),
    }


def _is(view: Any, path: Any, test: Any) -> bool:
    try:
        return bool(test(view.disk.status(view.absolute(path)).st_mode))
    except (OSError, ValueError):
        return False


def _process(view: Any) -> dict[str, Any]:
    def chdir(path: Any) -> None:
        where = view.absolute(path)
        if not view.disk.is_directory(where):
            raise from_winerror(2, path)
        view.place["cwd"] = view.process.directory = where

    def strerror(code: int, /) -> str:
        return real.strerror(code) if 0 <= code < 43 else "Unknown error"

    def cpu_count() -> int:
        return int(getattr(view.process.machine, "processors", 1) or 1)

    return {
        "environ": dict(view.environment),
        "putenv": lambda name, value: view.kernel32.SetEnvironmentVariable(name, value) and None,
        "unsetenv": lambda name: view.kernel32.SetEnvironmentVariable(name, None) and None,
        "getpid": lambda: view.process.process_id,
        "getppid": lambda: getattr(view.process.parent, "process_id", 0) or 4,
        "getlogin": lambda: "user",
        "getcwd": lambda: view.place["cwd"],
        "getcwdb": lambda: real.fsencode(view.place["cwd"]),
        "chdir": chdir,
        "cpu_count": cpu_count,
        "urandom": lambda size: view.entropy(size),
        "strerror": strerror,
        "times": lambda: real.times_result((here.executive.moment() / 1e9, 0.0, 0.0, 0.0, 0.0)),
        "get_terminal_size": _no_terminal,
        "_LOAD_LIBRARY_SEARCH_DEFAULT_DIRS": 0x1000,
        "_LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR": 0x100,
        "_add_dll_directory": lambda path: path,
        "_remove_dll_directory": lambda cookie: None,
    }


def _no_terminal(fd: int = 1, /) -> Any:
    raise from_winerror(6)


def _paths(view: Any) -> dict[str, Any]:
    return {
        "_getfullpathname": view.absolute,
        "_getfinalpathname": view.absolute,
        "_getvolumepathname": lambda path: "/",
        "_supports_virtual_terminal": lambda: False,
    }
