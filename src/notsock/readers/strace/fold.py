"""What the handlers of all calls share: which object a number means, and how it comes and goes.

Three things make a log harder than the calls in it:

* the order of lines is the order in which strace heard of the returns.  A number can be handed out again before the
  log says that ``close`` returned; but it always says before that ``close`` began.  So an opening of a number that is
  taken first looks for a thread inside ``close``.
* a log may begin late or lack calls.  A number that nobody opened means an unknown object, and nothing is ever said
  of a number whose last visible owner need not be its last owner.
* a number is closed in passing, too: by ``dup2``, ``close_range``, ``execve`` and the end of a process.
"""

from collections.abc import Callable
from typing import TypeAlias

from notsock.readers.holdings import Holdings
from notsock.readers.sieve import PATIENCE, Kind, Sieve
from notsock.readers.tables import PAST_MAX, Description, Holding, Line, Table, Thread
from notsock.trace.events import Origin

Handler: TypeAlias = Callable[[Thread, str, int, str, int], None]
"""Takes thread, text behind the opening bracket, line number, the line, and the line on which the call began."""

TEXT_MAX = 400
"""Characters of a line that are kept."""
FORKS = frozenset({"clone", "clone3", "fork", "vfork"})
_INHERITED = Origin.INHERITED
_SHOW_IO = frozenset({"read", "recv", "recvfrom", "readv", "write", "sendto"})


class Fold(Holdings):
    """The descriptors of every process in a log, as of the line it was told last."""

    def __init__(self, sieve: Sieve) -> None:
        super().__init__(sieve)
        self.threads: dict[str, Thread] = {}
        self.remarks: set[str] = set()
        self.seen: set[str] = set()
        """The calls that matter and were made."""
        self.mark: Line | None = None
        self._strange = False
        """Threads came that nobody had started, as in another namespace of ids: a silent child may be one of them."""
        self.sweeping: dict[Thread, None] = {}
        """Threads whose last close found nothing: a sweep may come of it."""
        self._idents = 0
        self._tables = 0
        self._gone: dict[str, int] = {}
        self._expected: dict[str, Thread] = {}
        """Children of which the log has said nothing yet; without ``-f`` it never will."""
        self.in_flight: list[list[Description]] = []
        """Rights sent over sockets whose other end the log does not show."""

    @property
    def io_seen(self) -> bool:
        """Say whether the log has reads and writes: only then can it tell that a number was not used."""
        return not self.seen.isdisjoint(_SHOW_IO)

    def _table(self, name: str, *, whole: bool, parent: Table | None = None) -> Table:
        self._tables += 1
        return Table(self._tables, name, whole=whole, parent=parent)

    def _enter(self, pid: str, table: Table) -> Thread:
        self._idents += 1
        thread = Thread(pid, table, self._idents)
        table.members.add(thread)
        return thread

    def line(self, thread: Thread, at: int, text: str, began: int) -> Line:
        """Return a line that may have to be shown; ``-k`` puts its frames on the newest one."""
        mark = self.mark = Line(at, began, thread, text if len(text) < TEXT_MAX else text[:TEXT_MAX] + "…")
        if thread.frames is not None:
            call, frames = thread.frames
            thread.frames = None
            if f"{call}" in text:
                mark.frames = frames
        return mark

    def _open(
        self, thread: Thread, number: int, what: Description, line: Line, origin: Origin, *, cloexec: bool
    ) -> Holding:
        """A number means a description from here on."""
        table = thread.table
        old = table.numbers.get(number)
        if old is not None:
            self._displaced(old, line)
        held = table.numbers[number] = Holding(table, number, what, line, origin, cloexec=cloexec)
        holders = what.holders
        if holders and what.first is None:
            what.first = holders[0]
        holders.append(held)
        if number in table.phantoms:
            phantom = table.phantoms.pop(number)
            if line.entered < phantom.at:
                del table.numbers[number]
                self._closed(held, Line(line.at, phantom.entered, phantom.thread, phantom.text))
        return held

    def _displaced(self, old: Holding, line: Line) -> None:
        """A number was handed out that was taken: by a close that has not returned yet, or that nobody saw."""
        table, number = old.table, old.number
        del table.numbers[number]
        for closer in table.closing.get(number, ()):
            pending = closer.pending
            if pending is not None and not pending.early:
                pending.early = True
                text = f"{closer.pid} close({number} <unfinished ...>"
                self._closed(old, Line(line.at, pending.at, closer, text))
                return
        self.end(old, None)

    def _closed(self, held: Holding, line: Line) -> None:
        """A thread closed a number: keep who did, and ask whether it can have meant this object."""
        thread = line.thread
        table, number = held.table, held.number
        self.end(held, line)
        past = table.past.get(number)
        if past is None:
            table.past[number] = [held]
        else:
            if held.opened.thread is not thread and not table.hidden:
                self.doubt(held, past, line)
            past.append(held)
            if len(past) > PAST_MAX:
                del past[0]
        inside = table.inside.get(number)
        if inside:
            for other in inside:
                pending = other.pending
                if other is not thread and pending is not None and held.what.kind != "file":
                    if other.torn is None:
                        other.torn = {}
                    text = f"{other.pid} {pending.name}({pending.tail}<unfinished ...>"
                    other.torn[number] = held, Line(line.at, pending.at, other, text)

    def _used(self, thread: Thread, number: int, at: int, line: str, began: int) -> Holding | None:
        held = thread.table.numbers.get(number)
        if held is not None and held.opened.thread is not thread and (held.users is None or thread not in held.users):
            self._known_to(thread, held, at, line, began)
        return held

    def _known_to(self, thread: Thread, held: Holding, at: int, line: str, began: int) -> None:
        """A thread names a number that another one opened, for the first time."""
        if began < held.opened.at:
            return  # it named what the number meant before
        mark = self.line(thread, at, line, began)
        torn = thread.torn.pop(held.number, None) if thread.torn else None
        if torn is not None and torn[0].what is not held.what:
            self.sieve.stale_use(thread, torn[0], held, [torn[1], mark])
        if held.users is None:
            held.users = {}
        if len(held.users) < 16:
            held.users[thread] = mark
        if held.origin is _INHERITED:
            self.sieve.used_by_heir(held)

    def _missed_use(self, thread: Thread, number: int, at: int, line: str, began: int) -> None:
        """A call other than ``close`` found nothing behind a number."""
        table = thread.table
        if number in table.numbers:
            if table.closing.get(number):
                return
            self.end(table.numbers.pop(number), None)
            return
        past = table.past.get(number)
        if past and not table.hidden:
            self._missed(thread, number, past[-1], self.line(thread, at, line, began), close=False)

    def _missed(
        self, thread: Thread, number: int, held: Holding, line: Line, *, close: bool, harmless: bool = False
    ) -> None:  # fmt: skip
        """A call found nothing: because its own thread's number is gone, or because somebody else closed it."""
        suspect = held.suspect is not None and held.closed is not None and held.closed.thread is not thread
        if held.certain or self.suffered(thread.table, number, thread):
            return
        if suspect:
            self.certain(held, (thread, number, line))
        else:
            kind = Kind.CLOSED_TWICE if close else Kind.USED_AFTER_CLOSE
            self.sieve.missed(kind, thread, held, line, harmless=harmless)

    def _unknown(self, thread: Thread, number: int) -> Holding:
        """A number works that the log never opened."""
        table = thread.table
        held = table.numbers.get(number)
        if held is None:
            what = Description("unknown")
            held = table.numbers[number] = Holding(
                table, number, what, Line(0, 0, thread, ""), Origin.CREATED, cloexec=False
            )  # fmt: skip
            what.holders.append(held)
            table.past.pop(number, None)
        return held

    def settle(self, thread: Thread) -> None:
        """A run of closes is over: those that found nothing were meant."""
        if thread.sweep:
            for number, held, line, harmless in thread.sweep:
                self._missed(thread, number, held, line, close=True, harmless=harmless)
            thread.sweep.clear()
            self.sweeping.pop(thread, None)
        thread.swept = 0

    def settle_old(self, now: float) -> None:
        """Nobody pauses in a sweep: what has waited long enough to become part of one is none."""
        for thread in list(self.sweeping):
            if not thread.sweep:
                del self.sweeping[thread]
            elif now - self.sieve.now_at(thread.sweep[-1][2]) >= PATIENCE:
                self.settle(thread)

    def _exhausted(self, thread: Thread, error: str, at: int, line: str, began: int) -> None:
        if error == "EMFILE":
            self.sieve.exhausted(thread, self.line(thread, at, line, began))
