"""A process's own view of Python: its modules, its ``sys`` and its ``builtins``, in one interpreter with others.

When the executive goes on with a thread of another process it calls :meth:`View.leave` and :meth:`View.enter`,
which exchange the interpreter's table of modules and its ``sys``.  Everything else follows from that: bytecode
and C code import from the view, ``print`` writes to its ``sys.stdout``, and the standard import system, which
finds its ``sys`` exchanged too, fills the view's modules.  Nothing is patched, on disk or in memory: what the
host had is put back when no view is current.
"""

import builtins as host_builtins
import hashlib
import importlib._bootstrap as bootstrap  # type: ignore[import-not-found, unused-ignore]
import importlib._bootstrap_external as bootstrap_external  # type: ignore[import-not-found, unused-ignore]
import os
import posixpath
import sys as host_sys
import traceback
from _thread import get_ident
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

from notsock.executive.actors import Killed
from notsock.executive.executive import Executive
from notsock.shim import asyncgens, asyncio_tasks, paths, policy, preemption
from notsock.shim.disk import Disk
from notsock.shim.environment import Block
from notsock.shim.finder import ViewFinder, ViewSourceLoader, host_module
from notsock.shim.here import here
from notsock.shim.identity import BY_ADDRESS, HASH, IN_ORDER
from notsock.shim.interpreter_options import Flags
from notsock.shim.layout import interpreter
from notsock.shim.looks import adjust_queue, adjust_threading
from notsock.shim.streams import StandardStreams, shape_of
from notsock.shim.threads import IMPORT_THREAD, NO_HOOKS, PythonThread
from notsock.shim.winerror import adopt_constructors, from_errno

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120
_HOST_MODULES = host_sys.modules
_HOST_SYS = host_sys.__dict__
_BOOTSTRAP: dict[str, Any] = vars(bootstrap)
_EXTERNAL: dict[str, Any] = vars(bootstrap_external)
_EXCHANGED = ("sys", "_thread", "_module_locks", "_blocking_on")
_HOST_BOOTSTRAP = {name: _BOOTSTRAP[name] for name in _EXCHANGED}

_BUILTINS = vars(host_builtins)
_FIRST_OVERLAPPED = 0x20000
_FIRST_SERIAL = 1 << 20
MAIN_IDENT = 4
"""``get_ident()`` of every process's main thread; those of the others follow in steps of four."""
_NOBODY = Executive()
"""Stands for the executive while no run goes on: its clock shows the start of a run, its trace is dropped."""
_UNKNOWN_VERSION = (10, 0, 22631)
_POSIX_ONLY = frozenset(
    "fork forkpty forkserver getuid geteuid getgid getegid setuid setgid uname wait waitid wait3 wait4 nice killpg "
    "getpgid setsid sendfile posix_spawn openpty register_at_fork sched_yield pread pwrite mkfifo chroot".split()
)
_NOT_ON_WINDOWS = ("abiflags", "__interactivehook__", "getdlopenflags", "setdlopenflags", "ps1", "ps2")


class _Unraisable:
    """The host's hook for errors in finalizers, without those of programs whose run is over.

    What a run leaves in cycles is collected after it, while no view is current; finalizers then ask a machine
    that has stopped, in vain, and nobody needs to know.  All other errors go to the hook that was there before.
    """

    def __init__(self) -> None:
        self.before = host_sys.unraisablehook
        host_sys.unraisablehook = self

    def __call__(self, unraisable: Any, /) -> None:
        if not isinstance(unraisable.exc_value, Killed) and not _is_a_views(unraisable.exc_traceback):
            self.before(unraisable)


def _is_a_views(trace: Any) -> bool:
    """Say whether code of a view had a part in an error: its frames have builtins of their own."""
    while trace is not None:
        if trace.tb_frame.f_builtins is not _BUILTINS:
            return True
        trace = trace.tb_next
    return False


class UnraisableHookArgs(NamedTuple):
    """What ``sys.unraisablehook`` is called with."""

    exc_type: Any
    exc_value: Any
    exc_traceback: Any
    err_msg: str
    object: Any


class _WindowsVersion(tuple[Any, ...]):
    """What ``sys.getwindowsversion`` returns."""

    __slots__ = ()
    _names = ("major", "minor", "build", "platform", "service_pack")
    service_pack_major = service_pack_minor = 0
    suite_mask = 256
    product_type = 1

    def __getattr__(self, name: str) -> Any:
        if name in self._names:
            return self[self._names.index(name)]
        raise AttributeError(name)

    @property
    def platform_version(self) -> tuple[int, int, int]:
        return self[0], self[1], self[2]

    def __repr__(self) -> str:
        pairs = ", ".join(f"{name}={value!r}" for name, value in zip(self._names, self, strict=True))
        return f"sys.getwindowsversion({pairs})"


class View:
    """One simulated process's modules; lives longer than a run, and is restored between runs."""

    def __init__(self, name: str, argv: list[str], path: list[str], cwd: str, environment: dict[str, str]) -> None:
        self.slots = interpreter()
        adopt_constructors()
        if not isinstance(host_sys.unraisablehook, _Unraisable):
            _Unraisable()
        self.name = name
        self.cwd = cwd
        self.environment = environment
        self.roots: list[Any] = []
        self.exit_calls: list[Any] = []
        self.after_import: dict[str, Callable[[ModuleType], None]] = {
            "threading": self._adjust_threading,
            "queue": adjust_queue,
            "os": self._adjust_os,
            "platform": self._adjust_platform,
            "pathlib": paths.keep_posix,
            "asyncio.base_events": lambda module: asyncio_tasks.name_tasks(self, module),
            "ctypes": self._adjust_ctypes,
            "concurrent.futures._base": self._adjust_executors,
            "_pytest.assertion.rewrite": self._adjust_rewriting,
        }
        self.place: dict[str, Any] = {}
        self.drawn: dict[str, int] = {}
        self.of_thread: dict[int, PythonThread] = {}
        self.main_thread = PythonThread(MAIN_IDENT)
        self.limbo_lock: Any = None
        self.thread_class: Any = None
        self.interrupt: Callable[[int], None] = lambda _signal: None
        self.console_event: Callable[[int], bool] = lambda _event: False
        self.tripped: list[int] = []
        self.sleeper: Any = None
        self.overlapped_address = 0
        self.run_signals: Callable[[], None] = lambda: None
        self.executive: Executive | None = None
        self.process: Any = None
        self.ws2_32: Any = None
        self.kernel32: Any = None
        self.crt: Any = None
        self.disk: Any = None
        self.libraries: dict[str, Any] = {}
        self.numbers: dict[int, Any] = {}
        self.arguments: Any = None
        self.seed = 0
        self.windows_version: tuple[int, ...] = _UNKNOWN_VERSION
        self.preempt = preemption.CALLS
        self._winsock_started = False
        self._streams: StandardStreams | None = None
        self._serial = self._run_serial = 0
        self.idle = _NOBODY
        self._ident = MAIN_IDENT
        self._reset()
        self.modules: dict[str, ModuleType] = {}
        self.finder = ViewFinder(self)
        self.builtins_module = self._make_builtins()
        self.builtins = self.builtins_module.__dict__
        self.sys = self._make_sys(argv, path)
        self._fill_modules()
        self._exchange = {
            "sys": self.sys,
            "_thread": IMPORT_THREAD,
            "_module_locks": {},
            "_blocking_on": type(_BOOTSTRAP["_blocking_on"])(),
        }
        self._addresses = id(self.modules), id(self.sys.__dict__)
        self._host_addresses = id(_HOST_MODULES), id(_HOST_SYS)
        self.outside_run(self._import_first)

    def _import_first(self) -> None:
        for name in ("io", "os", "codecs", "_thread"):
            self.import_module(name)
        self.builtins["open"] = self.modules["io"].open

    # ---- the exchange -----------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Make this view the interpreter's; what it replaces need not be the host's."""
        here.view = self
        slots = self.slots
        slots.modules[0], slots.sysdict[0] = self._addresses
        HASH[0] = IN_ORDER
        _BOOTSTRAP.update(self._exchange)
        _EXTERNAL["sys"] = self.sys
        _HOST_SYS["modules"] = self.modules

    def leave(self) -> None:
        """Put back what the host has."""
        here.view = None
        slots = self.slots
        slots.modules[0], slots.sysdict[0] = self._host_addresses
        HASH[0] = BY_ADDRESS
        _BOOTSTRAP.update(_HOST_BOOTSTRAP)
        _EXTERNAL["sys"] = host_sys
        _HOST_SYS["modules"] = _HOST_MODULES

    def outside_run(self, action: Callable[[], Any]) -> Any:
        """Do something in this view while no run goes on: an import, a restoring.

        Reads of the clock see the start of a run; nothing may wait.
        """
        outer = here.executive, here.view
        here.executive = idle = self.idle
        here.real_thread = get_ident()
        self.enter()
        self.main_thread.importing += 1
        try:
            return action()
        finally:
            self.main_thread.importing -= 1
            self.leave()
            idle.flat.clear()
            here.executive, here.view = outer
            if here.view is not None:
                here.view.enter()

    @contextmanager
    def borrowing(self, process: Any) -> Iterator[None]:
        """Serve a process that no run has: its files can be read, its names asked for, and nothing goes on."""
        self.idle = process.executive
        self._serve(process)
        try:
            yield
        finally:
            self.idle = _NOBODY
            self.process = self.executive = None

    def _serve(self, process: Any) -> None:
        """Let what the modules ask go to a process and its machine."""
        self.process = process
        self.ws2_32, self.kernel32, self.crt = process.ws2_32, process.kernel32, process.crt
        machine = process.machine
        if machine.files is None:
            machine.files = Disk()
        self.disk = machine.files
        release = getattr(machine, "profile", None)
        self.windows_version = getattr(release, "windows_version", None) or _UNKNOWN_VERSION

    def from_host(self, name: str) -> ModuleType | None:
        """Return the host's module of a name, importing it there if need be."""
        module = _HOST_MODULES.get(name)
        if module is None:
            current = here.view
            self.leave()
            try:
                module = host_module(name)
            finally:
                if current is not None:
                    current.enter()
        return module

    def is_shared_module(self, module: ModuleType) -> bool:
        """Say whether a module of this view is the host's own."""
        return _HOST_MODULES.get(module.__name__) is module

    def import_module(self, name: str) -> Any:
        """Import a module into this view, which is current."""
        return _BOOTSTRAP["_gcd_import"](name)

    def run_host_source(self, module: ModuleType, namespace: dict[str, Any]) -> None:
        """Execute the source of a host's module in another namespace."""
        assert module.__file__ is not None
        code = ViewSourceLoader(self, module.__name__, module.__file__).get_code(module.__name__)
        assert code is not None
        namespace["__name__"] = module.__name__
        exec(code, namespace)  # noqa: S102 - the standard library's own file
        for name in ("__name__", "__doc__", "__file__"):
            namespace.pop(name, None)

    # ---- what a view begins with ---------------------------------------------------------------------------------

    def _make_builtins(self) -> ModuleType:
        module = ModuleType("builtins", host_builtins.__doc__)
        module.__dict__.update(vars(host_builtins))
        module.__dict__.update(preemption.builtins())
        module.__dict__.update(exit=_exit, quit=_exit)
        return module

    def _make_sys(self, argv: list[str], path: list[str]) -> ModuleType:
        module = ModuleType("sys", host_sys.__doc__)
        namespace = module.__dict__
        namespace.update({k: v for k, v in _HOST_SYS.items() if k not in _NOT_ON_WINDOWS})
        simulated = {"_signal", "_thread", "atexit", "errno", "faulthandler", "msvcrt", "nt", "time", "_winapi"}
        names = set(host_sys.builtin_module_names) - {"posix", "pwd"} | simulated | {"winreg"}
        namespace.update(
            modules=self.modules,
            platform="win32",
            winver="{}.{}".format(*host_sys.version_info[:2]),
            dllhandle=0x7FF800000000,
            _vpath="",
            argv=list(argv),
            orig_argv=[host_sys.executable, *argv],
            _base_executable=host_sys.executable,
            path=list(path),
            meta_path=[self.finder],
            path_hooks=list(host_sys.path_hooks),
            warnoptions=[],
            builtin_module_names=tuple(sorted(names)),
            getwindowsversion=lambda: _WindowsVersion((*self.windows_version, 2, "")),
            unraisablehook=self._unraisable,
            __unraisablehook__=self._unraisable,
            excepthook=host_sys.__excepthook__,
            get_asyncgen_hooks=asyncgens.get_asyncgen_hooks,
            set_asyncgen_hooks=asyncgens.set_asyncgen_hooks,
            displayhook=host_sys.__displayhook__,
            stdin=None,
            stdout=None,
            stderr=None,
            __stdin__=None,
            __stdout__=None,
            __stderr__=None,
            dont_write_bytecode=True,
        )
        for name in ("last_exc", "last_type", "last_value", "last_traceback", "tracebacklimit"):
            namespace.pop(name, None)
        return module

    def _fill_modules(self) -> None:
        """Give the view the shared modules that the host has, itself and its builtins."""
        for name, module in list(_HOST_MODULES.items()):
            if module is not None and policy.is_shared(name):
                self.modules[name] = module
        self.modules["sys"] = self.sys
        self.modules["builtins"] = self.builtins_module

    def _adjust_threading(self, module: Any) -> None:
        """Keep ``threading``'s own book-keeping quiet (see :mod:`notsock.shim.threads`)."""
        self.limbo_lock = module._active_limbo_lock
        self.limbo_lock.quiet = True
        shutdown = getattr(module, "_shutdown_locks_lock", None)
        if shutdown is not None:
            shutdown.quiet = True
        self.thread_class = module.Thread
        adjust_threading(module)

    def _adjust_os(self, module: Any) -> None:
        """Let ``os.environ`` note who asks, and a call that only POSIX has say that Windows lacks it.

        ``hasattr`` of such a call is still false.
        """
        module.environ._data = Block(module.environ._data)

        def missing(name: str) -> Any:
            why = " (this is a simulated Windows, which has no such call)" if name in _POSIX_ONLY else ""
            raise AttributeError(f"module 'os' has no attribute {name!r}{why}")

        module.__getattr__ = missing

    def _adjust_platform(self, module: Any) -> None:
        """Answer what ``platform`` would otherwise start ``cmd /c ver`` for."""

        def version(system: str = "", release: str = "", version: str = "", *_others: Any) -> tuple[str, str, str]:
            del version
            return system or "Windows", release, ".".join(map(str, self.windows_version[:3]))

        module._syscmd_ver = version

    def _adjust_ctypes(self, module: Any) -> None:
        """Let a C long have four bytes, and so DWORD: ``ctypes`` asked this machine's compiler."""
        module.c_long, module.c_ulong = module.c_int, module.c_uint

    def _adjust_rewriting(self, module: Any) -> None:
        """Let the test modules that pytest compiles be preempted like the rest of the program."""
        preemption.adjust_rewriting(module, lambda: self.preempt)

    def _adjust_executors(self, module: Any) -> None:
        """Take the locks of futures in the order of their numbers; CPython sorts them by address."""
        module.id = hash

    # ---- a run -----------------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        self.place.clear()
        self.place.update(cwd=self.cwd, default_timeout=None, stack_size=0)
        self.drawn.clear()
        self.of_thread.clear()
        self._winsock_started = False
        self._run_serial = _FIRST_SERIAL
        self.tripped.clear()
        self.sleeper = None
        self.overlapped_address = _FIRST_OVERLAPPED

    def attach(self, process: Any, seed: int) -> None:
        """Serve a process of a new run; the view is as its imports left it."""
        self._reset()
        if here.executive is not process.executive:
            here.fences.clear()
            asyncgens.forget()
        self.executive = here.executive = process.executive
        here.real_thread = get_ident()
        self._serve(process)
        process.directory = self.cwd
        process.on_control = self._on_control
        self._take_environment()
        self.seed = seed
        self.preempt = getattr(getattr(process.machine, "system", None), "preempt", preemption.CALLS)
        preemption.prepare(self.preempt)
        self._ident = MAIN_IDENT
        main = self.main_thread
        main.quiet = main.finished = False
        main.hooks = NO_HOOKS
        main.starting = None
        main.importing = 0

    def become(self, name: str, launch: Any) -> None:
        """Be a process that was started with a command line of its own (:mod:`notsock.shim.python_image`)."""
        self.name = name
        self.cwd = launch.cwd
        namespace = self.sys.__dict__
        namespace.update(
            argv=list(launch.argv), orig_argv=[namespace["executable"], *launch.original], path=list(launch.path),
            warnoptions=list(launch.warnings), _xoptions=dict(launch.extra), flags=Flags.made(set(launch.flags)),
        )  # fmt: skip
        random = self.modules.get("random")
        if random is not None:  # as if this process had imported it
            random._inst.seed(int.from_bytes(_drawn(f"import/{self.name}/random", 1, 32), "little"))

    def _take_environment(self) -> None:
        """Let ``os.environ`` be the process's block: its names in upper case, as on Windows."""
        block = self.process.environment
        data = self.modules["os"].environ._data
        if data != block:
            data.clear()
            data.update(block)

    def prepare_streams(self) -> None:
        """Make the standard streams before the first run, so that they are the same objects in every run."""
        self._streams = StandardStreams(b"")
        self._streams.flushed = True
        self.sys.__dict__.update(self._streams.names)

    def open_streams(self, stdin: bytes = b"", *, unbuffered: bool = False) -> None:
        """Open ``sys.stdin``, ``stdout`` and ``stderr`` on descriptors 0 to 2 of the process."""
        streams = self._streams
        shape = shape_of(self.crt, unbuffered=unbuffered)
        if streams is None or stdin or not streams.reusable(shape):
            streams = self._streams = StandardStreams(stdin, shape)
        namespace = self.sys.__dict__
        if any(namespace[name] is not stream for name, stream in streams.names.items()):
            namespace.update(streams.names)
        streams.serve(self.crt)

    def flush_streams(self) -> bool:
        """Flush what the program has written; False, and a word about it, where that fails."""
        done = True
        for name in ("stdout", "stderr"):
            stream = self.sys.__dict__.get(name)
            if stream is not None and not getattr(stream, "closed", False):
                try:
                    stream.flush()
                except Killed:
                    raise
                except BaseException as error:  # noqa: BLE001 - as CPython at its end
                    done = False
                    if name == "stdout":
                        self.report(error, f"Exception ignored in: {stream!r}\n")
        if self._streams is not None:
            self._streams.flushed = done
        return done

    def winsock(self) -> Any:
        """Return the process's ws2_32, started: CPython calls WSAStartup before its first use of a socket."""
        if not self._winsock_started:
            self.ws2_32.WSAStartup(0x0101)  # two threads may come here at once: it nests
            self._winsock_started = True
        return self.ws2_32

    def exit_now(self, code: int) -> None:
        """End the process at once (``os._exit``)."""
        self.kernel32.ExitProcess(code & 0xFFFFFFFF)

    def _on_control(self, event: int) -> bool:
        """Handle Ctrl-C (0) or Ctrl-Break (1) as the C runtime's handler does, in a thread that Windows made."""
        self.of_thread[here.executive.current.ident] = PythonThread(self.new_ident())
        return self.console_event(event)

    # ---- threads -----------------------------------------------------------------------------------------------------

    @property
    def is_atomic(self) -> bool:
        """Whether threads change places at calls only."""
        return self.preempt == preemption.CALLS

    def next_serial(self) -> int:
        """Return the next number of what is hashed in the order in which it is first asked.

        What a run asks is numbered from the same number on, whether its modules were imported before it or in it:
        the place of an object in a set follows from the number itself, not only from the order.
        """
        if self.is_importing():
            self._serial += 1
            return self._serial
        self._run_serial += 1
        return self._run_serial

    def new_ident(self) -> int:
        """Return the number of a new thread."""
        self._ident += 4
        return self._ident

    def hushed(self) -> bool:
        """Say whether the current thread is inside ``threading``'s book-keeping, or an installed module's import."""
        record = self.of_thread.get(here.executive.current.ident) or self.main_thread
        return record.quiet or record.importing > 0

    def is_importing(self) -> bool:
        """Say whether the current thread is executing an installed module for the first time."""
        record = self.of_thread.get(here.executive.current.ident) or self.main_thread
        return record.importing > 0

    def lock_released(self, lock: Any) -> None:
        """End the quiet of a thread that has been started, or has started another, if this release does."""
        record = self.of_thread.get(here.executive.current.ident)
        if record is None or not record.quiet:
            return
        if record.starting is None:
            record.quiet = lock is not self.limbo_lock
        elif record.starting._started.is_set():
            record.quiet, record.starting = False, None

    def is_threading_bootstrap(self, function: Any) -> bool:
        """Say whether a new thread's function is that of a ``threading.Thread``."""
        owner = getattr(function, "__self__", None)
        return self.thread_class is not None and isinstance(owner, self.thread_class)

    # ---- errors ------------------------------------------------------------------------------------------------------

    def note(self, thread: Any, error: BaseException) -> None:
        """Record an exception that nobody caught."""
        here.executive.raised(thread, error)
        system = getattr(self.process.machine, "system", None)
        if system is not None:
            system.raised(thread, error)

    def report(self, error: BaseException, heading: str = "") -> None:
        """Print an exception to the process's standard error, in the program's own frames."""
        stream = self.sys.__dict__.get("stderr")
        if stream is None:
            return
        try:
            stream.write(heading + program_traceback(error))
        except (OSError, ValueError):
            return  # closed, or replaced by something that does not write: CPython gives up too

    def warn_unclosed(self, thing: Any) -> None:
        """Give the ResourceWarning of a finalizer, if the program's filters would show it: by default they do not."""
        warnings: Any = self.modules.get("warnings")
        if warnings is None:
            return
        for action, _, category, _, _ in warnings.filters:
            if issubclass(ResourceWarning, category):
                if action != "ignore":
                    self._warn(warnings, f"unclosed {thing!r}", thing)
                return

    def _warn(self, warnings: Any, text: str, source: Any) -> None:
        try:
            warnings.warn(text, ResourceWarning, 2, source=source)
        except Warning as error:  # the program's filters make it one, which nobody can catch
            self.unraisable(error, "Exception ignored in", source)

    def unraisable(self, error: BaseException, what: str, where: Any) -> None:
        """Hand an error that nobody can catch to the process's ``sys.unraisablehook``."""
        hook = self.sys.__dict__.get("unraisablehook", self._unraisable)
        hook(UnraisableHookArgs(type(error), error, error.__traceback__, what, where))

    def _unraisable(self, unraisable: Any, /) -> None:
        error = unraisable.exc_value
        if isinstance(error, Killed) or error is None or here.executive.over or here.view is not self:
            return
        what = unraisable.err_msg or "Exception ignored in"
        where = f": {unraisable.object!r}" if unraisable.object is not None else ":"
        self.report(error, f"{what}{where}\n")

    # ---- files -------------------------------------------------------------------------------------------------------

    def fspath(self, path: Any) -> str:
        """Return a path as text."""
        return os.fsdecode(path)

    def absolute(self, path: Any) -> str:
        """Return a path as the disk knows it: absolute, with slashes, without a drive."""
        text = os.fsdecode(path).replace("\\", "/")
        if "\0" in text:
            raise ValueError("embedded null character")
        if len(text) > 1 and text[1] == ":" and text[0].isalpha():
            text = text[2:] or "/"
        return posixpath.normpath(posixpath.join(self.place["cwd"], text))

    def open_file(self, path: Any, flags: int, mode: int) -> int:
        """Open a file through the C runtime; return its descriptor."""
        fd = self.crt._open(self.absolute(path), flags, mode)
        if fd < 0:
            raise from_errno(here.executive.current.errno, path)
        return int(fd)

    def contents_of(self, fd: int) -> Any:
        """Return the contents behind a descriptor, None when it is not a file's."""
        handle = self.crt.handles.get(fd)
        return getattr(self.process.table.objects.get(handle), "contents", None)

    def entropy(self, size: int) -> bytes:
        """Return bytes that follow from the run's seed.

        A module being imported gets bytes of its own, so that it does not matter which schedule imported it.
        """
        if self.is_importing():
            stream = f"import/{self.name}/{host_sys._getframe(2).f_globals.get('__name__')}"
        else:
            stream = f"{self.seed}/{self.name}"
        drawn = self.drawn[stream] = self.drawn.get(stream, 0) + 1
        return _drawn(stream, drawn, size)


def _drawn(stream: str, count: int, size: int) -> bytes:
    """Return the bytes of one draw of many from a stream of random numbers."""
    return hashlib.shake_128(f"{stream}/{count}".encode()).digest(size)


def _exit(code: Any = None) -> None:
    """Do what site's ``exit`` and ``quit`` do."""
    raise SystemExit(code)


def program_traceback(error: BaseException) -> str:
    """Return an exception's traceback without our own frames: on Windows they would be C."""
    report = traceback.TracebackException(type(error), error, error.__traceback__)
    seen: list[Any] = [report]
    while seen:
        one = seen.pop()
        if one.stack is not None:
            frames = [frame for frame in one.stack if not frame.filename.startswith(_PACKAGE)]
            one.stack = traceback.StackSummary.from_list(frames)
        seen.extend(other for other in (one.__cause__, one.__context__) if other is not None)
    return "".join(report.format())


