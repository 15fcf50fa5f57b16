"""The rule use-after-close."""

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import WINSOCK_CALLS, Descriptor, Holding
from notsock.trace.calls import CLOSES_BY_NUMBER, SPELLINGS, Call
from notsock.trace.events import HandleClosed, HandleMissed, HandleOpened


class UseAfterClose:
    """A call named a handle that had been closed.

    ## What it does
    Finds a call other than a close that names a number which has been closed: it means nothing any more (10038),
    or an object of another kind that somebody else was given meanwhile.

    ## Why is this bad?
    The error is the lucky outcome.  Windows hands the most recently freed number out first, so under another
    schedule the same call reads from, or writes to, a connection of somebody else.

    ## Example
    ```python
    threading.Thread(target=reader, args=(connection.fileno(),)).start()
    connection.close()         # the reader still has the number
    ```

    ## What to change
    Let the last user close, or tell the users to stop and wait for them before closing.
    """

    name = "use-after-close"
    severity = Severity.WARNING
    article = None
    cwe = 672
    reads = (HandleOpened, HandleClosed, HandleMissed)

    def __init__(self, case: Case) -> None:
        self.case = case

    def handle_missed(self, at: int, thread: int, process: int, handle: int, target: int, call: int) -> None:
        """A call named a number that means nothing, or nothing of its kind."""
        if call in CLOSES_BY_NUMBER:
            return
        case = self.case
        holding = case.world.last(process, handle)
        if holding is None:
            return
        wanted_socket = call in WINSOCK_CALLS
        if target and not (wanted_socket and case.world.thing(holding.object).type == "endpoint"):
            return
        opened, closed = (holding.opened_at, holding.opener), (holding.closed_at, holding.closer)
        case.add(
            self,
            at,
            case.key(opened, closed, (at, thread)),
            lambda: self._words(holding, at, thread, target, call),
            severity=Severity.ERROR if target else Severity.WARNING,
            about=holding.object,
            acts=case.ended(opened, closed),
            through=case.lost_by(holding, thread),
        )

    def descriptor_missed(self, at: int, thread: int, process: int, descriptor: int, call: int) -> None:
        """A call named a descriptor that stands for nothing any more."""
        past = self.case.world.past_descriptors.get((process, descriptor))
        if call == Call.CRT_CLOSE or past is None:
            return
        case = self.case
        opened, closed = (past.opened_at, past.thread), (past.closed_at, past.closer)
        case.add(
            self,
            at,
            case.key(opened, closed, (at, thread)),
            lambda: self._descriptor_words(descriptor, past, at, thread, call),
            about=past.object,
            acts=case.ended(opened, closed),
        )

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _descriptor_words(self, descriptor: int, past: Descriptor, at: int, thread: int, call: int) -> Words:
        case = self.case
        return Words(
            f"{SPELLINGS[Call(call)]} on descriptor {descriptor}, which was closed: it stands for nothing",
            past.object,
            self.article,
            [
                case.moment("opened here", past.opened_at, past.thread),
                case.moment("closed here", past.closed_at, past.closer),
                case.moment("used here all the same", at, thread),
            ],
            case.result_of(thread, at),
            "let whoever uses the descriptor last close it, or stop the users and wait for them first",
        )

    def _words(self, holding: Holding, at: int, thread: int, now: int, call: int) -> Words:
        case = self.case
        call_name = SPELLINGS[Call(call)]
        number = case.number(holding.handle)
        by_now = f"{number} means {case.name(now)} by now" if now else f"{number} is free"
        history = [
            case.opened(holding),
            case.closed(holding),
            case.moment("used here all the same", at, thread),
        ]
        if now:
            holdings = [other for other in case.world.thing(now).holdings if other.key == holding.key]
            history += [case.opened(other, "the number was given to another object here") for other in holdings[:1]]
        return Words(
            f"{call_name} on {case.name(holding.object)}, which was closed: {by_now}",
            holding.object,
            self.article,
            history,
            case.result_of(thread, at),
            "let whoever uses the handle last close it, or stop the users and wait for them first",
        )
