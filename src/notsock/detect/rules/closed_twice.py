"""The rule closed-twice."""

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.knowledge import may_have_learned
from notsock.detect.world import Descriptor, Holding
from notsock.trace.calls import SPELLINGS, Call
from notsock.trace.events import HandleClosed, HandleMissed, HandleOpened


class ClosedTwice:
    """A handle was closed again while its number meant nothing.

    ## What it does
    Finds a call that closes a number which has been closed already and has not been handed out again since.

    ## Why is this bad?
    The second close failed, or did nothing, only because nobody had been given the number in between.  Under
    another schedule it closes whatever has the number by then: another thread's socket, a file, an event.

    ## Example
    ```c
    closesocket(s);
    ...
    closesocket(s);            /* 10038 today, somebody else's connection tomorrow */
    ```

    ## What to change
    Close in one place, and forget the number there: `s = INVALID_SOCKET;`.
    """

    name = "closed-twice"
    severity = Severity.ERROR
    article = "Q155738"
    cwe = 1341
    reads = (HandleOpened, HandleClosed, HandleMissed)

    def __init__(self, case: Case) -> None:
        self.case = case

    def handle_missed(self, at: int, thread: int, process: int, handle: int, target: int, call: int) -> None:
        """A call named a number that means nothing."""
        if target or call not in (Call.CLOSESOCKET, Call.CLOSEHANDLE, Call.ENDTHREAD, Call.LINUX_CLOSE):
            return
        holding = self._meant(at, thread, process, handle, call)
        if holding is None or (holding.call == Call.CRT_CLOSE and len(holding.again) == 1):
            return
        case = self.case
        opened, first, again = (holding.opened_at, holding.opener), (holding.closed_at, holding.closer), (at, thread)
        case.add(
            self,
            at,
            case.key(opened, first, again),
            lambda: self._words(holding, at, thread, call),
            about=holding.object,
            acts=case.ended(opened, first, again),
            through=case.lost_by(holding, thread),
        )

    def _meant(self, at: int, thread: int, process: int, handle: int, call: int) -> Holding | None:
        """Return what the number was to the closer.

        To ``_endthread`` it is the handle of its own thread.  By number alone, it is the object that somebody
        closed under the thread's feet; where there is none, the last one of which the thread can know.
        """
        world = self.case.world
        if call == Call.ENDTHREAD and thread in world.threads:
            own = world.threads[thread].object
            for holding in reversed(world.past.get((process, handle), [])):
                if holding.object == own:
                    return holding
        last = world.last(process, handle)
        if last is None:
            return None
        known = [holding for holding in world.past[process, handle] if holding.knew(thread)]
        if not known or (
            known[-1] is not last and may_have_learned(world, last.opened_at, last.opener, thread, at)
        ):
            return last
        robbed = [holding for holding in known if holding.closer != thread and self._unheard_of(holding)]
        return (robbed or known)[-1]

    def _unheard_of(self, holding: Holding) -> bool:
        """Say whether whoever closed a holding can only have meant what the number was before."""
        closer, until = holding.closer, holding.closing_at
        if holding.users.get(closer, until) < until:
            return False
        return not may_have_learned(self.case.world, holding.opened_at, holding.opener, closer, until)

    def descriptor_missed(self, at: int, thread: int, process: int, descriptor: int, call: int) -> None:
        """A call named a descriptor that stands for nothing."""
        past = self.case.world.past_descriptors.get((process, descriptor))
        if call != Call.CRT_CLOSE or past is None:
            return
        case = self.case
        opened, first, again = (past.opened_at, past.thread), (past.closed_at, past.closer), (at, thread)
        case.add(
            self,
            at,
            case.key(opened, first, again),
            lambda: self._descriptor_words(descriptor, past, at, thread),
            about=past.object,
            acts=case.ended(opened, first, again),
        )

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _descriptor_words(self, descriptor: int, past: Descriptor, at: int, thread: int) -> Words:
        case = self.case
        return Words(
            f"descriptor {descriptor} was closed twice: it no longer stood for anything",
            past.object,
            None,
            [
                case.moment("opened here", past.opened_at, past.thread),
                case.moment("closed here first", past.closed_at, past.closer),
                case.moment("closed here again", at, thread),
            ],
            case.result_of(thread, at),
            "close it in one place and forget the number there",
        )

    def _words(self, holding: Holding, at: int, thread: int, call: int) -> Words:
        case = self.case
        what = case.name(holding.object)
        return Words(
            f"{what} was closed twice: {case.number(holding.handle)} no longer meant anything",
            holding.object,
            self.article,
            [
                case.opened(holding),
                case.closed(holding, "closed here first"),
                case.moment("closed here again", at, thread),
            ],
            case.result_of(thread, at),
            _advice(thread, call, holding),
        )


def _advice(thread: int, call: int, holding: Holding) -> str:
    if Call.ENDTHREAD in (call, holding.call):
        return (
            "_endthread closes the handle that _beginthread returned, so the program must not; "
            "use _beginthreadex where it needs the handle, and close that one (Q132078)"
        )
    first, second = SPELLINGS[Call(holding.call)], SPELLINGS[Call(call)]
    if first == second and thread != holding.closer:
        return "let one thread close it, or look and close under one lock, and forget the number there"
    if first == second:
        return "close it in one place, and forget the number there"
    return f"close it in one place ({first} or {second}, not both) and forget the number there"
