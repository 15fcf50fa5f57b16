"""asyncio's futures and tasks in C, in a view: as fast as outside, and the same in every launch and schedule.

``_asyncio`` is loaded for each view anew.  What of it would bypass the simulation is taken from the pure module:

- C keeps one running loop per real thread.  Its functions for that are those of ``asyncio.events`` here, which go by
  simulated thread; what C itself asks for the loop is answered by them.
- C's classes hash by address; they get the function that views have (:mod:`notsock.shim.identity`).
- C counts the names of tasks for the life of the process; loops give the names instead (``Task-1`` in every run).

Where that cannot be done, the pure futures and tasks serve, which C's are a copy of.
"""

import sys
from collections.abc import Callable
from importlib.abc import Loader
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from notsock.shim.extensions import CopyLoader
from notsock.shim.identity import BY_ADDRESS, IN_ORDER
from notsock.shim.layout import set_hash

if TYPE_CHECKING:
    from notsock.shim.view import View

NAME = "_asyncio"
_HOST_MODULES = sys.modules
_OF_THE_REAL_THREAD = {
    "_get_event_loop", "_get_running_loop", "_set_running_loop", "get_event_loop", "get_running_loop",
}  # fmt: skip


def accelerated(view: "View", spec: ModuleSpec | None) -> ModuleSpec | None:
    """Return how a view loads ``_asyncio``; None where only the pure module will do.

    That is where it is no file of its own, and where the real thread has a loop that runs, which C would find before
    the view's.
    """
    if spec is None or not isinstance(spec.loader, ExtensionFileLoader):
        return None
    host: Any = _HOST_MODULES.get("asyncio.events")
    if host is not None and host._get_running_loop() is not None:
        return None
    if "asyncio.events" not in view.modules:
        view.import_module("asyncio")  # which imports it too
    loaded = view.modules.get(NAME)
    spec.loader = _Loader(view, spec.name, spec.loader.path) if loaded is None else _Loaded(loaded)
    return spec


class _Loaded(Loader):
    """Hands out the module that ``asyncio`` has loaded, to who asked for it before ``asyncio``."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002 - the import system's signature
        """Return the module."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing more: it is complete."""


class _RunningLoops:
    """What C takes for the policy: it asks for the current loop where it knows of no running one."""

    def __init__(self, events: Any) -> None:
        self.events = events

    def get_event_loop(self) -> Any:
        """Return the simulated thread's running loop, else what the real policy has."""
        loop = self.events._get_running_loop()
        return loop if loop is not None else self.events.get_event_loop_policy().get_event_loop()


class _Loader(CopyLoader):
    """Loads ``_asyncio``, and puts what it has in C in order."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module: before 3.12 a copy, since it kept everything in statics."""
        with _Answered(self.view.modules["asyncio.events"]):
            if sys.version_info < (3, 12):
                return super().create_module(spec)
            return ExtensionFileLoader.create_module(self, spec)

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module, and exchange what is not for simulated threads.

        Raises ImportError, which ``asyncio`` takes for an answer, if its classes will not hash in order.
        """
        namespace: dict[str, Any] = module.__dict__
        events: Any = self.view.modules["asyncio.events"]
        with _Answered(events):
            super().exec_module(module)
        if not all(set_hash(namespace[name], BY_ADDRESS, IN_ORDER) for name in ("Future", "Task")):
            raise ImportError("its classes hash by address", name=NAME)
        for name in _OF_THE_REAL_THREAD & namespace.keys():
            namespace[name] = getattr(events, f"_py_{name}")
        if "current_task" in namespace:
            namespace["current_task"] = _current_task(events, namespace["_current_tasks"])


def _current_task(events: Any, tasks: dict[Any, Any]) -> Callable[..., Any]:
    """Return asyncio's ``current_task`` for C's table of tasks: from 3.12 on that is in C as well."""

    def current_task(loop: Any = None) -> Any:
        """Return the task that a loop, by default the running one, executes; None where it executes none."""
        return tasks.get(events.get_running_loop() if loop is None else loop)

    return current_task


class _Answered:
    """Lets C, which looks for it once, while it is loaded, find :class:`_RunningLoops` as the policy."""

    def __init__(self, events: Any) -> None:
        self.events = events
        self.real = events.get_event_loop_policy

    def __enter__(self) -> None:
        loops = _RunningLoops(self.events)
        self.events.get_event_loop_policy = lambda: loops

    def __exit__(self, *_error: object) -> None:
        self.events.get_event_loop_policy = self.real


def name_tasks(view: "View", module: Any) -> None:
    """Have loops of ``asyncio.base_events``, just executed, name the tasks that nobody names."""
    if NAME not in view.modules:
        return
    tasks: Any = module.tasks
    make = module.BaseEventLoop.create_task

    def create_task(self: Any, coro: Any, *, name: Any = None, **others: Any) -> Any:
        """Schedule a coroutine object; return a task."""
        if name is None and self._task_factory is None:
            name = f"Task-{tasks._task_name_counter()}"
        return make(self, coro, name=name, **others)

    module.BaseEventLoop.create_task = create_task
