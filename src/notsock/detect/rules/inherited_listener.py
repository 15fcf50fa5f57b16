"""The rule inherited-listener."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import Holding
from notsock.trace.calls import Call
from notsock.trace.events import HandleClosed, HandleOpened, Listening, Origin


class InheritedListener:
    """A program that was started by a server holds its listening socket, and never accepts on it.

    ## What it does
    Finds a listening socket that a child inherited and took along into another program (`execve`), where nobody
    named it for a second or more.

    ## Why is this bad?
    The port stays taken as long as the child lives: the server cannot be restarted, and connections to the port
    wait in a queue that nobody serves.

    ## Example
    ```c
    listen(s, 5);
    if (!fork()) execlp("helper", "helper", NULL);     /* s was made without SOCK_CLOEXEC */
    ```

    ## What to change
    Open sockets with SOCK_CLOEXEC, or have the child close what it does not need before `execve`.
    """

    name = "inherited-listener"
    severity = Severity.WARNING
    article = None
    cwe = 403
    reads = (HandleOpened, HandleClosed, Listening)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._programs: dict[int, tuple[int, int]] = {}

    def entered(self, at: int, thread: int, call: int, first: int, second: int) -> None:
        """A process becomes another program."""
        if call == Call.LINUX_EXECVE:
            self._programs[self.case.world.process_of(thread)] = (at, thread)

    def finish(self) -> None:
        """Look at who took a listener along."""
        world = self.case.world
        for thing in list(world.objects.values()):
            if not thing.listening_at:
                continue
            for held in thing.holdings:
                began = self._programs.get(held.process, (0, 0))
                if held.origin == Origin.INHERITED and not held.users and began[0] > held.opened_at:
                    self._found(held, began)

    def _found(self, held: Holding, began: tuple[int, int]) -> None:
        moments = ((held.opened_at, held.opener), began)
        self.case.add(
            self,
            began[0],
            self.case.key(*moments),
            lambda: self._words(held, began),
            about=held.object,
            acts=(self.case.kept(held),),
        )

    def _words(self, held: Holding, began: tuple[int, int]) -> Words:
        case = self.case
        process = case.world.processes.get(held.process)
        name = process.name if process is not None else "a child"
        first = case.world.thing(held.object).holdings[0]
        history = [case.opened(held), case.moment("became another program here", *began)]
        if first is not held:
            history.append(case.opened(first))
        if held.closed_at:
            history.append(case.closed(held))
        return Words(
            f"{name} inherited a listening socket as descriptor {held.handle}, and never used it",
            held.object,
            self.article,
            history,
            "the port stays taken as long as this process lives",
            "open the socket with SOCK_CLOEXEC (or set FD_CLOEXEC before the fork)",
        )
