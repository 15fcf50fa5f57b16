"""A host's stack: demultiplexes segments and datagrams, keeps connections, owns their timers.

A segment is addressed by the receiver's view of the connection, ``(local, port, remote, port)``, which is the
key in the receiver's table: the busy path is one look-up.  The owner protocol of TCP is implemented here, once
for all connections of the host.
"""

from typing import TYPE_CHECKING, Any

from notsock.net.links import Conditions, Link
from notsock.net.ports import Ports
from notsock.tcp import timers
from notsock.tcp.connection import Connection
from notsock.tcp.news import GONE
from notsock.tcp.segment import ACK, FLAGS, RST, SYN, TO, reset_for
from notsock.tcp.states import State
from notsock.trace.events import ConnectionOpened, Packet, PacketMoved, StateChanged
from notsock.values.addresses import (
    ANY4,
    ANY6,
    BROADCAST4,
    IPPROTO_TCP,
    IPPROTO_UDP,
    LOOPBACK4,
    LOOPBACK6,
    is_loopback,
    is_multicast,
    text_of,
)
from notsock.values.durations import NEVER
from notsock.values.faults import NO_FAULTS

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.net.network import Network
    from notsock.values.profile import Profile

_STATE = StateChanged.kind
ISS_STEP = 64_000
"""Between the initial sequence numbers of two connections (RFC 9293 3.4.1 asks only that they grow)."""


class Host:
    """One machine's network half."""

    __slots__ = (
        "_iss",
        "addresses",
        "connections",
        "executive",
        "faults",
        "links",
        "loopback",
        "machine",
        "multicast",
        "name",
        "network",
        "ports",
        "profile",
        "tcp_sockets",
    )

    def __init__(
        self, network: "Network", machine: Any, name: str, profile: "Profile", addresses: tuple[str, ...]
    ) -> None:
        self.network = network
        self.executive: Executive = network.executive
        self.machine = machine
        self.name = name
        self.profile = profile
        self.addresses = addresses
        self.faults = NO_FAULTS
        self.ports = Ports(self.executive, machine, profile)
        self.connections: dict[tuple[str, int, str, int], Connection] = {}
        self.links: dict[int, Link] = {}
        self.loopback: Link | None = None
        self.multicast: dict[str, list[Any]] = {}
        self.tcp_sockets = 0
        self._iss = 1_000

    def restart(self, profile: "Profile") -> None:
        """Come up anew: nothing is remembered of connections, and the update in ``profile`` acts."""
        for connection in tuple(self.connections.values()):
            connection.user = None
            connection.owner = _GONE
            connection.armed = 0
        self.profile = profile
        self.connections = {}
        self.ports = Ports(self.executive, self.machine, profile)
        self.multicast = {}
        self.tcp_sockets = 0

    def forget_connections(self) -> None:
        """Let go of all connections without a word to anybody, as when the machine stops."""
        for connection in tuple(self.connections.values()):
            self.state_changed(connection, int(connection.state), int(State.CLOSED))
            connection.user = None
            connection.owner = _GONE
            connection.armed = 0
        self.connections = {}

    # ---- addresses and routes -------------------------------------------------------------------------------

    def is_mine(self, host: str) -> bool:
        """Say whether an address belongs to this host."""
        return host in self.addresses or is_loopback(host)

    def may_bind(self, host: str) -> bool:
        """Say whether a socket may bind an address: one of ours, or a wildcard."""
        return host in (ANY4, ANY6) or self.is_mine(host)

    def link_to(self, host: str) -> Link | None:
        """Return the link that leads to an address, None when there is no route."""
        if self.is_mine(host):
            if self.loopback is None:
                self.loopback = self.profile.loopback(self.executive, self)
                self.network.opened(self.loopback)
            return self.loopback
        if ":" in host and not self.profile.ipv6:
            return None
        target = self.network.host_at(host)
        if target is None:
            return self._nowhere()
        link = self.links.get(target.machine.ident)
        if link is None:
            link = self.links[target.machine.ident] = self.network.make_link(self, target)
        return link

    def _nowhere(self) -> Link:
        """Return the link to addresses that nobody has: packets leave, and none ever arrives."""
        link = self.links.get(0)
        if link is None:
            link = self.links[0] = Link(self.executive, f"{self.name}>nowhere", self, self, Conditions())
            link.down = True
            self.network.opened(link)
        return link

    def source_for(self, host: str) -> str:
        """Return the address of ours from which a packet to ``host`` leaves."""
        if is_loopback(host):
            return LOOPBACK6 if ":" in host else LOOPBACK4
        wide = ":" in host
        if host in self.addresses:
            return host
        for address in self.addresses:
            if (":" in address) == wide:
                return address
        return LOOPBACK6 if wide else LOOPBACK4

    # ---- TCP ------------------------------------------------------------------------------------------------

    def new_connection(
        self, local: tuple[str, int], remote: tuple[str, int], user: Any, key: Any = None
    ) -> Connection | None:
        """Return a connection between two addresses, entered in the table; None when no route leads there.

        ``key`` is its place in the table, if the caller has that already.
        """
        link = self.link_to(remote[0])
        if link is None:
            return None
        profile = self.profile
        parameters = profile.tcp_loopback if link is self.loopback else profile.tcp
        self._iss += ISS_STEP
        to = (remote[0], remote[1], local[0], local[1])
        connection = Connection(self, to, parameters, self._iss & 0xFFFFFFFF)
        executive = self.executive
        connection.ident = executive.number("connection")
        connection.local = local
        connection.remote = remote
        connection.link = link
        connection.user = user
        self.connections[key or (local[0], local[1], remote[0], remote[1])] = connection
        self.ports.hold(local[1])
        name = executive.recorder.name
        executive.log(
            (
                ConnectionOpened.kind,
                connection.ident,
                self.machine.ident,
                user.ident if user is not None else 0,
                name(text_of(*local)),
                name(text_of(*remote)),
            )
        )
        return connection

    def segment_arrived(self, segment: Any) -> None:
        """Take a segment from a link."""
        connection = self.connections.get(segment[TO])
        if connection is not None:
            if segment[FLAGS] & SYN and connection.state is State.TIME_WAIT:
                self._segment_in_time_wait(connection, segment)
                return
            connection.on_segment(segment, self.executive.now)
            return
        self._segment_for_nobody(segment)

    def _segment_in_time_wait(self, connection: Connection, segment: Any) -> None:
        """A SYN may open a connection anew out of TIME_WAIT when somebody listens (RFC 9293 3.6.1, MAY-2)."""
        if connection.may_reopen(segment) and self._listener(segment) is not None:
            connection.abort(self.executive.now)
            self._segment_for_nobody(segment)
        else:
            connection.on_segment(segment, self.executive.now)

    def _listener(self, segment: Any) -> Any:
        to = segment[TO]
        return self.ports.behind(IPPROTO_TCP, to[0], to[1], listening=True)

    def _segment_for_nobody(self, segment: Any) -> None:
        """A SYN goes to whoever listens; anything else is answered by RST (RFC 9293 3.10.7.1, 3.10.7.2)."""
        to = segment[TO]
        if segment[FLAGS] & (SYN | ACK | RST) == SYN:
            address = self._listener(segment)
            if address is not None:
                self.ports.heard(address)
                if address.endpoint.syn_arrived(segment):
                    return
        answer = reset_for(segment, (to[2], to[3], to[0], to[1]))
        if answer is not None:
            link = self.link_to(to[2])
            if link is not None:
                link.send_segment(answer)

    # the owner protocol of notsock.tcp

    def transmit(self, connection: Connection, segment: Any) -> None:
        """Send a connection's segment."""
        connection.link.send_segment(segment)

    def news(self, connection: Connection, what: int) -> None:
        """Pass on what has changed, and forget a connection that has ended."""
        user = connection.user
        if user is not None:
            user.news(connection, what)
        if what & GONE:
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        key = (*connection.local, *connection.remote)
        if self.connections.get(key) is connection:
            del self.connections[key]
            self.ports.drop(connection.local[1])
            if connection.user is None:
                self.tcp_sockets -= 1

    def arm(self, connection: Connection, due_ns: int) -> None:
        """Wake a connection at a moment."""
        self.executive.at(due_ns, self, connection)

    def state_changed(self, connection: Connection, old: int, new: int) -> None:
        """Record a change of state."""
        self.executive.log((_STATE, connection.ident, old, new))

    # the executive's timers

    def overdue(self, connection: Connection, due_ns: int) -> int:
        """Say whether a connection has anything to do at ``due_ns``; its timers may have moved on."""
        if connection.armed != due_ns:
            return NEVER
        earliest = NEVER
        for due in (connection.resend_due, connection.ack_due, connection.keep_due, connection.wait_due):
            if due and due < earliest:
                earliest = due
        if earliest > due_ns:
            connection.armed = 0 if earliest == NEVER else earliest
        return earliest

    def repeats(self, connection: Connection, since_ns: int) -> bool:
        """Say whether a connection only goes on to probe a peer that answers."""
        return not connection.armed or timers.repeats(connection, since_ns)

    def fire(self, connection: Connection) -> None:
        """Let a connection do what is due."""
        connection.on_timer(self.executive.now)

    # ---- UDP ------------------------------------------------------------------------------------------------

    def send_datagram(self, source: tuple[str, int], to: tuple[str, int], data: bytes) -> bool:
        """Send a datagram; False when no route leads there (RFC 768)."""
        host = to[0]
        if host == BROADCAST4 or is_multicast(host):
            for target in self.network.hosts:
                link = self.link_to(target.addresses[0])
                if link is not None:
                    link.send_datagram((to, source, data, False))
            return True
        link = self.link_to(host)
        if link is None:
            return False
        link.send_datagram((to, source, data, False))
        return True

    def datagram_arrived(self, datagram: Any) -> None:
        """Take a datagram, or the report that one could not be delivered (RFC 792, port unreachable)."""
        to, source, data, unreachable = datagram
        host, port = to
        if is_multicast(host):
            for endpoint in tuple(self.multicast.get(host, ())):
                if endpoint.local is not None and endpoint.local[1] == port:
                    endpoint.datagram_arrived(source, data)
            return
        address = self.ports.behind(IPPROTO_UDP, host, port, listening=False)
        if address is None and host == BROADCAST4:
            address = self.ports.behind(IPPROTO_UDP, ANY4, port, listening=False)
        if address is not None:
            if unreachable:
                address.endpoint.port_unreachable()
            else:
                self.ports.heard(address)
                address.endpoint.datagram_arrived(source, data)
        elif not unreachable and host != BROADCAST4:
            self.executive.log((PacketMoved.kind, 0, Packet.UNDELIVERABLE, 0, len(data), 0))
            link = self.link_to(source[0])
            if link is not None:
                link.send_datagram((source, to, b"", True))


class _Gone:
    """The owner of connections that a restart has forgotten: a timer of theirs may still come by."""

    def transmit(self, connection: Connection, segment: Any) -> None:
        """Send nothing."""

    def news(self, connection: Connection, what: int) -> None:
        """Hear nothing."""

    def arm(self, connection: Connection, due_ns: int) -> None:
        """Wake nobody."""

    def state_changed(self, connection: Connection, old: int, new: int) -> None:
        """Record nothing."""


_GONE = _Gone()
