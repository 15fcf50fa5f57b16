"""Windows' DLLs as ctypes and cffi call them: functions of numbers and addresses, on real memory.

Each file stands for one DLL.  A function takes its arguments as integers (a pointer is an address in this real
process), reads and writes structures there in Windows' own layout, and returns an integer.  What a known DLL
exports on Windows and nobody has written here can be looked up, for programs do so at import, and is fenced when
it is called.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from notsock.shim.dlls import iphlpapi, kernel32, ntdll, ws2_32
from notsock.shim.fence import fence

if TYPE_CHECKING:
    from notsock.shim.view import View

Function = Callable[..., int]

_WRITTEN: "dict[str, Callable[[View], dict[str, Function]]]" = {
    "iphlpapi": iphlpapi.build,
    "kernel32": kernel32.build,
    "ntdll": ntdll.build,
    "ws2_32": ws2_32.build,
}
_KNOWN = frozenset(
    """
    advapi32 bcrypt comctl32 crypt32 dbghelp dnsapi dwmapi gdi32 iphlpapi kernel32 kernelbase mswsock msvcrt
    ncrypt netapi32 ntdll ole32 oleaut32 powrprof psapi secur32 setupapi shell32 shlwapi ucrtbase user32 userenv
    uxtheme version winhttp wininet winmm ws2_32 wsock32 wtsapi32
    """.split()
)
PYTHON_DLL = "python dll"


class Library:
    """One DLL in one process: its functions by name."""

    def __init__(self, view: "View", name: str) -> None:
        self.name = name
        written = _WRITTEN.get(name)
        self._functions = written(view) if written is not None else {}

    def function(self, name: str) -> Function:
        """Return a function by its name; one that is not written is fenced when it is called."""
        found = self._functions.get(name)
        if found is not None:
            return found

        def missing(*_arguments: Any) -> int:
            fence(f"{self.name}.{name}", "a call of a DLL by its address, through ctypes or cffi")

        return missing


def library_of(view: "View", name: str) -> Library | None:
    """Return the DLL that LoadLibrary finds under a name; None for one that Windows does not bring along."""
    stem = name.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".dll")
    if stem not in _KNOWN and stem != PYTHON_DLL:
        return None
    kept = view.libraries.get(stem)
    if kept is None:
        kept = view.libraries[stem] = Library(view, stem)
    return kept
