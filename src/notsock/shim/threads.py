"""What Python itself waits with, over the executive: locks, and the record of a thread that runs Python code.

A lock that is released makes one waiter ready, which then tries again, as Windows' SRW locks do: nothing is
handed over, and a thread that comes by may be quicker.  Each acquire and release is a step, but for those that
are Python's own book-keeping (the import system's, ``threading``'s around the start and end of a thread):
those are *quiet*, so that a trace tells of the program and is the same on every version of Python.
"""

import sys
from typing import Any, NamedTuple

from notsock.shim.here import here
from notsock.shim.looks import note
from notsock.shim.seconds import nanoseconds
from notsock.trace.calls import Call
from notsock.values.durations import NEVER
from notsock.values.looks import At

_ACQUIRE, _RELEASE, _JOIN = int(Call.LOCK_ACQUIRE), int(Call.LOCK_RELEASE), int(Call.THREAD_JOIN)

TIMEOUT_MAX = 4294967.0
"""Seconds; ``_thread.TIMEOUT_MAX`` on Windows."""


class Hooks(NamedTuple):
    """What ``sys.get_asyncgen_hooks`` returns."""

    firstiter: Any = None
    finalizer: Any = None


NO_HOOKS = Hooks()


class PythonThread:
    """A simulated thread as Python sees it.

    ``quiet`` is true while ``threading`` does its book-keeping around the start of this thread or of one that
    it starts; ``starting`` is then the ``threading.Thread`` whose start ends it.  ``importing`` counts the
    installed modules that the thread is executing: what they do is not the program's, and leaves no trace.
    ``locals`` are weak references to the ``threading.local`` objects in which it has a namespace.
    ``hooks`` are its :mod:`notsock.shim.asyncgens`.
    """

    __slots__ = (
        "entered", "finished", "handle", "hooks", "ident", "importing", "locals", "quiet", "sentinel", "starting",
        "thread",
    )  # fmt: skip

    def __init__(self, ident: int) -> None:
        self.ident = ident
        self.locals: dict[int, Any] = {}
        self.entered = 0
        self.quiet = False
        self.importing = 0
        self.starting: Any = None
        self.sentinel: Any = None
        self.handle: Any = None
        self.finished = False
        self.thread: Any = None
        self.hooks: Any = NO_HOOKS


def current() -> Any:
    """Return the current thread's record; outside a run, the importing thread's."""
    view = here.view
    return view.of_thread.get(here.executive.current.ident) or view.main_thread


def get_ident() -> int:
    """Return the current thread's number, unique in its process."""
    return current().ident


def note_end(sign: Any, over: bool, *, patient: bool) -> None:
    """Note that the current thread looks whether another is ``over``; ``sign`` is its sentinel, or its handle.

    One who is ``patient`` waits for it if it is not: then it makes no difference when it looks.
    """
    if not here.executive.alone and (over or not patient):
        for ident, record in here.view.of_thread.items():
            if record.sentinel is sign or record.handle is sign:
                note(At.JOINED if patient else At.THREAD, ident)


def _deadline(blocking: bool, timeout: float) -> int:
    """Check the arguments of ``acquire``; return the moment until which to wait (0: not at all)."""
    if timeout == -1:
        return NEVER if blocking else 0
    if not blocking:
        raise ValueError("can't specify a timeout for a non-blocking call")
    ns = nanoseconds(timeout)
    if ns < 0:
        text = "value must be a non-negative number" if sys.version_info >= (3, 13) else "value must be positive"
        raise ValueError(f"timeout {text}")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return here.executive.moment() + ns if ns else 0


class lock:  # noqa: N801 - CPython's own name
    """``_thread.lock``."""

    __slots__ = ("__weakref__", "call", "held", "number", "quiet", "serial", "waiters")
    __module__ = "_thread"

    call: int
    held: bool
    number: int
    quiet: bool
    serial: int
    waiters: list[Any]

    def __new__(cls) -> Any:
        """Make a lock where CPython's class can be called: from 3.13 on."""
        if sys.version_info < (3, 13):
            raise TypeError("cannot create '_thread.lock' instances")
        return allocate_lock()

    def __init_subclass__(cls) -> None:
        """Refuse: the class is final in CPython."""
        raise TypeError("type '_thread.lock' is not an acceptable base type")

    def __hash__(self) -> int:
        """Return a number that does not depend on addresses: ``threading`` keeps locks in sets."""
        if not self.serial:
            self.serial = here.view.next_serial()
        return self.serial

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; False when it was not to be had in time."""
        if not blocking and sys._getframe(1).f_code.co_name == "_is_owned":
            return self._probe()
        executive = here.executive
        if self.quiet or here.view.hushed():
            if self.call == _JOIN:
                note_end(self, not self.held, patient=blocking and timeout == -1)
            if not self.held:
                self.held = True
                return True
            taken = self._contend(_deadline(blocking, timeout), silent=self.call == _ACQUIRE)
            if here.view.tripped:
                here.view.run_signals()
            return taken
        number = self.number
        if not number:
            number = self.number = executive.number("lock")
        executive.enter(_ACQUIRE, number)
        if not self.held and timeout == -1:
            self.held = True
            executive.leave(_ACQUIRE, 1)
            return True
        taken = self._contend(_deadline(blocking, timeout), silent=True)
        executive.leave(_ACQUIRE, taken)
        if here.view.tripped:
            here.view.run_signals()
        return taken

    __enter__ = acquire
    acquire_lock = acquire

    def _probe(self) -> bool:
        """Answer ``threading.Condition``, which asks whether its lock is held by trying it: that is no poll."""
        if self.held:
            return False
        self.held = True
        return True

    def _contend(self, deadline: int, *, silent: bool) -> bool:
        """Take the lock or wait for it; a wait that is not ``silent`` is recorded as the join of a thread."""
        executive = here.executive
        if not silent:
            executive.enter(_JOIN)
            note_end(self, not self.held, patient=deadline == NEVER)
        taken = self._wait(executive, deadline)
        if not silent:
            executive.leave(_JOIN, taken)
        return taken

    def _wait(self, executive: Any, deadline: int) -> bool:
        thread = executive.current
        first = True
        while self.held:
            if not deadline:
                executive.poll_failed()
                return False
            if not first and executive.moment() >= deadline:
                return False
            first = False
            self.waiters.append(thread)
            executive.wait(deadline)
            if thread in self.waiters:
                self.waiters.remove(thread)
            if self.call == _JOIN:
                note_end(self, not self.held, patient=deadline == NEVER)
        self.held = True
        return True

    def release(self) -> None:
        """Give the lock up; one of those that wait may try again."""
        if self.quiet or here.view.hushed():
            if not self.held:
                raise RuntimeError("release unlocked lock")
            self.give_up()
            here.view.lock_released(self)
            return
        executive = here.executive
        number = self.number
        if not number:
            number = self.number = executive.number("lock")
        executive.enter(_RELEASE, number)
        if not self.held:
            executive.leave(_RELEASE, -1)
            raise RuntimeError("release unlocked lock")
        self.held = False
        if self.waiters:
            self._wake()
        executive.leave(_RELEASE, 0)

    release_lock = release

    def give_up(self) -> None:
        """Free the lock without a step."""
        self.held = False
        if self.waiters:
            self._wake()

    def _wake(self) -> None:
        waiters = self.waiters
        while waiters:
            thread = waiters.pop(0)
            if thread.waiting:
                thread.executive.wake(thread)
                return

    def __exit__(self, *_error: object) -> None:
        self.release()

    def locked(self) -> bool:
        """Say whether somebody has it."""
        if not self.quiet:
            note(At.LOCK, self.number)
        return self.held

    locked_lock = locked

    def _at_fork_reinit(self) -> None:
        self.held = False
        self.waiters.clear()

    def __repr__(self) -> str:
        return f"<{'locked' if self.held else 'unlocked'} _thread.lock object at {id(self):#x}>"


def allocate_lock() -> lock:
    """Return a new lock."""
    made: lock = object.__new__(lock)
    made.held = made.quiet = False
    made.serial = made.number = 0
    made.call = _ACQUIRE
    made.waiters = []
    return made


def quiet_lock() -> lock:
    """Return a lock of Python's own book-keeping, which leaves no trace."""
    made = allocate_lock()
    made.quiet = True
    return made


class RLock:
    """``_thread.RLock``: the thread that has it may take it again."""

    __slots__ = ("__weakref__", "count", "number", "owner", "quiet", "waiters")
    __module__ = "_thread"

    count: int
    number: int
    owner: int
    quiet: bool
    waiters: list[Any]

    def __new__(cls, *_arguments: Any, **_named: Any) -> Any:
        """Make a lock; arguments are ignored, as in CPython, where subclasses rely on that."""
        self = object.__new__(cls)
        self.owner = self.count = self.number = 0
        self.quiet = False
        self.waiters = []
        return self

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, once more if the current thread has it."""
        executive = here.executive
        quiet = self.quiet or here.view.hushed()
        if not quiet:
            if not self.number:
                self.number = executive.number("lock")
            executive.enter(_ACQUIRE, self.number)
        me = get_ident()
        if self.owner == me:
            self.count += 1
            taken = True
        elif not self.owner and timeout == -1:
            self.owner, self.count = me, 1
            taken = True
        else:
            taken = self._wait(executive, me, _deadline(blocking, timeout))
        if not quiet:
            executive.leave(_ACQUIRE, taken)
        return taken

    __enter__ = acquire

    def _wait(self, executive: Any, me: int, deadline: int) -> bool:
        thread = executive.current
        first = True
        while self.owner:
            if not deadline:
                executive.poll_failed()
                return False
            if not first and executive.moment() >= deadline:
                return False
            first = False
            self.waiters.append(thread)
            executive.wait(deadline)
            if thread in self.waiters:
                self.waiters.remove(thread)
        self.owner, self.count = me, 1
        return True

    def release(self) -> None:
        """Give it up once."""
        executive = here.executive
        quiet = self.quiet or here.view.hushed()
        if not quiet:
            if not self.number:
                self.number = executive.number("lock")
            executive.enter(_RELEASE, self.number)
        if self.owner != get_ident():
            if not quiet:
                executive.leave(_RELEASE, -1)
            raise RuntimeError("cannot release un-acquired lock")
        self.count -= 1
        if not self.count:
            self.owner = 0
            lock._wake(self)  # type: ignore[arg-type]
        if quiet:
            here.view.lock_released(self)
        else:
            executive.leave(_RELEASE, 0)

    def __exit__(self, *_error: object) -> None:
        self.release()

    def _is_owned(self) -> bool:
        return self.owner == get_ident()

    def _recursion_count(self) -> int:
        return self.count if self.owner == get_ident() else 0

    def _release_save(self) -> tuple[int, int]:
        if not self.count:
            raise RuntimeError("cannot release un-acquired lock")
        saved = self.count, self.owner
        self.count = 1
        self.release()
        return saved

    def _acquire_restore(self, state: tuple[int, int]) -> None:
        self.acquire()
        self.count, self.owner = state

    def _at_fork_reinit(self) -> None:
        self.owner = self.count = 0
        self.waiters.clear()

    def __repr__(self) -> str:
        state = "locked" if self.count else "unlocked"
        return f"<{state} _thread.RLock object owner={self.owner} count={self.count} at {id(self):#x}>"


class _ImportThread:
    """What the import system takes for ``_thread``: quiet locks, so that an import leaves no trace."""

    __name__ = "_thread"
    get_ident = staticmethod(get_ident)

    @staticmethod
    def allocate_lock() -> lock:
        """Return a quiet lock."""
        return quiet_lock()

    @staticmethod
    def RLock() -> RLock:  # noqa: N802 - the import system's name
        """Return a quiet RLock."""
        made: RLock = RLock()
        made.quiet = True
        return made


IMPORT_THREAD = _ImportThread()
