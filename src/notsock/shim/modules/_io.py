"""_io: CPython's own text and buffer layers over files that are C-runtime descriptors.

``FileIO`` and ``open`` are written here.  The buffered classes are CPython's, each with a gate: their C lock
belongs to the real thread, so a second simulated thread would be told of a "reentrant call" instead of waiting.
Text is UTF-8 unless the program says otherwise; its lines end as Windows' do.
"""

import _io
import errno
from typing import Any

from notsock.shim.here import here
from notsock.shim.winerror import from_errno
from notsock.values.durations import NEVER

O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL = 0, 1, 2, 8, 0x100, 0x200, 0x400
O_NOINHERIT, O_BINARY = 0x80, 0x8000
_BUFFER = 8192


def _gated(real: Any) -> Any:
    """Return a method that lets one simulated thread at a time into a buffered object."""

    def method(self: Any, *arguments: Any) -> Any:
        executive = here.executive
        me = executive.current
        if self._inside is me or executive.over:
            return real(self, *arguments)
        while self._inside is not None and self._inside.alive:
            self._outside.append(me)
            executive.wait(NEVER)
        self._inside = me
        try:
            return real(self, *arguments)
        finally:
            self._inside = None
            if self._outside:
                thread = self._outside.pop(0)
                thread.executive.wake(thread)

    method.__name__ = real.__name__
    return method


def _gate(base: Any, *names: str) -> Any:
    members: dict[str, Any] = {name: _gated(getattr(base, name)) for name in names}
    members["_inside"] = None
    members["__module__"] = "_io"

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:
        self._outside = []
        base.__init__(self, *arguments, **named)

    def __repr__(self: Any) -> str:
        try:
            return f"<_io.{base.__name__} name={self.name!r}>"
        except (AttributeError, ValueError):
            return f"<_io.{base.__name__}>"

    members["__init__"], members["__repr__"] = __init__, __repr__
    return type(base.__name__, (base,), members)


_READS = ("read", "read1", "readinto", "readinto1", "peek", "readline", "__next__")
BufferedReader = _gate(_io.BufferedReader, *_READS, "seek", "close")
BufferedWriter = _gate(_io.BufferedWriter, "write", "flush", "seek", "truncate", "close")
BufferedRandom = _gate(_io.BufferedRandom, *_READS, "write", "flush", "seek", "truncate", "close")


class TextIOWrapper(_io.TextIOWrapper):
    """``_io.TextIOWrapper`` with Windows' end of line: unless told otherwise it writes CR LF for each LF."""

    __module__ = "_io"

    def __init__(
        self,
        buffer: Any,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        line_buffering: bool = False,
        write_through: bool = False,
    ) -> None:
        if newline is None and buffer.writable():
            if buffer.readable():
                self.write = self._translate  # type: ignore[method-assign]
            else:
                newline = "\r\n"
        super().__init__(buffer, encoding or "utf-8", errors, newline, line_buffering, write_through)

    def _translate(self, text: str, /) -> int:
        super().write(text.replace("\n", "\r\n"))
        return len(text)


def _flags(mode: str) -> tuple[int, bool, bool]:
    """Return (flags for _open, readable, writable) of a FileIO mode."""
    plus = "+" in mode
    kinds = [char for char in mode if char in "rwax"]
    if len(kinds) != 1 or mode.count("+") > 1 or set(mode) - set("rwaxb+"):
        if set(mode) - set("rwaxb+"):
            raise ValueError(f"invalid mode: {mode}")
        raise ValueError("Must have exactly one of create/read/write/append mode and at most one plus")
    kind = kinds[0]
    readable, writable = kind == "r" or plus, kind != "r" or plus
    access = O_RDWR if readable and writable else O_WRONLY if writable else O_RDONLY
    extra = {"r": 0, "w": O_CREAT | O_TRUNC, "a": O_CREAT | O_APPEND, "x": O_CREAT | O_EXCL}[kind]
    return access | extra | O_BINARY | O_NOINHERIT, readable, writable


class FileIO(_io._RawIOBase):
    """``_io.FileIO`` on a descriptor of the simulated C runtime."""

    __module__ = "_io"

    def __init__(self, file: Any, mode: str = "r", closefd: bool = True, opener: Any = None) -> None:
        if isinstance(file, float):
            raise TypeError("integer argument expected, got float")
        flags, self._readable, self._writable = _flags(mode)
        self._kind = mode
        self._appends = "a" in mode
        self._seekable: bool | None = None
        self._fd = -1
        self._crt = here.view.crt
        self._blksize = _BUFFER
        self.touched = False
        self._closefd = closefd
        if isinstance(file, int) and not isinstance(file, bool):
            if file < 0:
                raise ValueError("negative file descriptor")
            self._fd = file
        elif not closefd:
            raise ValueError("Cannot use closefd=False with file name")
        elif opener is not None:
            self._fd = opener(file, flags)
            if self._fd < 0:
                raise ValueError(f"opener returned {self._fd}")
        else:
            self._fd = here.view.open_file(file, flags, 0o666)
        self.name = file
        if self._appends:
            self._crt._lseek(self._fd, 0, 2)

    def _check(self, allowed: bool = True, what: str = "") -> None:
        if self._fd < 0:
            raise ValueError("I/O operation on closed file")
        if not allowed:
            raise _io.UnsupportedOperation(f"File not open for {what}")

    def read(self, size: int | None = -1, /) -> bytes:
        self._check(self._readable, "reading")
        if size is None or size < 0:
            return self.readall()
        self.touched = True
        data = self._crt._read(self._fd, size)
        if data is None:
            raise from_errno(here.executive.current.errno or errno.EBADF)
        return data

    def readall(self) -> bytes:
        self._check(self._readable, "reading")
        parts: list[bytes] = []
        while True:
            data = self.read(1 << 20)
            if not data:
                return b"".join(parts)
            parts.append(data)

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def write(self, data: Any, /) -> int:
        self._check(self._writable, "writing")
        written = self._crt._write(self._fd, bytes(data))
        if written < 0:
            raise from_errno(here.executive.current.errno or errno.EBADF)
        return written

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._check()
        if self._seekable is False:
            raise from_errno(errno.ESPIPE)
        place = self._crt._lseek(self._fd, offset, whence)
        if place < 0:
            raise from_errno(here.executive.current.errno or errno.EINVAL)
        return place

    def tell(self) -> int:
        return self.seek(0, 1)

    def truncate(self, size: int | None = None, /) -> int:
        self._check(self._writable, "writing")
        if size is None:
            size = self.tell()
        here.view.contents_of(self._fd).truncate(size)
        return size

    def close(self) -> None:
        if self.closed:
            return
        try:
            super().close()
        finally:
            fd, self._fd = self._fd, -1
            if self._closefd and not here.executive.over and self._crt._close(fd) < 0:
                raise from_errno(here.executive.current.errno or errno.EBADF)

    @property
    def closed(self) -> bool:
        return self._fd < 0

    @property
    def closefd(self) -> bool:
        return self._closefd

    @property
    def mode(self) -> str:
        kind = next(char for char in self._kind if char in "rwax")
        if "+" in self._kind:
            return {"w": "rb+", "r": "rb+", "a": "ab+", "x": "xb+"}[kind]
        return kind + "b"

    def seekable(self) -> bool:
        self._check()
        if self._seekable is None:
            self._seekable = here.view.contents_of(self._fd) is not None
        return self._seekable

    def readable(self) -> bool:
        self._check()
        return self._readable

    def writable(self) -> bool:
        self._check()
        return self._writable

    def fileno(self) -> int:
        self._check()
        return self._fd

    def isatty(self) -> bool:
        self._check()
        return False

    def _isatty_open_only(self) -> bool:
        return False

    def _dealloc_warn(self, source: Any) -> None:
        """Warn of nothing: the trace shows what is left open."""

    def __getstate__(self) -> Any:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def __repr__(self) -> str:
        if self.closed:
            return "<_io.FileIO [closed]>"
        return f"<_io.FileIO name={self.name!r} mode={self.mode!r} closefd={self._closefd}>"


class _Read(_io.BytesIO):
    """A file that a module reads while it is imported: it leaves no trace, and has no descriptor."""

    name: Any
    mode = "rb"


def _read_by_an_import(path: str) -> _Read:
    view = here.view
    contents = view.disk.open(view.absolute(path), 0)
    if isinstance(contents, int):
        raise from_errno(contents, path)
    made = _Read(contents.read(0, contents.size()))
    made.name = path
    return made


def open(
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> Any:
    if not isinstance(file, int):
        file = here.view.fspath(file)
    if not isinstance(mode, str):
        raise TypeError(f"open() argument 'mode' must be str, not {type(mode).__name__}")
    kinds = set(mode)
    if kinds - set("axrwb+t") or len(mode) > len(kinds):
        raise ValueError(f"invalid mode: {mode!r}")
    binary, text = "b" in kinds, "t" in kinds
    if binary and text:
        raise ValueError("can't have text and binary mode at once")
    if len(kinds & set("rwax")) != 1:
        raise ValueError("must have exactly one of create/read/write/append mode")
    if binary and (encoding is not None or errors is not None or newline is not None):
        which = "encoding" if encoding is not None else "errors" if errors is not None else "newline"
        raise ValueError(f"binary mode doesn't take {'an' if which[0] == 'e' else 'a'} {which} argument")
    if kinds - {"b", "t"} == {"r"} and opener is None and not isinstance(file, int) and here.view.is_importing():
        read = _read_by_an_import(file)
        return read if binary else TextIOWrapper(read, None if encoding == "locale" else encoding, errors, newline)
    raw = FileIO(file, mode.replace("b", "").replace("t", ""), closefd, opener)
    result: Any = raw
    try:
        line_buffering = buffering == 1 and not binary
        if buffering < 0 or line_buffering:
            buffering = _BUFFER
        if buffering == 0:
            if binary:
                return raw
            raise ValueError("can't have unbuffered text I/O")  # noqa: TRY301 - closed below, as in C
        buffer = BufferedRandom if "+" in kinds else BufferedReader if "r" in kinds else BufferedWriter
        result = buffer(raw, buffering)
        if binary:
            return result
        encoding = None if encoding == "locale" else encoding
        result = TextIOWrapper(result, encoding, errors, newline, line_buffering)
        result.mode = mode
    except BaseException:
        result.close()
        raise
    return result


def build(view: Any) -> dict[str, Any]:
    kept = {name: value for name, value in vars(_io).items() if not name.startswith("__")}
    return {
        **kept,
        "BufferedRandom": BufferedRandom,
        "BufferedReader": BufferedReader,
        "BufferedWriter": BufferedWriter,
        "FileIO": FileIO,
        "TextIOWrapper": TextIOWrapper,
        "open": open,
        "open_code": lambda path: open(path, "rb"),
    }
