"""select: only ``select.select``, and only for sockets, as on Windows."""

from typing import Any

from notsock.shim.here import here
from notsock.shim.seconds import nanoseconds
from notsock.shim.winerror import from_winerror
from notsock.values.errors import WSAEINVAL

FD_SETSIZE = 512


def _number(thing: Any) -> int:
    if isinstance(thing, int):
        number = thing
    else:
        try:
            method = thing.fileno
        except AttributeError:
            raise TypeError("argument must be an int, or have a fileno() method.") from None
        number = method()
        if not isinstance(number, int):
            raise TypeError("fileno() returned a non-integer")
    if number < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({number})")
    return number


def _numbers(things: Any, which: str) -> tuple[list[Any], list[int]]:
    try:
        objects = list(things)
    except TypeError:
        raise TypeError("arguments 1-3 must be sequences") from None
    if len(objects) > FD_SETSIZE:
        raise ValueError("too many file descriptors in select()")
    return objects, [_number(thing) for thing in objects]


def _those(objects: list[Any], numbers: list[int], ready: list[int]) -> list[Any]:
    if not ready:
        return []
    found = set(ready)
    return [thing for thing, number in zip(objects, numbers, strict=True) if number in found]


def build(view: Any) -> dict[str, Any]:
    def select(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> tuple[list[Any], ...]:
        if timeout is None:
            wait = None
        else:
            try:
                wait = nanoseconds(timeout)
            except TypeError:
                raise TypeError("timeout must be a float or None") from None
            if wait < 0:
                raise ValueError("timeout must be non-negative")
        reads, r = _numbers(rlist, "rlist")
        writes, w = _numbers(wlist, "wlist")
        excepts, x = _numbers(xlist, "xlist")
        answer = view.ws2_32.select(r, w, x, wait)
        if view.tripped:
            view.run_signals()
        if answer is None:
            raise from_winerror(here.executive.current.last_error or WSAEINVAL)
        return _those(reads, r, answer[0]), _those(writes, w, answer[1]), _those(excepts, x, answer[2])

    return {"select": select, "error": OSError}
