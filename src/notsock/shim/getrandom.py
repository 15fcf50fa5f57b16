"""The kernel's random numbers, as C extensions ask for them: from the run, as ``os.urandom`` is.

Rust's standard library draws the keys of its hash tables so, and packages in C their identifiers.  Only the calls of
the copy that a view has loaded are redirected (:mod:`notsock.shim.elf`); the host's, and other real threads', go to the
kernel.  What a library draws while it is being mapped, before its table can be written, is the kernel's.
"""

import ctypes
from functools import cache
from typing import Any

from notsock.shim.elf import object_of
from notsock.shim.openssl import current_view, redirect

_GETRANDOM = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint)


@cache
def _answer() -> Any:
    """Return what answers instead of the C library; one serves every extension in this interpreter."""
    real = ctypes.CDLL(None).getrandom
    real.restype, real.argtypes = ctypes.c_ssize_t, (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint)

    def getrandom(place: int | None, size: int, flags: int) -> int:
        view = current_view()
        if view is None or not place:
            return int(real(place, size, flags))
        ctypes.memmove(place, view.entropy(size), size)
        return size

    return _GETRANDOM(getrandom)


def take_getrandom(loaded: str) -> None:
    """Have a mapped file's calls of ``getrandom`` answered by the run."""
    redirect(object_of(loaded), "getrandom", _answer())
