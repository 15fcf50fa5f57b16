"""The rule watched-after-close."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import Holding
from notsock.trace.calls import Call
from notsock.trace.events import HandleClosed, HandleOpened


class WatchedAfterClose:
    """A descriptor was closed, and an epoll set goes on reporting it.

    ## What it does
    Finds a descriptor that was put into an epoll set and closed without EPOLL_CTL_DEL, while its object lives on
    under another number or in another process for a second or more.

    ## Why is this bad?
    An epoll set watches objects, not numbers (epoll(7)).  Its events name the old number, which by then means
    something else or nothing, and EPOLL_CTL_DEL can no longer be called on it.

    ## Example
    ```c
    epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
    other = dup(fd);
    close(fd);                 /* epoll_wait still returns events for fd */
    ```

    ## What to change
    Take a descriptor out of the set before closing it.
    """

    name = "watched-after-close"
    severity = Severity.WARNING
    article = None
    cwe = 672
    reads = (HandleOpened, HandleClosed)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._watched: dict[tuple[int, int], tuple[int, int]] = {}

    def entered(self, at: int, thread: int, call: int, first: int, second: int) -> None:
        """A number is put into a set."""
        if call == Call.LINUX_EPOLL_CTL:
            self._watched[self.case.world.process_of(thread), second] = (at, thread)

    def handle_closed(
        self, at: int, thread: int, process: int, handle: int, target: int, call: int, left: int
    ) -> None:  # fmt: skip
        """A number is gone: is its object?"""
        added = self._watched.pop((process, handle), None)
        if added is None or not left or call == Call.PROCESS_EXIT:
            return
        case = self.case
        held = case.world.past[process, handle][-1]
        opened, closed = (held.opened_at, held.opener), (at, thread)
        case.add(
            self,
            at,
            case.key(opened, added, closed),
            lambda: self._words(held, added),
            about=target,
            acts=case.ended(opened, closed),
        )

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _words(self, held: Holding, added: tuple[int, int]) -> Words:
        case = self.case
        others = [other for other in case.world.thing(held.object).holdings if other is not held]
        history = [case.opened(held), case.moment("put into an epoll set here", *added), case.closed(held)]
        history += [case.opened(other) for other in others]
        return Words(
            f"{case.name(held.object)} was closed as {held.handle}, but stays in an epoll set under that number",
            held.object,
            self.article,
            history,
            "the object lived on for a second or more, and the set with it",
            "call epoll_ctl(EPOLL_CTL_DEL) before close; keep the socket from being inherited (SOCK_CLOEXEC)",
        )
