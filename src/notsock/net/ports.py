"""A machine's ports: address objects, who claimed them, and which port is free.

An address object is what TDI calls the thing that a bind opens.  Which sockets may share one, how it is
claimed and who is found behind it are seams (:mod:`notsock.net.sharing`, :mod:`notsock.net.claiming`).
"""

from typing import TYPE_CHECKING, Any

from notsock.net.sharing import Sharing
from notsock.trace.events import AddressClaimed, AddressHeard, AddressReleased
from notsock.trace.stacks import capture
from notsock.values.addresses import ANY6, IPPROTO_TCP, IPPROTO_UDP, is_wildcard
from notsock.values.status import SUCCESS, TOO_MANY_ADDRESSES

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.values.profile import Profile


class AddressObject:
    """A claim on a protocol, an address and a port, made for an endpoint; ``ident`` is 0 while not entered.

    ``dual`` marks an IPv6 wildcard that takes IPv4 as well (IPV6_V6ONLY off).
    """

    __slots__ = ("dual", "endpoint", "host", "ident", "port", "process", "protocol", "sharing", "wildcard")

    def __init__(
        self, protocol: int, host: str, port: int, endpoint: Any, process: Any, sharing: Sharing, dual: bool
    ) -> None:
        self.ident = 0
        self.protocol = protocol
        self.host = host
        self.port = port
        self.endpoint = endpoint
        self.process = process
        self.sharing = sharing
        self.dual = dual
        self.wildcard = is_wildcard(host)


class Ports:
    """The claims on one machine's ports, and the connections that keep a port in use."""

    __slots__ = ("_claims", "_connections", "_next", "_profile", "executive", "machine")

    def __init__(self, executive: "Executive", machine: Any, profile: "Profile") -> None:
        self.executive = executive
        self.machine = machine
        self._profile = profile
        self._claims: dict[int, dict[int, list[AddressObject]]] = {IPPROTO_TCP: {}, IPPROTO_UDP: {}}
        self._connections: dict[int, int] = {}
        self._next = {IPPROTO_TCP: profile.dynamic_ports[0], IPPROTO_UDP: profile.dynamic_ports[0]}

    # ---- claiming -------------------------------------------------------------------------------------------

    def claim(self, wanted: AddressObject) -> int:
        """Claim an explicit port as this release does; return an NTSTATUS."""
        return self.claim_dynamic(wanted) if wanted.port == 0 else self._profile.claim(self, wanted)

    def claim_dynamic(self, wanted: AddressObject) -> int:
        """Claim the next free port of the dynamic range (Q196271 for where it lies)."""
        first, last = self._profile.dynamic_ports
        port = self.tried(wanted.protocol)[-1]
        if self.in_use(wanted.protocol, port):
            return TOO_MANY_ADDRESSES
        wanted.port = port
        self._next[wanted.protocol] = first if port == last else port + 1
        self.enter(wanted)
        return SUCCESS

    def tried(self, protocol: int) -> list[int]:
        """Return the ports of the dynamic range that a claim would try now, up to the first free one."""
        first, last = self._profile.dynamic_ports
        port = self._next[protocol]
        tried = [port]
        while self.in_use(protocol, port) and len(tried) <= last - first:
            port = first if port == last else port + 1
            tried.append(port)
        return tried

    def in_use(self, protocol: int, port: int) -> bool:
        """Say whether any socket or connection has the port."""
        return port in self._claims[protocol] or (protocol == IPPROTO_TCP and port in self._connections)

    def in_the_way(self, wanted: AddressObject) -> int:
        """Return the NTSTATUS with which an existing claim refuses ``wanted``, SUCCESS when none does."""
        held = wanted.protocol == IPPROTO_TCP and wanted.port in self._connections
        if held and self._profile.connections_hold_address and wanted.sharing != Sharing.REUSE:
            return self._profile.sharing(Sharing.NONE, wanted.wildcard, wanted.sharing, wanted.wildcard)
        for first in self._claims[wanted.protocol].get(wanted.port, ()):
            if _overlap(first, wanted):
                answer = self._profile.sharing(
                    first.sharing, _widest(first, wanted), wanted.sharing, _widest(wanted, first)
                )
                if answer != SUCCESS:
                    return answer
        return SUCCESS

    def enter(self, address: AddressObject) -> None:
        """Enter a claim among the others of its port, the newest last."""
        executive, recorder = self.executive, self.executive.recorder
        address.ident = executive.number("address")
        self._claims[address.protocol].setdefault(address.port, []).append(address)
        recorder.stacks[recorder.base + len(recorder.flat)] = capture()
        executive.log(
            (
                AddressClaimed.kind,
                address.ident,
                self.machine.ident,
                address.process.ident,
                address.endpoint.ident,
                address.protocol,
                recorder.name(address.host),
                address.port,
                int(address.sharing == Sharing.REUSE),
            )
        )

    def leave(self, address: AddressObject) -> None:
        """Take a claim away."""
        of_protocol = self._claims[address.protocol]
        claims = of_protocol[address.port]
        claims.remove(address)
        if not claims:
            del of_protocol[address.port]
        self.executive.log((AddressReleased.kind, address.ident))
        address.ident = 0

    # ---- connections ----------------------------------------------------------------------------------------

    def hold(self, port: int) -> None:
        """Note that one more connection uses a TCP port."""
        self._connections[port] = self._connections.get(port, 0) + 1

    def drop(self, port: int) -> None:
        """Note that a connection which used a TCP port is gone."""
        left = self._connections[port] - 1
        if left:
            self._connections[port] = left
        else:
            del self._connections[port]

    # ---- finding --------------------------------------------------------------------------------------------

    def behind(self, protocol: int, host: str, port: int, listening: bool) -> AddressObject | None:
        """Return the claim that a packet for an address belongs to; one address beats all addresses.

        With ``listening`` only claims whose endpoint listens count.  Among equals the release decides.
        """
        claims = self._claims[protocol].get(port)
        if claims is None:
            return None
        if len(claims) == 1:
            claim = claims[0]
            fits = claim.host == host or (claim.wildcard and _covers(claim, host))
            return claim if fits and (not listening or claim.endpoint.listening) else None
        usable = [claim for claim in claims if not listening or claim.endpoint.listening]
        matching = [claim for claim in usable if claim.host == host] or [
            claim for claim in usable if claim.wildcard and _covers(claim, host)
        ]
        return self._profile.entered(matching) if matching else None

    def heard(self, address: AddressObject) -> None:
        """Record that a packet was handed to a claim."""
        self.executive.log((AddressHeard.kind, address.ident))

    def claims(self) -> list[AddressObject]:
        """Return every claim, by protocol and port."""
        return [claim for _, ports in sorted(self._claims.items()) for port in sorted(ports) for claim in ports[port]]


def _family(host: str) -> int:
    return 6 if ":" in host else 4


def _covers(claim: AddressObject, host: str) -> bool:
    return _family(claim.host) == _family(host) or (claim.dual and claim.host == ANY6)


def _overlap(first: AddressObject, second: AddressObject) -> bool:
    """Say whether the sharing table has a say: same family, or a dual-stack wildcard against IPv4.

    Two different addresses never collide.  A dual-stack wildcard and IPv4 collide only when one of them is
    exclusive (pinned: plain ``[::]`` and ``0.0.0.0`` coexist, an exclusive ``[::]`` does not).
    """
    if _family(first.host) == _family(second.host):
        return first.host == second.host or first.wildcard != second.wildcard
    dual = first if first.host == ANY6 else second
    return dual.dual and Sharing.EXCLUSIVE in (first.sharing, second.sharing)


def _widest(address: AddressObject, other: AddressObject) -> bool:
    """Say whether ``address`` stands for more than ``other``: ``0.0.0.0`` is one of a dual ``[::]``'s addresses."""
    return address.wildcard and _family(address.host) >= _family(other.host)


