"""Sharing: which threads of a scenario see each other in Python's own memory.

Between two calls a thread runs Python code, which no gate sees.  If that reads or changes what another thread
reads or changes, the order of the two matters, and a search that reduces must know.  Threads of a Python
program share their process's memory whatever they do.  A scenario's threads are functions with closures, of which
most share nothing but the system's calls; here their code is read, as far as it can be understood:

*nothing shared*: constants, numbers, texts, Windows' calls, and names that are given one value before the thread
starts; *shared*: lists, dictionaries and whatever else can be changed, and names that are given values
more than once; *opaque*: code that acts on the machine without a call, of which nothing is known.
"""

import dis
from collections import deque
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final, NamedTuple

from notsock.crt.crt import Crt
from notsock.executive.actors import Thread
from notsock.kernel32.kernel32 import Kernel32
from notsock.objects.process import Process
from notsock.trace.calls import SPELLINGS
from notsock.winsock.ws2_32 import Ws2_32

_OWN: Final = ("notsock.winsock.", "notsock.kernel32.", "notsock.crt.")
_VALUES = (int, float, complex, str, bytes, bool, type(None), Enum)
_CLOSED_ROOMS: Final = "notsock."
_SCENARIOS: Final = "notsock.kb."
_STORES = frozenset({"STORE_DEREF", "DELETE_DEREF"})
_GLOBAL_STORES = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL", "IMPORT_NAME"})
_GLOBAL_LOADS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
_ATTRIBUTES = frozenset({"LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR"})


class Sharing:
    """What the threads of one program share; kept from run to run, for its code does not change.

    A *key* stands for one function's variables, or one module's: threads that have one in common see each other.
    """

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._parents: dict[int, dict[CodeType, CodeType]] = {}
        self._keys: dict[int, frozenset[int] | None] = {}
        self._reach: dict[int, frozenset[CodeType]] = {}
        self._active: dict[int, int] = {}
        """Code whose variables are shared, by its key, from the thread (its ident) on that made them so."""

    def forget(self, ident: int) -> None:
        """Forget the threads from ``ident`` on: they are started anew."""
        self._keys = {known: keys for known, keys in self._keys.items() if known < ident}
        self._reach = {known: codes for known, codes in self._reach.items() if known < ident}
        self._active = {key: since for key, since in self._active.items() if since < ident}

    def started(self, thread: Thread) -> None:
        """Read the code of a thread that has been started."""
        if thread.ident in self._keys or thread.space is not None:
            return
        reading = _Reading(self)
        reading.value(getattr(thread.body, "body", thread.body))
        self._reach[thread.ident] = frozenset(reading.codes)
        if reading.opaque:
            self._keys[thread.ident] = None
            return
        for owner in reading.shared:
            self._active.setdefault(self._number(owner), thread.ident)
        self._keys[thread.ident] = frozenset(
            [self._number(owner) for owner in (*reading.shared, *reading.codes)]
        )

    def keys(self, thread: Thread) -> frozenset[int] | None:
        """Return the keys of what a thread may share with others; None when nothing is known of it."""
        if thread.ident not in self._keys:
            self.started(thread)
        keys = self._keys[thread.ident]
        return keys if keys is None else keys & self._active.keys()

    def _number(self, owner: Any) -> int:
        return self._numbers.setdefault(owner, len(self._numbers) + 1)

    def parent(self, function: FunctionType) -> CodeType | None:
        """Return the code in which a function's code stands; None when it is not to be found."""
        space = function.__globals__
        parents = self._parents.get(id(space))
        if parents is None or function.__code__ not in parents:
            parents = self._parents[id(space)] = dict(_nested(space))
        return parents.get(function.__code__)


class _Reading:
    """What can be reached from one thread's function."""

    def __init__(self, sharing: Sharing) -> None:
        self._sharing = sharing
        self._seen: set[int] = set()
        self._kept: list[Any] = []
        self.codes: set[CodeType] = set()
        self.shared: set[Any] = set()
        self.opaque = False

    def value(self, value: Any) -> bool:
        """Read a value that code can reach; say whether it can never change."""
        if isinstance(value, _VALUES):
            return True
        if isinstance(value, tuple | frozenset):
            return all([self.value(each) for each in value])  # noqa: C419 - each must be read
        if isinstance(value, FunctionType):
            self._function(value)
            return True
        if isinstance(value, list | dict | set | deque):
            for each in (*value, *(value.values() if isinstance(value, dict) else ())):
                self.value(each)
            return False
        if isinstance(value, MethodType | BuiltinFunctionType):
            owner = value.__self__
            return isinstance(owner, ModuleType | type(None)) or _is_call_table(owner) or self.value(owner)
        if isinstance(value, type):
            return value.__module__.startswith(_CLOSED_ROOMS) or value.__module__ == "builtins"
        if isinstance(value, ModuleType):
            return value.__name__.startswith(_CLOSED_ROOMS)
        if isinstance(value, Process) or _is_call_table(value):
            return True
        if not _acts_unseen(value):
            self._instance(value)
        return False

    def _instance(self, value: Any) -> None:
        """Read the methods of an object of a scenario's own, and what it holds."""
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        self._kept.append(value)
        for each in type(value).__mro__[:-1]:
            for method in vars(each).values():
                if isinstance(method, FunctionType):
                    self._function(method)
        for held in getattr(value, "__dict__", {}).values():
            self.value(held)

    def _function(self, function: FunctionType) -> None:
        if id(function) in self._seen:
            return
        self._seen.add(id(function))
        self._kept.append(function)
        ours = _is_ours(function)
        if not ours:
            self._code(function.__code__, function.__globals__)
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            if not self.value(default):
                self.shared.add(function.__code__)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            self._cell(function, name, cell, ours=ours)

    def _cell(self, function: FunctionType, name: str, cell: CellType, *, ours: bool) -> None:
        try:
            value = cell.cell_contents
        except ValueError:
            self._shares(function)
            return
        if not self.value(value):
            if ours:  # the machine's own closures hold the machine, and what the thread was given to work on
                self.opaque |= not _acts_unseen(value)
                return
            if _acts_unseen(value):
                self.opaque = True
            self._shares(function)
        elif not ours and not self._given_once(function, name):
            self._shares(function)

    def _shares(self, function: FunctionType) -> None:
        parent = self._sharing.parent(function)
        if parent is None:
            self.opaque = True
        else:
            self.shared.add(parent)

    def _given_once(self, function: FunctionType, name: str) -> bool:
        """Whether a variable of an enclosing function is given one value, in one place that is no loop."""
        if _stores(function.__code__, name):
            return False
        code: CodeType | None = self._sharing.parent(function)
        parents = self._sharing._parents[id(function.__globals__)]
        while code is not None:
            if name in code.co_cellvars:
                places = _stores(code, name)
                return len(places) <= 1 and not any(_in_loop(code, place) for place in places) and not any(
                    name in inner.co_freevars and _stores(inner, name) for inner in _inner(code)
                )
            code = parents.get(code)
        return False

    def _code(self, code: CodeType, space: dict[str, Any]) -> None:
        if code in self.codes:
            return
        self.codes.add(code)
        said = _said(code)
        self.opaque |= said.beyond_calls
        if said.stores_globals:
            self.shared.add(space.get("__name__", ""))
        for name in said.globals:
            if name in space:
                value = space[name]
                if not self.value(value):
                    if _acts_unseen(value):
                        self.opaque = True
                    self.shared.add(space.get("__name__", ""))
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._code(constant, space)


_TABLES: Final = (Process, Ws2_32, Kernel32, Crt)
_HARMLESS = frozenset({"ws2_32", "kernel32", "crt", "process_id", "name", "htons", "ntohs", "htonl", "ntohl"})
_BEYOND_CALLS = frozenset({
    name
    for table in _TABLES for name in dir(table)
    if name[0].islower() and name not in _HARMLESS and name not in SPELLINGS.values()
} | {"contexts", "started", "host", "profile", "process", "executive", "handles", "manager", "machine", "_objects"}
  | {"__dict__", "__closure__", "__globals__", "__self__"}
  | {"GetOverlappedResult", "status", "transferred", "source", "into"}
  | {"GetStdHandle", "SetStdHandle", "GetEnvironmentVariable", "SetEnvironmentVariable"})  # fmt: skip
"""Attributes by which code reaches the machine behind Windows' calls, what a request has come to among them."""


class _Said(NamedTuple):
    """What code says of itself, whoever runs it: the names that it reads from its module, in order, and what it does.

    ``beyond_calls``: it reaches for the machine behind Windows' calls.
    """

    globals: tuple[str, ...]
    stores_globals: bool
    beyond_calls: bool


@lru_cache(maxsize=4096)
def _said(code: CodeType) -> _Said:
    """Read code, once: taking it apart is what the first run of a small program's search would spend most on."""
    names: dict[str, None] = {}
    stores_globals = beyond_calls = False
    for instruction in dis.get_instructions(code):
        operation, name = instruction.opname, instruction.argval
        if operation in _GLOBAL_STORES:
            stores_globals = True
        elif operation in _GLOBAL_LOADS:
            names[name] = None
        elif operation in _ATTRIBUTES and name in _BEYOND_CALLS:
            beyond_calls = True
    return _Said(tuple(names), stores_globals, beyond_calls)


def _is_call_table(value: Any) -> bool:
    """Whether a value is one of the objects whose methods are Windows' calls."""
    return type(value).__module__.startswith(_OWN)


def _acts_unseen(value: Any) -> bool:
    """Whether a value is a part of the machine that acts without a call."""
    return type(value).__module__.startswith(_CLOSED_ROOMS)


def _is_ours(function: FunctionType) -> bool:
    """Whether a function is the machine's own, not a scenario's."""
    module = function.__module__ or ""
    return module.startswith(_CLOSED_ROOMS) and not module.startswith(_SCENARIOS)


def _nested(space: dict[str, Any]) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield each code of a module with the code that it stands in."""
    for value in tuple(space.values()):
        if isinstance(value, FunctionType) and value.__globals__ is space:
            yield from _inside(value.__code__)


def _inside(code: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner, code
            yield from _inside(inner)


def _inner(code: CodeType) -> Iterator[CodeType]:
    return (inner for inner, _ in _inside(code))


@lru_cache(maxsize=4096)
def _stores(code: CodeType, name: str) -> tuple[int, ...]:
    """Return the places at which some code gives a variable of a closure a value."""
    return tuple([
        each.offset for each in dis.get_instructions(code) if each.opname in _STORES and each.argval == name
    ])


@lru_cache(maxsize=4096)
def _in_loop(code: CodeType, place: int) -> bool:
    """Whether a place of some code lies inside a jump backwards."""
    return any(
        each.opname.startswith(("JUMP_BACKWARD", "POP_JUMP_BACKWARD")) and each.argval <= place <= each.offset
        for each in dis.get_instructions(code)
    )
