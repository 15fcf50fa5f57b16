"""The rule exhausted."""

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.trace.events import Exhausted as ExhaustedEvent

_ARTICLES = {"TCP sockets": "Q198663", "dynamic ports": "Q149532"}


class Exhausted:
    """Sockets, ports or buffers ran out.

    ## What it does
    Reports the first call of a process that failed because something had reached its limit, and how often it
    happened.

    ## Why is this bad?
    From here on nothing new can be opened, in any process of the machine.  What is at fault is whoever does not
    give things back: look for leaked-duplicate and half-closed-pile beside it.

    ## Example
    On Windows 98, which has 100 TCP sockets, the 101st `connect` fails with 10055.

    ## What to change
    Find what is not given back (a finding beside this one names it) and close it; keep connections and use them
    again rather than opening one for each request; on old releases raise the limit where there is a setting for it.
    """

    name = "exhausted"
    severity = Severity.ERROR
    article = None
    cwe = 770
    reads = (ExhaustedEvent,)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._counts: dict[tuple[int, int], int] = {}

    def exhausted(self, at: int, thread: int, process: int, resource: int, limit: int) -> None:
        """A call failed."""
        key = (process, resource)
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] == 1:
            what = self.case.world.names[resource]
            self.case.add(
                self,
                at,
                (what, *self.case.key((at, thread))),
                lambda: self._words(at, thread, key, what, limit),
                through=self._open(process),
            )

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _open(self, process: int) -> frozenset[int]:
        """Return what is open on a process's machine, whether or not anybody has a handle to it."""
        world = self.case.world
        mine = world.processes.get(process)
        there = {each.ident for each in world.processes.values() if mine is not None and each.machine == mine.machine}
        return frozenset(
            [thing.ident for thing in world.objects.values() if thing.process in there and not thing.ended_at]
        )

    def _words(self, at: int, thread: int, key: tuple[int, int], what: str, limit: int) -> Words:
        case = self.case
        process = case.world.processes.get(key[0])
        machine = case.world.machines.get(process.machine) if process is not None else None
        count = self._counts[key]
        times = "" if count == 1 else f", and {count - 1} more calls after it"
        return Words(
            f"all {limit} {what} of {machine.name if machine is not None else 'the machine'} are in use",
            what,
            _ARTICLES.get(what),
            [case.moment("failed here first", at, thread)],
            case.result_of(thread, at) + times,
            "find what is not given back: connections in CLOSE_WAIT, FIN_WAIT_2 or TIME_WAIT",
        )
