"""Could a thread have learned of an event?

A number alone does not say what its user meant by it.  But if nothing in the trace leads from the moment at
which the number came to mean an object to the thread that used it (no lock handed on, no event set, no thread
started or joined, nothing received), then that thread can only have meant what the number was before, unless
it peeked at shared memory.  Where in doubt the answer is yes: it keeps findings true.
"""

from notsock.detect.world import World
from notsock.trace.calls import Call
from notsock.trace.events import WIDTHS, Entered, Exited, ThreadEnded, ThreadStarted

_ENTERED, _EXITED = Entered.kind, Exited.kind
_STARTED, _ENDED = ThreadStarted.kind, ThreadEnded.kind
_TELLING = (_ENTERED, _EXITED, _STARTED, _ENDED)

WINDOW_MAX = 5_000
"""Events after which somebody is taken to have told."""
_SAYS = frozenset({Call.SEND, Call.SENDTO, Call.CRT_WRITE, Call.WRITEFILE, Call.CONNECT, Call.SHUTDOWN})
_HEARS = frozenset(
    {
        Call.RECV, Call.RECVFROM, Call.CRT_READ, Call.READFILE, Call.ACCEPT, Call.SELECT, Call.WSAPOLL,
        Call.GETQUEUEDCOMPLETIONSTATUS,
    }
)  # fmt: skip
_WAITS = frozenset({Call.WAITFORSINGLEOBJECT, Call.WAITFORMULTIPLEOBJECTS})


def may_have_learned(world: World, since: int, source: int, thread: int, until: int) -> bool:
    """Say whether ``thread`` may have learned, before ``until``, of what ``source`` did at ``since``."""
    if source == thread:
        return True
    search = _Search(world, source)
    flat = world.flat
    place = since
    for _ in range(WINDOW_MAX):
        if place >= until:
            return False
        width = WIDTHS[flat[place]]
        if flat[place] in _TELLING:
            search.follow(flat[place : place + width])
            if thread in search.informed:
                return True
        place += width
    return True


class _Search:
    """Follows news from thread to thread."""

    def __init__(self, world: World, source: int) -> None:
        self.world = world
        self.informed = {source}
        self.calls: dict[int, tuple[int, int]] = {}
        self._locks: set[int] = set()
        self._objects: set[int] = set()
        self._spoken = False
        self._ended = False
        self._last = source

    def follow(self, record: list[int]) -> None:
        """Take one event."""
        kind, *fields = record
        if kind == _ENTERED:
            thread, call, first, _ = fields
            self.calls[thread] = (call, first)
            self._last = thread
            if thread in self.informed:
                self._told(thread, call, first)
        elif kind == _EXITED:
            thread, call, _, _ = fields
            self._last = thread
            if thread not in self.informed and self._heard(thread, call):
                self.informed.add(thread)
        elif kind == _STARTED:
            if self._last in self.informed:
                self.informed.add(fields[0])
        elif kind == _ENDED and fields[0] in self.informed:
            self._ended = True
            actor = self.world.threads.get(fields[0])
            if actor is not None:
                self._objects |= {actor.object, actor.process}

    def _told(self, thread: int, call: int, first: int) -> None:
        """An informed thread does something that others may notice."""
        if call == Call.LOCK_RELEASE:
            self._locks.add(first)
        elif call == Call.SETEVENT:
            self._objects.update(self._meanings(thread, first))
        elif call in _SAYS:
            self._spoken = True

    def _heard(self, thread: int, call: int) -> bool:
        """Say whether a call that returned may have brought the news; one that began before it may, too."""
        began = self.calls.get(thread)
        if call == Call.LOCK_ACQUIRE:
            return began[1] in self._locks if began is not None else bool(self._locks)
        if call == Call.THREAD_JOIN:
            return self._ended
        if call in _WAITS:
            if began is None or call == Call.WAITFORMULTIPLEOBJECTS:
                return bool(self._objects)
            return bool(self._objects & self._meanings(thread, began[1]))
        return self._spoken and call in _HEARS

    def _meanings(self, thread: int, handle: int) -> set[int]:
        """Return every object that a number ever meant to a thread's process."""
        world = self.world
        key = (world.process_of(thread), handle)
        found = {holding.object for holding in world.past.get(key, ())}
        if key in world.table:
            found.add(world.table[key].object)
        return found
