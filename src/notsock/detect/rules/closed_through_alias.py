"""The rule closed-through-alias."""

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import Descriptor, Holding
from notsock.trace.calls import SPELLINGS, Call
from notsock.trace.events import (
    DescriptorClosed,
    DescriptorOpened,
    HandleClosed,
    HandleMissed,
    HandleOpened,
)


class ClosedThroughAlias:
    """One handle was closed under two names: its C-runtime descriptor and its own number.

    ## What it does
    Finds a handle that `_close` closed through its descriptor and that was then closed once more by its number
    (or the other way round, or through a second descriptor).  When nothing else ran in the process and the
    second close reported success it is a note, for then the vendor calls that very sequence correct (Q185727);
    it is a warning when another thread could have been given the number in between, or the second close failed.

    ## Why is this bad?
    The descriptor owns the handle, and so does the socket.  Whoever closes second closes a number that may
    belong to anybody by then.  On Windows NT 4.0 SP3 the second close fails with 10038, and Winsock never
    releases what it keeps of the socket.

    ## Example
    ```c
    fd = _open_osfhandle(s, 0);
    ...
    _close(fd);                /* closes the handle */
    closesocket(s);            /* closes it again */
    ```

    ## What to change
    Give the descriptor a handle of its own (`DuplicateHandle`), or use one of the two names only.
    """

    name = "closed-through-alias"
    severity = Severity.WARNING
    article = "Q185727"
    cwe = 1341
    reads = (HandleOpened, HandleClosed, HandleMissed, DescriptorOpened, DescriptorClosed)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._made: dict[tuple[int, int], Descriptor] = {}

    def descriptor_opened(
        self,
        at: int,
        thread: int,
        process: int,
        descriptor: int,
        handle: int,
        target: int,
    ) -> None:
        """A descriptor stands for a number."""
        del target, at, thread
        self._made[process, handle] = self.case.world.descriptors[process, descriptor]

    def handle_missed(self, at: int, thread: int, process: int, handle: int, target: int, call: int) -> None:
        """A close came too late: was the first one under another name?"""
        if target or call not in (Call.CRT_CLOSE, Call.CLOSESOCKET, Call.CLOSEHANDLE):
            return
        case = self.case
        holding = case.world.last(process, handle)
        if holding is None:
            return
        if call == Call.CRT_CLOSE:
            given_up, case.world.given_up = case.world.given_up, None
            if given_up is not None and given_up.object != holding.object:
                holdings = [other for other in case.world.past[process, handle] if other.object == given_up.object]
                holding = holdings[-1] if holdings else holding
        elif holding.call != Call.CRT_CLOSE or len(holding.again) != 1:
            return
        descriptor = self._made.get((process, handle))
        opened, first = (holding.opened_at, holding.opener), (holding.closed_at, holding.closer)
        case.add(
            self,
            at,
            case.key(opened, first, (at, thread)),
            lambda: self._words(holding, descriptor, at, thread, call),
            severity=self._severity(holding, at, thread, call),
            about=holding.object,
            acts=case.ended(opened, first, (at, thread)),
        )

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _severity(self, holding: Holding, at: int, thread: int, call: int) -> Severity:
        """A note for the sequence that the vendor documents, where nobody could come in between."""
        world = self.case.world
        if call != Call.CLOSESOCKET or (actor := world.threads.get(thread)) is None or actor.releasing is None:
            return Severity.WARNING
        alone = all(
            other.ident == thread or other.process != holding.process or 0 < other.ended_at < holding.closed_at
            or other.started_at > at
            for other in world.threads.values()
        )  # fmt: skip
        return Severity.NOTE if alone else Severity.WARNING

    def _words(self, holding: Holding, descriptor: Descriptor | None, at: int, thread: int, call: int) -> Words:
        case = self.case
        names = f"{SPELLINGS[Call(holding.call)]} and then {SPELLINGS[Call(call)]}"
        history = [
            case.opened(holding),
            case.closed(holding, "closed here first"),
            case.moment("closed here again", at, thread),
        ]
        if descriptor is not None:
            role = f"descriptor made for {holding.handle:#x} here"
            history.append(case.moment(role, descriptor.opened_at, descriptor.thread))
        return Words(
            f"{case.name(holding.object)} was closed under two names: {names}",
            holding.object,
            self.article,
            history,
            case.result_of(thread, at),
            "let the descriptor and the socket each own a handle (DuplicateHandle before _open_osfhandle), "
            "or close through one of them only",
        )
