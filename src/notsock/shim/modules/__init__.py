"""One file for each simulated C module: the boundary at which unmodified Python meets the simulated Windows.

Each file has one function ``build(view)`` that returns the module's namespace for one process's view.  They
imitate C modules, so they bear their names, and their functions the names and arguments of CPython's.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from notsock.shim.modules import (
    _cffi_backend,
    _ctypes,
    _datetime,
    _io,
    _multiprocessing,
    _overlapped,
    _random,
    _signal,
    _socket,
    _ssl,
    _testcapi,
    _thread,
    _uuid,
    _warnings,
    _winapi,
    _xxsubinterpreters,
    atexit,
    errno,
    faulthandler,
    gc,
    mmap,
    msvcrt,
    nt,
    ntpath,
    select,
    time,
    winreg,
)

if TYPE_CHECKING:
    from notsock.shim.view import View

SIMULATED: "dict[str, Callable[[View], dict[str, Any]]]" = {
    "_cffi_backend": _cffi_backend.build,
    "_ctypes": _ctypes.build,
    "_datetime": _datetime.build,
    "_io": _io.build,
    "_multiprocessing": _multiprocessing.build,
    "_overlapped": _overlapped.build,
    "_random": _random.build,
    "_signal": _signal.build,
    "_socket": _socket.build,
    "_ssl": _ssl.build,
    "_testcapi": _testcapi.build,
    "_thread": _thread.build,
    "_uuid": _uuid.build,
    "_warnings": _warnings.build,
    "_winapi": _winapi.build,
    "_xxinterpchannels": _xxsubinterpreters.build,
    "_xxsubinterpreters": _xxsubinterpreters.build,
    "atexit": atexit.build,
    "errno": errno.build,
    "faulthandler": faulthandler.build,
    "gc": gc.build,
    "mmap": mmap.build,
    "msvcrt": msvcrt.build,
    "nt": nt.build,
    "ntpath": ntpath.build,
    "select": select.build,
    "time": time.build,
    "winreg": winreg.build,
}
"""What makes each simulated module for a view."""
