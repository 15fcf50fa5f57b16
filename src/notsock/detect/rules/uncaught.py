"""The rule uncaught."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from errno import EBADF

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import Thread
from notsock.trace.events import Raised
from notsock.values.errors import ERROR_INVALID_HANDLE, WSAECONNABORTED, WSAECONNRESET, WSAENOTSOCK, name_of

_BROKEN_OFF = frozenset({WSAECONNRESET, WSAECONNABORTED})
_ASSERTION = "AssertionError"
_NO_SUCH_HANDLE = frozenset({ERROR_INVALID_HANDLE, WSAENOTSOCK, EBADF})

class Uncaught:
    """A thread ended with an exception that nobody caught.

    ## What it does
    Notes each thread whose function raised, and with which error.  An AssertionError is an error: the program itself
    says that something went wrong under this schedule.

    ## Why is this bad?
    It need not be, but under this schedule the thread did not finish its work; what it held is not given back.

    ## Example
    ```python
    def reader(connection):
        connection.recv(4096)      # raises ConnectionResetError when the peer resets
    ```

    ## What to change
    Catch what the network may raise where the thread can still clean up, and close what it holds in a `finally` or
    a `with`.
    """

    name = "uncaught"
    severity = Severity.NOTE
    article = None
    cwe = 248
    reads = (Raised,)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._missed: dict[int, frozenset[int]] = {}

    def handle_missed(self, at: int, thread: int, process: int, handle: int, target: int, call: int) -> None:
        """A call named a number that means nothing: its thread may end by that."""
        last = self.case.world.last(process, handle)
        known = self.case.meant_by(thread, process, handle)
        self._missed[thread] = known or frozenset([last.object] if last is not None else [])

    def descriptor_missed(self, at: int, thread: int, process: int, descriptor: int, call: int) -> None:
        """A call named a descriptor that stands for nothing."""
        past = self.case.world.past_descriptors.get((process, descriptor))
        self._missed[thread] = frozenset([past.object] if past is not None else [])

    def raised(self, at: int, thread: int, type_name: int, error: int) -> None:
        """An exception ended a thread."""
        actor = self.case.world.threads.get(thread)
        name = actor.name if actor is not None else ""
        what = self.case.world.names[type_name]
        key = (what, error, *self.case.key((at, thread)))
        through = self._missed.get(thread, frozenset()) if error in _NO_SUCH_HANDLE else frozenset()
        if error in _BROKEN_OFF and actor is not None:
            through = self._other_ends(actor)
        severity = Severity.ERROR if what == _ASSERTION else self.severity
        words = lambda: self._words(at, thread, name, what, error)  # noqa: E731 - told only if anybody asks
        self.case.add(self, at, key, words, severity=severity, through=through)

    def _other_ends(self, actor: Thread) -> frozenset[int]:
        """Return what is at the other end of the connection that a thread named last."""
        world = self.case.world
        holding = world.table.get((actor.process, actor.first)) or world.last(actor.process, actor.first)
        return frozenset([end.object for end in world.other_ends(holding.object)] if holding is not None else [])

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _words(self, at: int, thread: int, name: str, what: str, error: int) -> Words:
        code = f" {name_of(error)}" if error else ""
        last = self.case.timeline.call_at(thread, at)
        said = "it had made no call"
        if last is not None:
            said = f"its last call was {last}" + (f", which failed with {last.failure}" if last.error else "")
        return Words(
            f"{what}{code} ended {name}",
            f"thread {name}",
            None,
            [self.case.moment("raised here", at, thread)],
            said,
            "this schedule makes the assertion false: order the threads, or assert only what holds in every order"
            if what == _ASSERTION
            else "catch the error where the thread can still give back what it holds",
        )
