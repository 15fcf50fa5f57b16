"""Events in words: ``0x64 is closed by closesocket: it meant socket #7, which has no other handles``.

The page says the same in its own script, because it must not carry a sentence for each of 100,000 events; a test holds
the two together, event by event.
"""

from bisect import bisect_right

from notsock.detect.describing import briefly
from notsock.detect.timeline import Made, Timeline
from notsock.detect.world import World, handlers_of
from notsock.report.netstat import STATES
from notsock.report.terminal import duration
from notsock.trace.calls import SPELLINGS, Call
from notsock.trace.codec import line_of
from notsock.trace.events import (
    AddressClaimed,
    AddressHeard,
    AddressReleased,
    Clock,
    ConnectionAdopted,
    ConnectionOpened,
    ContextOpened,
    ContextReleased,
    DescriptorClosed,
    DescriptorMissed,
    DescriptorOpened,
    Ending,
    Entered,
    Event,
    Exhausted,
    Exited,
    HandleClosed,
    HandleMissed,
    HandleOpened,
    Listening,
    MachineStarted,
    ObjectCreated,
    ObjectEnded,
    Origin,
    Packet,
    PacketMoved,
    ProcessEnded,
    ProcessStarted,
    Raised,
    RunEnded,
    StateChanged,
    Stepped,
    Stuck,
    ThreadEnded,
    ThreadStarted,
    Wrote,
)
from notsock.trace.recorder import Trace

_FLAGS = ((2, "SYN"), (1, "FIN"), (4, "RST"), (8, "PSH"), (16, "ACK"))


class Teller:
    """Tells the events of a trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.world = World(trace, trace.flat().tolist())
        self._positions: list[int] = []
        handlers = {kind: getattr(self.world, name) for kind, name in handlers_of(World).items()}
        for at, record in trace.records():
            self._positions.append(at)
            if (handler := handlers.get(record[0])) is not None:
                handler(at, *record[1:])
        self.timeline = Timeline(self.world)

    def told(self, at: int, event: Event) -> str:
        """Return an event in words, without who did it."""
        words = _running(self, at, event) or _handles(self, event) or _network(self, event)
        return words or line_of(event, self.trace.names)

    def actor(self, event: Event) -> str:
        """Return the name of the thread that an event is of; empty where it is nobody's."""
        ident = getattr(event, "thread", 0)
        return self.thread(ident) if ident else ""

    def sentence(self, at: int, event: Event) -> str:
        """Return an event in words, with who did it."""
        return f"{self.actor(event)} {self.told(at, event)}".lstrip()

    # ---- names --------------------------------------------------------------------------------------------------

    def thread(self, ident: int) -> str:
        """Return a thread's name."""
        found = self.world.threads.get(ident)
        return found.name if found is not None else f"thread {ident}"

    def process(self, ident: int) -> str:
        """Return a process's name."""
        found = self.world.processes.get(ident)
        return found.name if found is not None else f"process {ident}"

    def object(self, ident: int) -> str:
        """Return an object's kind and number."""
        if ident and ident not in self.world.objects and ident not in self.world.processes:
            return f"object #{ident}"
        return briefly(self.world, ident) if ident else "nothing"

    def number(self, value: int) -> str:
        """Return a handle's number as its system writes it."""
        return str(value) if self.world.posix or value < 0 else f"{value:#x}"

    def call(self, made: Made) -> str:
        """Return a call with its arguments, without what it came back with."""
        return str(made).partition(" = ")[0]

    def made_by(self, thread: int, at: int) -> Made | None:
        """Return the call that a thread was in at an event, None where it was in none."""
        made = self.timeline.call_at(thread, at)
        return made if made is not None and (not made.left_at or made.left_at >= at) else None

    def result(self, made: Made) -> str:
        """Return what a call came back with."""
        if made.error:
            return f"failed with {made.failure}"
        words = str(made)
        return f"= {words.partition(' = ')[2] or self._result(made)}"

    def _result(self, made: Made) -> str:
        """Return a result; one that is a handle opened meanwhile is written as such."""
        end = bisect_right(self._positions, made.left_at) - 1
        for place in range(end, max(0, end - 8), -1):
            at = self._positions[place]
            if at <= made.entered_at:
                break
            if self.world.flat[at] == HandleOpened.kind and self.world.flat[at + 3] == made.result:
                return self.number(made.result)
        return str(made.result)


def call_name(call: int) -> str:
    """Return a call as Windows (or Python) spells it."""
    return SPELLINGS[Call(call)] if call in SPELLINGS else f"call {call}"


def _running(t: Teller, at: int, event: Event) -> str | None:
    """Tell of machines, processes, threads and their calls."""
    names = t.trace.names
    match event:
        case Clock():
            return f"time moves to {duration(event.now_ns)}"
        case Entered():
            made = t.made_by(event.thread, at)
            return f"calls {t.call(made) if made is not None else call_name(event.call)}"
        case Exited():
            made = t.made_by(event.thread, at)
            return f"{t.call(made)} {t.result(made)}" if made is not None else f"returns from {call_name(event.call)}"
        case Stepped():
            return f"passes {names[event.point]}"
        case MachineStarted():
            return f"machine {names[event.name]} comes up, Windows {names[event.release]}"
        case ProcessStarted():
            return f"process {names[event.name]} begins"
        case ProcessEnded():
            return f"process {t.process(event.process)} ends with {event.code}"
        case ThreadStarted():
            return f"begins in {t.process(event.process)}"
        case ThreadEnded():
            return "ends"
        case Exhausted():
            return f"runs out of {names[event.resource]} ({event.limit})"
        case Stuck():
            return f"waits for ever in {call_name(event.call)}({t.number(event.first)})"
        case Raised():
            return f"ends with {names[event.type]} that nobody caught"
        case Wrote():
            return f"{t.process(event.process)} writes {event.length} bytes of output"
        case RunEnded():
            return f"the run ends: {Ending(event.ending).name.lower().replace('_', ' ')}"
    return None


def _handles(t: Teller, event: Event) -> str | None:
    """Tell of objects and the numbers that mean them."""
    match event:
        case ObjectCreated():
            return f"{t.object(event.object)} is made"
        case ObjectEnded():
            return f"{t.object(event.object)} is torn down"
        case HandleOpened():
            origin = Origin(event.origin).name.lower()
            return f"{t.number(event.handle)} now means {t.object(event.object)} ({origin})"
        case HandleClosed():
            others = f"{event.left or 'no'} other handle{'' if event.left == 1 else 's'}"
            how = f"{t.number(event.handle)} is closed by {call_name(event.call)}"
            return f"{how}: it meant {t.object(event.object)}, which has {others}"
        case HandleMissed():
            return f"{call_name(event.call)} names {t.number(event.handle)}, which means {t.object(event.object)}"
        case ContextOpened():
            return f"Winsock keeps a context for {t.number(event.handle)}, {t.object(event.object)}"
        case ContextReleased():
            return f"Winsock forgets its context for {t.number(event.handle)}, {t.object(event.object)}"
        case DescriptorOpened():
            return f"descriptor {event.descriptor} stands for {t.number(event.handle)}, {t.object(event.object)}"
        case DescriptorClosed():
            return f"descriptor {event.descriptor} is given up, and {t.number(event.handle)} with it"
        case DescriptorMissed():
            return f"{call_name(event.call)} names descriptor {event.descriptor}, which stands for nothing"
    return None


def _network(t: Teller, event: Event) -> str | None:
    """Tell of ports, connections and packets."""
    names = t.trace.names
    match event:
        case AddressClaimed():
            return f"{t.object(event.object)} is bound to {names[event.host]} port {event.port}"
        case AddressReleased():
            return f"address object {event.address} is given up"
        case AddressHeard():
            return f"address object {event.address} is handed a packet"
        case Listening():
            return f"{t.object(event.object)} listens, backlog {event.backlog}"
        case ConnectionOpened():
            return f"connection {names[event.local]} ↔ {names[event.remote]}"
        case ConnectionAdopted():
            return f"connection {event.connection} is handed to {t.object(event.object)}"
        case StateChanged():
            return f"connection {event.connection}: {STATES[event.old]} → {STATES[event.new]}"
        case PacketMoved():
            flags = " ".join(name for bit, name in _FLAGS if event.flags & bit) or "datagram"
            length = f", {event.length} bytes" if event.length else ""
            return f"{flags}{length} is {Packet(event.what).name.lower()} on link {event.link}"
    return None
