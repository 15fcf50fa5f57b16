"""mmap: anonymous memory, memory shared by a tag's name as on Windows, and files that are only read.

A map *is* the real module's object, in memory of its own or in that of a simulated section, so that everything that
takes a buffer takes it.  Writing through a map into a file is refused by name.
"""

import mmap as real
from typing import Any, Self

from notsock.shim.fence import fence
from notsock.shim.here import here
from notsock.shim.winerror import from_winerror

ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY = 0, 1, 2, 3
_GRANULARITY = 0x10000


def _error() -> OSError:
    return from_winerror(here.executive.current.last_error)


class mmap(real.mmap):
    """``mmap.mmap`` with the arguments that it has on Windows."""

    __module__ = "mmap"
    _view: Any = None
    _section = 0

    def __new__(
        cls, fileno: int, length: int, tagname: str | None = None, access: int = ACCESS_DEFAULT, offset: int = 0
    ) -> Self:
        if length < 0:
            raise OverflowError("memory mapped length must be positive")
        if offset < 0:
            raise OverflowError("memory mapped offset must be positive")
        if access not in range(4):
            raise ValueError("mmap invalid access parameter.")
        if fileno not in (-1, 0):
            return _of_file(cls, fileno, length, access, offset)
        if tagname is None:
            return super().__new__(cls, -1, length)
        return _of_section(cls, length, str(tagname))

    def close(self) -> None:
        super().close()
        self._give_up()

    def _give_up(self) -> None:
        number, self._section = self._section, 0
        view = self._view
        if number and not here.executive.over and view.executive is here.executive and view.process.alive:
            view.kernel32.UnmapViewOfFile(number)

    def __del__(self) -> None:
        self._give_up()


def _of_section(cls: Any, length: int, name: str) -> Any:
    view = here.view
    handle = view.kernel32.CreateFileMapping(length, name)
    if not handle:
        raise _error()
    number = view.kernel32.MapViewOfFile(handle, length)
    error = None if number else _error()
    view.kernel32.CloseHandle(handle)
    if error is not None:
        raise error
    section = view.kernel32.section(number)
    made = real.mmap.__new__(cls, section.descriptor, length or section.size)
    made._view, made._section = view, number
    return made


def _of_file(cls: Any, fileno: int, length: int, access: int, offset: int) -> Any:
    if access not in (ACCESS_READ, ACCESS_COPY):
        fence("mmap of a file for writing", "what it writes would not reach the file")
    contents = here.view.contents_of(fileno)
    if contents is None:
        raise from_winerror(6)
    data = contents.read(offset, length or contents.size())
    if not data:
        raise ValueError("cannot mmap an empty file")
    made = real.mmap.__new__(cls, -1, len(data))
    made[:] = data
    return made


def build(view: Any) -> dict[str, Any]:
    return {
        "ACCESS_COPY": ACCESS_COPY,
        "ACCESS_DEFAULT": ACCESS_DEFAULT,
        "ACCESS_READ": ACCESS_READ,
        "ACCESS_WRITE": ACCESS_WRITE,
        "ALLOCATIONGRANULARITY": _GRANULARITY,
        "PAGESIZE": 4096,
        "error": OSError,
        "mmap": mmap,
    }
