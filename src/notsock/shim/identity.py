"""The order of objects in sets, the same in every launch: they are numbered when they are first asked for a hash.

``object.__hash__`` is an address, so a set of a program's own objects (a server's connections, a reactor's
readers) iterates in an order that changes with every start, and from schedule to schedule.  Classes that are made
while a view is current get another function in its place (:class:`notsock.shim.layout.HashSlot`), also those
whose instances have no ``__dict__``; ``cls.__hash__`` looks the same.  A number belongs to its object, in one
view, until it dies, which a weak reference tells; an object that takes none keeps its address.  So do instances
of classes written in C, functions, and classes themselves.
"""

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

from notsock.shim.here import here
from notsock.shim.layout import HashSlot

if TYPE_CHECKING:
    from notsock.shim.view import View

_STRAY = 1 << 40
"""Numbers from here on are given while no view is current: to what a run left behind."""


class _Numbered(ref):  # type: ignore[type-arg]
    """A number, for as long as its object lives, and the table that has it.

    ``plain`` is the object's reference without a callback, of which there is only one: while it lives, a look into a
    set of weak references finds its hash there.
    """

    __slots__ = ("key", "number", "plain", "table")
    key: int
    number: int
    plain: Any
    table: dict[int, Any]


_last: dict[int, Any] = {}
"""What each object was told last, by whichever view: for those who ask while none is current."""
_strays = _STRAY


def _forget(numbered: Any) -> None:
    key = numbered.key
    for table in (numbered.table, _last):
        if table.get(key) is numbered:
            del table[key]


def _first_hash(thing: Any, key: int, view: Any) -> int:
    global _strays  # noqa: PLW0603 - a counter of this real process
    if view is None and key in _last:
        return int(_last[key].number)
    try:
        numbered: Any = _Numbered(thing, _forget)
    except TypeError:
        return key >> 4
    if view is None:
        _strays += 1
        numbered.number, numbered.table = _strays, _last
    else:
        numbered.number, numbered.table = view.next_serial(), view.numbers
        view.numbers[key] = numbered
    numbered.key = key
    numbered.plain = ref(thing)
    _last[key] = numbered
    return int(numbered.number)


def _hash(thing: Any) -> int:
    key = id(thing)
    view = here.view
    known = view.numbers.get(key) if view is not None else None
    return known.number if known is not None else _first_hash(thing, key, view)


_FUNCTION = ctypes.PYFUNCTYPE(ctypes.c_ssize_t, ctypes.py_object)(_hash)
_SLOT = HashSlot()
HASH = _SLOT.cell if _SLOT.cell is not None else memoryview(bytearray(8)).cast("L")
"""Where the hash of new classes is: :data:`IN_ORDER` while a view is current, else :data:`BY_ADDRESS`."""
BY_ADDRESS = _SLOT.real
IN_ORDER = (ctypes.cast(_FUNCTION, ctypes.c_void_p).value or 0) if _SLOT.cell is not None else BY_ADDRESS


def numbers_in_place_of_addresses(view: "View") -> Callable[[Any], int]:
    """Return an ``id`` for programs that send what it returns: the same in every run.

    Objects that take no weak reference are numbered by their address: one that comes to lie where another one was
    has that one's number.
    """
    addresses: dict[int, int] = {}
    view.roots.append(addresses)

    def numbered(thing: Any, /) -> int:
        key = id(thing)
        number = _hash(thing)
        if number != key >> 4:
            return number << 4
        return addresses.setdefault(key, len(addresses)) << 4 | 8

    return numbered


def forget_others(view: "View", kept: dict[int, Any]) -> None:
    """Take back the numbers that a view has given, but for those it had: it is restored to that moment."""
    for key, numbered in tuple(view.numbers.items()):
        if kept.get(key) is not numbered:
            _forget(numbered)
