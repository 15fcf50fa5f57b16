"""The rule two-owners."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from notsock.detect.case import NOTHING_YET, Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import Claim
from notsock.trace.events import AddressClaimed, AddressReleased
from notsock.values.addresses import IPPROTO_TCP, text_of


class TwoOwners:
    """Two sockets own the same address and port at once.

    ## What it does
    Finds two claims on one protocol, address and port of a machine that live at the same time, though their
    owners did not both ask for sharing (SO_REUSEADDR).  Two processes that did both ask, and both listen for
    connections, get a warning: Windows does not say which of them is connected to.

    ## Why is this bad?
    Both `bind` calls reported success, but packets go to one of the owners.  The other waits for ever, and
    nothing tells it so.

    ## Example
    On Windows NT 3.51, and 4.0 before SP2, two services that start at the same time:
    ```c
    bind(s, &port_4000, ...);  /* 0 */            bind(s, &port_4000, ...);  /* 0 as well */
    ```

    ## What to change
    Install the fixed Afd.sys (NT 4.0 SP2); let the services start one after the other; ask for exclusive use
    (SO_EXCLUSIVEADDRUSE) where it exists, and never set SO_REUSEADDR on a listener on Windows.
    """

    name = "two-owners"
    severity = Severity.ERROR
    article = "Q142634"
    cwe = 605
    reads = (AddressClaimed, AddressReleased)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._alive: dict[tuple[int, int, int, str], list[Claim]] = {}
        self._sharing: list[tuple[Claim, Claim]] = []

    def address_claimed(
        self, at: int, address: int, machine: int, process: int, target: int, protocol: int, host: int,
        port: int, shared: int,
    ) -> None:  # fmt: skip
        """An endpoint has an address."""
        world = self.case.world
        claim = world.claims[address]
        others = self._alive.setdefault((machine, protocol, port, world.names[host]), [])
        for first in others:
            if first.released_at or first.object == claim.object:
                continue
            if first.shared and claim.shared:
                self._sharing.append((first, claim))
            else:
                self._found(first, claim)
        others.append(claim)

    def finish(self) -> None:
        """Judge those who share, by whether both listened at the same time."""
        for first, second in self._sharing:
            both_tcp = first.protocol == IPPROTO_TCP and first.process != second.process
            ended = first.released_at or self.case.world.end
            listening = [self.case.world.thing(claim.object).listening_at for claim in (first, second)]
            if both_tcp and all(listening) and max(listening) < ended:
                self._found(first, second)

    def _found(self, first: Claim, second: Claim) -> None:
        case = self.case
        wanted = first.shared or second.shared
        key = case.key(*((claim.claimed_at, self._thread(claim)) for claim in (first, second)))
        case.add(
            self,
            second.claimed_at,
            tuple(sorted(key, key=str)),
            lambda: self._words(first, second),
            severity=Severity.WARNING if wanted else Severity.ERROR,
            about=second.object,
        )

    def _thread(self, claim: Claim) -> int:
        holdings = self.case.world.thing(claim.object).holdings
        return holdings[0].opener if holdings else 0

    def _process(self, claim: Claim) -> str:
        process = self.case.world.processes.get(claim.process)
        return process.name if process is not None else f"process {claim.process}"

    def _words(self, first: Claim, second: Claim) -> Words:
        case = self.case
        where = f"{'TCP' if first.protocol == IPPROTO_TCP else 'UDP'} {text_of(first.host, first.port)}"
        history = []
        for claim, role in ((first, "claimed here"), (second, "claimed here as well")):
            history += [case.opened(holding) for holding in case.world.thing(claim.object).holdings[:1]]
            history.append(case.moment(role, claim.claimed_at, self._claimer(claim)))
        both_shared = first.shared and second.shared
        return Words(
            f"{where} has two owners: {self._process(first)} and {self._process(second)}",
            f"{where} of {self._machine(first)}",
            None if both_shared or not self._by_race(first, second) else self.article,
            history,
            self._heard(first, second),
            "do not set SO_REUSEADDR on a listener on Windows; set SO_EXCLUSIVEADDRUSE"
            if first.shared or second.shared
            else "start the owners one after the other, ask for SO_EXCLUSIVEADDRUSE where it exists, "
            "or install the fixed Afd.sys (NT 4.0 SP2)",
        )

    def _by_race(self, first: Claim, second: Claim) -> bool:
        return not first.shared and not second.shared

    def _claimer(self, claim: Claim) -> int:
        """Return the thread that was in ``bind`` when the claim was entered."""
        world, best, thread = self.case.world, -1, 0
        for actor in world.threads.values():
            if actor.process != claim.process:
                continue
            made = self.case.timeline.call_at(actor.ident, claim.claimed_at)
            inside = made is not None and (not made.left_at or made.left_at > claim.claimed_at)
            if made is not None and inside and made.entered_at > best and made.second in (claim.port, 0):
                best, thread = made.entered_at, actor.ident
        return thread

    def _machine(self, claim: Claim) -> str:
        machine = self.case.world.machines.get(claim.machine)
        return machine.name if machine is not None else f"machine {claim.machine}"

    def _heard(self, first: Claim, second: Claim) -> str:
        heard = [[at for at in claim.heard if at > second.claimed_at] for claim in (first, second)]
        names = [self._process(claim) for claim in (first, second)]
        if not heard[0] and not heard[1]:
            return NOTHING_YET
        if heard[0] and heard[1]:
            return f"{names[0]} heard {len(heard[0])} packets and {names[1]} {len(heard[1])}"
        winner = 1 if heard[1] else 0
        return f"{names[winner]} heard all {len(heard[winner])}, {names[1 - winner]} heard nothing"
