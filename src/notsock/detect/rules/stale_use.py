"""The rule stale-use."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import Holding
from notsock.trace.calls import LINUX_CALLS, SPELLINGS, Call
from notsock.trace.events import Entered, Exited, HandleClosed, HandleOpened


class StaleUse:
    """A thread went on to use a descriptor that was closed, and handed out again, while it was in a call on it.

    ## What it does
    Finds a call on a descriptor by a thread whose last call on that number was still under way when another
    thread closed it.  By now the number means an object that this thread was never seen with.

    ## Why is this bad?
    It reads what was meant for somebody else, or writes into somebody else's connection or file.

    ## Example
    ```c
    while ((n = recv(fd, buffer, size, 0)) >= 0) { ... }   /* another thread: close(fd); fd2 = accept(...); */
    ```

    ## What to change
    Wake the user of a descriptor (`shutdown`) and wait for it before closing.
    """

    name = "stale-use"
    severity = Severity.WARNING
    article = None
    cwe = 672
    reads = (HandleOpened, HandleClosed, Entered, Exited)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._torn: dict[tuple[int, int, int], Holding] = {}

    def handle_closed(
        self, at: int, thread: int, process: int, handle: int, target: int, call: int, left: int
    ) -> None:  # fmt: skip
        """A number was closed: who was using it?"""
        world = self.case.world
        for user in world.threads.values():
            if user.ident != thread and user.call in LINUX_CALLS and user.first == handle and user.process == process:
                self._torn[process, handle, user.ident] = world.past[process, handle][-1]

    def entered(self, at: int, thread: int, call: int, first: int, second: int) -> None:
        """A thread makes its next call on the number."""
        if not self._torn or call == Call.LINUX_CLOSE:
            return
        world = self.case.world
        key = (world.process_of(thread), first)
        before = self._torn.pop((*key, thread), None)
        now = world.table.get(key)
        if before is None or now is None or now.object == before.object or now.opener == thread:
            return
        moments = ((before.opened_at, before.opener), (before.closed_at, before.closer), (at, thread))
        case = self.case
        case.add(
            self,
            at,
            case.key(*moments),
            lambda: self._words(before, now, at, thread, call),
            about=now.object,
            acts=case.ended(*moments[:2]),
        )

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _words(self, before: Holding, now: Holding, at: int, thread: int, call: int) -> Words:
        case = self.case
        return Words(
            f"{SPELLINGS[Call(call)]} by {case.thread_name(thread)} acts on {case.name(now.object)}: "
            f"{case.number(now.handle)} was {case.name(before.object)} when this thread used it last",
            now.object,
            self.article,
            [
                case.opened(before),
                case.closed(before, "closed here, while it was in use"),
                case.opened(now, "the number was given to another object here"),
                case.moment("used here all the same", at, thread),
            ],
            case.result_of(thread, at),
            "wake whoever uses the descriptor (shutdown), and wait for it before closing",
        )
