"""OSError as CPython raises it on Windows: winerror, errno, class and text.

Linux' own classes know no ``winerror``, and map other errno values.  So each has a twin here: a subclass of the
same name, whose ``errno`` and class are chosen by CPython's rules for Windows (``PC/errmap.h`` and
``Objects/exceptions.c``).  ``except ConnectionResetError`` catches the twin.  What a program constructs itself is a
twin too (``OSError(10054, "gone")``, ``OSError(0, "late", None, 258)``): the classes are asked to make it by a
function that does so only while a view is current.
"""

import os
from typing import Any

from notsock.shim.here import here
from notsock.shim.layout import Constructors
from notsock.values import errors

_UNIX_CODES = frozenset(
    {
        errors.WSAEINTR,
        errors.WSAEBADF,
        errors.WSAEACCES,
        errors.WSAEFAULT,
        errors.WSAEINVAL,
        errors.WSAEMFILE,
    }
)
"""The Winsock codes whose errno is the C runtime's own (WinSock2.h defines the others anew)."""

_ERRNO_OF_WIN32 = {
    2: 2, 3: 2, 4: 24, 5: 13, 6: 9, 7: 12, 8: 12, 9: 12, 10: 7, 11: 8, 15: 2, 16: 13, 17: 18, 18: 2, 32: 13,
    33: 13, 53: 2, 65: 13, 67: 2, 80: 17, 82: 13, 83: 13, 89: 11, 108: 13, 109: 32, 112: 28, 114: 9,
    128: 10, 129: 10, 130: 9, 132: 13, 145: 41, 158: 13, 161: 2, 164: 11, 167: 13, 183: 17, 206: 2, 215: 11,
    232: 32, 267: 20, 1816: 12,
}  # fmt: skip
"""``PC/errmap.h``; codes that it does not name become EINVAL (22)."""

_CLASS_OF_ERRNO: dict[int, type[OSError]] = {
    11: BlockingIOError,
    errors.WSAEALREADY: BlockingIOError,
    errors.WSAEINPROGRESS: BlockingIOError,
    errors.WSAEWOULDBLOCK: BlockingIOError,
    32: BrokenPipeError,
    errors.WSAESHUTDOWN: BrokenPipeError,
    10: ChildProcessError,
    errors.WSAECONNABORTED: ConnectionAbortedError,
    errors.WSAECONNREFUSED: ConnectionRefusedError,
    errors.WSAECONNRESET: ConnectionResetError,
    17: FileExistsError,
    2: FileNotFoundError,
    21: IsADirectoryError,
    20: NotADirectoryError,
    4: InterruptedError,
    13: PermissionError,
    1: PermissionError,
    3: ProcessLookupError,
    errors.WSAETIMEDOUT: TimeoutError,
}
"""``errnomap`` of ``Objects/exceptions.c``, with the Winsock values that it uses on Windows."""


def errno_of(winerror: int) -> int:
    """Return the errno that CPython gives a Windows code (``winerror_to_errno``)."""
    if winerror & 0xFFFF0000 == 0x80070000:
        winerror &= 0xFFFF
    if 10000 <= winerror < 12000:
        return winerror - 10000 if winerror in _UNIX_CODES else winerror
    return _ERRNO_OF_WIN32.get(winerror, 22)


def _text(self: Any) -> str:
    if self.winerror:
        head = f"[WinError {self.winerror}] {self.strerror}"
    elif self.errno is not None:
        head = f"[Errno {self.errno}] {self.strerror}"
    else:
        return BaseException.__str__(self)  # type: ignore[no-any-return, unused-ignore]
    if self.filename is None:
        return head
    second = f" -> {self.filename2!r}" if self.filename2 is not None else ""
    return f"{head}: {self.filename!r}{second}"


def _reduce(self: Any) -> tuple[Any, ...]:
    plain: Any = OSError.__reduce__(self)
    return (type(self).__mro__[1], *plain[1:])


def _twin(base: type[OSError]) -> type[OSError]:
    members = {"__module__": "builtins", "__doc__": base.__doc__, "winerror": None, "__str__": _text}
    apparent = property(lambda _error: base)  # libraries look their classes up by what an error says of itself
    return type(base.__name__, (base,), members | {"__reduce__": _reduce, "__class__": apparent})


_BASES: dict[type[OSError], None] = dict.fromkeys([OSError, ConnectionError, *_CLASS_OF_ERRNO.values()])
TWINS: dict[type[OSError], type[OSError]] = {base: _twin(base) for base in _BASES}
"""By the class that a program catches."""
_OF_ERRNO = {errno: TWINS[base] for errno, base in _CLASS_OF_ERRNO.items()}
_PLAIN = TWINS[OSError]
_TIMEOUT = TWINS[TimeoutError]


def _constructed(kind: Any, arguments: list[Any]) -> Any:
    """Make the error that a program constructs: while a view is current, with Windows' class, errno and winerror."""
    if here.view is None:
        return type.__call__(kind, *arguments)
    winerror = arguments[3] if 4 <= len(arguments) <= 5 else None
    if isinstance(winerror, int):
        arguments[0] = errno_of(winerror)
    twin = TWINS[kind]
    if kind is OSError and 2 <= len(arguments) <= 5 and isinstance(arguments[0], int):
        twin = _OF_ERRNO.get(arguments[0], _PLAIN)
    error = type.__call__(twin, *arguments)
    if isinstance(winerror, int):
        error.winerror = winerror
    return error


_constructors: list[Constructors] = []


def adopt_constructors() -> None:
    """Have ``OSError(...)`` make Windows' errors in every view; the host's own stay as they are."""
    if not _constructors:
        _constructors.append(Constructors(tuple(TWINS), _constructed))


def from_winerror(winerror: int, filename: Any = None) -> OSError:
    """Return the error that ``PyErr_SetExcFromWindowsErr`` raises for a Win32 or Winsock code."""
    errno = errno_of(winerror)
    error: Any = _OF_ERRNO.get(errno, _PLAIN)(errno, errors.text_of(winerror))
    error.winerror = winerror
    if filename is not None:
        error.filename = filename
    return error


_CLASS_OF_OVERLAPPED = {1225: TWINS[ConnectionRefusedError], 1236: TWINS[ConnectionAbortedError]}


def winerror_of_overlapped(winerror: int) -> OSError:
    """Return the error that ``overlapped.c`` raises: it gives two codes their classes itself (SetFromWindowsErr)."""
    kind = _CLASS_OF_OVERLAPPED.get(winerror)
    if kind is None:
        return from_winerror(winerror)
    error: Any = kind(errno_of(winerror), errors.text_of(winerror))
    error.winerror = winerror
    return error


def from_errno(errno: int, filename: Any = None) -> OSError:
    """Return the error that ``PyErr_SetFromErrno`` raises for an errno of the C runtime; winerror is None."""
    error = _OF_ERRNO.get(errno, _PLAIN)(errno, os.strerror(errno) if errno < 43 else f"Unknown error {errno}")
    if filename is not None:
        error.filename = filename
    return error


def from_exception(error: OSError, *, windows: bool = False) -> OSError:
    """Return the twin of an error of the real system about a file.

    ``windows`` says that CPython makes this call through Win32, whose codes and texts differ.
    """
    number = error.errno or 22
    code = {2: 2, 13: 5, 17: 183, 20: 267, 21: 5, 39: 145, 22: 87, 18: 17, 1: 5}.get(number)
    if windows and code is not None:
        twin = from_winerror(code, error.filename)
    else:
        twin = from_errno({39: 41, 21: 13, 40: 22}.get(number, number), error.filename)
    if error.filename2 is not None:
        twin.filename2 = error.filename2
    return twin


def timed_out(text: str = "timed out") -> OSError:
    """Return what a socket with a time-out raises: ``TimeoutError('timed out')``, without a code."""
    return _TIMEOUT(text)
