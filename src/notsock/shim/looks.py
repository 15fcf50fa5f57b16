"""Noting looks: the places where Python code asks, without a call, for what other threads may change.

They are noted where a strategy attends to every turn; where none does they cost a test.
"""

import sys
from typing import TYPE_CHECKING, Any

from notsock.shim.here import here
from notsock.values.looks import At, Look

if TYPE_CHECKING:
    from types import ModuleType


def note(at: At, which: int = 0, *, changes: bool = False) -> None:
    """Note a look of the current thread, if anybody wants to know."""
    if not here.executive.alone:
        here.executive.glimpse(Look(at, which, changes))


def note_number(number: int) -> None:
    """Note that a socket object was asked for its number."""
    if number == -1:
        note(At.ANYTHING)
    else:
        note(At.HANDLE, number)


def adjust_threading(module: "ModuleType") -> None:
    """Note who asks an event whether it is set; ``threading`` itself asks those that say that a thread has started."""
    kind: Any = module.Event
    own = vars(module)

    def is_set(self: Any) -> Any:
        """Return true if and only if the internal flag is true."""
        if not here.executive.alone and sys._getframe(1).f_globals is not own:
            note(At.LOCK, self._cond._lock.number)
        return self._flag

    kind.is_set = is_set


def adjust_queue(module: "ModuleType") -> None:
    """Note who puts something into a SimpleQueue, which is done before anything is locked."""
    kind: Any = module.SimpleQueue
    put = kind.put

    def noted(self: Any, item: Any, block: bool = True, timeout: float | None = None) -> None:
        note(At.LOCK)
        put(self, item, block, timeout)

    noted.__doc__ = put.__doc__
    kind.put = noted
