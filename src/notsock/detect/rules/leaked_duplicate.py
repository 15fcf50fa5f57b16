"""The rule leaked-duplicate."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import COPIES, Holding
from notsock.trace.calls import Call
from notsock.trace.events import (
    HandleClosed,
    HandleOpened,
    ObjectCreated,
    ObjectEnded,
    Origin,
    StateChanged,
)
from notsock.values.durations import SECOND

_STATES = {4: "ESTABLISHED", 5: "FIN_WAIT_1", 6: "FIN_WAIT_2", 7: "CLOSE_WAIT", 2: "SYN_SENT", 3: "SYN_RECEIVED"}


class LeakedDuplicate:
    """A socket is kept open only by a duplicate that nobody will close.

    ## What it does
    Finds two things.  On Windows 95 and 98: a duplicate that was closed last, in a process where no Winsock
    provider was there to close the connection (Q198663), so that it stays although nobody has a handle.
    Everywhere: a handle that a process inherited or was sent and never once used, which keeps a connection or
    a port open after everybody who used it has closed theirs.

    ## Why is this bad?
    The peer never sees the end of the connection, or the port stays taken by a process that does not know of
    it.  Such connections wait in CLOSE_WAIT or FIN_WAIT_2 without a time-out and count against every limit.

    ## Example
    ```c
    WSADuplicateSocket(s, child, &info);   /* the child has its handle from here on */
    closesocket(s);                        /* the connection stays open until the child closes its own */
    ```

    ## What to change
    Have the child open and close what it was sent; start children without inherited handles, or create sockets
    that are not inherited; on Windows 95 and 98 close the original last, or have the child create a socket of its
    own first.
    """

    name = "leaked-duplicate"
    severity = Severity.ERROR
    article = "Q198663"
    cwe = 772
    reads = (ObjectCreated, ObjectEnded, HandleOpened, HandleClosed)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._imported: set[tuple[int, int, int]] = set()
        self._kept: dict[int, int] = {}

    def handle_closed(
        self,
        at: int,
        thread: int,
        process: int,
        handle: int,
        target: int,
        call: int,
        left: int,
    ) -> None:
        """A handle is gone: does the object live on, and for whom?"""
        world = self.case.world
        if world.thing(target).type != "endpoint":
            return
        if left and call != Call.PROCESS_EXIT and target not in self._kept:
            self._kept_open(at, target)
        if target in self._kept and (call != Call.PROCESS_EXIT or left == 0):
            self._let_go(at, target, world.past[process, handle][-1])

    def finish(self) -> None:
        """Name the objects that lost their last handle and live on, and those that unused handles kept."""
        self.case.world.settle()
        for holding in self.case.world.orphans:
            self._lives_on(holding)
        for target, since in self._kept.items():
            copies = [holding for holding in self.case.world.thing(target).holdings if self._unused(holding)]
            if copies and self._mattered(target, since, copies):
                self._leaked(target, since, copies)

    def _lives_on(self, holding: Holding) -> None:
        case = self.case
        original = case.world.thing(holding.object).holdings[0]
        moments = ((original.opened_at, original.opener), (holding.closed_at, holding.closer))
        case.add(
            self,
            holding.closed_at,
            case.key(*moments),
            lambda: self._orphan(holding),
            about=holding.object,
            acts=case.ended(*moments),
        )

    # ---- kept open by a handle that nobody uses ---------------------------------------------------------------

    def context_opened(self, at: int, process: int, handle: int, target: int) -> None:
        """A process opened what it was sent."""
        self._imported.add((process, handle, target))

    def _unused(self, holding: Holding) -> bool:
        """Say whether a handle came to its process as a copy that no thread there ever named."""
        if holding.origin not in COPIES or holding.users:
            return False
        world = self.case.world
        if world.process_of(holding.opener) == holding.process:
            return False
        return (holding.process, holding.handle, holding.object) not in self._imported

    def _kept_open(self, at: int, target: int) -> None:
        if all(self._unused(holding) for holding in self.case.world.holders(target)):
            self._kept[target] = at

    def _let_go(self, at: int, target: int, holding: Holding) -> None:
        """The last unused handle is gone as well: only the time in between was lost."""
        since = self._kept[target]
        if since == at:
            return
        if holding.users or not self._unused(holding):
            del self._kept[target]

    def _mattered(self, target: int, since: int, copies: list[Holding]) -> bool:
        """Say whether it stayed open for ever, or for a second at least, while it had a peer or a port."""
        world = self.case.world
        thing = world.thing(target)
        if not thing.connections and not thing.claims and not thing.listening_at:
            return False
        closed = [holding.closed_at for holding in copies]
        if not all(closed):
            return True
        timeline = self.case.timeline
        return timeline.time_of(max(closed)) - timeline.time_of(since) >= SECOND

    def _leaked(self, target: int, since: int, copies: list[Holding]) -> None:
        case = self.case
        thing = case.world.thing(target)
        first = thing.holdings[0]
        moments = [(first.opened_at, first.opener), *((copy.opened_at, copy.opener) for copy in copies)]
        case.add(
            self,
            since,
            case.key(*moments),
            lambda: self._unused_words(target, since, copies),
            about=target,
            acts=tuple([case.kept(copy) for copy in copies]),
        )

    # ---- words --------------------------------------------------------------------------------------------------

    def _orphan(self, holding: Holding) -> Words:
        case = self.case
        world = case.world
        thing = world.thing(holding.object)
        return Words(
            f"{case.name(holding.object)} has no handle any more, but its connection was never closed",
            holding.object,
            self.article,
            case.story(holding.object),
            self._state_after(holding.object, holding.closed_at, thing.ended_at),
            "close the original last, after the process with the duplicate has closed its own; or have that "
            "process create a socket of its own before (Q198663)",
        )

    def _unused_words(self, target: int, since: int, copies: list[Holding]) -> Words:
        case = self.case
        owners = {holding.process: case.world.processes.get(holding.process) for holding in copies}
        names = ", ".join(sorted(process.name for process in owners.values() if process is not None))
        ended = case.world.thing(target).ended_at
        return Words(
            f"{case.name(target)} is kept open by a handle of {names} that nobody there uses",
            target,
            None,
            case.story(target),
            self._state_after(target, since, ended),
            _advice(copies),
        )

    def _state_after(self, target: int, since: int, ended: int) -> str:
        """Say how the connection, or the port, stayed."""
        world, timeline = self.case.world, self.case.timeline
        thing = world.thing(target)
        until = ended or world.end
        seconds = (timeline.time_of(until) - timeline.time_of(since)) / SECOND
        lasted = f"until its process ended, {seconds:g} s later" if ended else "to the end of the run"
        for ident in thing.connections[-1:]:
            connection = world.connections[ident]
            state = _STATES.get(self._state_at(ident, until), "open")
            return f"{connection.local} ↔ {connection.remote} stayed in {state} {lasted}"
        for ident in thing.claims[-1:]:
            return f"port {world.claims[ident].port} stayed taken {lasted}"
        return f"it stayed {lasted}"

    def _state_at(self, connection: int, until: int) -> int:
        """Return the last state of a connection before its end."""
        state = 0
        for at, record in self.case.world.trace.records():
            if at >= until:
                break
            if record[0] == StateChanged.kind and record[1] == connection and record[3] not in (0, 10):
                state = record[3]
        return state


def _advice(copies: list[Holding]) -> str:
    if all(holding.origin == Origin.INHERITED for holding in copies):
        return (
            "start the child without inherited handles (bInheritHandles FALSE; in Python close_fds=True), or keep the "
            "socket from being inherited (WSA_FLAG_NO_HANDLE_INHERIT, SetHandleInformation)"
        )
    return (
        "have the process that was sent the duplicate open it and close it; keep other sockets from being inherited "
        "(WSA_FLAG_NO_HANDLE_INHERIT)"
    )
