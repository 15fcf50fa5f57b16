"""A simulated process that runs a Python program: from its first line to the end CPython would come to."""

import ast
import os
import sys
from collections.abc import Sequence
from contextvars import Context
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from notsock.executive.actors import Killed, Thread
from notsock.shim.finder import is_installed
from notsock.shim.here import here
from notsock.shim.pristine import Snapshot
from notsock.shim.view import View

_ENVIRONMENT = {
    "COMPUTERNAME": "MACHINE1",
    "OS": "Windows_NT",
    "SYSTEMROOT": "C:\\Windows",
    "TEMP": "/tmp",  # noqa: S108 - paths look like the host's
    "TMP": "/tmp",  # noqa: S108 - paths look like the host's
    "USERNAME": "user",
}
_EXIT_INTERRUPTED = 0xC000013A


class ProgramError(Exception):
    """The program cannot be started; the text is one line."""


class PythonProgram:
    """A program's code, compiled once, and the views that its processes have had."""

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        argv: Sequence[str] = (),
        *,
        source: str | None = None,
        cwd: str | None = None,
        environment: dict[str, str] | None = None,
        stdin: bytes = b"",
    ) -> None:
        """Take the program at ``path``, or ``source`` itself.

        Raises :class:`ProgramError` when it cannot be read or is not Python.
        """
        self.path = os.path.abspath(path) if path is not None else "<program>"  # noqa: PTH100
        self.name = Path(self.path).stem.strip("<>")
        self.argv = [os.fspath(path) if path is not None else self.path, *argv]
        self.cwd = cwd or os.getcwd()  # noqa: PTH109
        self.stdin = stdin
        self.environment = _ENVIRONMENT | (_host_environment() if environment is None else environment)
        directory = os.path.dirname(self.path) if path is not None else self.cwd  # noqa: PTH120
        self.import_path = [directory, *(entry for entry in sys.path if entry and entry != directory)]
        self.source = self._read(source)
        self.code = self._compile()
        self.learned: set[str] = set()
        self.never: set[str] = set()
        self.views: dict[str, list[_Kept]] = {}

    def _read(self, source: str | None) -> bytes:
        if source is not None:
            return source.encode()
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise ProgramError(f"{self.argv[0]}: {error.strerror}") from None

    def _compile(self) -> CodeType:
        try:
            return compile(self.source, self.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            place = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
            what = error.msg if isinstance(error, SyntaxError) else error
            raise ProgramError(f"{self.argv[0]}{place}: {what}") from None

    def imports(self) -> list[str]:
        """Return the modules that the program's text names in imports, with those that earlier runs met."""
        names: dict[str, None] = {}
        for node in ast.walk(ast.parse(self.source)):
            if isinstance(node, ast.Import):
                names.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names[node.module] = None
        return [*names, *sorted(self.learned)]


    def start(self, machine: Any, name: str | None = None, parent: Any = None) -> Thread:
        """Make a process on ``machine`` that runs this program; return its main thread.

        The process is named after the file, unless told otherwise.
        """
        process = machine.create_process(name or self.name, parent)
        return start_python(process, self)


class _Kept:
    """A view with its imports done, and the snapshot to which it is restored."""

    __slots__ = ("snapshot", "view")

    def __init__(self, program: PythonProgram, name: str) -> None:
        view = self.view = View(name, program.argv, program.import_path, program.cwd, program.environment)
        for module in program.imports():
            if module not in program.never and not _preload(view, module):
                program.never.add(module)
        view.outside_run(view.prepare_streams)
        self.snapshot: Snapshot = view.outside_run(lambda: Snapshot(view))

    def restore(self, program: PythonProgram) -> bool:
        """Put the view back; False when the program imports more than was known: it is built anew then."""
        view = self.view
        if len(view.modules) == len(self.snapshot.modules) + 1 and "__main__" in view.modules:
            view.outside_run(self.snapshot.restore)
            return True
        names = view.modules.keys() - self.snapshot.modules.keys()
        new = {name for name in names if _is_installed(view.modules[name])} - program.never
        new.discard("__main__")
        if new - program.learned:
            program.learned |= new
            return False
        view.outside_run(self.snapshot.restore)
        return True


def _is_installed(module: Any) -> bool:
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    if origin in ("built-in", "frozen"):
        return True
    return origin is not None and is_installed(origin)


def _preload(view: View, name: str) -> bool:
    """Import an installed module before the run; False when it has to be left to the program."""
    if name in view.modules:
        return True
    before, exits = dict(view.modules), len(view.exit_calls)
    try:
        spec = view.outside_run(lambda: view.finder.find_spec(name.partition(".")[0], None))
        origin = spec.origin if spec is not None else None
        if origin not in (None, "built-in", "frozen") and not is_installed(origin):
            return False
        view.outside_run(lambda: view.import_module(name))
    except Exception:  # noqa: BLE001 - whatever it is, the program meets it where it imports
        for extra in [key for key in view.modules if key not in before]:
            _forget_module(view, extra)
        del view.exit_calls[exits:]
        return False
    return True


def _forget_module(view: View, name: str) -> None:
    """Take a module out of the view, and out of its package, where ``from package import module`` would find it."""
    module = view.modules.pop(name)
    package, _, child = name.rpartition(".")
    holder = view.modules.get(package)
    if holder.__class__ is ModuleType and holder.__dict__.get(child) is module:
        del holder.__dict__[child]


def _host_environment() -> dict[str, str]:
    """Return the real environment, in upper case as Windows has it, without proxies: they are not simulated."""
    return {
        name.upper(): value for name, value in os.environ.items() if not name.lower().endswith(("_proxy", "ps1"))
    }


def _view_for(program: PythonProgram, process: Any) -> View:
    """Return a restored view that no process of this run has."""
    kept = program.views.setdefault(process.name, [])
    for one in kept:
        if one.view.executive is not process.executive:
            if one.restore(program):
                return one.view
            kept.remove(one)
            break
    fresh = _Kept(program, process.name)
    kept.append(fresh)
    return fresh.view


def start_python(process: Any, program: PythonProgram, seed: int | None = None) -> Thread:
    """Start the main thread of a process that runs ``program``; its exit code ends up in ``process.exit_code``.

    ``seed`` is the run's, from which everything random in the process follows; by default the system's.
    """
    view = _view_for(program, process)
    if seed is None:
        seed = getattr(getattr(process.machine, "system", None), "seed", 0)
    view.attach(process, seed)
    thread: Thread = process.machine.start_thread(
        process, lambda thread: _run(view, program, thread), "main"
    )
    thread.space = view
    view.of_thread[thread.ident] = view.main_thread
    return thread


def _run(view: View, program: PythonProgram, thread: Thread) -> None:
    """Run the program, and end its process as CPython does."""
    view.open_streams(program.stdin)
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=view.builtins_module, __file__=program.argv[0], __cached__=None)
    view.modules["__main__"] = main
    code = _guarded(view, thread, lambda: Context().run(exec, program.code, main.__dict__))
    _finish(view, thread)
    view.flush_streams()
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
