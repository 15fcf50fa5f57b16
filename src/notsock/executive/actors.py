"""Who may go next: threads, and links with something to deliver.

An actor's ``ident`` is its number in this run; its ``name`` is the path by which it came to be
(``server/main/2``) and stays the same from schedule to schedule.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenlet import greenlet

    from notsock.executive.executive import Executive


class Killed(BaseException):
    """Unwinds a simulated thread whose process, or whose run, is over."""


class Actor:
    """Something that may go next.  ``slot`` is its place among the ready ones, -1 while it is not ready."""

    __slots__ = ("act", "greenlet", "ident", "name", "slot")

    def __init__(self, ident: int, name: str) -> None:
        self.ident = ident
        self.name = name
        self.slot = -1
        self.greenlet: greenlet | None = None
        self.act: Callable[[], None] | None = None


class Thread(Actor):
    """A simulated thread.

    ``last_error`` is its Win32 and Winsock last error, ``errno`` its C runtime's.  ``space`` is what must be
    current while it runs (the module view of its Python process), None for threads of scenarios.
    ``own_handle`` is the number that ``_endthread`` closes; ``synchronous`` what SO_OPENTYPE asked for;
    ``named`` the numbers that its current call was given, where that takes several; ``handed`` what else a call that
    sets it was given and its record does not say.
    """

    __slots__ = (
        "alive",
        "begun",
        "body",
        "call",
        "call_first",
        "children",
        "daemon",
        "deadline",
        "errno",
        "executive",
        "glances",
        "handed",
        "last_error",
        "machine",
        "named",
        "object",
        "own_handle",
        "polls",
        "process",
        "slice",
        "space",
        "synchronous",
        "user",
        "waiting",
        "woken",
        "yields",
    )

    def __init__(self, ident: int, name: str, process: Any, body: Callable[["Thread"], None]) -> None:
        super().__init__(ident, name)
        self.process = process
        self.body = body
        self.alive = True
        self.begun = False
        self.daemon = False
        self.waiting = False
        self.woken: Any = None
        self.deadline = 0
        self.last_error = 0
        self.errno = 0
        self.polls = 0
        self.glances = 0
        self.slice = 0
        self.yields = False
        self.children = 0
        self.call = 0
        self.call_first = 0
        self.machine = 0
        self.named: tuple[int, ...] = ()
        self.handed: Any = None
        self.executive: Executive
        self.space: Any = None
        self.object: Any = None
        self.own_handle = 0
        self.synchronous = False
        self.user: Any = None
