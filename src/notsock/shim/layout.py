"""Private layouts of CPython: where it keeps its modules and ``sys``, a dict its version, a class its constructor.

The only file that knows them.  The places are found by looking, not written down, and proved by asking the
interpreter itself through its public C functions; a version on which that fails is refused with one clear line.
Known to hold: CPython 3.11, 3.12 and 3.13 on Linux with the GIL.
"""

import ctypes
import platform
import sys
import threading
from typing import Any

SCAN_WORDS = 4096
"""How far to look: the tables lie within the first 8 KiB of PyInterpreterState on every version known."""


class LayoutError(RuntimeError):
    """This Python keeps its modules where the view cannot find them."""


def _refuse(what: str) -> LayoutError:
    return LayoutError(
        f"notsock cannot run programs on this Python ({platform.python_implementation()} "
        f"{platform.python_version()}): {what}; use CPython 3.11, 3.12 or 3.13"
    )


class Interpreter:
    """The interpreter's two pointers, as slots of a memory view: assigning an address changes the interpreter.

    Nothing is counted: whoever puts a dict there keeps it alive, and puts the old one back.
    """

    def __init__(self) -> None:
        if sys.implementation.name != "cpython" or not hasattr(ctypes, "pythonapi"):
            raise _refuse("it is not CPython")
        if not getattr(sys, "_is_gil_enabled", lambda: True)():
            raise _refuse("it runs without the GIL")
        api = ctypes.pythonapi
        api.PyInterpreterState_Get.restype = ctypes.c_void_p
        base = api.PyInterpreterState_Get()
        words = (ctypes.c_size_t * SCAN_WORDS).from_address(base)
        self.modules = self._slot(base, words, sys.modules, "its table of modules")
        self.sysdict = self._slot(base, words, sys.__dict__, "the namespace of sys")
        self._prove()

    @staticmethod
    def _slot(base: int, words: Any, wanted: dict[str, Any], what: str) -> memoryview:
        address = id(wanted)
        found = [place for place in range(SCAN_WORDS) if words[place] == address]
        if len(found) != 1:
            raise _refuse(f"{what} was seen {len(found)} times in its state")
        size = ctypes.sizeof(ctypes.c_size_t)
        cell = (ctypes.c_size_t * 1).from_address(base + found[0] * size)
        return memoryview(cell).cast("B").cast("L")

    def _prove(self) -> None:
        """Change both for a moment, and have the interpreter's own functions see it."""
        get_modules, get_sys = ctypes.pythonapi.PyImport_GetModuleDict, ctypes.pythonapi.PySys_GetObject
        get_modules.restype, get_sys.restype = ctypes.c_void_p, ctypes.c_void_p
        get_modules.argtypes, get_sys.argtypes = (), (ctypes.c_char_p,)
        marker = object()
        modules, namespace = dict(sys.modules), {**sys.__dict__, "_notsock_marker": marker}
        real = self.modules[0], self.sysdict[0]
        try:
            self.modules[0], self.sysdict[0] = id(modules), id(namespace)
            seen = get_modules(), get_sys(b"_notsock_marker")
        finally:
            self.modules[0], self.sysdict[0] = real
        if seen != (id(modules), id(marker)):
            raise _refuse("it does not look where its tables were found")


_interpreter: list[Interpreter] = []


def interpreter() -> Interpreter:
    """Return the running interpreter's slots, found and proved at the first call.

    Raises :class:`LayoutError`, whose text is one line for the person who runs notsock.
    """
    if not _interpreter:
        _interpreter.append(Interpreter())
    return _interpreter[0]


_VECTORCALL_OFFSET_OF_TYPE = 56
"""Where ``type`` itself says how far into a class the function lies that makes its instances (PEP 590)."""
_COUNT_MASK = (1 << 63) - 1
_Constructor = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.py_object, ctypes.POINTER(ctypes.py_object), ctypes.c_size_t, ctypes.c_void_p
)


class Constructors:
    """A function that is asked whenever one of some classes is called, by bytecode or by C.

    For classes that have no such function of their own (``OSError`` and its like): nothing of theirs is changed, and
    their subclasses do not inherit it.  ``function(kind, arguments)`` returns the instance; it must not raise, for
    C has no way to hear of that.  Keywords, which these classes refuse, are not passed on.
    """

    def __init__(self, kinds: tuple[type, ...], function: Any) -> None:
        def construct(kind: Any, arguments: Any, count: int, _names: int | None) -> Any:
            return function(kind, arguments[: count & _COUNT_MASK])

        self._callback = _Constructor(construct)
        offset = ctypes.c_size_t.from_address(id(type) + _VECTORCALL_OFFSET_OF_TYPE).value
        if not 0 < offset < type.__sizeof__(type) or not _word(list, offset)[0]:
            raise _refuse("its classes do not say how they make instances")
        address = ctypes.cast(self._callback, ctypes.c_void_p).value
        for kind in kinds:
            cell = _word(kind, offset)
            if cell[0]:
                raise _refuse(f"{kind.__name__} is made in a way of its own")
            cell[0] = address


def _depth_found() -> memoryview:
    """Find the count of callbacks under way in the thread's state, by looking from inside one."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    api = ctypes.pythonapi
    api.PyThreadState_Get.restype = ctypes.c_void_p
    base = api.PyThreadState_Get()
    words = (ctypes.c_int * _DEPTH_WORDS).from_address(base)
    tool = next(number for number in range(6) if monitoring.get_tool(number) is None)
    inside: list[list[int]] = []

    def probed() -> None:
        """Do nothing, at a line that is reported."""

    def callback(*_event: Any) -> None:
        inside.append(list(words))

    monitoring.use_tool_id(tool, "notsock probe")
    try:
        monitoring.register_callback(tool, monitoring.events.PY_RETURN, callback)
        monitoring.set_local_events(tool, probed.__code__, monitoring.events.PY_RETURN)
        before = list(words)
        probed()
        after = list(words)
    finally:
        monitoring.set_local_events(tool, probed.__code__, 0)
        monitoring.register_callback(tool, monitoring.events.PY_RETURN, None)
        monitoring.free_tool_id(tool)
    found = [
        place for place in range(_DEPTH_WORDS) if (before[place], inside[0][place], after[place]) == (0, 1, 0)
    ]
    if len(found) != 1:
        raise _refuse(f"its count of callbacks under way was seen {len(found)} times")
    cell = (ctypes.c_int * 1).from_address(base + 4 * found[0])
    return memoryview(cell).cast("B").cast("i")


_DEPTH_WORDS = 64
_depths: dict[int, memoryview] = {}


def tracing_depth() -> memoryview:
    """Return the cell that says how many callbacks of ``sys.monitoring`` the current real thread is in.

    While it is not 0 no event is reported.  A callback that lets another simulated thread run counts itself out
    before and in again behind.
    """
    thread = threading.get_ident()
    depth = _depths.get(thread)
    if depth is None:
        depth = _depths[thread] = _depth_found()
    return depth


_VERSION_OFFSET = 24
"""Of the version tag in a dict (PEP 509), behind its reference count, type and length."""


def _tag(thing: dict[Any, Any]) -> memoryview:
    cell = (ctypes.c_uint64 * 1).from_address(id(thing) + _VERSION_OFFSET)
    return memoryview(cell).cast("B").cast("Q")


def _tags_work() -> bool:
    """Say whether every kind of change to a dict changes the word where the tag should be."""
    if sys.version_info >= (3, 14):
        return False
    probe: dict[str, object] = {"a": 1, "b": 2}
    seen = {_tag(probe)[0]}
    changes: tuple[Any, ...] = (
        lambda: probe.__setitem__("a", 2),
        lambda: probe.__setitem__("c", 3),
        lambda: probe.pop("b"),
        lambda: exec("global c\nc = 4", probe),  # noqa: S102 - a store of a global, as a program makes it
        probe.clear,
    )
    for count, change in enumerate(changes, 2):
        change()
        seen.add(_tag(probe)[0])
        if len(seen) != count or _tag(probe)[0] == 0:
            return False
    return True


_works: list[bool] = []


def version_of(thing: dict[Any, Any], *, of_instance: bool = False) -> memoryview | None:
    """Return a cell whose value changes with every change to a dict; None where this Python has no such tag.

    CPython 3.13 changes the namespaces of instances without telling.  The caller keeps the dict alive.
    """
    if not _works:
        _works.append(_tags_work())
    if not _works[0] or (of_instance and sys.version_info >= (3, 13)):
        return None
    return _tag(thing)


class HashSlot:
    """What every new class takes for its hash: the function behind ``object.__hash__``, which may be exchanged.

    Classes that exist already keep what they have.  ``cell`` is None on a Python where this cannot be proved.
    """

    def __init__(self) -> None:
        self.cell: memoryview | None = None
        self.real = 0
        size = ctypes.sizeof(ctypes.c_size_t)
        descriptor = object.__dict__["__hash__"]
        words = (ctypes.c_size_t * _DESCRIPTOR_WORDS).from_address(id(descriptor))
        known = set((ctypes.c_size_t * _TYPE_WORDS).from_address(id(object)))
        found = [place for place in range(_DESCRIPTOR_HEAD, _DESCRIPTOR_WORDS) if words[place] in known - {0}]
        if len(found) != 1:
            return
        address = id(descriptor) + found[0] * size
        cell = memoryview((ctypes.c_size_t * 1).from_address(address)).cast("B").cast("L")
        if self._proved(cell):
            self.cell, self.real = cell, cell[0]

    @staticmethod
    def _proved(cell: memoryview) -> bool:
        """Say whether a class made while the function is another one has that one, and only that class."""
        calls = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.py_object)
        answer = calls(lambda _thing: 4711)
        real = cell[0]
        try:
            cell[0] = ctypes.cast(answer, ctypes.c_void_p).value or real
            inside = type("Inside", (), {})
        finally:
            cell[0] = real
        outside = type("Outside", (), {})
        return hash(inside()) == 4711 and hash(outside()) != 4711


def set_hash(kind: type, real: int, address: int) -> bool:
    """Give a class written in C, which has ``object``'s ``real`` hash function, the one at ``address``.

    False, and nothing is changed, where it has another.
    """
    size = ctypes.sizeof(ctypes.c_size_t)
    places = [place for place in range(_TYPE_WORDS) if _word(object, place * size)[0] == real]
    if not real or len(places) != 1:
        return False
    cell = _word(kind, places[0] * size)
    if cell[0] not in (real, address):
        return False
    cell[0] = address
    return True


def _word(kind: type, offset: int) -> Any:
    return (ctypes.c_size_t * 1).from_address(id(kind) + offset)


_DESCRIPTOR_HEAD = 5
"""Words of a descriptor before what is its kind's own: reference count, type, owner, name, qualified name."""
_DESCRIPTOR_WORDS = 7
_TYPE_WORDS = 48
"""Enough of a type to hold its hash function on every version known."""
