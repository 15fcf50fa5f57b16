"""The reader: lines in, a trace of what may be wrong out.

A line whose call is of no interest is let go after one look at its name; one that cannot be understood is counted.
Nothing here raises for what a log contains.
"""

import re
from collections.abc import Iterable

from notsock.readers.excerpt import excerpts
from notsock.readers.reading import Reading
from notsock.readers.sieve import Sieve
from notsock.readers.strace.lifetimes import Lifetimes
from notsock.readers.strace.lines import UNFINISHED, without_both_times
from notsock.readers.tables import Line, Thread
from notsock.readers.words import seconds, time_of
from notsock.trace.events import (
    AddressClaimed,
    Clock,
    ConnectionAdopted,
    ConnectionOpened,
    ContextReleased,
    DescriptorClosed,
    DescriptorOpened,
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
    ProcessEnded,
    ProcessStarted,
    RunEnded,
    StateChanged,
    ThreadEnded,
    ThreadStarted,
)

LOOK_EVERY = 256
"""Lines between two looks at the clock."""
FRAMES_MAX = 24
NAMES_MAX = 4096
_ALWAYS = frozenset(
    {Clock, MachineStarted, ProcessStarted, ProcessEnded, ThreadStarted, ThreadEnded, ObjectCreated, ObjectEnded,
     RunEnded, Exhausted}
)  # fmt: skip
_BLIND = frozenset({"closed-through-alias"})
"""Rules of events of which Linux has none, so that a log has all of them."""
_RELATIVE = re.compile(r"^((?:\d{1,7} +|\[pid +\d+\] )?) *(\d{1,7}\.\d{6}) (?=[a-z+<-])")
_ENDED = re.compile(r"\+\+\+ (?:exited with (\d{1,10})|killed by (\w+)(?: \(core dumped\))?) \+\+\+")
_SUPERSEDED = re.compile(r"\+\+\+ superseded by execve in pid (\d+) \+\+\+")


class Reader:
    """Reads one log; ``log`` is its name, ``ordered`` is False where the order of lines means nothing."""

    def __init__(self, log: str = "log", *, ordered: bool = True) -> None:
        self.log = log
        self.lines = 0
        self.cut = 0
        self._ordered = ordered
        self._sampled = False
        self._sieve = Sieve()
        self._lifetimes = Lifetimes(self._sieve)
        self._passed: set[str] = set()
        self._seen = self._lifetimes.seen
        self._bad = 0
        self._calls = 0
        self._halves = 0
        self._newest: Line | None = None
        self._relative: float | None = None
        self._both_times = False
        self._main: str | None = None
        self._first: float | None = None

    def together(self, threads: Iterable[int], name: str) -> None:
        """Say which threads one process had when tracing began: a log does not."""
        self._lifetimes.together(map(str, threads), name)

    def processes(self) -> list[int]:
        """Return the ids of the processes that are alive."""
        threads = self._lifetimes.threads.values()
        return [int(thread.pid) for thread in threads if thread.leader and thread.pid.isdecimal()]

    def peers_closed(self, found: Iterable[tuple[int, int, float]], now: float) -> None:
        """Take processes and descriptors of connections that wait in CLOSE_WAIT, since when, as the kernel has it."""
        self._sampled = True
        for pid, number, since in found:
            thread = self._lifetimes.threads.get(str(pid))
            held = thread.table.numbers.get(number) if thread is not None else None
            if held is not None and thread is not None and held.what.kind == "socket" and held.what.eof is None:
                held.what.connected = True
                text = f"{pid} {since:.6f} +++ seen in CLOSE_WAIT by the kernel +++"
                held.what.eof = self._lifetimes.line(thread, self.lines, text, self.lines)
                self._sieve.peer_closed(held)
        self._look(now)

    def _look(self, now: float | None) -> None:
        """Time has passed: nothing more will come of what has waited for it."""
        if now is not None:
            self._lifetimes.settle_old(now)
            self._sieve.look(now)

    def feed(self, lines: Iterable[str]) -> None:
        """Take the next lines, without their ends."""
        lines = list(lines)
        if self.lines < LOOK_EVERY:
            self._recognise(lines[:LOOK_EVERY])
        if self._both_times:
            lines = [without_both_times(line) for line in lines]
        elif self._relative is not None:
            lines = [self._absolute(line) for line in lines]
        passed, lifetimes = self._passed, self._lifetimes
        handlers, threads, seen = lifetimes.handlers, lifetimes.threads, self._seen
        at, calls = self.lines, 0
        for line in lines:
            at += 1
            if not at & (LOOK_EVERY - 1):
                self._look(time_of(line))
            head, _, tail = line.partition("(")
            name = head[head.rfind(" ") + 1 :]
            if name in passed:
                continue
            handler = handlers.get(name)
            if handler is None:
                self._other(line, head, name, at)
                continue
            pid = head[: head.find(" ")]
            if not pid.isdigit():
                pid = self._pid(head)
            thread = threads.get(pid)
            try:
                if thread is None:
                    thread = lifetimes.stranger(pid, at)
                if thread.sweep and name != "close":
                    lifetimes.settle(thread)
                if tail[-1:] == ">" and tail.endswith(UNFINISHED):
                    lifetimes.began(thread, name, tail[: -len(UNFINISHED)], at)
                    continue
                calls += 1
                if name not in seen:
                    seen.add(name)
                handler(thread, tail, at, line, at)
            except (ValueError, IndexError):
                self._bad += 1
        self.lines = at
        self._calls += calls

    def finish(self) -> Reading:
        """Return what the log came to so far."""
        return Reading(
            excerpts(self._sieve.told, self.log, self._first),
            self._available(),
            self.lines,
            self._bad,
            self.cut,
            self._halves,
            self._calls,
            tuple(sorted({*self._lifetimes.remarks, *self._remarks()})),
            self._sieve.repeated,
            _BLIND,
        )

    # ---- other lines ------------------------------------------------------------------------------------------------

    def _other(self, line: str, head: str, name: str, at: int) -> None:
        """Take a line that is not one of the calls that matter."""
        if line.startswith(" > "):
            self._frame(line)
            return
        if "<... " in head:
            self._resumed(line, at)
        elif "+++ " in head:
            self._ended(line, at)
        elif len(head) < len(line) and name.isidentifier() and name.islower():
            if len(self._passed) < NAMES_MAX:
                self._passed.add(name)
        elif line and not head.startswith("strace: ") and "--- " not in head and "<detached" not in line:
            self._bad += 1

    def _pid(self, head: str) -> str:
        """Return the process id of a line that does not begin with one alone."""
        if head.startswith("[pid"):
            pid = head[4 : head.find("]")].strip()
            if not pid.isdigit():
                return ""
            threads = self._lifetimes.threads
            if "" in threads and pid not in threads and self._main is None and not self._lifetimes.expects(pid):
                self._main = pid
                threads[pid] = threads.pop("")
                threads[pid].pid = pid
            return pid
        if self._main is not None:
            alive = self._lifetimes.threads
            return next(iter(alive)) if len(alive) == 1 else self._main
        return ""

    def _thread(self, line: str, at: int) -> Thread:
        pid = line[: line.find(" ")]
        if not pid.isdigit():
            pid = self._pid(line)
        return self._lifetimes.threads.get(pid) or self._lifetimes.stranger(pid, at)

    def _resumed(self, line: str, at: int) -> None:
        start = line.find("<... ")
        end = line.find(" resumed>", start)
        name = line[start + 5 : end]
        if end < 0:
            self._bad += 1
        elif name in self._lifetimes.handlers:
            self._calls += 1
            self._seen.add(name)
            thread = self._thread(line, at)
            if thread.sweep and name != "close":
                self._lifetimes.settle(thread)
            try:
                if not self._lifetimes.resumed(thread, name, line[end + 9 :], at, line):
                    self._halves += 1
            except (ValueError, IndexError):
                self._bad += 1

    def _ended(self, line: str, at: int) -> None:
        found = _ENDED.search(line)
        if found is not None:
            thread = self._thread(line, at)
            mark = self._lifetimes.line(thread, at, line, at)
            self._lifetimes.exited(thread, mark, int(found[1]) if found[1] else -1)
            return
        taken = _SUPERSEDED.search(line)
        if taken is not None:
            self._lifetimes.superseded(self._thread(line, at), taken[1])
        else:
            self._bad += 1

    def _frame(self, line: str) -> None:
        """A line of ``-k`` belongs to the call above it."""
        mark = self._lifetimes.mark
        if mark is not None and mark.at <= self.lines + LOOK_EVERY:
            if not isinstance(mark.frames, list):
                mark.frames = []
            if len(mark.frames) < FRAMES_MAX:
                mark.frames.append(line)

    # ---- times ------------------------------------------------------------------------------------------------------

    def _recognise(self, lines: list[str]) -> None:
        """See how a log tells the time, from its first lines."""
        for line in lines:
            head = line.partition('"')[0]
            if "(+ " in head:
                self._both_times = True
            elif self._relative is None and _RELATIVE.match(line):
                self._relative = 0.0
            if self._first is None:
                self._first = time_of(without_both_times(line) if self._both_times else line)

    def _absolute(self, line: str) -> str:
        """Turn the time since the line before (``-r``) into the time since the log began."""
        found = _RELATIVE.match(line)
        if found is None:
            return line
        assert self._relative is not None
        self._relative += seconds(found[2])
        return f"{found[1]}{self._relative:.6f} {line[found.end() :]}"

    # ---- what such a log can tell -----------------------------------------------------------------------------------

    def _available(self) -> frozenset[type[Event]]:
        """Return the events that this log can tell: a rule that needs another one is not applicable."""
        seen = self._seen
        found: set[type[Event]] = set(_ALWAYS)
        if "close" in seen:
            found |= {HandleOpened, HandleClosed, ContextReleased, DescriptorOpened, DescriptorClosed}
            if self._ordered:
                found.add(HandleMissed)
        if "bind" in seen:
            found.add(AddressClaimed)
        if "listen" in seen:
            found.add(Listening)
        if self._lifetimes.io_seen:
            found |= {Entered, Exited, ConnectionOpened, ConnectionAdopted, StateChanged}
        elif self._sampled:
            found |= {ConnectionOpened, ConnectionAdopted, StateChanged}
        return frozenset(found)

    def _remarks(self) -> Iterable[str]:
        if not self._lifetimes.io_seen:
            piles = "" if self._sampled else "half-closed piles, "
            yield f"the log has no reads and writes: nothing is said of {piles}uses and idle copies (--io)"
        if self._first is None:
            yield "the log has no times: nothing is said of what must last a second (strace -ttt)"
        if not self._ordered:
            yield "the order of calls in different files is not known: nothing is said of double closes (strace -T)"
        if self._halves:
            yield f"{self._halves} calls began before the log"
        if self.cut:
            yield f"{self.cut} lines were cut"
