"""The state that rules share, folded over a trace: who holds which handle, and what became of every object.

Nothing is forgotten: a holding that ended stays in ``past``, an object stays in ``objects``, so that a rule
can tell a story from its end.  The world is told of an event before the rules are.
"""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from notsock.trace.calls import CLOSES_BY_NUMBER, LINUX_CALLS, Call
from notsock.trace.events import BY_KIND, Origin
from notsock.trace.recorder import Trace

CLOSED, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_2, CLOSE_WAIT = 0, 3, 4, 6, 7
"""Numbers of TCP states as the trace has them (RFC 9293 3.3.2)."""

Key = tuple[int, int]
"""A process and a number: of a handle, or of a descriptor."""

WINSOCK_CALLS = frozenset({call for call in Call if call <= Call.WSAGETOVERLAPPEDRESULT})
NAMES_A_HANDLE = frozenset(
    {
        Call.CLOSESOCKET, Call.BIND, Call.LISTEN, Call.ACCEPT, Call.CONNECT, Call.SEND, Call.RECV, Call.SENDTO,
        Call.RECVFROM, Call.SHUTDOWN, Call.GETSOCKNAME, Call.GETPEERNAME, Call.GETSOCKOPT, Call.SETSOCKOPT,
        Call.IOCTLSOCKET, Call.WSADUPLICATESOCKET, Call.WSAIOCTL, Call.CLOSEHANDLE, Call.DUPLICATEHANDLE,
        Call.SETEVENT, Call.RESETEVENT, Call.WAITFORSINGLEOBJECT, Call.WAITFORMULTIPLEOBJECTS,
        Call.TERMINATEPROCESS, Call.READFILE, Call.WRITEFILE, Call.GETEXITCODEPROCESS, Call.GETFILETYPE,
        Call.SETHANDLEINFORMATION, Call.GETHANDLEINFORMATION, Call.OPEN_OSFHANDLE, Call.ENDTHREAD,
        Call.WSASOCKET, *LINUX_CALLS,
        Call.WSARECV, Call.WSASEND, Call.WSARECVFROM, Call.WSASENDTO, Call.ACCEPTEX, Call.CONNECTEX,
        Call.DISCONNECTEX, Call.TRANSMITFILE, Call.WSACONNECT, Call.GETQUEUEDCOMPLETIONSTATUS,
        Call.POSTQUEUEDCOMPLETIONSTATUS, Call.CANCELIOEX, Call.REGISTERWAIT, Call.CONNECTNAMEDPIPE,
        Call.PEEKNAMEDPIPE, Call.SETNAMEDPIPEHANDLESTATE, Call.DISCONNECTNAMEDPIPE, Call.DEVICEIOCONTROL,
    }
)  # fmt: skip
"""Calls whose first argument is a handle (of WSASocket only when it opens a duplicate; families are no handles)."""
NAMES_A_DESCRIPTOR = frozenset(
    {
        Call.GET_OSFHANDLE, Call.CRT_CLOSE, Call.CRT_READ, Call.CRT_WRITE, Call.CRT_DUP, Call.CRT_LSEEK,
        Call.CRT_FSTAT,
    }
)  # fmt: skip
"""Calls whose first argument is a descriptor."""
COPIES = frozenset({Origin.DUPLICATED, Origin.IMPORTED, Origin.INHERITED})


@dataclass(slots=True)
class Machine:
    """A machine."""

    name: str
    release: str


@dataclass(slots=True)
class Process:
    """A process; ``ended_at`` and the others that end so are 0 while it lives."""

    ident: int
    name: str
    machine: int
    parent: int
    ended_at: int = 0
    code: int = 0


@dataclass(slots=True)
class Thread:
    """A thread; ``object`` is its kernel object, 0 when the trace does not tell."""

    ident: int
    name: str
    process: int
    started_at: int
    ended_at: int = 0
    object: int = 0
    call: int = 0
    call_at: int = 0
    first: int = 0
    releasing: tuple[Key, int] | None = None
    """The context that ``closesocket`` has just released: its process and number, and its object."""


@dataclass(slots=True)
class Holding:
    """A number while it meant an object.

    ``users`` are the threads that named it, with the position of the first call that did; ``again`` the
    attempts to close it again before it meant anything else: (position, thread, call).  ``closing_at`` is where the
    call began that closed it at ``closed_at``.
    """

    process: int
    handle: int
    object: int
    opened_at: int
    opener: int
    origin: int
    users: dict[int, int] = field(default_factory=dict)
    closing_at: int = 0
    closed_at: int = 0
    closer: int = 0
    call: int = 0
    left: int = 0
    again: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Its process and number."""
        return self.process, self.handle

    def knew(self, thread: int) -> bool:
        """Say whether a thread was given the number, named it, or closed it."""
        return thread in (self.opener, self.closer) or thread in self.users


class Miss(NamedTuple):
    """A call that named a number which meant nothing, or nothing of its kind."""

    at: int
    thread: int
    process: int
    handle: int
    object: int
    call: int


@dataclass(slots=True)
class Thing:
    """A kernel object, living or dead; ``orphaned_at`` is when its last handle was closed and it lived on."""

    ident: int
    type: str
    process: int
    created_at: int
    ended_at: int = 0
    listening_at: int = 0
    orphaned_at: int = 0
    holdings: list[Holding] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)
    claims: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Context:
    """What Winsock keeps under a number, and the object it was made for."""

    object: int
    opened_at: int


@dataclass(slots=True)
class Descriptor:
    """A descriptor, and the object that its handle meant when it was made."""

    object: int
    handle: int
    opened_at: int
    thread: int
    closed_at: int = 0
    closer: int = 0


@dataclass(slots=True)
class Claim:
    """An address object."""

    ident: int
    machine: int
    process: int
    object: int
    protocol: int
    host: str
    port: int
    shared: bool
    claimed_at: int
    released_at: int = 0
    heard: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Connection:
    """A connection's one end; ``since_ns`` is when it came to its state."""

    ident: int
    machine: int
    object: int
    local: str
    remote: str
    opened_at: int
    state: int = CLOSED
    since_ns: int = 0
    changed_at: int = 0


class World:
    """Everything, as of the event it was told last."""

    def __init__(self, trace: Trace, flat: list[int]) -> None:
        self.trace = trace
        self.flat = flat
        self.names = trace.names
        self.now = 0
        self.end = 0
        self.machines: dict[int, Machine] = {}
        self.processes: dict[int, Process] = {}
        self.threads: dict[int, Thread] = {}
        self.objects: dict[int, Thing] = {}
        self.table: dict[Key, Holding] = {}
        self.past: dict[Key, list[Holding]] = {}
        self.contexts: dict[Key, Context] = {}
        self.lost_contexts: list[tuple[Key, Context, int]] = []
        self.descriptors: dict[Key, Descriptor] = {}
        self.past_descriptors: dict[Key, Descriptor] = {}
        self.given_up: Descriptor | None = None
        self.released: tuple[Key, int] | None = None
        self.misses: list[Miss] = []
        self.claims: dict[int, Claim] = {}
        self.connections: dict[int, Connection] = {}
        self.orphans: list[Holding] = []
        self._fresh = 0
        self._dying: Holding | None = None

    # ---- machines, processes, threads -------------------------------------------------------------------------

    def clock(self, at: int, now_ns: int) -> None:
        """Time moved."""
        self.now = now_ns

    def machine_started(self, at: int, machine: int, name: int, release: int) -> None:
        """A machine came up."""
        self.machines[machine] = Machine(self.names[name], self.names[release])

    def process_started(self, at: int, process: int, machine: int, parent: int, name: int) -> None:
        """A process began."""
        self.processes[process] = Process(process, self.names[name], machine, parent)

    def process_ended(self, at: int, process: int, code: int) -> None:
        """A process ended: its contexts and descriptors are gone with it."""
        self.settle()
        found = self.processes.get(process)
        if found is not None:
            found.ended_at = at
            found.code = code

    def thread_started(self, at: int, thread: int, process: int, name: int) -> None:
        """A thread began; its object, if the trace has one, is made next."""
        self.threads[thread] = Thread(thread, self.names[name], process, at)
        self._fresh = thread

    def thread_ended(self, at: int, thread: int) -> None:
        """A thread ended."""
        if thread in self.threads:
            self.threads[thread].ended_at = at

    def entered(self, at: int, thread: int, call: int, first: int, second: int) -> None:
        """A thread entered a call: whoever names a number knows it."""
        if self._dying is not None:
            self.settle()
        found = self.threads.get(thread)
        if found is None:
            return
        found.call = call
        found.call_at = at
        found.first = first
        if call in NAMES_A_HANDLE:
            handle = first
        elif call in NAMES_A_DESCRIPTOR:
            descriptor = self.descriptors.get((found.process, first))
            if descriptor is None:
                return
            handle = descriptor.handle
        else:
            return
        holding = self.table.get((found.process, handle))
        if holding is not None and thread not in holding.users:
            holding.users[thread] = at

    def exited(self, at: int, thread: int, call: int, result: int, error: int) -> None:
        """A call returned."""
        if self._dying is not None:
            self.settle()
        found = self.threads.get(thread)
        if found is not None:
            found.call = 0
            found.releasing = None

    def stepped(self, at: int, thread: int, point: int) -> None:
        """A thread passed a point; directly after a context was released, it is the one that released it."""
        if self.released is not None:
            found = self.threads.get(thread)
            if found is not None:
                found.releasing = self.released
            self.released = None

    # ---- objects and handles --------------------------------------------------------------------------------

    def object_created(self, at: int, target: int, type_name: int, process: int) -> None:
        """An object came to be."""
        kind = self.names[type_name]
        self.objects[target] = Thing(target, kind, process, at)
        if kind == "thread" and self._fresh:
            self.threads[self._fresh].object = target
        self._fresh = 0

    def object_ended(self, at: int, target: int) -> None:
        """An object was torn down."""
        if target in self.objects:
            self.objects[target].ended_at = at
        if self._dying is not None and self._dying.object == target:
            self._dying = None

    def settle(self) -> None:
        """A thread goes on: an object whose last handle was closed and that has not ended by now lives on."""
        holding, self._dying = self._dying, None
        if holding is not None:
            self.thing(holding.object).orphaned_at = holding.closed_at
            self.orphans.append(holding)

    def handle_opened(self, at: int, thread: int, process: int, handle: int, target: int, origin: int) -> None:
        """A number means an object from now on."""
        holding = self.table[process, handle] = Holding(process, handle, target, at, thread, origin)
        self.thing(target).holdings.append(holding)

    def handle_closed(
        self,
        at: int,
        thread: int,
        process: int,
        handle: int,
        target: int,
        call: int,
        left: int,
    ) -> None:
        """A number means nothing any more; the holding is the last one of ``past``."""
        self.settle()
        key = (process, handle)
        holding = self.table.pop(key, None)
        if holding is None:
            holding = Holding(process, handle, target, at, 0, Origin.CREATED)
            self.thing(target).holdings.append(holding)
        self.released = None
        found = self.threads.get(thread)
        holding.closing_at = found.call_at if found is not None and found.call else at
        holding.closed_at = at
        holding.closer = thread
        holding.call = call
        holding.left = left
        self.past.setdefault(key, []).append(holding)
        if left == 0 and self.thing(target).type == "endpoint":
            self._dying = holding

    def handle_missed(
        self,
        at: int,
        thread: int,
        process: int,
        handle: int,
        target: int,
        call: int,
    ) -> None:
        """A call named a number that means nothing, or nothing of its kind."""
        self.misses.append(Miss(at, thread, process, handle, target, call))
        if target == 0 and call in CLOSES_BY_NUMBER:
            holding = self.last(process, handle)
            if holding is not None:
                holding.again.append((at, thread, call))

    def context_opened(self, at: int, process: int, handle: int, target: int) -> None:
        """Winsock keeps a context; one that was there before is lost."""
        key = (process, handle)
        before = self.contexts.get(key)
        if before is not None and before.object != target:
            self.lost_contexts.append((key, before, at))
        self.contexts[key] = Context(target, at)

    def context_released(self, at: int, process: int, handle: int, target: int, meant: int) -> None:
        """Winsock forgot a context."""
        self.contexts.pop((process, handle), None)
        self.released = ((process, handle), target)

    def descriptor_opened(
        self,
        at: int,
        thread: int,
        process: int,
        descriptor: int,
        handle: int,
        target: int,
    ) -> None:
        """A descriptor stands for a number."""
        self.descriptors[process, descriptor] = Descriptor(target, handle, at, thread)

    def descriptor_closed(
        self,
        at: int,
        thread: int,
        process: int,
        descriptor: int,
        handle: int,
        target: int,
    ) -> None:
        """A descriptor was given up; its number is closed next."""
        key = (process, descriptor)
        self.given_up = self.descriptors.pop(key, None)
        if self.given_up is not None:
            self.given_up.closed_at = at
            self.given_up.closer = thread
            self.past_descriptors[key] = self.given_up

    # ---- the network ------------------------------------------------------------------------------------------

    def address_claimed(
        self, at: int, address: int, machine: int, process: int, target: int, protocol: int, host: int,
        port: int, shared: int,
    ) -> None:  # fmt: skip
        """An endpoint has an address."""
        self.claims[address] = Claim(
            address, machine, process, target, protocol, self.names[host], port, bool(shared), at
        )
        self.thing(target).claims.append(address)

    def address_released(self, at: int, address: int) -> None:
        """An address is free."""
        if address in self.claims:
            self.claims[address].released_at = at

    def address_heard(self, at: int, address: int) -> None:
        """A packet was handed to an address."""
        if address in self.claims:
            self.claims[address].heard.append(at)

    def listening(self, at: int, target: int, backlog: int) -> None:
        """An endpoint listens."""
        self.thing(target).listening_at = at

    def connection_opened(
        self,
        at: int,
        connection: int,
        machine: int,
        target: int,
        local: int,
        remote: int,
    ) -> None:
        """A connection's end came to be; a listener's is nobody's until it is adopted."""
        self.connections[connection] = Connection(
            connection, machine, target, self.names[local], self.names[remote], at, CLOSED, self.now, at
        )
        if target and not self.thing(target).listening_at:
            self.thing(target).connections.append(connection)

    def connection_adopted(self, at: int, connection: int, target: int) -> None:
        """An accepted connection has its endpoint."""
        if connection in self.connections:
            self.connections[connection].object = target
        self.thing(target).connections.append(connection)

    def state_changed(self, at: int, connection: int, old: int, new: int) -> None:
        """A connection's end is in another state."""
        found = self.connections.get(connection)
        if found is not None:
            found.state = new
            found.since_ns = self.now
            found.changed_at = at

    @property
    def posix(self) -> bool:
        """Say whether this happened on Linux: descriptors in decimal, and advice of its own."""
        return any(machine.release == "Linux" for machine in self.machines.values())

    @property
    def real(self) -> bool:
        """Say whether this was seen of a real program, on Linux or under Wine, and not simulated."""
        return any(machine.release in ("Linux", "Wine") for machine in self.machines.values())

    # ---- questions ----------------------------------------------------------------------------------------------

    def thing(self, target: int) -> Thing:
        """Return an object; one that the trace never introduced is of an unknown type."""
        found = self.objects.get(target)
        if found is None:
            found = self.objects[target] = Thing(target, "object", 0, 0)
        return found

    def last(self, process: int, handle: int) -> Holding | None:
        """Return the newest holding of a number that has ended."""
        past = self.past.get((process, handle))
        return past[-1] if past else None

    def process_of(self, thread: int) -> int:
        """Return the process of a thread, 0 when the trace does not tell."""
        found = self.threads.get(thread)
        return found.process if found is not None else 0

    def other_ends(self, target: int) -> list[Connection]:
        """Return the other end of an object's newest connection, where the trace has it and an object is behind it."""
        connections = self.thing(target).connections
        mine = self.connections.get(connections[-1]) if connections else None
        if mine is None:
            return []
        return [
            end for end in self.connections.values()
            if end.object and end.local == mine.remote and end.remote == mine.local
        ]  # fmt: skip

    def holders(self, target: int) -> list[Holding]:
        """Return the handles to an object that are open."""
        return [holding for holding in self.thing(target).holdings if not holding.closed_at]


def handlers_of(taker: type[Any]) -> dict[int, str]:
    """Return, by kind of event, the names of the methods with which a class takes events."""
    return {kind: name for kind, name in _METHODS.items() if hasattr(taker, name)}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")


_METHODS = {kind: _snake(event.__name__) for kind, event in BY_KIND.items()}
