"""The rule stale-context."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from notsock.detect.case import NOTHING_YET, Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import Context, Holding, Key
from notsock.trace.calls import SPELLINGS, Call
from notsock.trace.events import ContextOpened, ContextReleased, HandleClosed, HandleOpened


class StaleContext:
    """Winsock still keeps a socket whose handle is gone.

    ## What it does
    Finds a socket whose handle was closed by something else than `closesocket` (`_close`, `CloseHandle`), and
    whose context in Winsock was never released: to the end of its process, or until another socket took its
    place.

    ## Why is this bad?
    The memory is lost, and the number is still a socket to Winsock: once a file or an event is given it, calls
    on that number are taken for calls on a socket.

    ## Example
    ```c
    fd = _open_osfhandle(s, 0);
    _close(fd);                /* ends the handle, not the socket */
    ```

    ## What to change
    Call `closesocket` as well, which Q185727 asks for (on Windows NT 4.0 SP3, call it first).
    """

    name = "stale-context"
    severity = Severity.WARNING
    article = "Q185727"
    cwe = 772
    reads = (HandleOpened, HandleClosed, ContextOpened, ContextReleased)

    def __init__(self, case: Case) -> None:
        self.case = case

    def process_ended(self, at: int, process: int, code: int) -> None:
        """A process ended: look at what its Winsock still kept."""
        contexts = self.case.world.contexts
        for key in [key for key in contexts if key[0] == process]:
            self._judge(key, contexts.pop(key), at)

    def finish(self) -> None:
        """Look at processes that live on, and at contexts that others replaced."""
        world = self.case.world
        for key, context, at in world.lost_contexts:
            self._judge(key, context, at)
        for key, context in world.contexts.items():
            self._judge(key, context, world.end)

    def _judge(self, key: Key, context: Context, at: int) -> None:
        case = self.case
        held = [
            holding for holding in case.world.past.get(key, ())
            if holding.object == context.object and holding.closed_at > context.opened_at
        ]  # fmt: skip
        if not held or held[-1].call in (Call.PROCESS_EXIT, Call.CLOSESOCKET):
            return
        current = case.world.table.get(key)
        if current is not None and current.object == context.object:
            return
        holding = held[-1]
        moments = ((holding.opened_at, holding.opener), (holding.closed_at, holding.closer))
        case.add(
            self,
            holding.closed_at,
            case.key(*moments),
            lambda: self._words(holding, at),
            about=holding.object,
            acts=case.ended(*moments),
        )

    def _words(self, holding: Holding, at: int) -> Words:
        case = self.case
        how = SPELLINGS[Call(holding.call)]
        history = [case.opened(holding), case.closed(holding, "its handle was closed here")]
        consequence = NOTHING_YET
        for missed_at, thread, _ in holding.again:
            history.append(case.moment("closed here again", missed_at, thread))
            consequence = case.result_of(thread, missed_at)
        taken = case.taken_again(holding)
        if consequence == NOTHING_YET and taken < at:
            consequence = f"{holding.handle:#x} means another object, and is still a socket to Winsock"
        return Words(
            f"{case.name(holding.object)} ended by {how}, but Winsock still keeps it",
            holding.object,
            self.article,
            history,
            consequence,
            "call closesocket, and call it before _close or CloseHandle can take the handle",
        )
