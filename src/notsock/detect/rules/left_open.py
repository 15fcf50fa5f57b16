"""The rule left-open."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from notsock.detect.case import Case, Words
from notsock.detect.finding import Key, Severity
from notsock.detect.world import Holding
from notsock.trace.calls import Call
from notsock.trace.events import HandleClosed, HandleOpened, ObjectCreated, ProcessEnded


class LeftOpen:
    """A process ended with sockets still open.

    ## What it does
    Lists the sockets that a process which ended by itself, with exit code 0, had not closed; one finding for
    each place that opened them.

    ## Why is this bad?
    Windows closes them, but not gracefully: the end of a process resets its connections, and the peer may lose
    data that was sent and not yet read.

    ## Example
    ```python
    connection.sendall(answer)
    sys.exit(0)                # connection.close() would have let the answer arrive first
    ```

    ## What to change
    Close what was opened before the process ends: `with`, `contextlib.closing`, or `shutdown` and a last `recv` where
    the answer must have arrived.
    """

    name = "left-open"
    severity = Severity.NOTE
    article = None
    cwe = 772
    reads = (ObjectCreated, HandleOpened, HandleClosed, ProcessEnded)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._open: dict[int, list[Holding]] = {}

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
        """The system closes what a process left open."""
        if call == Call.PROCESS_EXIT and self.case.world.thing(target).type == "endpoint":
            self._open.setdefault(process, []).append(self.case.world.past[process, handle][-1])

    def process_ended(self, at: int, process: int, code: int) -> None:
        """A process ended: of itself, if its exit code is 0."""
        by_place: dict[Key, list[Holding]] = {}
        for holding in self._open.pop(process, []):
            if code == 0 and not self._unasked(holding):
                key = self.case.key((holding.opened_at, holding.opener))
                by_place.setdefault(key, []).append(holding)
        for key, holdings in by_place.items():
            self._found(key, holdings)

    def _found(self, key: Key, holdings: list[Holding]) -> None:
        first = holdings[0]
        self.case.add(
            self,
            first.closed_at,
            key,
            lambda: self._words(first, len(holdings)),
            about=first.object,
            acts=(self.case.kept(first),),
        )

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _unasked(self, holding: Holding) -> bool:
        """Say whether another process passed the handle on, and this one never named it."""
        return not holding.users and self.case.world.process_of(holding.opener) != holding.process

    def _words(self, holding: Holding, count: int) -> Words:
        case = self.case
        process = case.world.processes.get(holding.process)
        name = process.name if process is not None else "a process"
        what = case.name(holding.object) if count == 1 else f"{count} sockets"
        return Words(
            f"{name} ended with {what} still open",
            holding.object,
            None,
            [case.opened(holding), case.closed(holding, "closed by the end of the process")],
            self._consequence(holding),
            "close every socket before the process ends; only closesocket is graceful",
        )

    def _consequence(self, holding: Holding) -> str:
        for ident in self.case.world.thing(holding.object).connections[-1:]:
            connection = self.case.world.connections[ident]
            if connection.changed_at >= holding.closed_at:
                return f"{connection.local} ↔ {connection.remote} was reset"
        return "nothing was lost"
