"""Putting a view back to what its imports left: cheaper by far than importing again for every schedule.

A snapshot walks, once, everything that can be reached from the namespaces of the view's own modules and can be
changed: dicts, lists, sets, deques, instances, classes, closures, locks, counters, random generators.  Modules
that all views share are not entered.  Restoring compares each with what it was, by identity, and repairs what
differs.  What C code keeps for itself is out of reach; a check finds out by running one schedule twice, and refuses
a program that then does something else.
"""

import _io
import ast
import dis
import enum
import gc
import itertools
import random
from collections import deque
from functools import lru_cache
from itertools import compress
from operator import is_, is_not, itemgetter, ne
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

from notsock.shim.identity import forget_others
from notsock.shim.layout import version_of
from notsock.shim.modules._thread import _local, spaces_of
from notsock.shim.threads import RLock, lock

if TYPE_CHECKING:
    from notsock.shim.view import View

OBJECTS_MAX = 200_000
"""A view with more objects than this is not worth restoring: the program is run in forks."""

_MISSING: Any = object()
_FIRST = itemgetter(0)
_BOUND: Any = type(itertools.count().__next__)
_ATOMS = (
    type(None), bool, int, float, complex, str, bytes, bytearray, range, slice, CodeType, BuiltinFunctionType,
    enum.Enum, type(Ellipsis), type(NotImplemented), property, memoryview,
)  # fmt: skip
_EXACT_ATOMS = frozenset(_ATOMS)
_PLAIN = frozenset({str, int, bool, bytes, type(None)})
"""Classes whose equal objects are as good as one another: a list of such is compared by value."""
_MACHINERY = frozenset({"_frozen_importlib", "_frozen_importlib_external", "_sitebuiltins", "importlib", "notsock"})
"""Packages whose instances no program changes: the import system's, site's and ours."""
_ENUM_MACHINERY = frozenset({"_member_map_", "_member_names_", "_value2member_map_", "_unhashable_values_"})


class SnapshotError(RuntimeError):
    """The view is too large to be restored."""


class _Dict:
    """A dict (a namespace too) as it was."""

    __slots__ = ("keys", "target", "values", "version")

    def __init__(self, target: dict[Any, Any], of_instance: bool) -> None:
        self.target = target
        self.keys = list(target)
        self.values = list(target.values())
        self.version = version_of(target, of_instance=of_instance)

    def restore(self) -> None:
        target, keys, values = self.target, self.keys, self.values
        if len(target) == len(values) and list(target) == keys:
            for place in list(compress(range(len(keys)), map(is_not, target.values(), values))):
                target[keys[place]] = values[place]
            return
        saved = dict(zip(keys, values, strict=True))
        for key in target.keys() - saved.keys():
            del target[key]
        for key, value in saved.items():
            if target.get(key, _MISSING) is not value:
                target[key] = value
        if list(target) != keys:
            target.clear()
            target.update(saved)


class _Class:
    """A class's own attributes; its namespace may be changed only through the type."""

    __slots__ = ("keys", "namespace", "target", "values", "version")

    def __init__(self, target: type, namespace: dict[str, Any]) -> None:
        self.target = target
        self.namespace = namespace
        self.keys = list(namespace)
        self.values = list(namespace.values())
        self.version = version_of(namespace)

    def restore(self) -> None:
        now, values = self.namespace, self.values
        if len(now) == len(values) and all(map(is_, now.values(), values)):
            return
        saved = dict(zip(self.keys, values, strict=True))
        for name in [name for name in now if name not in saved]:
            _forget(self.target, name)
        for name, value in saved.items():
            if now.get(name, _MISSING) is not value:
                type.__setattr__(self.target, name, value)


def _forget(owner: type, name: str) -> None:
    try:
        type.__delattr__(owner, name)
    except (AttributeError, TypeError):
        return


class _Sequence:
    """A list or deque as it was."""

    __slots__ = ("saved", "target")

    def __init__(self, target: Any) -> None:
        self.target = target
        self.saved = list(target)

    def restore(self) -> None:
        target, saved = self.target, self.saved
        if len(target) != len(saved) or not all(map(is_, target, saved)):
            target.clear()
            target.extend(saved)


class _Set:
    """A set as it was."""

    __slots__ = ("saved", "target")

    def __init__(self, target: set[Any]) -> None:
        self.target = target
        self.saved = set(target)

    def restore(self) -> None:
        if not self.saved or self.target != self.saved:  # what an empty one has held still shapes its order
            self.target.clear()
            self.target.update(self.saved)


class _Cell:
    """A closure's variable."""

    __slots__ = ("saved", "target")

    def __init__(self, target: CellType, value: Any) -> None:
        self.target = target
        self.saved = value

    def restore(self) -> None:
        self.target.cell_contents = self.saved


class _Slots:
    """An instance's slots."""

    __slots__ = ("saved", "target")

    def __init__(self, target: Any, names: list[str]) -> None:
        self.target = target
        self.saved = [(name, getattr(target, name, _MISSING)) for name in names]

    def restore(self) -> None:
        target = self.target
        for name, value in self.saved:
            if getattr(target, name, _MISSING) is not value and value is not _MISSING:
                object.__setattr__(target, name, value)


class _Lock:
    """A lock of ours: as it was, and without a number of the last run."""

    __slots__ = ("count", "held", "owner", "serial", "target")

    def __init__(self, target: Any) -> None:
        self.target = target
        self.serial = getattr(target, "serial", 0)
        self.held = getattr(target, "held", False)
        self.owner = getattr(target, "owner", 0)
        self.count = getattr(target, "count", 0)

    def restore(self) -> None:
        target = self.target
        target.number = 0
        target.waiters.clear()
        if target.__class__ is lock:
            target.held = self.held
            target.serial = self.serial
        else:
            target.owner, target.count = self.owner, self.count


class _ThreadLocal:
    """A ``threading.local``: without namespaces of the last run's threads."""

    __slots__ = ("saved", "target")

    def __init__(self, target: Any) -> None:
        self.target = target
        self.saved = dict(spaces_of(target))

    def restore(self) -> None:
        spaces = spaces_of(self.target)
        if spaces.keys() != self.saved.keys():
            spaces.clear()
            spaces.update(self.saved)


class _Random:
    """A random generator's state."""

    __slots__ = ("saved", "target")

    def __init__(self, target: Any) -> None:
        self.target = target
        self.saved = target.getstate()

    def restore(self) -> None:
        self.target.setstate(self.saved)


class _Counter:
    """An ``itertools.count`` in a namespace: replaced by a fresh one at the same number when it has counted.

    Python code takes the next number through the object itself or a bound ``__next__``; both are looked up in
    the namespace, so a new object put there serves.
    """

    __slots__ = ("bound", "counter", "key", "place", "record", "spelled", "start")

    def __init__(self, record: Any, key: str, counter: Any, bound: bool) -> None:
        self.record = record
        self.key = key
        self.place = record.keys.index(key)
        self.counter = counter
        self.bound = bound
        self.spelled = repr(counter)
        start = ast.literal_eval(self.spelled.removeprefix("count"))
        self.start = start if isinstance(start, tuple) else (start,)

    def restore(self) -> None:
        if repr(self.counter) == self.spelled:
            return
        counter = self.counter = itertools.count(*self.start)
        value = counter.__next__ if self.bound else counter
        record = self.record
        record.values[self.place] = value
        if isinstance(record.target, type):
            type.__setattr__(record.target, self.key, value)
        else:
            record.target[self.key] = value


class Snapshot:
    """What a view was when its imports were done."""

    def __init__(self, view: "View") -> None:
        self.view = view
        self.modules = dict(view.modules)
        self.serial = view._serial
        self.numbers = dict(view.numbers)
        self.records: list[Any] = []
        self.tagged: list[Any] = []
        self.plain: list[tuple[list[Any], list[Any]]] = []
        self.counters: list[_Counter] = []
        self._namespaces: set[int] = set()
        self._shared = {
            id(module) for module in self.modules.values() if view.is_shared_module(module)
        }
        self._shared_names = {
            name for name, module in self.modules.items() if id(module) in self._shared
        }
        self._seen: set[int] = {id(view), id(self), id(view.modules)}
        self._kept: list[Any] = []
        self._pending: list[Any] = [
            module.__dict__ for module in self.modules.values() if id(module) not in self._shared
        ]
        self._pending += [*view.roots, view.exit_calls, view.main_thread.locals]
        pending, exact = self._pending, _EXACT_ATOMS
        while pending:
            thing = pending.pop()
            if type(thing) not in exact:
                self._walk(thing)
        del self._seen, self._kept, self._namespaces
        self.cells = [record.version for record in self.tagged]
        self.versions = [cell[0] for cell in self.cells]
        counting = {id(counter.record) for counter in self.counters}
        self._counting = [place for place, record in enumerate(self.tagged) if id(record) in counting]

    def restore(self) -> None:
        """Put everything back."""
        view = self.view
        modules = view.modules
        for name in modules.keys() - self.modules.keys():
            del modules[name]
        if len(modules) != len(self.modules) or not all(map(is_, modules.values(), self.modules.values())):
            modules.clear()
            modules.update(self.modules)
        cells, versions = self.cells, self.versions
        now = list(map(_FIRST, cells))
        dirty: list[int] = []
        if now != versions:
            dirty = list(compress(range(len(now)), map(ne, now, versions)))
            for place in dirty:
                self.tagged[place].restore()
        for target, saved in self.plain:
            if target != saved:
                target[:] = saved
        for record in self.records:
            record.restore()
        for counter in self.counters:
            counter.restore()
        for place in dirty:
            versions[place] = cells[place][0]
        for place in self._counting:
            versions[place] = cells[place][0]
        view._serial = self.serial
        forget_others(view, self.numbers)

    # ---- the walk -----------------------------------------------------------------------------------------------

    def _walk(self, thing: Any) -> None:
        kind = type(thing)  # not __class__, nor isinstance: a proxy answers those for another, or refuses to
        if kind in _ATOMS or id(thing) in self._seen or issubclass(kind, _ATOMS):
            return
        self._seen.add(id(thing))
        self._kept.append(thing)
        if len(self._seen) > OBJECTS_MAX:
            raise SnapshotError(f"{self.view.name}: its modules hold more than {OBJECTS_MAX} objects")
        if issubclass(kind, dict):
            self._dict(thing)
        elif issubclass(kind, (list, deque)):
            if kind is list and all(item.__class__ in _PLAIN for item in thing):
                self.plain.append((thing, list(thing)))
                return
            self.records.append(_Sequence(thing))
            self._pending.extend(thing)
        elif issubclass(kind, (set, frozenset, tuple)):
            if issubclass(kind, set):
                self.records.append(_Set(thing))
            self._pending.extend(thing)
        elif issubclass(kind, type):
            self._class(thing)
        elif issubclass(kind, FunctionType):
            self._function(thing)
        elif issubclass(kind, (MethodType, staticmethod, classmethod)):
            self._pending.append(thing.__func__)
        elif issubclass(kind, ModuleType):
            return
        else:
            self._instance(thing, kind)

    def _dict(self, thing: dict[Any, Any]) -> None:
        record = _Dict(thing, id(thing) in self._namespaces)
        self._add(record)
        self._count(record)
        self._pending.extend(record.values)

    def _add(self, record: Any) -> None:
        (self.records if record.version is None else self.tagged).append(record)

    def _count(self, record: Any) -> None:
        for key, value in zip(record.keys, record.values, strict=True):
            if value.__class__ is itertools.count:
                self.counters.append(_Counter(record, key, value, bound=False))
            elif value.__class__ is _BOUND:
                owner = value.__self__
                if owner.__class__ is itertools.count:
                    self.counters.append(_Counter(record, key, owner, bound=True))

    def _class(self, thing: type) -> None:
        if not thing.__flags__ & (1 << 9) or thing.__module__ in self._shared_names:
            return
        if isinstance(thing, enum.EnumMeta):
            return
        module = thing.__module__
        if isinstance(module, str) and module.partition(".")[0] == "notsock":
            return
        namespace = next(iter(gc.get_referents(thing.__dict__)), None)
        if isinstance(namespace, dict):
            record = _Class(thing, namespace)
            self._add(record)
            self._count(record)
            self._pending.extend(value for name, value in namespace.items() if name not in _ENUM_MACHINERY)

    def _function(self, thing: FunctionType) -> None:
        if str(thing.__globals__.get("__name__")).partition(".")[0] == "notsock":
            return
        if thing.__dict__:
            self._pending.append(thing.__dict__)
        if thing.__defaults__:
            self._pending.extend(thing.__defaults__)
        if thing.__kwdefaults__:
            self._pending.extend(thing.__kwdefaults__.values())
        if thing.__closure__:
            rebound = _rebound(thing.__code__)
            for name, cell in zip(thing.__code__.co_freevars, thing.__closure__, strict=True):
                try:
                    value = cell.cell_contents
                except ValueError:
                    continue
                if name in rebound:
                    self.records.append(_Cell(cell, value))
                self._pending.append(value)

    def _random(self, thing: Any) -> None:
        """Take a generator's state, if it has one: the system's own has none."""
        try:
            self.records.append(_Random(thing))
        except NotImplementedError:
            return

    def _instance(self, thing: Any, kind: type) -> None:
        if issubclass(kind, _io._IOBase):
            return
        if kind in (lock, RLock):
            self.records.append(_Lock(thing))
            return
        if issubclass(kind, _local):
            self.records.append(_ThreadLocal(thing))
            self._pending.extend(spaces_of(thing).values())
            return
        if issubclass(kind, random.Random) or hasattr(kind, "getstate"):
            self._random(thing)
            return
        if (kind.__module__ or "").partition(".")[0] in _MACHINERY:
            return
        if kind.__module__ in self._shared_names and kind.__module__ not in ("collections", "types"):
            return
        namespace = _namespace(thing, kind)
        if namespace is not None:
            self._namespaces.add(id(namespace))
            self._pending.append(namespace)
        names = _slot_names(kind)
        if names:
            record = _Slots(thing, names)
            self.records.append(record)
            self._pending.extend(value for _, value in record.saved if value is not _MISSING)


@lru_cache(maxsize=8192)
def _rebound(code: CodeType) -> frozenset[str]:
    """Return the closure's variables that a function, or one inside it, assigns."""
    found = {step.argval for step in dis.get_instructions(code) if step.opname in ("STORE_DEREF", "DELETE_DEREF")}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _rebound(constant)
    return frozenset(found)


def _namespace(thing: Any, kind: type) -> dict[str, Any] | None:
    """Return an instance's own namespace, whatever its class says that ``__dict__`` is."""
    for base in kind.__mro__:
        found = base.__dict__.get("__dict__")
        if found.__class__ is GetSetDescriptorType:
            namespace: dict[str, Any] = found.__get__(thing)
            return namespace
    return None


def _slot_names(kind: type) -> list[str]:
    names: list[str] = []
    for base in kind.__mro__:
        if base.__flags__ & (1 << 9):
            slots = base.__dict__.get("__slots__", ())
            names.extend((slots,) if isinstance(slots, str) else slots)
    return [name for name in names if name not in ("__dict__", "__weakref__") and not name.startswith("__")]


