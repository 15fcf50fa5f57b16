"""Threads and processes: who shares a table of descriptors, who gets a copy, and what ``execve`` and an end leave."""

from collections.abc import Iterable

from notsock.readers.strace.fold import FORKS
from notsock.readers.strace.lines import result, split_result
from notsock.readers.strace.passing import Passing
from notsock.readers.tables import Holding, Line, Table, Thread
from notsock.trace.events import Origin

EXPECTED_MAX = 1000
"""Children that are waited for; one that the log does not follow is forgotten after so many others."""


class Processes(Passing):
    """``clone`` and its kin, ``execve``, ``unshare``, and ends."""

    def stranger(self, pid: str, at: int) -> Thread:
        """Enter a thread of which the log has said nothing: a child, perhaps of a ``clone`` still under way."""
        expected = self._expected.pop(pid, None)
        if expected is not None:
            self.threads[pid] = expected
            expected.table.heard = True
            return expected
        parents = [each for each in self.threads.values() if each.pending is not None and each.pending.name in FORKS]
        places = {(each.table, _shares(each.pending.tail)) for each in parents if each.pending is not None}
        if len(places) == 1:
            parent = parents[0]
            assert parent.pending is not None
            line = Line(at, parent.pending.at, parent, f"{parent.pending.name}({parent.pending.tail}")
            child = self._child(pid, parent, parent.pending.tail, line)
        else:
            whole = not self.threads and at <= 1
            self._strange = self._strange or bool(self._expected)
            child = self._enter(pid, self._table(f"process {pid}" if pid else "the process", whole=whole))
        child.since = at
        child.table.heard = True
        self.threads[pid] = child
        return child

    def together(self, pids: Iterable[str], name: str) -> None:
        """Enter the threads that a process had when tracing began."""
        table = self._table(name, whole=False)
        table.heard = True
        for pid in pids:
            self.threads[pid] = self._enter(pid, table)
            self.threads[pid].leader = len(table.members) == 1

    def expects(self, pid: str) -> bool:
        """Say whether a child with this id is waited for."""
        return pid in self._expected or any(
            each.pending is not None and each.pending.name in FORKS for each in self.threads.values()
        )

    def _child(self, pid: str, parent: Thread, flags: str, line: Line) -> Thread:
        """Make the child of a ``clone``: in its parent's table, or in a copy of it."""
        if _shares(flags):
            thread = self._enter(pid, parent.table)
            thread.leader = "CLONE_THREAD" not in flags
            return thread
        table = self._copy(parent.table, line)
        table.name = _named(parent.table.name, pid)
        table.heard = bool(parent.pid) and not self._strange
        return self._enter(pid, table)

    def _copy(self, old: Table, line: Line) -> Table:
        table = self._table(old.name, whole=old.whole, parent=old)
        table.hidden = old.hidden
        for number, held in old.numbers.items():
            if held.what.first is None:
                held.what.first = held
            copy = table.numbers[number] = Holding(
                table, number, held.what, line, Origin.INHERITED, cloexec=held.cloexec
            )
            held.what.holders.append(copy)
        return table

    def clone(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``clone``, ``fork`` and ``vfork`` returned in the parent."""
        arguments, text = split_result(tail)
        value, error = result(text)
        if error or value <= 0:
            return
        pid = str(value)
        child = self.threads.get(pid)
        if child is not None and child.since >= began:
            if child.table is not thread.table and _shares(arguments):
                self._leave(child)
                child.table = thread.table
                thread.table.members.add(child)
            return
        if self._gone.get(pid, -1) >= began:
            return
        mark = self.line(thread, at, line, began)
        if child is not None:
            self.exited(child, mark, 0)
        child = self._expected[pid] = self._child(pid, thread, arguments, mark)
        child.since = at
        if len(self._expected) > EXPECTED_MAX:
            self._leave(self._expected.pop(next(iter(self._expected))))

    def unshare(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A thread leaves a shared table for a copy of its own."""
        arguments, text = split_result(tail)
        if "CLONE_FILES" in arguments and text.startswith("0") and len(thread.table.members) > 1:
            table = self._copy(thread.table, self.line(thread, at, line, began))
            thread.table.members.discard(thread)
            thread.table = table
            table.members.add(thread)

    def execve(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A process became another program: what is marked close-on-exec is closed."""
        arguments, text = split_result(tail)
        if not text.startswith("0"):
            return
        mark = self.line(thread, at, line, began)
        if len(thread.table.members) > 1:
            old = thread.table
            sharers = {each for each in old.members if each is not thread and each.leader}
            if sharers:
                thread.table = self._copy(old, mark)
                old.members.discard(thread)
            for other in [each for each in old.members if each is not thread and not each.leader]:
                self.threads.pop(other.pid, None)
                old.members.discard(other)
            thread.table.members.add(thread)
        table = thread.table
        thread.leader = True
        table.name = _named(_program(arguments) or table.name, thread.pid)
        table.whole = table.whole or not table.numbers
        for number in [number for number, held in table.numbers.items() if held.cloexec]:
            self.end(table.numbers.pop(number), mark)
        table.past.clear()
        self.sieve.executed(table, mark)

    def exited(self, thread: Thread, line: Line, code: int) -> None:
        """A thread is gone; with the last one, its table."""
        self.settle(thread)
        self._abandon(thread)
        self.threads.pop(thread.pid, None)
        self._gone[thread.pid] = line.at
        if len(self._gone) > 1024:
            del self._gone[next(iter(self._gone))]
        table = thread.table
        table.members.discard(thread)
        if thread.leader:
            table.code = code
        if not table.members:
            self.sieve.left(table, line)
            for held in list(table.numbers.values()):
                self.end(held, line)
            table.numbers.clear()

    def _leave(self, thread: Thread) -> None:
        """A thread leaves a table; if it was alone there, nothing that was seen in it is certain."""
        table = thread.table
        table.members.discard(thread)
        if table.members:
            return
        for held in table.numbers.values():
            held.what.holders.remove(held)
        table.numbers.clear()

    def superseded(self, thread: Thread, by: str) -> None:
        """A thread took over the leader's id in ``execve``: its call returns under that id."""
        other = self.threads.get(by)
        if other is not None and other is not thread:
            thread.pending, other.pending = other.pending, None
            thread.table.members.discard(other)
            self.threads.pop(by, None)

    def _abandon(self, thread: Thread) -> None:
        """A thread is in no call any more."""
        pending, thread.pending = thread.pending, None
        if pending is None or pending.number < 0:
            return
        where = thread.table.closing if pending.name == "close" else thread.table.inside
        members = where.get(pending.number)
        if members is not None and thread in members:
            members.remove(thread)
            if not members:
                del where[pending.number]


def _shares(flags: str) -> bool:
    return "CLONE_FILES" in flags


def _named(program: str, pid: str) -> str:
    return f"{program.partition('[')[0]}[{pid}]" if pid else program


def _program(arguments: str) -> str:
    """Return the name of a program from the arguments of ``execve``."""
    path = arguments.partition('"')[2].partition('"')[0]
    return path.rpartition("/")[2][:64]
