"""_thread: simulated threads and the locks of :mod:`notsock.shim.threads`.

A thread's start is one step (``thread.start``); what ``threading`` does around it is quiet: in the starting
thread until the new one has said that it runs, in the new one until it has entered itself among the active.
Joining is one step that waits.
"""

import sys
import threading as host_threading
from contextvars import Context
from typing import Any
from weakref import ref

from notsock.executive.actors import Killed
from notsock.shim.here import here
from notsock.shim.threads import (
    TIMEOUT_MAX,
    PythonThread,
    RLock,
    allocate_lock,
    current,
    get_ident,
    lock,
    note_end,
    quiet_lock,
)
from notsock.trace.calls import Call
from notsock.values.durations import NEVER, from_seconds

_START, _JOIN = int(Call.THREAD_START), int(Call.THREAD_JOIN)
_IMPL = "_local__impl"
_STACK_MIN, _STACK_MAX = 0x8000, 0x10000000
"""Bytes: what ``thread_nt.h`` takes for a thread's stack."""


class _Spaces:
    """What a ``local`` object has for each thread, and how to make it anew for one that comes."""

    __slots__ = ("arguments", "named", "of_thread")

    def __init__(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.arguments = arguments
        self.named = named
        self.of_thread: dict[Any, dict[str, Any]] = {}


class _local:
    """``_thread._local``: each thread sees a namespace of its own, which goes with the thread or with the object."""

    __module__ = "_thread"
    __slots__ = ("__dict__", "__weakref__", "_local__impl")

    def __new__(cls, /, *arguments: Any, **named: Any) -> Any:
        if (arguments or named) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        object.__setattr__(self, _IMPL, _Spaces(arguments, named))
        _enter(self, current(), object.__getattribute__(self, "__dict__"))
        return self

    def __getattribute__(self, name: str) -> Any:
        _switch(self)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "__dict__":
            raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")
        _switch(self)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if name == "__dict__":
            raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")
        _switch(self)
        object.__delattr__(self, name)


def spaces_of(local: Any) -> dict[Any, dict[str, Any]]:
    """Return the namespaces of a ``local`` object by thread."""
    spaces: _Spaces = object.__getattribute__(local, _IMPL)
    return spaces.of_thread


def _enter(local: Any, record: Any, space: dict[str, Any]) -> None:
    """Give a thread a namespace in an object; the thread remembers it for as long as the object lives."""
    spaces_of(local)[record] = space
    known = record.locals
    serial = record.entered = record.entered + 1
    known[serial] = ref(local, lambda _gone: known.pop(serial, None))


def _switch(local: Any) -> None:
    """Make the current thread's namespace the object's own."""
    spaces = object.__getattribute__(local, _IMPL)
    record = current()
    space = spaces.of_thread.get(record)
    if space is not None:
        object.__setattr__(local, "__dict__", space)
        return
    space = {}
    _enter(local, record, space)
    object.__setattr__(local, "__dict__", space)
    cls = type(local)
    if cls.__init__ is not object.__init__:
        cls.__init__(local, *spaces.arguments, **spaces.named)


def _leave_locals(record: Any) -> None:
    """Drop what a thread that ends had in ``local`` objects."""
    known = list(record.locals.values())
    record.locals.clear()
    for reference in known:
        local = reference()
        if local is not None:
            space = spaces_of(local).pop(record, None)
            if object.__getattribute__(local, "__dict__") is space:
                object.__setattr__(local, "__dict__", {})


class _ThreadHandle:
    """3.13's handle of a joinable thread."""

    __module__ = "_thread"
    __slots__ = ("__weakref__", "_done", "ident", "waiters")

    def __init__(self) -> None:
        self.ident = 0
        self._done = False
        self.waiters: list[Any] = []

    def is_done(self) -> bool:
        if not self._done and self.ident != get_ident():
            executive = here.executive
            note_end(self, False, patient=False)
            executive.enter(_JOIN)
            note_end(self, self._done, patient=False)
            executive.poll_failed()
            executive.leave(_JOIN, 0)
        note_end(self, self._done, patient=False)
        return self._done

    def _set_done(self) -> None:
        self._check_started()
        self._done = True
        for thread in self.waiters:
            thread.executive.wake(thread)
        self.waiters.clear()

    def _check_started(self) -> None:
        if not self.ident:
            raise RuntimeError("thread not started")

    def join(self, timeout: float | None = None) -> None:
        self._check_started()
        patient = timeout is None or timeout < 0
        note_end(self, self._done, patient=patient)
        if self._done:
            return
        if self.ident == get_ident():
            raise RuntimeError("Cannot join current thread")
        executive = here.executive
        executive.enter(_JOIN)
        note_end(self, self._done, patient=patient)
        deadline = NEVER if patient else executive.moment() + from_seconds(timeout or 0)
        while not self._done and (patient or executive.moment() < deadline):
            self.waiters.append(executive.current)
            executive.wait(deadline)
            if executive.current in self.waiters:
                self.waiters.remove(executive.current)
            note_end(self, self._done, patient=patient)
        executive.leave(_JOIN, self._done)


def build(view: Any) -> dict[str, Any]:
    shutdown_handles: dict[Any, None] = {}

    def start(function: Any, arguments: Any, named: Any, handle: Any) -> int:
        executive = here.executive
        executive.enter(_START)
        record = PythonThread(view.new_ident())
        record.handle = handle
        record.quiet = is_threading = view.is_threading_bootstrap(function)
        record.starting = None

        def body(_thread: Any) -> None:
            run(view, record, function, arguments, named)

        thread = view.process.machine.start_thread(view.process, body)
        thread.space = view
        record.thread = thread
        view.of_thread[thread.ident] = record
        if handle is not None:
            handle.ident = record.ident
        executive.leave(_START, thread.ident)
        if is_threading:
            me = current()
            me.quiet, me.starting = True, function.__self__
        return record.ident

    def start_new_thread(function: Any, args: Any, kwargs: Any = None, /) -> int:
        if not callable(function):
            raise TypeError("first arg must be callable")
        if not isinstance(args, tuple):
            raise TypeError("2nd arg must be a tuple")
        if kwargs is not None and not isinstance(kwargs, dict):
            raise TypeError("optional 3rd arg must be a dictionary")
        return start(function, args, kwargs or {}, None)

    def start_joinable_thread(function: Any, handle: Any = None, daemon: bool = True) -> Any:
        if not callable(function):
            raise TypeError("thread function must be callable")
        if handle is None:
            handle = _ThreadHandle()
        elif not isinstance(handle, _ThreadHandle):
            raise TypeError("'handle' must be a _ThreadHandle")
        elif handle.ident:
            raise RuntimeError("thread already started")
        if not daemon:
            shutdown_handles[handle] = None
        start(function, (), {}, handle)
        return handle

    def make_thread_handle(ident: int) -> _ThreadHandle:
        handle = _ThreadHandle()
        handle.ident = ident
        return handle

    def shutdown() -> None:
        me = get_ident()
        for handle in list(shutdown_handles):
            if handle.ident != me:
                handle.join()
        shutdown_handles.clear()

    def set_sentinel() -> lock:
        record = current()
        record.sentinel = quiet_lock()
        record.sentinel.call = _JOIN
        return record.sentinel

    def exit_thread() -> None:
        raise SystemExit

    def interrupt_main(signum: int = 2, /) -> None:
        view.interrupt(signum)

    def stack_size(size: int = 0, /) -> int:
        if size < 0:
            raise ValueError("size must be 0 or a positive value")
        if size and not _STACK_MIN <= size < _STACK_MAX:
            raise ValueError(f"size not valid: {size} bytes")
        before: int = view.place["stack_size"]
        view.place["stack_size"] = size
        return before

    def excepthook(arguments: Any, /) -> None:
        if arguments.exc_type is SystemExit:
            return
        error = arguments.exc_value
        if error is None:
            error = arguments.exc_type()
        if isinstance(error, Killed):
            raise error
        view.note(here.executive.current, error)
        name = arguments.thread.name if arguments.thread is not None else str(get_ident())
        view.report(error, f"Exception in thread {name}:\n")

    view.roots.append(shutdown_handles)
    lock_type: Any = lock
    namespace = {
        "LockType": lock_type,
        "RLock": RLock,
        "TIMEOUT_MAX": TIMEOUT_MAX,
        "_ExceptHookArgs": host_threading.ExceptHookArgs,
        "_count": lambda: sum(not record.finished for record in view.of_thread.values()) - 1,
        "_excepthook": excepthook,
        "_is_main_interpreter": lambda: True,
        "_local": _local,
        "allocate": allocate_lock,
        "allocate_lock": allocate_lock,
        "error": RuntimeError,
        "exit": exit_thread,
        "exit_thread": exit_thread,
        "get_ident": get_ident,
        "get_native_id": get_ident,
        "interrupt_main": interrupt_main,
        "lock": lock_type,
        "stack_size": stack_size,
        "start_new": start_new_thread,
        "start_new_thread": start_new_thread,
        "daemon_threads_allowed": lambda: True,
    }
    if sys.version_info >= (3, 13):
        namespace.update(
            {
                "_ThreadHandle": _ThreadHandle,
                "_get_main_thread_ident": lambda: view.main_thread.ident,
                "_make_thread_handle": make_thread_handle,
                "_shutdown": shutdown,
                "start_joinable_thread": start_joinable_thread,
            }
        )
    else:
        namespace["_set_sentinel"] = set_sentinel
    return namespace


def run(view: Any, record: Any, function: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Run a thread's function in a context of its own, and do what the interpreter does at its end."""
    try:
        Context().run(function, *arguments, **named)
    except SystemExit:
        pass
    except Killed:
        raise
    except BaseException as error:  # noqa: BLE001 - sys.unraisablehook prints it, the thread ends
        view.note(here.executive.current, error)
        what = "Exception ignored in thread started by"
        if sys.version_info >= (3, 13):
            view.unraisable(error, f"{what} {function!r}", None)
        else:
            view.unraisable(error, what, function)
    record.finished = True
    _leave_locals(record)
    if record.sentinel is not None and record.sentinel.held:
        record.sentinel.give_up()
    if record.handle is not None:
        record.handle._set_done()
