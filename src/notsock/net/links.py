"""Links: one direction between two hosts, with delay, loss, duplication, reordering and partition.

A link without delay is an actor: that its next packet arrives is a choice like any other, and its packets
arrive in order.  On a link with delay a packet arrives at its moment.  A host's link to itself is the release's
(:func:`in_a_turn`, :func:`in_the_call`).  What goes wrong is asked of the
executive (:meth:`Executive.choose`), so that it is recorded, replayed and explored; a healthy link asks nothing.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from notsock.executive.actors import Actor
from notsock.trace.events import Packet, PacketMoved
from notsock.values.durations import MILLISECOND, NEVER, SECOND

if TYPE_CHECKING:
    from notsock.executive.executive import Executive

_MOVED = PacketMoved.kind
_SENT, _DELIVERED, _LOST, _DOUBLED = Packet.SENT, Packet.DELIVERED, Packet.LOST, Packet.DUPLICATED

REORDER_NS = MILLISECOND
"""How late a packet is that others overtake."""
DELAYS = 8
"""Between the least and the greatest delay a link draws one of this many, evenly spaced."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a link does to packets.

    ``loss``, ``duplication`` and ``reorder`` (it arrives a millisecond late, behind later ones) are the chance of each
    packet in thousandths; ``delay_min_ns`` to ``delay_max_ns`` is how long one takes: where they differ, packets
    overtake each other.  ``partition`` is the chance that with it the two hosts part, both ways, for ``partition_ns``.
    """

    delay_min_ns: int = 0
    delay_max_ns: int = 0
    loss: int = 0
    duplication: int = 0
    reorder: int = 0
    partition: int = 0
    partition_ns: int = SECOND

    @property
    def healthy(self) -> bool:
        """Whether nothing happens to packets."""
        return not (self.delay_max_ns or self.loss or self.duplication or self.reorder or self.partition)

    @property
    def immediate(self) -> bool:
        """Whether packets take no time."""
        return self.delay_max_ns == 0


class Link(Actor):
    """One direction from a host to another, or from a host to itself."""

    __slots__ = (
        "_executive",
        "_log",
        "_waiting",
        "conditions",
        "deliver_datagram",
        "deliver_segment",
        "down",
        "number",
        "rough",
        "source",
        "tap",
        "target",
    )

    def __init__(self, executive: "Executive", name: str, source: Any, target: Any, conditions: Conditions) -> None:
        super().__init__(len(executive.roster), name)
        executive.enroll(self, 0, 1)
        self.number = executive.number("link")
        self._executive = executive
        self._log = executive.recorder.flat.extend
        self._waiting: deque[Any] = deque()
        self.source = source
        self.target = target
        self.deliver_segment: Callable[[Any], None] = target.segment_arrived
        self.deliver_datagram: Callable[[Any], None] = target.datagram_arrived
        self.conditions = conditions
        self.rough = not conditions.healthy
        self.down = False
        self.tap: Callable[[int, int, Any], None] | None = None
        self.act = self.deliver

    def send_segment(self, segment: Any) -> None:
        """Send a TCP segment (a tuple of :mod:`notsock.tcp.segment`)."""
        data = segment[5]
        self._log((_MOVED, self.number, _SENT, segment[3], len(data), crc32(data) if data else 0))
        if self.tap is not None:
            self.tap(self.number, self._executive.now, segment)
        if self.rough or self.down:
            self._send_badly(segment)
            return
        self._waiting.append(segment)
        if self.slot < 0:  # make_ready, written out
            executive = self._executive
            ready = executive.ready
            self.slot = len(ready)
            ready.append(self)
            executive.idents.append(self.ident)

    def send_datagram(self, datagram: Any) -> None:
        """Send a datagram ``(to, source, data, unreachable)``."""
        data = datagram[2]
        self._log((_MOVED, self.number, _SENT, 0, len(data), crc32(data)))
        if self.tap is not None:
            self.tap(self.number, self._executive.now, datagram)
        if self.rough or self.down:
            self._send_badly(datagram)
            return
        self._waiting.append(datagram)
        if self.slot < 0:
            self._executive.make_ready(self)

    @property
    def waiting(self) -> int:
        """How many packets wait to be delivered by this actor."""
        return len(self._waiting)

    @property
    def first(self) -> Any:
        """The packet that is delivered next."""
        return self._waiting[0]

    def deliver(self) -> None:
        """Hand the next packet to the target."""
        waiting = self._waiting
        packet = waiting.popleft()
        if not waiting:
            executive = self._executive  # make_unready, written out
            last = executive.ready.pop()
            ident = executive.idents.pop()
            if last is not self:
                slot = self.slot
                executive.ready[slot] = last
                executive.idents[slot] = ident
                last.slot = slot
            self.slot = -1
        if self.down or len(packet) != 7:
            self._hand_over(packet)
        else:
            self._log((_MOVED, self.number, _DELIVERED, packet[3], len(packet[5]), 0))
            self.deliver_segment(packet)

    def _hand_over(self, packet: Any) -> None:
        if self.down:
            self._log((_MOVED, self.number, _LOST, 0, 0, 0))
        elif len(packet) == 7:
            self._log((_MOVED, self.number, _DELIVERED, packet[3], len(packet[5]), 0))
            self.deliver_segment(packet)
        else:
            self._log((_MOVED, self.number, _DELIVERED, 0, len(packet[2]), 0))
            self.deliver_datagram(packet)

    def _send_badly(self, packet: Any) -> None:
        """Send over a link with conditions: ask for each verdict that they allow."""
        executive, conditions = self._executive, self.conditions
        if conditions.partition and not self.down and self._parts():
            self.source.network.part_for(self.source, self.target, conditions.partition_ns)
        if self.down or (conditions.loss and self._happens("loss", conditions.loss)):
            self._log((_MOVED, self.number, _LOST, 0, 0, 0))
            return
        copies = 1
        if conditions.duplication and self._happens("duplication", conditions.duplication):
            self._log((_MOVED, self.number, _DOUBLED, 0, 0, 0))
            copies = 2
        late = REORDER_NS if conditions.reorder and self._happens("reorder", conditions.reorder) else 0
        for _ in range(copies):
            if late:
                executive.at(executive.now + late + self._delay(), self, packet)
            elif conditions.immediate:
                self._waiting.append(packet)
                if self.slot < 0:
                    executive.make_ready(self)
            else:
                executive.at(executive.now + self._delay(), self, packet)

    def _happens(self, what: str, thousandths: int) -> bool:
        """Ask for a verdict of two, whose chance is ``thousandths`` where a strategy draws it."""
        return self._executive.choose(f"net.{self.name}.{what}", 2, thousandths) == 1

    def _parts(self) -> bool:
        first, second = sorted((self.source.name, self.target.name))
        return self._executive.choose(f"fault.partition.{first}-{second}", 2, self.conditions.partition) == 1

    def _delay(self) -> int:
        conditions = self.conditions
        least, spread = conditions.delay_min_ns, conditions.delay_max_ns - conditions.delay_min_ns
        if spread <= 0:
            return least
        return least + spread * self._executive.choose(f"net.{self.name}.delay", DELAYS) // (DELAYS - 1)

    def overdue(self, packet: Any, due_ns: int) -> int:
        """Every packet on its way is due at its moment."""
        return due_ns if packet is not None else NEVER

    def fire(self, packet: Any) -> None:
        """A packet on its way has arrived."""
        self._hand_over(packet)


class Inline(Link):
    """A link whose packets arrive before the call that sent them goes on: nobody chooses when.

    They are handed over in the order in which they were sent, together with what the receiver answers.
    """

    __slots__ = ()

    def __init__(self, executive: "Executive", name: str, source: Any, target: Any, conditions: Conditions) -> None:
        super().__init__(executive, name, source, target, conditions)
        self.act = self.deliver_all

    def send_segment(self, segment: Any) -> None:
        """Send a TCP segment (a tuple of :mod:`notsock.tcp.segment`)."""
        data = segment[5]
        self._log((_MOVED, self.number, _SENT, segment[3], len(data), crc32(data) if data else 0))
        self._send(segment)

    def send_datagram(self, datagram: Any) -> None:
        """Send a datagram ``(to, source, data, unreachable)``."""
        data = datagram[2]
        self._log((_MOVED, self.number, _SENT, 0, len(data), crc32(data)))
        self._send(datagram)

    def _send(self, packet: Any) -> None:
        if self.tap is not None:
            self.tap(self.number, self._executive.now, packet)
        if not self._waiting:
            self._executive.at_once.append(self)
        self._waiting.append(packet)

    def deliver_all(self) -> None:
        """Hand over what waits, and what is sent meanwhile."""
        waiting = self._waiting
        look = self.source.network.look
        while waiting:
            if look is not None:
                look(self)
            self._hand_over(waiting[0])
            waiting.popleft()  # only now: what is sent meanwhile finds this link at work


def in_the_call(executive: "Executive", host: Any) -> Link:
    """Return a host's link to itself as of the current Windows: a packet has arrived when ``send`` returns.

    Inferred: tests of CPython (``test_selectors``) and of trio (``test_io``), which run on Windows with every change,
    send through loopback or read from it and look at the other end at once; and no schedule is lost, since what one
    thread does in a call is before or after what another does.
    """
    return Inline(executive, f"{host.name}>{host.name}", host, host, Conditions())


def in_a_turn(executive: "Executive", host: Any) -> Link:
    """Return a host's link to itself where nothing is known of it: packets arrive some time after they were sent."""
    return Link(executive, f"{host.name}>{host.name}", host, host, Conditions())
