"""The rule half-closed-pile."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.screen import HALF_CLOSED_MAX
from notsock.detect.world import CLOSE_WAIT, FIN_WAIT_2, Connection, Holding
from notsock.trace.calls import Call
from notsock.trace.events import (
    ConnectionAdopted,
    ConnectionOpened,
    Ending,
    StateChanged,
)
from notsock.values.durations import SECOND


class HalfClosedPile:
    """Connections pile up half closed.

    ## What it does
    Finds more than four connections of one process that wait in CLOSE_WAIT (the peer has closed, the process
    has not) or in FIN_WAIT_2 with nobody in the trace behind them, at a moment when that is no passing state:
    when something is exhausted, when nothing can go on any more, or when they have waited for a second and
    the process ends.

    ## Why is this bad?
    CLOSE_WAIT has no time-out.  Each of them takes a socket, a buffer and a row in netstat until the process
    ends, and the peer's end waits in FIN_WAIT_2.

    ## Example
    ```python
    while data := connection.recv(4096):
        handle(data)
    # b"" has arrived: the peer has closed, and here connection.close() is missing
    ```

    ## What to change
    Close the socket when `recv` returns nothing, in the same place that ends the loop, also when the loop ends by an
    exception (`with connection:`).
    """

    name = "half-closed-pile"
    severity = Severity.WARNING
    article = "Q198663"
    cwe = 772
    reads = (ConnectionOpened, ConnectionAdopted, StateChanged)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._leaving: set[int] = set()

    def exhausted(self, at: int, thread: int, process: int, resource: int, limit: int) -> None:
        """Something has run out: who holds it?"""
        self._look(at, 0)

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
        """A process ends; of its handles the first is closed."""
        if call == Call.PROCESS_EXIT and process not in self._leaving:
            self._leaving.add(process)
            self._look(at, SECOND, process)

    def run_ended(self, at: int, ending: int) -> None:
        """The run ended: for good, or because it was stopped."""
        self._look(at, 0 if ending in (Ending.DEADLOCK, Ending.QUIET) else SECOND)

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _look(self, at: int, age_ns: int, only: int = 0) -> None:
        """Count what is half closed and has been for ``age_ns``, for each process."""
        world = self.case.world
        waiting: dict[tuple[int, int], list[Connection]] = {}
        ends = {(end.machine, end.local, end.remote) for end in world.connections.values() if end.state == CLOSE_WAIT}
        for end in world.connections.values():
            alone = end.state == FIN_WAIT_2 and not any(
                (machine, end.remote, end.local) in ends for machine in world.machines
            )
            if (end.state == CLOSE_WAIT or alone) and world.now - end.since_ns >= age_ns:
                owner = world.thing(end.object).process if end.object else 0
                waiting.setdefault((owner, end.state), []).append(end)
        for (owner, state), pile in waiting.items():
            if len(pile) > HALF_CLOSED_MAX and (not only or owner == only):
                self._found(at, owner, state, pile)

    def _found(self, at: int, owner: int, state: int, pile: list[Connection]) -> None:
        case = self.case
        holdings = case.world.thing(pile[0].object).holdings if pile[0].object else []
        moments = [(holdings[0].opened_at, holdings[0].opener)] if holdings else []
        things = [case.world.thing(end.object) for end in pile if end.object]
        name = "CLOSE_WAIT" if state == CLOSE_WAIT else "FIN_WAIT_2"
        case.add(
            self,
            at,
            (name, *case.key(*moments)),
            lambda: self._words(at, owner, name, pile),
            about=pile[0].object,
            acts=(case.kept(holdings[0]),) if holdings and not _closed(holdings[0]) else (),
            through=frozenset([thing.ident for thing in things if thing.holdings and _closed(thing.holdings[0])]),
        )

    def _words(self, at: int, owner: int, state: str, pile: list[Connection]) -> Words:
        case = self.case
        process = case.world.processes.get(owner)
        whose = process.name if process is not None else "nobody"
        history = []
        first = pile[0]
        if first.object:
            history += case.story(first.object)
        history.append(case.moment(f"{state} since here (the first of them)", first.changed_at, 0))
        passed = (case.timeline.time_of(at) - first.since_ns) / SECOND
        return Words(
            f"{len(pile)} connections of {whose} wait in {state}",
            f"TCP {first.local} ↔ {first.remote} and {len(pile) - 1} more",
            self.article if case.world.thing(first.object).orphaned_at else None,
            history,
            f"the first has waited {passed:g} s, and nothing will end it",
            "close a connection when recv returns nothing more; look at those that wait in a pool, where nobody calls "
            "recv; close duplicates too (see leaked-duplicate)"
            if state == "CLOSE_WAIT"
            else "set a time-out on the peer's close, and close the socket that waits for it",
        )


def _closed(holding: Holding) -> bool:
    """Say whether the program itself closed it."""
    return holding.closed_at > 0 and holding.call != Call.PROCESS_EXIT
