"""The network between the machines: who is at which address, under which name, and over which link."""

from typing import TYPE_CHECKING, Any

from notsock.net.links import Conditions, Link

if TYPE_CHECKING:
    from collections.abc import Callable

    from notsock.executive.executive import Executive
    from notsock.net.host import Host

HEALTHY = Conditions()


class Network:
    """All hosts of a system, on one Ethernet."""

    def __init__(self, executive: "Executive", conditions: Conditions = HEALTHY) -> None:
        self.executive = executive
        self.conditions = conditions
        self.hosts: list[Host] = []
        self.links: list[Link] = []
        self.tap: Callable[[int, int, Any], None] | None = None
        self.look: Callable[[Link], None] | None = None
        """Told of each packet that is handed over in its sender's turn, before it is."""
        self._by_address: dict[str, Host] = {}
        self._by_name: dict[str, Host] = {}
        self._apart_until: dict[tuple[Host, Host], int] = {}
        self._particular: dict[tuple[int, int], Conditions] = {}

    def add(self, host: "Host") -> None:
        """Connect a host."""
        self.hosts.append(host)
        self._by_name[host.name.lower()] = host
        for address in host.addresses:
            self._by_address[address] = host

    def host_at(self, address: str) -> "Host | None":
        """Return the host that has an address."""
        return self._by_address.get(address)

    def host_named(self, name: str) -> "Host | None":
        """Return the host of a name, in any case."""
        return self._by_name.get(name.lower())

    def conditions_between(self, source: "Host", target: "Host", conditions: Conditions) -> None:
        """Set what one direction between two hosts does to packets."""
        self._particular[source.machine.ident, target.machine.ident] = conditions
        for link in self.links:
            if link.source is source and link.target is target:
                link.conditions = conditions
                link.rough = not conditions.healthy

    def make_link(self, source: "Host", target: "Host") -> Link:
        """Lay the link from one host to another."""
        conditions = self._particular.get((source.machine.ident, target.machine.ident), self.conditions)
        link = Link(self.executive, f"{source.name}>{target.name}", source, target, conditions)
        self.opened(link)
        return link

    def opened(self, link: Link) -> None:
        """Enter a link, and let the packet tap see it."""
        link.tap = self.tap
        self.links.append(link)

    def part_for(self, first: "Host", second: "Host", ns: int) -> None:
        """Cut both directions between two hosts, and heal them after so long, or when the last cut ends."""
        self.partition(first, second, apart=True)
        pair = first, second
        until = self.executive.now + ns
        if until > self._apart_until.get(pair, 0):
            self._apart_until[pair] = self._apart_until[second, first] = until
            self.executive.at(until, self, pair)

    def overdue(self, pair: "tuple[Host, Host]", due_ns: int) -> int:
        """Return when a pair is whole again: a later cut may have prolonged it."""
        return max(due_ns, self._apart_until[pair])

    def fire(self, pair: "tuple[Host, Host]") -> None:
        """Heal what was cut."""
        self.partition(*pair, apart=False)

    def partition(self, first: "Host", second: "Host", apart: bool) -> None:
        """Cut or heal both directions between two hosts."""
        for one, other in ((first, second), (second, first)):
            link = one.link_to(other.addresses[0])
            assert link is not None
            link.down = apart
