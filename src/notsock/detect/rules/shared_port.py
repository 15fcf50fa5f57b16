"""The rule shared-port."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from notsock.detect.case import Case, Words
from notsock.detect.finding import Key, Severity
from notsock.detect.world import Claim
from notsock.trace.events import AddressClaimed
from notsock.values.addresses import IPPROTO_TCP, text_of


class SharedPort:
    """Two processes of a real system own one port.

    ## What it does
    Finds two sockets of different processes bound to one protocol, address and port, in a log of strace or Wine.
    That is allowed only where both asked for it (SO_REUSEPORT, on Windows SO_REUSEADDR), so it is a note where both
    run the same program, which is how a service spreads its load, and a warning where they run different ones.

    ## Why is this bad?
    Linux deals connections out to both; on Windows which of the two hears is left open.  If the second owner is a
    leftover, or another service, clients talk to the wrong one.

    ## Example
    ```c
    setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);     /* in two services that do not know each other */
    ```

    ## What to change
    Set SO_REUSEPORT only where the processes are one service; on Windows set SO_EXCLUSIVEADDRUSE instead.
    """

    name = "shared-port"
    severity = Severity.NOTE
    article = None
    cwe = 605
    reads = (AddressClaimed,)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._claims: dict[tuple[int, str, int], list[Claim]] = {}

    def address_claimed(
        self, at: int, address: int, machine: int, process: int, target: int, protocol: int, host: int,
        port: int, shared: int,
    ) -> None:  # fmt: skip
        """A socket has an address."""
        world = self.case.world
        if not world.real:
            return
        claim = world.claims[address]
        others = self._claims.setdefault((protocol, claim.host, port), [])
        for first in others:
            if not first.released_at and first.process != process and first.object != target:
                self._found(at, first, claim)
        others.append(claim)

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _found(self, at: int, first: Claim, second: Claim) -> None:
        world = self.case.world
        programs = {world.processes[claim.process].name.partition("[")[0] for claim in (first, second)}
        severity = Severity.NOTE if len(programs) == 1 else Severity.WARNING
        key: Key = (*sorted(programs), first.protocol, first.host, first.port)
        words = lambda: self._words(first, second)  # noqa: E731 - it is made again for each finding
        self.case.add(self, at, key, words, severity=severity, about=second.object)

    def _words(self, first: Claim, second: Claim) -> Words:
        case = self.case
        where = f"{'TCP' if first.protocol == IPPROTO_TCP else 'UDP'} {text_of(first.host, first.port)}"
        names = [case.world.processes[claim.process].name for claim in (first, second)]
        history = [
            case.opened(case.world.thing(claim.object).holdings[0], role)
            for claim, role in ((first, "the first socket was opened here"), (second, "the second one here"))
        ]
        return Words(
            f"{where} has two owners: {names[0]} and {names[1]}",
            where,
            self.article,
            history,
            "Linux deals connections out to both" if case.world.posix else "which of them hears is left open",
            "set SO_REUSEPORT only where the processes are one service"
            if case.world.posix
            else "set SO_EXCLUSIVEADDRUSE, and not SO_REUSEADDR, where there is to be one owner",
        )
