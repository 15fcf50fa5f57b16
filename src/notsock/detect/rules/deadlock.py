"""The rule deadlock."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from dataclasses import dataclass

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.detect.world import NAMES_A_DESCRIPTOR, NAMES_A_HANDLE, Connection, Thing
from notsock.trace.calls import Call
from notsock.trace.events import Ending, Entered, Exited, RunEnded, Stuck
from notsock.values.addresses import IPPROTO_UDP

_SERVES = frozenset({Call.ACCEPT, Call.SELECT, Call.WSAPOLL, Call.GETQUEUEDCOMPLETIONSTATUS, Call.CONNECTNAMEDPIPE})
_TALKS = frozenset({Call.RECV, Call.SEND, Call.RECVFROM, Call.SENDTO, Call.CRT_READ, Call.CRT_WRITE,
                    Call.READFILE, Call.WRITEFILE})  # fmt: skip
_SENDS = frozenset({Call.SEND, Call.CRT_WRITE, Call.WRITEFILE})
_WAITS = frozenset({Call.WAITFORSINGLEOBJECT})
_NAMED_MAX = 3


@dataclass(slots=True)
class _Waiter:
    """A thread that waits for ever, and the threads that could end that."""

    at: int
    thread: int
    process: int
    call: int
    first: int
    idle: bool = False
    waits_for: frozenset[int] = frozenset()
    holder: int = 0
    """The thread that has the lock which is waited for."""


class Deadlock:
    """Threads wait for each other, and nothing is left that could wake one.

    ## What it does
    Looks at the threads that still waited when nothing in the system could go on.  A thread in `accept` or
    `select`, one that receives on a datagram socket, or one that looks around every now and then, is an *idle
    service*: it waits for work, which is no fault.  So is a thread that waits for an idle service: that joins
    it, waits for a lock it holds or for a message it would send.  All others are deadlocked.

    ## Why is this bad?
    They never go on.  The program hangs, and under other schedules it does not.

    ## Example
    ```python
    # client                           # server
    s.sendall(request)                 while data := c.recv(4096):   # waits for the end, which
    answer = s.recv(4096)                  request += data           # the client never sends
    ```

    ## What to change
    Say where a message ends (`shutdown(SD_SEND)`, a length); read while you write, for `send` waits once both buffers
    are full; take locks in one order; and wait for a daemon thread before the process ends, for it is killed with the
    locks it holds.
    """

    name = "deadlock"
    severity = Severity.ERROR
    article = None
    cwe = 833
    reads = (Entered, Exited, Stuck, RunEnded)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._waiters: dict[int, _Waiter] = {}
        self._ending = Ending.FINISHED.value

    def stuck(self, at: int, thread: int, call: int, first: int) -> None:
        """A thread waits for ever."""
        process = self.case.world.process_of(thread)
        self._waiters[thread] = _Waiter(at, thread, process, call, first)

    def run_ended(self, at: int, ending: int) -> None:
        """Nothing more happens."""
        self._ending = ending

    def finish(self) -> None:
        """Separate the idle from the deadlocked."""
        if self._ending not in (Ending.DEADLOCK, Ending.QUIET) or not self._waiters:
            return
        for waiter in self._waiters.values():
            waiter.idle = self._serves(waiter)
        for thread in self.case.world.threads.values():
            if not thread.ended_at and thread.ident not in self._waiters:
                self._waiters[thread.ident] = _Waiter(0, thread.ident, thread.process, 0, 0, idle=True)
        if not all(waiter.idle for waiter in self._waiters.values()):
            holders = self._lock_holders()
            for waiter in self._waiters.values():
                waiter.waits_for = self._waits_for(waiter, holders)
            self._spread()
        dead = [waiter for waiter in self._waiters.values() if not waiter.idle]
        if dead:
            key = sorted((self._name(waiter.thread), waiter.call) for waiter in dead)
            flat = tuple(word for pair in key for word in pair)
            self.case.add(self, dead[0].at, flat, lambda: self._words(dead), through=self._through(dead))

    def _through(self, dead: list[_Waiter]) -> frozenset[int]:
        """Return the objects whose fate may have left them waiting: what they wait on, and its other ends."""
        case = self.case
        found: set[int] = set()
        for waiter in dead:
            if waiter.call in NAMES_A_HANDLE:
                found |= case.meant_by(waiter.thread, waiter.process, waiter.first)
            found |= {end.object for end in self._other_ends(waiter)}
        return frozenset(found - {0})

    # ---- who waits for whom -----------------------------------------------------------------------------------

    def _serves(self, waiter: _Waiter) -> bool:
        """Say whether a thread waits for work that may come from anywhere."""
        if waiter.call in _SERVES:
            return True
        if waiter.call in (Call.RECVFROM, Call.RECV):
            thing = self._object(waiter)
            world = self.case.world
            return thing is not None and any(world.claims[claim].protocol == IPPROTO_UDP for claim in thing.claims)
        return False

    def _spread(self) -> None:
        """Whoever waits for an idle service is idle."""
        changed = True
        while changed:
            changed = False
            for waiter in self._waiters.values():
                if not waiter.idle and any(
                    thread in self._waiters and self._waiters[thread].idle for thread in waiter.waits_for
                ):
                    waiter.idle = changed = True

    def _waits_for(self, waiter: _Waiter, holders: dict[int, int]) -> frozenset[int]:
        """Return the threads that could end a wait."""
        neighbours = frozenset(
            other.thread for other in self._waiters.values()
            if other.process == waiter.process and other is not waiter
        )  # fmt: skip
        if waiter.call == Call.LOCK_ACQUIRE:
            holder = holders.get(waiter.first, waiter.thread)
            if holder == waiter.thread:
                return neighbours
            waiter.holder = holder
            return frozenset({holder})
        if waiter.call in _TALKS:
            return self._peers(waiter)
        if waiter.call in _WAITS:
            return self._behind(waiter, neighbours)
        return neighbours

    def _lock_holders(self) -> dict[int, int]:
        """Return the thread that took each lock last and has not released it."""
        holders: dict[int, int] = {}
        wanted: dict[int, int] = {}
        for _, record in self.case.world.trace.records():
            if record[0] == Entered.kind:
                if record[2] == Call.LOCK_ACQUIRE:
                    wanted[record[1]] = record[3]
                elif record[2] == Call.LOCK_RELEASE:
                    holders.pop(record[3], None)
            elif record[0] == Exited.kind and record[2] == Call.LOCK_ACQUIRE and record[3]:
                holders[wanted.get(record[1], 0)] = record[1]
        return holders

    def _behind(self, waiter: _Waiter, neighbours: frozenset[int]) -> frozenset[int]:
        """Return the threads behind an object that is waited for: itself, a process's, or whoever may set it."""
        thing = self._object(waiter)
        world = self.case.world
        if thing is None:
            return neighbours
        if thing.ident in world.processes:
            return frozenset(thread.ident for thread in world.threads.values() if thread.process == thing.ident)
        if thing.type == "thread":
            return frozenset(thread.ident for thread in world.threads.values() if thread.object == thing.ident)
        return neighbours

    def _peers(self, waiter: _Waiter) -> frozenset[int]:
        """Return the threads that used the other end of a connection last."""
        found: set[int] = set()
        for end in self._other_ends(waiter):
            for holding in self.case.world.holders(end.object):
                users = holding.users or {holding.opener: 0}
                alive = [thread for thread in users if thread in self._waiters]
                found.update(alive or [other.thread for other in self._waiters.values()
                                       if other.process == holding.process])  # fmt: skip
        return frozenset(found)

    def _other_ends(self, waiter: _Waiter) -> list[Connection]:
        """Return the other end of the connection that a thread waits on."""
        thing = self._object(waiter)
        return self.case.world.other_ends(thing.ident) if thing is not None else []

    def _object(self, waiter: _Waiter) -> Thing | None:
        world = self.case.world
        handle = waiter.first
        if waiter.call in NAMES_A_DESCRIPTOR:
            descriptor = world.descriptors.get((waiter.process, handle))
            if descriptor is None:
                return None
            handle = descriptor.handle
        holding = world.table.get((waiter.process, handle))
        return world.thing(holding.object) if holding is not None else None

    # ---- words --------------------------------------------------------------------------------------------------

    def _name(self, thread: int) -> str:
        return self.case.thread_name(thread)

    def _words(self, dead: list[_Waiter]) -> Words:
        case = self.case
        moments = [
            case.timeline.moment(f"waits here for ever{self._for_whom(waiter)}", waiter.at, waiter.thread)
            for waiter in dead
        ]
        names = [self._name(waiter.thread) for waiter in dead]
        title = f"{names[0]} waits for ever" if len(names) == 1 else f"{', '.join(names)} wait for ever"
        idle = sum(waiter.idle for waiter in self._waiters.values())
        rest = f"; {idle} more only wait for work" if idle else ""
        return Words(
            title,
            "; ".join(f"{moment.thread} in {moment.call}" for moment in moments),
            None,
            moments,
            f"nothing could go on any more{rest}",
            self._advice(dead),
        )

    def _for_whom(self, waiter: _Waiter) -> str:
        """Name the threads that could end a wait, if they are few."""
        names = [self._name(thread) for thread in sorted(waiter.waits_for)]
        if not 0 < len(names) <= _NAMED_MAX:
            return ""
        who = " or ".join(names)
        if waiter.holder:
            return f", for a lock of {who}" if waiter.holder in self._waiters else f", for a lock that {who} took along"
        if waiter.call in _TALKS:
            return f", for {who} to {'read' if waiter.call in _SENDS else 'write'}"
        return f", for {who}"

    def _advice(self, dead: list[_Waiter]) -> str:
        if any(waiter.holder and waiter.holder not in self._waiters for waiter in dead):
            return "join the thread that took the lock before the process ends, and take none in a finalizer"
        if all(waiter.call in _SENDS for waiter in dead):
            return "read while you write, or in another thread: once both buffers are full each waits for the other"
        return "let one side end its message (shutdown, a length), and take locks in one order"
