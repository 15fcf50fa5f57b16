"""Footprints: what each turn of a run read and wrote of the machine.

A *turn* is what a thread or a link does from one pick of the strategy to the next.  Two turns that touch nothing
in common commute, and that is all that partial-order reduction stands on; so what is forgotten here makes a
search claim too much.  The guard is that nothing is free: a turn *writes everything*, and so commutes with no
other, unless every call in it (:mod:`notsock.explore.touching`) and every record of it has a row that says more
exactly what it touches.  Only what has been understood is refined; what somebody adds tomorrow is safe until then.

Nothing is kept by the machine for this.  What a call is about to touch is read from the live objects before the
turn, what it did from the records that it leaves; a search that does not reduce pays nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from notsock.afd.device import AfdDevice
from notsock.afd.endpoint import Endpoint
from notsock.afd.poll import Poll
from notsock.executive.actors import Thread
from notsock.executive.executive import GLANCE_NS
from notsock.explore.resources import (
    CLOCK,
    CONNECTION,
    COUNTED,
    DESCRIPTOR,
    DESCRIPTORS,
    DYNAMIC,
    ENDS,
    EVERYTHING,
    FLOW,
    HELD,
    KIND_MASK,
    LIFE,
    LIMIT,
    LOCK,
    LOCKS,
    MEMORY,
    NUMBER,
    OBJECT,
    PIPES,
    PORT,
    PROCESS_IDS,
    REQUEST,
    TABLE,
    TAIL,
    TIMERS,
    Footprint,
    resource,
)
from notsock.explore.sharing import Sharing
from notsock.explore.touching import GOES_ON, OF_DESCRIPTORS, ROWS
from notsock.net.links import Inline, Link
from notsock.objects.completion_port import Association, CompletionPort
from notsock.objects.console import ConsoleStream
from notsock.objects.io_request import TAKER, Request
from notsock.objects.kernel_object import FileObject, KernelObject, Waitable
from notsock.objects.named_pipe import AnonymousPipe, PipeInstance
from notsock.objects.process import Process
from notsock.tcp.segment import FLAGS, SYN
from notsock.tcp.states import State
from notsock.trace.calls import CLOSES_BY_NUMBER
from notsock.trace.events import (
    WIDTHS,
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
    Entered,
    Exited,
    HandleClosed,
    HandleMissed,
    HandleOpened,
    Listening,
    ObjectCreated,
    ObjectEnded,
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
from notsock.values.addresses import BROADCAST4, IPPROTO_TCP, IPPROTO_UDP, is_multicast
from notsock.values.errors import INVALID_SOCKET
from notsock.values.looks import At, Look

if TYPE_CHECKING:
    from notsock.executive.executive import Executive

_ENTERED, _STEPPED, _MOVED = Entered.kind, Stepped.kind, PacketMoved.kind

_LOOKED_ONCE = frozenset({PORT, HELD, DYNAMIC, COUNTED})
"""What a call looks at only when it begins; what it does about it is recorded."""
_OWN = frozenset({EVERYTHING, LIFE, MEMORY})
"""What a turn has of itself, whatever its call does."""

_UNTELLING = frozenset({
    Entered.kind, Exited.kind, Stepped.kind, ObjectCreated.kind, ObjectEnded.kind,
    HandleMissed.kind, DescriptorMissed.kind, AddressHeard.kind, AddressReleased.kind, Listening.kind,
    PacketMoved.kind, Stuck.kind, Raised.kind, Wrote.kind, RunEnded.kind,
})  # fmt: skip
"""Records that add nothing to what their call, or the rest of the turn, has said already."""


class Footprints:
    """Reads the footprints of one run's turns, one after the other: :meth:`begins`, then :meth:`ended`.

    After :meth:`ended` ``killed`` holds the threads that the turn ended, other than its own.
    """

    _table: tuple[Process, list[KernelObject]] | None
    """The process whose handles were looked at last, and what they mean; kept as long as none is closed."""

    def __init__(self, executive: "Executive", sharing: Sharing, *, narrow: bool = False) -> None:
        """Read a run's turns.

        ``narrow`` leaves out what threads of one Python process do to variables between two calls, and that a look at
        a clock moves it.
        """
        self._executive = executive
        self._recorder = executive.recorder
        self._sharing = sharing
        for thread in executive.threads:
            sharing.started(thread)
        self._network = _network_of(executive.threads)
        if self._network is not None:
            self._network.look = self._packet_of
        self._manager: Any = executive.threads[0].process.manager if self._network is not None else None
        self._threads: dict[int, Thread] = {}
        self._known = 0
        self._footprint: Footprint = {}
        self._objects = 0
        self._connections = 0
        self._position = 0
        self._actor: Any = None
        self._ending: list[KernelObject] | None = None
        self._table, self._read_to = None, -1
        self._end: Footprint = {}
        self._watched = False
        self._foreseen: set[int] = set()
        self._acted: set[int] = set()
        self._changes = 0
        self.narrow = narrow
        self.narrowed: dict[int, set[int]] = {}
        """Threads, by Python process, of whose turns something was left out."""
        self.lookers: set[int] = set()
        """Threads whose looks at a clock were left out."""
        self.timed: set[int] = set()
        """Threads to which it may make a difference what the time is."""
        self._now = 0
        self._fired = 0
        self._moments = 0
        self._held: dict[int, tuple[int, int, int]] = {}
        self.joined: list[int] = []
        """Threads of which the last turn's knew that they had ended: its next turn comes after that."""
        self.killed: list[int] = []
        self.looked: Footprint = {}
        """What the turn's call looked up, as far as that was known before it acted."""
        self.entered: int | None = None
        """The second argument of the call that the turn's thread came to at its end, if it did."""
        self.waiting: dict[int, int] = {}
        """By ident of the link: how many packets were on it when the turn began."""
        self.pushed: dict[int, int] = {}
        """By ident of the link: how many packets the last turn has put on it."""
        self.given: list[int] = []
        """Numbers, of handles and descriptors, that the turn gave out, as resources."""
        self.freed: list[int] = []
        """Numbers that the turn made free."""

    # ---- a turn ------------------------------------------------------------------------------------------------

    def thread(self, ident: int) -> Thread | None:
        """Return the thread of an ident; None for a link's."""
        threads = self._executive.threads
        while self._known < len(threads):
            thread = threads[self._known]
            self._threads[thread.ident] = thread
            self._known += 1
        return self._threads.get(ident)

    def begins(self, ident: int, entered: int | None, before: Footprint) -> None:
        """Take note that an actor's turn begins.

        ``entered`` is the second argument of the call that it is about to make; None when it goes on inside one,
        which may still mean what it ``looked`` up before.
        """
        self._footprint = {EVERYTHING: False}
        if entered is None:
            self._footprint |= {kept: writes for kept, writes in before.items() if kept & KIND_MASK not in _LOOKED_ONCE}
        self.looked = self._footprint
        self.entered = None
        self._position = self._recorder.here()
        self._ending = None
        self._end = {}
        self._foreseen.clear()
        self._acted.clear()
        self._held.clear()
        self.given = []
        self.freed = []
        executive = self._executive
        executive.unseen.clear()
        self._now, self._fired, self._moments = executive.now, executive.fired, executive.asked
        network = self._network
        thread = self.thread(ident)
        self._actor = thread
        if network is None or (thread is not None and not isinstance(thread.process, Process)):
            self.everything()
            return
        self._objects = self._manager.last
        self._connections = self._executive.count("connection")
        self.waiting = {link.ident: link.waiting for link in network.links}
        self._changes = self._disk_changes()
        if thread is not None:
            self._thread(thread, GOES_ON if entered is None else entered)
            self.looked = dict(self._footprint)
            return
        for link in network.links:
            if link.ident == ident:
                self._link(link)
                return
        self.everything()

    def ended(self) -> Footprint:
        """Return the footprint of the turn that has ended."""
        self.killed = []
        self.joined = []
        self.pushed = {}
        if self._network is None:
            return self._footprint
        self._acted.clear()
        if self._ending is not None and not self._actor.process.alive:
            for thing in self._ending:
                self.closes(thing, self._actor.process)
            self._footprint |= {kept: True for kept, writes in self._end.items() if writes}
        self._records()
        self._unseen()
        for link in self._network.links:
            before = self.waiting.get(link.ident, 0) - (link is self._actor)
            if link.waiting > before:
                self.pushed[link.ident] = link.waiting - before
        if self._disk_changes() != self._changes:
            self.everything()
        self._read_to = self._recorder.here()
        touched, self._footprint = self._footprint, {}  # what timers send before the next turn is in none
        return touched

    def _unseen(self) -> None:
        """Add what the turn looked at of the machine without a call, and the clock it depends on."""
        for what in self._executive.unseen:
            if what is None:
                self.reads(CLOCK, 0)
            elif isinstance(what, Look):
                self._look(what)
            elif isinstance(what, CompletionPort):
                self.writes(OBJECT, what.ident)
            else:
                self._looked_at(*what)
        acts_on_connections = any(kept & KIND_MASK == CONNECTION for kept in self._footprint)
        if acts_on_connections or self._executive.asked != self._moments:
            self.reads(CLOCK, 0)
        if self.narrow and resource(CLOCK, 0) in self._footprint:
            self.timed.add(self._actor.ident)

    def _looked_at(self, maker: int, address: int, signals: int) -> None:
        """The turn looked whether a request has ended."""
        if maker:
            self.reads(REQUEST, maker, address)
        elif signals:
            self.reads(OBJECT, signals)
        else:
            self.everything()

    def handed_over(self) -> None:
        """The thread goes on with what it was woken with, and looks at nothing any more."""
        self._footprint = {kept: writes for kept, writes in self._footprint.items() if kept & KIND_MASK in _OWN}

    def everything(self) -> None:
        """Note that nothing is known of what the turn touches."""
        self._footprint[EVERYTHING] = True

    def reads(self, kind: int, owner: int, detail: int = 0) -> None:
        """Note that the turn reads a resource."""
        self._footprint.setdefault(resource(kind, owner, detail), False)

    def writes(self, kind: int, owner: int, detail: int = 0) -> None:
        """Note that the turn writes a resource."""
        self._footprint[resource(kind, owner, detail)] = True

    def _disk_changes(self) -> int:
        assert self._network is not None
        return sum(host.machine.files.changes for host in self._network.hosts if host.machine.files is not None)

    # ---- before a thread's turn ----------------------------------------------------------------------------------

    def _thread(self, thread: Thread, second: int) -> None:
        process: Process = thread.process
        self.reads(LIFE, process.ident)
        if thread.space is not None:
            self._memory(thread)
        else:
            keys = self._sharing.keys(thread)
            if keys is None:
                self.everything()
                return
            for key in keys:
                self.writes(MEMORY, 0, key)
        self._watched = bool(process.registered or (thread.object is not None and thread.object.registered))
        if len(process.threads) == 1:
            self._may_be_the_last(process)
        if thread.begun:
            row = ROWS.get(thread.call)
            if row is None:
                self.everything()
            else:
                row(self, process, thread, second)

    def _memory(self, thread: Thread) -> None:
        """A thread of a Python process may read and write what its other threads do."""
        process = thread.process
        if self.narrow and thread.space.is_atomic:
            self.reads(MEMORY, process.ident)
            self.narrowed.setdefault(process.ident, set()).add(thread.ident)
        else:
            self.writes(MEMORY, process.ident)

    def number(self, process: Process, number: int) -> KernelObject | None:
        """A call looks a number up; return what it means now."""
        self.reads(NUMBER, process.ident, process.table.real(number))
        return process.table.objects.get(process.table.real(number))

    def _may_be_the_last(self, process: Process) -> None:
        """The turn may be the last of its process: what that closes is then seen from the objects as they are now."""
        self._ending = [*self._held_by(process), *process.orphans] if process.orphans else self._held_by(process)
        if not self._executive.count(TAKER):
            return
        passing = [thing for thing in self._ending if isinstance(thing, PipeInstance) or getattr(thing, "io", None)]
        if passing:
            outer, self._footprint = self._footprint, self._end
            for thing in passing:
                self.closes(thing, process)
            self._end, self._footprint = self._footprint, outer
            self._acted.clear()

    def _held_by(self, process: Process) -> list[KernelObject]:
        """Return what a process has handles to.  With thousands of them they are not listed for every turn."""
        if self._table is None or self._table[0] is not process or self._read_to != self._position:
            self._table = process, list(process.table.objects.values())
        return self._table[1]

    def ends_process(self, process: Process) -> None:
        """A call ends a process: its threads, its handles, and what only it kept alive."""
        self._foreseen.add(process.ident)
        self.acts_on(process)
        self.writes(LIFE, process.ident)
        for thread in process.threads:
            self.acts_on(thread.object)
            keys = self._sharing.keys(thread) if thread.space is None else ()
            if keys is None:
                self.everything()
            elif thread.space is not None:
                self.writes(MEMORY, process.ident)
            for key in keys or ():
                self.writes(MEMORY, 0, key)
        for thing in (*process.table.objects.values(), *process.orphans):
            self.closes(thing, process)

    def acts_on(self, thing: KernelObject | None) -> None:
        """A call acts on an object, and so may end the requests that are pending on it."""
        if thing is None or thing.ident in self._acted:
            return
        self._acted.add(thing.ident)
        self.writes(OBJECT, thing.ident)
        if isinstance(thing, Endpoint):
            self.connection_of(thing.host, thing.connection)
            io = thing.io
            if io is not None:
                self._completes(io, (*io.pending(), *io.polls, *io.made))
        elif isinstance(thing, PipeInstance):
            self._completes(thing.io, thing.pending())
            self.acts_on(thing.peer)
        elif isinstance(thing, AfdDevice):
            self._completes(thing.io, thing.polls)
        elif isinstance(thing, Waitable):
            for wait in thing.registered:
                if wait.touches is None:
                    self.everything()
                self.acts_on(wait.touches)
        elif not isinstance(thing, FileObject | ConsoleStream | CompletionPort):
            self.everything()

    def _completes(self, on: Association, requests: Iterable[Request]) -> None:
        """A turn may end requests, which tell the completion port of the object they were made on."""
        self.acts_on(on.port)
        for request in requests:
            self.ends(request)

    def ends(self, request: Request) -> None:
        """A turn may end a request."""
        if request.maker:
            self.writes(REQUEST, request.maker, request.address)
        if request.owner is not None:
            self.acts_on(request.owner.port)
        self.acts_on(request.signals)
        self.acts_on(request.accepting)
        if isinstance(request, Poll):
            for endpoint, _ in request.watched:
                self.acts_on(endpoint)
        if request.memory:
            self.writes(MEMORY, request.memory)
        elif request.into is not None:
            self.everything()

    def connection_of(self, host: Any, connection: Any) -> None:
        """A turn acts on one end of a connection."""
        if connection is not None:
            self.writes(CONNECTION, connection.ident)
            local, remote = connection.local[1], connection.remote[1]
            self._held[connection.ident] = (host.machine.ident, local, remote)

    def closes(self, thing: KernelObject | None, process: Process) -> None:
        """A call may close the last handle of an object."""
        self.acts_on(thing)
        if isinstance(thing, PipeInstance) and not isinstance(thing, AnonymousPipe):
            self.writes(PIPES, process.machine.ident)
        if not isinstance(thing, Endpoint):
            return
        machine = thing.host.machine.ident
        if thing.creator is not process:
            self.reads(LIFE, thing.creator.ident)
        if thing.local is not None:
            self.port(machine, thing.local[1])
        if thing.host.multicast:
            self.everything()
        self.limit(thing.host)
        if thing.listening:
            for connection in thing.host.connections.values():
                if connection.user is thing:
                    self.connection_of(thing.host, connection)

    def port(self, machine: int, port: int) -> None:
        """A call claims a port, gives it up, or begins to listen there."""
        self.writes(PORT, machine, port)

    def looks_for(self, host: Any, port: int, protocol: int) -> None:
        """A call looks whether a port is free, or (0) which of the dynamic range is."""
        machine = host.machine.ident
        if port == 0:
            self.writes(DYNAMIC, machine)
        for looked in host.ports.tried(protocol) if port == 0 else (port,):
            self.reads(PORT, machine, looked)
            if protocol == IPPROTO_TCP:
                self.writes(HELD, machine, looked)

    def _flows(self, machine: int, local: int, remote: int) -> None:
        """A turn begins or ends a connection of a machine."""
        self.reads(HELD, machine, local)
        self.writes(FLOW, machine, local | remote << 16)

    def limit(self, host: Any) -> None:
        """A call makes a TCP socket or gives one up, or looks how many there are."""
        if host.profile.tcp_sockets_max:
            self.writes(LIMIT, host.machine.ident)

    # ---- before a link's turn ------------------------------------------------------------------------------------

    def _link(self, link: Link) -> None:
        """A link's turn begins: it delivers its first packet."""
        self._actor = link
        self._packet_of(link)

    def _packet_of(self, link: Link) -> None:
        """A link is about to deliver its first packet, in a turn of its own or in its sender's."""
        packet = link.first
        host = link.target
        self._acted.clear()
        if link.down:
            return
        if len(packet) == 7:
            self._segment(host, packet)
            return
        (address, port), _, _, _ = packet
        if address == BROADCAST4 or is_multicast(address):
            self.everything()
            return
        self.reads(PORT, host.machine.ident, port)
        found = host.ports.behind(IPPROTO_UDP, address, port, listening=False)
        if found is not None:
            self.acts_on(found.endpoint)

    def _segment(self, host: Any, segment: Any) -> None:
        to = segment[0]
        machine = host.machine.ident
        connection = host.connections.get(to)
        if connection is not None:
            self.connection_of(host, connection)
            self.acts_on(connection.user)
            if connection.state is State.TIME_WAIT and segment[FLAGS] & SYN:
                self.everything()
            return
        self.reads(PORT, machine, to[1])
        self.reads(FLOW, machine, to[1] | to[3] << 16)
        found = host.ports.behind(IPPROTO_TCP, to[0], to[1], listening=True)
        if found is not None:
            self.acts_on(found.endpoint)

    # ---- after a turn --------------------------------------------------------------------------------------------

    def _look(self, look: Look) -> None:
        """Add what Python code looked at without a call."""
        if not self.narrow or not isinstance(self._actor, Thread):
            return
        at, which, changes = look
        process = self._actor.process
        if at is At.THREAD:
            other = self.thread(which)
            if other is not None and other.object is not None:
                self.reads(OBJECT, other.object.ident)
        elif at is At.JOINED:
            self.joined.append(which)
        elif at is At.HANDLE:
            (self.writes if changes else self.reads)(NUMBER, process.ident, process.table.real(which))
        elif at is At.LOCK and which:
            self.reads(LOCK, process.ident, which)
        else:
            self.writes(LOCKS if at is At.LOCK else MEMORY, process.ident)

    def _records(self) -> None:
        """Add what the turn's records say; one that is not understood says *everything*."""
        values = self._recorder.since(self._position)
        place, end = 0, len(values)
        readers = _READERS
        while place < end:
            kind = values[place]
            if kind not in _UNTELLING:
                reader = readers.get(kind)
                if reader is None:
                    self.everything()
                else:
                    reader(self, values, place)
            elif kind == _ENTERED:
                self._enters(values[place + 2], values[place + 3])
                self.entered = values[place + 4]
            elif kind == _STEPPED:
                self.entered = None
            elif kind == _MOVED:
                self._packet(values, place)
            place += WIDTHS[kind]

    def _enters(self, call: int, first: int) -> None:
        """A thread comes to a call with a number: what that means now is what it means by it.

        No call depends on this, but a rule does that asks whether the number was somebody else's by the time it
        was used.
        """
        process = self._actor.process
        if call in OF_DESCRIPTORS:
            self.reads(DESCRIPTOR, process.ident, first)
            first = process.crt.handles.get(first, 0)
        if self._actor.space is not None and self.narrow:
            if first == INVALID_SOCKET:
                self.writes(MEMORY, process.ident)  # of an object that has been closed, whoever did that
            elif call in CLOSES_BY_NUMBER:  # its object has given the number up already
                self.writes(NUMBER, process.ident, process.table.real(first))
                return
        self.reads(NUMBER, process.ident, process.table.real(first))

    def _packet(self, values: Sequence[int], place: int) -> None:
        """A packet was put on a link, if it was not taken from it."""
        number, what = values[place + 1], values[place + 2]
        if what == Packet.DELIVERED:
            return
        for link in self._network.links:
            if link.number != number:
                continue
            if isinstance(link, Inline):
                return  # its queue is empty whenever a turn begins
            self.writes(TAIL, number)
            conditions = link.conditions
            if conditions.partition:
                self.everything()
            elif conditions.reorder or not conditions.immediate:
                self.writes(TIMERS, 0)

    def _handle(self, values: Sequence[int], place: int) -> None:
        process, number, thing = values[place + 2], values[place + 3], values[place + 4]
        self.writes(TABLE, process)
        self.writes(NUMBER, process, number)
        (self.given if values[place] == HandleOpened.kind else self.freed).append(resource(NUMBER, process, number))
        self._follow_table(values[place] == HandleOpened.kind, process, number)
        if thing <= self._objects:
            self.writes(OBJECT, thing)

    def _follow_table(self, opened: bool, ident: int, number: int) -> None:
        """Keep the list of what the process last looked at has handles to."""
        if self._table is None:
            return
        process, things = self._table
        thing = process.table.objects.get(number)
        if process.ident == ident and opened and thing is not None:
            things.append(thing)
        else:
            self._table = None

    def _context(self, values: Sequence[int], place: int) -> None:
        self.writes(NUMBER, values[place + 1], values[place + 2])

    def _descriptor(self, values: Sequence[int], place: int) -> None:
        process, number, handle, thing = values[place + 2 : place + 6]
        self.writes(DESCRIPTORS, process)
        self.writes(DESCRIPTOR, process, number)
        ends = values[place] == DescriptorClosed.kind
        (self.freed if ends else self.given).append(resource(DESCRIPTOR, process, number))
        self.reads(NUMBER, process, handle)
        if 0 < thing <= self._objects:
            self.writes(OBJECT, thing)

    def _claimed(self, values: Sequence[int], place: int) -> None:
        self.port(values[place + 2], values[place + 7])

    def _opened(self, values: Sequence[int], place: int) -> None:
        """A connection holds its port; its texts are ``address:port``."""
        names = self._recorder.names
        local, remote = (int(names[values[at]].rpartition(":")[2]) for at in (place + 4, place + 5))
        self._flows(values[place + 2], local, remote)

    def _connection(self, values: Sequence[int], place: int) -> None:
        """A connection that nobody foresaw, or one that frees its port, is a matter for everybody."""
        connection = values[place + 1]
        if connection > self._connections:
            return
        if resource(CONNECTION, connection) not in self._footprint:
            self.everything()

    def _state(self, values: Sequence[int], place: int) -> None:
        self._connection(values, place)
        if values[place + 3] == State.CLOSED:
            self._freed(values[place + 1])

    def _freed(self, ident: int) -> None:
        """A connection is gone from its host's table; which port it held is not to be seen any more."""
        held = self._held.get(ident)
        if held is None:
            self.everything()
        else:
            self._flows(*held)

    def _clock(self, values: Sequence[int], place: int) -> None:
        """Time moved within the turn: by a look at a clock, or by a poll in vain, after which others pass."""
        moment = values[place + 1]
        if moment - self._now == GLANCE_NS and self._executive.fired == self._fired:
            if self.narrow:
                self.lookers.add(self._actor.ident)
            else:
                self.writes(CLOCK, 0)
        else:
            self.everything()
        self._now = moment

    def _process_begun(self, _values: Sequence[int], _place: int) -> None:
        self.writes(COUNTED, 0, PROCESS_IDS)

    def _started(self, values: Sequence[int], place: int) -> None:
        thread = self.thread(values[place + 1])
        if thread is not None:
            self._sharing.started(thread)

    def _thread_over(self, values: Sequence[int], place: int) -> None:
        ident = values[place + 1]
        thread = self.thread(ident)
        assert thread is not None
        if thread is not self._actor:
            self.killed.append(ident)
        if self._watched if thread is self._actor else thread.process.ident not in self._foreseen:
            self.everything()
        if thread.object is not None:
            self.acts_on(thread.object)
        view = thread.space
        if self.narrow and view is not None and view.of_thread.get(ident) is not view.main_thread:
            self.reads(ENDS, thread.process.ident)  # a Python process ends with its first thread
        else:
            self.writes(ENDS, thread.process.ident)

    def _process_over(self, values: Sequence[int], place: int) -> None:
        process = values[place + 1]
        self.writes(LIFE, process)
        self.writes(OBJECT, process)
        alone = self._ending is not None and self._actor.process.ident == process and not self._watched
        if not alone and process not in self._foreseen:
            self.everything()


def _network_of(threads: Sequence[Thread]) -> Any:
    """Return the network of the system that threads run on; None where there is no machine."""
    process = threads[0].process if threads else None
    return process.machine.system.network if isinstance(process, Process) else None


# ---- what each kind of record says -----------------------------------------------------------------------------

_READERS: Mapping[int, Callable[[Footprints, Sequence[int], int], None]] = {
    HandleOpened.kind: Footprints._handle,
    HandleClosed.kind: Footprints._handle,
    ContextOpened.kind: Footprints._context,
    ContextReleased.kind: Footprints._context,
    DescriptorOpened.kind: Footprints._descriptor,
    DescriptorClosed.kind: Footprints._descriptor,
    AddressClaimed.kind: Footprints._claimed,
    ConnectionOpened.kind: Footprints._opened,
    ConnectionAdopted.kind: Footprints._connection,
    StateChanged.kind: Footprints._state,
    ThreadStarted.kind: Footprints._started,
    ThreadEnded.kind: Footprints._thread_over,
    ProcessStarted.kind: Footprints._process_begun,
    ProcessEnded.kind: Footprints._process_over,
    Clock.kind: Footprints._clock,
}

