"""Running one Python program in a simulated process: from its first line to the end CPython would come to."""

import sys
from collections.abc import Callable, Collection, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from types import CodeType, ModuleType
from typing import Any

from notsock.executive.actors import Killed, Thread
from notsock.shim.here import here
from notsock.shim.view import View

_EXIT_INTERRUPTED = 0xC000013A
_EXIT_UNFLUSHED = 120
"""What CPython's exit code becomes when the last output could not be written."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What one process runs, and what it is given.

    ``argv`` is ``sys.argv``, ``original`` what followed the interpreter's name, ``path`` is ``sys.path``; ``code``
    returns the program's code, or raises what Python would report of it; ``file`` is ``__file__``.
    """

    argv: Sequence[str]
    original: Sequence[str]
    path: Sequence[str]
    cwd: str
    code: Callable[[View], CodeType]
    file: str | None = None
    stdin: bytes = b""
    unbuffered: bool = False
    warnings: Sequence[str] = ()
    extra: dict[str, str | bool] = field(default_factory=dict)
    flags: Collection[str] = ()


def start_main(process: Any, view: View, launch: Launch, seed: int | None = None) -> Thread:
    """Start the main thread of a process in a view."""
    if seed is None:
        seed = getattr(getattr(process.machine, "system", None), "seed", 0)
    view.attach(process, seed)
    thread: Thread = process.machine.start_thread(
        process, lambda thread: _run(view, launch, thread), "main"
    )
    thread.space = view
    view.of_thread[thread.ident] = view.main_thread
    return thread


def _run(view: View, launch: Launch, thread: Thread) -> None:
    """Run the program, and end its process as CPython does."""
    view.open_streams(launch.stdin, unbuffered=launch.unbuffered)
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=view.builtins_module)
    if launch.file is not None:
        main.__dict__.update(__file__=launch.file, __cached__=None)
    view.modules["__main__"] = main
    code = _guarded(view, thread, lambda: Context().run(exec, launch.code(view), main.__dict__))
    _finish(view, thread)
    if not view.flush_streams():
        code = code or _EXIT_UNFLUSHED
    for other in tuple(view.process.threads):
        if other is not thread:
            here.executive.kill(other)
    _tear_down(main)
    view.exit_now(code)


def _guarded(view: View, thread: Thread, action: Any) -> int:
    """Do something of the program's; return the exit code that its end means."""
    try:
        action()
    except Killed:
        raise
    except SystemExit as error:
        return _exit_code(view, error.code)
    except BaseException as error:  # noqa: BLE001 - the program's last exception
        _uncaught(view, thread, error)
        return _EXIT_INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _exit_code(view: View, code: Any) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFFFFFFFF
    stream = view.sys.__dict__.get("stderr")
    if stream is not None:
        stream.write(f"{code}\n")
    return 1


def _uncaught(view: View, thread: Thread, error: BaseException) -> None:
    """Record and print an exception that nobody caught."""
    view.note(thread, error)
    hook = view.sys.__dict__.get("excepthook")
    if hook is None or hook is sys.__excepthook__:
        view.report(error)
    else:
        hook(type(error), error, error.__traceback__)


def _finish(view: View, thread: Thread) -> None:
    """Join the threads that are not daemons, then run what was registered for the exit."""
    threading = view.modules.get("threading")
    if threading is not None:
        _guarded(view, thread, threading._shutdown)
    exits = view.modules.get("atexit")
    if exits is not None:
        _guarded(view, thread, exits._run_exitfuncs)


def _tear_down(main: ModuleType) -> None:
    """Let go of the program's names, in CPython's order: what nothing else holds is closed by its finalizer.

    Daemon threads must be gone by then, as in CPython, where they cannot run any more.
    """
    names = main.__dict__
    for private in (True, False):
        for name in list(names):
            if name.startswith("_") is private and not name.startswith("__"):
                names[name] = None
