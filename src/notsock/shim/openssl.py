"""The OpenSSL behind ``ssl``, on the run's clock and with random numbers that follow from the run's seed.

Everything that OpenSSL does between two messages is computation, but for two things: it asks ``time`` (are
certificates valid, how old is a session, what is written into a ticket), and it draws random numbers.  Its import
table sends the first to us (:mod:`notsock.shim.elf`), and RAND_set_rand_method (which OpenSSL 1.1.1 and 3 have)
the second.  While no view is current, and on every other real thread, the real clock and the system's own
entropy answer: nobody's keys become guessable.

*Beats*: X509_VERIFY_PARAM_set_time, which leaves the times inside session tickets real, so that no two handshakes
are the same; and LD_PRELOAD, which needs a compiler, a second start, and reaches every library of the process.
"""

import atexit
import ctypes
import os
from _thread import get_ident
from collections.abc import Callable
from functools import cache
from typing import Any

from notsock.shim.elf import ElfError, local_symbol, object_at, object_of, replace_import
from notsock.shim.epoch import WALL_START_NS
from notsock.shim.here import here
from notsock.values.durations import MICROSECOND, SECOND


class OpenSslError(RuntimeError):
    """The OpenSSL of this Python cannot be given a clock; the text is one line."""


class _RandMethod(ctypes.Structure):
    """``RAND_METHOD`` of ``openssl/rand.h``."""

    _fields_ = tuple(
        (name, ctypes.c_void_p) for name in ("seed", "bytes", "cleanup", "add", "pseudorand", "status")
    )


_FILL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_ADD = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_double)
_STATUS = ctypes.CFUNCTYPE(ctypes.c_int)
_TIME = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p)
_TIME_OF_DAY = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_SET_METHOD = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
_CLOCK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)

_kept: list[Any] = []
"""What OpenSSL holds addresses of, for as long as this interpreter lives."""
_taken: dict[str, OpenSslError | None] = {}


def take_over(library: str | None) -> None:
    """Give the OpenSSL that an extension module (its path; None: the interpreter itself) links its clock and numbers.

    Raises :class:`OpenSslError`.  Once for each module.
    """
    key = library or ""
    if key not in _taken:
        try:
            _take_over(ctypes.CDLL(library))
        except (ElfError, AttributeError, OSError) as error:
            _taken[key] = OpenSslError(
                f"notsock cannot give the OpenSSL of this Python a virtual clock ({error}); use a Python whose ssl "
                f"module links a shared OpenSSL, such as a distribution's, pyenv's or conda's"
            )
        else:
            _taken[key] = None
    failed = _taken[key]
    if failed is not None:
        raise failed


def take_over_copy(original: str, loaded: str) -> None:
    """Do the same for an extension that brings an OpenSSL of its own, as cryptography's wheels do, if it names it.

    ``loaded`` is the copy of the file that the loader has mapped.
    """
    offset = local_symbol(original, "RAND_set_rand_method")
    if offset is None:
        return
    owner = object_of(loaded)
    take_clock(owner)
    _take_random(_SET_METHOD(owner.base + offset))


def _take_over(library: Any) -> None:
    functions = [library.RAND_set_rand_method, library.SSL_CTX_new]
    addresses = [ctypes.cast(function, ctypes.c_void_p).value or 0 for function in functions]
    owners = {object_at(address) for address in addresses}
    interpreter = object_at(ctypes.cast(ctypes.pythonapi.Py_IsInitialized, ctypes.c_void_p).value or 0)
    if interpreter in owners:
        raise ElfError("it is linked into the interpreter, whose own clock must not change")
    for owner in sorted(owners, key=lambda one: one.base):
        take_clock(owner)
    _take_random(_SET_METHOD(addresses[0]))


# ---- the clock -----------------------------------------------------------------------------------------------------


def current_view() -> Any:
    """Return the view that is current on this real thread; None for the host's own calls."""
    view = here.view
    return view if view is not None and get_ident() == here.real_thread else None


def _wall_ns() -> int:
    return int(here.executive.moment()) + WALL_START_NS


@cache
def _clocks() -> dict[str, Any]:
    """Return what answers instead of the C library's clocks; one set serves every OpenSSL in this interpreter."""
    libc = ctypes.CDLL(None)
    real_time, real_of_day, real_clock = libc.time, libc.gettimeofday, libc.clock_gettime
    real_time.restype, real_time.argtypes = ctypes.c_long, (ctypes.c_void_p,)
    real_of_day.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    real_clock.argtypes = (ctypes.c_int, ctypes.c_void_p)

    def time(place: int | None) -> int:
        if current_view() is None:
            return int(real_time(place))
        now = _wall_ns() // SECOND
        if place:
            ctypes.c_long.from_address(place).value = now
        return now

    def gettimeofday(place: int | None, zone: int | None) -> int:
        if current_view() is None or not place:
            return int(real_of_day(place, zone))
        _put(place, *divmod(_wall_ns() // MICROSECOND, SECOND // MICROSECOND))
        return 0

    def clock_gettime(clock: int, place: int) -> int:
        if current_view() is None:
            return int(real_clock(clock, place))
        _put(place, *divmod(_wall_ns(), SECOND))
        return 0

    return {"time": _TIME(time), "gettimeofday": _TIME_OF_DAY(gettimeofday), "clock_gettime": _CLOCK(clock_gettime)}


def take_clock(owner: Any) -> None:
    """Send an object's calls of the C library's clocks to the run's."""
    for name, function in _clocks().items():
        redirect(owner, name, function)


def _put(place: int, seconds: int, fraction: int) -> None:
    pair = (ctypes.c_long * 2).from_address(place)
    pair[0], pair[1] = seconds, fraction


def redirect(owner: Any, name: str, function: Any) -> None:
    """Send an object's calls of ``name`` to a function made by ctypes, until Python goes."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    before = replace_import(owner, name, address)
    if before is not None:
        _at_end(lambda: replace_import(owner, name, before))


# ---- random numbers ------------------------------------------------------------------------------------------------


@cache
def _method() -> _RandMethod:
    """Return the run's generator, as OpenSSL takes it; one serves every OpenSSL in this interpreter."""

    def fill(place: int, size: int) -> int:
        view = current_view()
        ctypes.memmove(place, os.urandom(size) if view is None else view.entropy(size), size)
        return 1

    filler = _FILL(fill)
    parts: dict[str, Any] = {
        "seed": _FILL(lambda _place, _size: 1),
        "bytes": filler,
        "add": _ADD(lambda _place, _size, _entropy: 1),
        "pseudorand": filler,
        "status": _STATUS(lambda: 1),
    }
    _kept.append(parts)
    return _RandMethod(**{name: ctypes.cast(part, ctypes.c_void_p).value for name, part in parts.items()})


def _take_random(set_method: Any) -> None:
    set_method(ctypes.addressof(_method()))
    _at_end(lambda: set_method(None))


def _at_end(action: Callable[[], Any]) -> None:
    """Put back what OpenSSL had before Python goes: it may be asked once more while the process ends."""
    atexit.register(action)
