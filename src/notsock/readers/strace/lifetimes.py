"""The fold: each call of a log changes the tables of descriptors, and the sieve is told what looks wrong.

Everything that decides which object a number means lives here.  Three things make a log harder than the calls in it:

* the order of lines is the order in which strace heard of the returns.  A number can be handed out again before the
  log says that ``close`` returned; but it always says before that ``close`` began.  So an opening of a number that is
  taken first looks for a thread inside ``close``.
* a log may begin late or lack calls.  A number that nobody opened means an unknown object, and nothing is ever said
  of a number whose last visible owner need not be its last owner.
* a number is closed in passing, too: by ``dup2``, ``close_range``, ``execve`` and the end of a process.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from notsock.readers.strace.lines import address, leading, pair, result, rights, split_result
from notsock.readers.strace.sieve import Sieve
from notsock.readers.strace.tables import PAST_MAX, Description, Holding, Line, Pending, Table, Thread
from notsock.trace.events import Origin

Handler: TypeAlias = Callable[[Thread, str, int, str, int], None]
"""Takes thread, text behind the opening bracket, line number, the line, and the line on which the call began."""

TEXT_MAX = 400
"""Characters of a line that are kept."""
SWEEP = 8
"""So many closes of neighbouring numbers in a row are a sweep: nobody says that those numbers were open."""
STDERR = 2
EXPECTED_MAX = 1000
"""Children that are waited for; one that the log does not follow is forgotten after so many others."""
_CREATED, _ACCEPTED, _DUPLICATED = Origin.CREATED, Origin.ACCEPTED, Origin.DUPLICATED
_INHERITED, _IMPORTED = Origin.INHERITED, Origin.IMPORTED
_KINDS = {
    "epoll_create": "epoll", "epoll_create1": "epoll", "eventfd": "eventfd", "eventfd2": "eventfd",
    "timerfd_create": "timerfd", "signalfd": "signalfd", "signalfd4": "signalfd", "inotify_init": "inotify",
    "inotify_init1": "inotify", "memfd_create": "memfd", "open": "file", "openat": "file", "openat2": "file",
    "creat": "file", "userfaultfd": "userfaultfd", "fanotify_init": "fanotify", "perf_event_open": "perf event",
    "bpf": "bpf", "pidfd_open": "pidfd",
}  # fmt: skip
SENDS = "write writev pwrite64 pwritev pwritev2 send sendto sendmmsg sendfile sendfile64".split()
RECEIVES = "read readv recv recvfrom".split()
OTHER_USES = "getpeername getsockopt lseek fstat fsync fdatasync ftruncate pread64 preadv preadv2 recvmmsg".split()


class Lifetimes:
    """The descriptors of every process in a log, as of the line it was told last."""

    def __init__(self, sieve: Sieve) -> None:
        self.sieve = sieve
        self.threads: dict[str, Thread] = {}
        self.remarks: set[str] = set()
        self.seen: set[str] = set()
        """The calls that matter and were made."""
        self.mark: Line | None = None
        self._strange = False
        """Threads came that nobody had started, as in another namespace of ids: a silent child may be one of them."""
        self._idents = 0
        self._tables = 0
        self._gone: dict[str, int] = {}
        self._expected: dict[str, Thread] = {}
        """Children of which the log has said nothing yet; without ``-f`` it never will."""
        self._in_flight: list[list[Description]] = []
        """Rights sent over sockets whose other end the log does not show."""
        self.handlers: dict[str, Handler] = {
            "close": self.close,
            "close_range": self.close_range,
            "socket": self.socket,
            "accept": self.accept,
            "accept4": self.accept,
            "connect": self.connect,
            "bind": self.bind,
            "listen": self.listen,
            "getsockname": self.getsockname,
            "shutdown": self.shutdown,
            "socketpair": self.two,
            "pipe": self.two,
            "pipe2": self.two,
            "dup": self.dup,
            "dup2": self.dup2,
            "dup3": self.dup2,
            "fcntl": self.fcntl,
            "fcntl64": self.fcntl,
            "ioctl": self.ioctl,
            "setsockopt": self.setsockopt,
            "epoll_ctl": self.epoll_ctl,
            "sendmsg": self.sendmsg,
            "recvmsg": self.recvmsg,
            "pidfd_getfd": self.pidfd_getfd,
            "clone": self.clone,
            "clone3": self.clone,
            "fork": self.clone,
            "vfork": self.clone,
            "execve": self.execve,
            "execveat": self.execve,
            "unshare": self.unshare,
            "io_uring_setup": self.io_uring,
            **dict.fromkeys(_KINDS, self.opener),
            **dict.fromkeys((*SENDS, *OTHER_USES), self.use),
            **dict.fromkeys(RECEIVES, self.receive),
        }

    @property
    def io_seen(self) -> bool:
        """Say whether the log has reads and writes: only then can it tell that a number was not used."""
        return not self.seen.isdisjoint(_SHOW_IO)

    # ---- threads and tables -------------------------------------------------------------------------------------

    def stranger(self, pid: str, at: int) -> Thread:
        """Enter a thread of which the log has said nothing: a child, perhaps of a ``clone`` still under way."""
        expected = self._expected.pop(pid, None)
        if expected is not None:
            self.threads[pid] = expected
            expected.table.heard = True
            return expected
        parents = [each for each in self.threads.values() if each.pending is not None and each.pending.name in _FORKS]
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
            each.pending is not None and each.pending.name in _FORKS for each in self.threads.values()
        )

    def _table(self, name: str, *, whole: bool, parent: Table | None = None) -> Table:
        self._tables += 1
        return Table(self._tables, name, whole=whole, parent=parent)

    def _enter(self, pid: str, table: Table) -> Thread:
        self._idents += 1
        thread = Thread(pid, table, self._idents)
        table.members.add(thread)
        return thread

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
            copy = table.numbers[number] = Holding(table, number, held.what, line, _INHERITED, cloexec=held.cloexec)
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
            self._end(table.numbers.pop(number), mark)
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
                self._end(held, line)
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

    # ---- calls in two pieces ------------------------------------------------------------------------------------

    def began(self, thread: Thread, name: str, tail: str, at: int) -> None:
        """A call began, and another thread's line came between."""
        self._abandon(thread)
        pending = thread.pending = Pending(name, tail, at)
        if name in _FORKS or not tail[:1].isdigit():
            return
        number = pending.number = leading(tail)
        if name == "close":
            thread.table.closing.setdefault(number, []).append(thread)
        else:
            thread.table.inside.setdefault(number, set()).add(thread)

    def resumed(self, thread: Thread, name: str, rest: str, at: int, line: str) -> bool:
        """A call returned that had begun on an earlier line; say whether that line is there."""
        pending = thread.pending
        if pending is None or pending.name != name:
            return False
        self._abandon(thread)
        if not pending.early:
            whole = f"{name}({pending.tail.rstrip()}{rest}"
            header = line[: line.find("<... ")]
            self.handlers[name](thread, pending.tail + rest, at, header + whole, pending.at)
        return True

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

    # ---- opening --------------------------------------------------------------------------------------------------

    def line(self, thread: Thread, at: int, text: str, began: int) -> Line:
        """Return a line that may have to be shown; ``-k`` puts its frames on the newest one."""
        mark = self.mark = Line(at, began, thread, text if len(text) < TEXT_MAX else text[:TEXT_MAX] + "…")
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
        self._end(old, None)

    def socket(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``socket`` made a description."""
        arguments, text = split_result(tail)
        number, error = result(text)
        if number < 0:
            self._exhausted(thread, error, at, line, began)
            return
        what = Description("socket")
        what.family = "unix" if arguments.startswith(("AF_UNIX", "AF_LOCAL")) else arguments.partition(",")[0]
        what.stream = "SOCK_STREAM" in arguments
        self._open(
            thread, number, what, self.line(thread, at, line, began), _CREATED, cloexec="SOCK_CLOEXEC" in arguments
        )

    def accept(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``accept`` made a description, and used a listener."""
        place = tail.rfind(" = ")
        arguments, text = tail[:place], tail[place + 3 :]
        listener = self._used(thread, leading(tail), at, line, began)
        number, error = (int(text), "") if text.isdigit() and len(text) < 10 else result(text)
        if number < 0:
            self._exhausted(thread, error, at, line, began)
            if error == "EBADF":
                self._missed_use(thread, leading(arguments), at, line, began)
            return
        what = Description("socket")
        what.connected = True
        what.remote = arguments
        if listener is not None:
            what.family = listener.what.family
            what.local = listener.what.local
        self._open(thread, number, what, self.line(thread, at, line, began), _ACCEPTED, cloexec="CLOEXEC" in arguments)

    def opener(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Any other call that makes a description and returns its number."""
        arguments, text = split_result(tail)
        number, error = result(text)
        if number < 0:
            self._exhausted(thread, error, at, line, began)
            return
        if number > STDERR or arguments.startswith("AT_FDCWD"):
            name = line[: line.find("(")].rpartition(" ")[2]
            what = Description(_KINDS.get(name, "file"))
            if name == "pidfd_open":
                what.pid = arguments.partition(",")[0]
            cloexec = "CLOEXEC" in arguments or name == "pidfd_open"
            self._open(thread, number, what, self.line(thread, at, line, began), _CREATED, cloexec=cloexec)

    def two(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``pipe`` or ``socketpair`` made two descriptions."""
        arguments, text = split_result(tail)
        value, error = result(text)
        if value < 0:
            self._exhausted(thread, error, at, line, began)
            return
        numbers = pair(arguments)
        kind = "pipe" if arguments.lstrip().startswith("[") else "socket"
        both = Description(kind), Description(kind)
        mark = self.line(thread, at, line, began)
        for each, number in zip(both, numbers, strict=True):
            each.family = "unix"
            self._open(thread, number, each, mark, _CREATED, cloexec="CLOEXEC" in arguments)
        both[0].queue, both[1].queue = [], []
        if kind == "socket":
            both[0].peer, both[1].peer = both[1], both[0]

    # ---- further numbers ------------------------------------------------------------------------------------------

    def dup(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``dup`` gave a description one more number."""
        arguments, text = split_result(tail)
        self._copied(thread, leading(arguments), text, at, line, began, cloexec=False)

    def dup2(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``dup2`` or ``dup3``: the number it names is closed first, silently."""
        arguments, text = split_result(tail)
        if leading(arguments) != result(text)[0]:
            self._copied(thread, leading(arguments), text, at, line, began, cloexec="CLOEXEC" in arguments, closes=True)

    def fcntl(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``fcntl``: duplicates, and marks close-on-exec."""
        arguments, text = split_result(tail)
        number = leading(arguments)
        if "F_DUPFD" in arguments:
            self._copied(thread, number, text, at, line, began, cloexec="CLOEXEC" in arguments)
            return
        if text.startswith("-1 EBADF"):
            return  # asking whether a number is open is no use of it
        held = self._used(thread, number, at, line, began)
        if held is not None and "F_SETFD" in arguments and text.startswith("0"):
            held.cloexec = "FD_CLOEXEC" in arguments

    def ioctl(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``ioctl``: marks close-on-exec, or uses a number."""
        arguments, text = split_result(tail)
        if text.startswith("-1 EBADF"):
            self._missed_use(thread, leading(arguments), at, line, began)
            return
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and "CLEX" in arguments:
            held.cloexec = "FIOCLEX" in arguments

    def _copied(
        self, thread: Thread, source: int, text: str, at: int, line: str, began: int, *, cloexec: bool,
        closes: bool = False,
    ) -> None:  # fmt: skip
        number, error = result(text)
        if number < 0:
            self._exhausted(thread, error, at, line, began)
            if error == "EBADF":
                self._missed_use(thread, source, at, line, began)
            return
        held = self._used(thread, source, at, line, began) or self._unknown(thread, source)
        mark = self.line(thread, at, line, began)
        old = thread.table.numbers.get(number)
        if closes and old is not None:
            del thread.table.numbers[number]
            self._closed(old, mark)
        self._open(thread, number, held.what, mark, _DUPLICATED, cloexec=cloexec)

    def pidfd_getfd(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A descriptor was fetched out of another process."""
        arguments, text = split_result(tail)
        number, error = result(text)
        if number < 0:
            self._exhausted(thread, error, at, line, began)
            return
        words = arguments.split(", ")
        held = thread.table.numbers.get(leading(words[0]))
        other = self.threads.get(held.what.pid) if held is not None and held.what.pid else None
        source = other.table.numbers.get(leading(words[1])) if other is not None else None
        what = source.what if source is not None else Description("unknown")
        self._open(thread, number, what, self.line(thread, at, line, began), _IMPORTED, cloexec=True)

    def sendmsg(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Descriptors may travel with a message."""
        self.use(thread, tail, at, line, began)
        if "SCM_RIGHTS" not in tail:
            return
        arguments, text = split_result(tail)
        if text.startswith("-"):
            return
        sent = []
        for number in rights(arguments):
            held = thread.table.numbers.get(number)
            if held is not None:
                held.what.first = held.what.first or held
                sent.append(held.what)
        through = thread.table.numbers.get(leading(arguments))
        queue = through.what.queue if through is not None else None
        (self._in_flight if queue is None else queue).append(sent)

    def recvmsg(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Descriptors may come with a message: those sent first through the other end, if the log shows it."""
        self.receive(thread, tail, at, line, began)
        if "SCM_RIGHTS" not in tail:
            return
        arguments, text = split_result(tail)
        if text.startswith("-"):
            return
        numbers = rights(arguments)
        through = thread.table.numbers.get(leading(arguments))
        other = through.what.peer if through is not None else None
        sent: list[Description] = []
        if other is not None and other.queue:
            sent = other.queue.pop(0)
        elif other is None:
            fitting = [each for each in self._in_flight if len(each) == len(numbers)]
            self._in_flight = [each for each in self._in_flight if len(each) != len(numbers)]
            sent = fitting[0] if len(fitting) == 1 else []
        if len(sent) != len(numbers):
            sent = [Description("unknown") for _ in numbers]
            self.remarks.add("some descriptors came with messages whose sender the log does not show")
        mark = self.line(thread, at, line, began)
        for number, what in zip(numbers, sent, strict=True):
            self._open(thread, number, what, mark, _IMPORTED, cloexec="MSG_CMSG_CLOEXEC" in arguments)

    # ---- closing --------------------------------------------------------------------------------------------------

    def close(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``close``: written flat, for it is most of a log."""
        text = tail[: tail.find(")")]
        number = int(text) if text.isdigit() and len(text) < 10 else leading(text)
        answer = tail[tail.rfind(" = ") + 3 :]
        if answer[:1] != "0":
            error = result(answer)[1]
            if error == "EBADF":
                self._missed_close(thread, number, at, line, began)
                return
            if not error or error[0] == "?" or error.startswith("ERESTART"):
                return
        table = thread.table
        held = table.numbers.pop(number, None)
        if thread.sweep or number == thread.last + 1:
            self._sweeps(thread, number)
        thread.last = number
        if held is None:
            if number in table.past:
                table.phantoms[number] = self.line(thread, at, line, began)
            return
        self._closed(held, self.line(thread, at, line, began))

    def _closed(self, held: Holding, line: Line) -> None:
        """A thread closed a number: keep who did, and ask whether it can have meant this object."""
        thread = line.thread
        table, number = held.table, held.number
        self._end(held, line)
        past = table.past.get(number)
        if past is None:
            table.past[number] = [held]
        else:
            if held.opened.thread is not thread and not table.hidden:
                self._doubt(held, past, line)
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

    def _end(self, held: Holding, line: Line | None) -> None:
        """A number stopped meaning its description."""
        held.closed = line
        what = held.what
        holders = what.holders
        if len(holders) == 1:
            holders.clear()
            if what.port is not None:
                self.sieve.released(what)
            if what.eof is not None:
                self.sieve.closed_at_last(what)
        else:
            holders.remove(held)
            if line is not None and what.kind == "socket":
                self.sieve.lives_on(held, line, io_seen=self.io_seen)

    def _doubt(self, held: Holding, past: list[Holding], line: Line) -> None:
        """Somebody closed what it neither opened nor used: had it known the number as something else?"""
        thread = line.thread
        if held.users is not None and thread in held.users:
            return
        for before in reversed(past):
            closed_it = before.closed is not None and before.closed.thread is thread
            if before.opened.thread is thread or closed_it or (before.users is not None and thread in before.users):
                if before.what is not held.what:
                    held.suspect = before
                    if line.entered < held.opened.at:
                        self.sieve.stale_close(held, None)
                return

    def _missed_close(self, thread: Thread, number: int, at: int, line: str, began: int) -> None:
        """``close`` found nothing behind a number."""
        table = thread.table
        held = table.numbers.get(number)
        if held is not None:
            del table.numbers[number]
            for closer in table.closing.get(number, ()):
                pending = closer.pending
                if closer is not thread and pending is not None and not pending.early:
                    pending.early = True
                    self._closed(held, Line(at, pending.at, closer, f"{closer.pid} close({number} <unfinished ...>"))
                    break
            else:
                self._end(held, None)
                table.past.pop(number, None)
        past = table.past.get(number)
        again = thread.last == number and len(table.members) == 1
        self._sweeps(thread, number)
        thread.last = number
        if past and not table.hidden:
            before = past[-1]
            harmless = again and before.closed is not None and before.closed.thread is thread
            thread.sweep.append((number, before, self.line(thread, at, line, began), harmless))

    def _sweeps(self, thread: Thread, number: int) -> None:
        """Follow closes of neighbouring numbers: a loop over all of them names many that were never open."""
        if abs(number - thread.last) == 1:
            thread.swept += 1
            if thread.swept >= SWEEP:
                thread.sweep.clear()
        else:
            self.settle(thread)

    def settle(self, thread: Thread) -> None:
        """A run of closes is over: those that found nothing were meant."""
        if thread.sweep:
            for number, held, line, harmless in thread.sweep:
                self._missed(thread, number, held, line, close=True, harmless=harmless)
            thread.sweep.clear()
        thread.swept = 0

    def close_range(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``close_range`` closes, or marks, whatever is open between two numbers."""
        arguments, text = split_result(tail)
        if not text.startswith("0"):
            return
        words = arguments.split(", ")
        first, last = leading(words[0]), leading(words[1])
        if "CLOSE_RANGE_UNSHARE" in arguments and len(thread.table.members) > 1:
            self.unshare(thread, "CLONE_FILES) = 0", at, line, began)
        table = thread.table
        numbers = [number for number in table.numbers if first <= number <= last]
        mark = self.line(thread, at, line, began)
        for number in numbers:
            if "CLOSE_RANGE_CLOEXEC" in arguments:
                table.numbers[number].cloexec = True
            else:
                self._end(table.numbers.pop(number), mark)
        table.past.clear()

    # ---- using ----------------------------------------------------------------------------------------------------

    def use(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A call that names a number and moves data."""
        text = tail[: tail.find(",")]
        number = int(text) if text.isdigit() and len(text) < 10 else leading(tail)
        held = thread.table.numbers.get(number)
        if tail.rfind(" = -1 EBADF") > 0 and split_result(tail)[1].startswith("-1 EBADF"):
            self._missed_use(thread, number, at, line, began)
        elif held is None:
            self._unknown(thread, number)
        elif held.opened.thread is not thread and (held.users is None or thread not in held.users):
            self._known_to(thread, held, at, line, began)

    def receive(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A call that receives: nothing means that the peer has closed."""
        self.use(thread, tail, at, line, began)
        answer = tail[tail.rfind(" = ") + 3 :]
        if answer[:1] == "0" and (len(answer) == 1 or answer[1] in " <"):
            held = thread.table.numbers.get(leading(tail))
            if held is not None and held.what.connected and held.what.stream and held.what.eof is None:
                if tail.startswith(('"", 0', '"",  0'), tail.find(" ") + 1):
                    return
                held.what.eof = self.line(thread, at, line, began)
                self.sieve.peer_closed(held)

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
            self._end(table.numbers.pop(number), None)
            return
        past = table.past.get(number)
        if past and not table.hidden:
            self._missed(thread, number, past[-1], self.line(thread, at, line, began), close=False)

    def _missed(
        self, thread: Thread, number: int, held: Holding, line: Line, *, close: bool, harmless: bool = False
    ) -> None:  # fmt: skip
        """A call found nothing: because its own thread's number is gone, or because somebody else closed it."""
        suspect = held.suspect is not None and held.closed is not None and held.closed.thread is not thread
        if suspect:
            self.sieve.stale_close(held, (thread, number, line))
        else:
            self.sieve.missed(thread, held, line, close=close, harmless=harmless)

    def _unknown(self, thread: Thread, number: int) -> Holding:
        """A number works that the log never opened."""
        table = thread.table
        held = table.numbers.get(number)
        if held is None:
            what = Description("unknown")
            held = table.numbers[number] = Holding(
                table, number, what, Line(0, 0, thread, ""), _CREATED, cloexec=False
            )  # fmt: skip
            what.holders.append(held)
            table.past.pop(number, None)
        return held

    # ---- sockets --------------------------------------------------------------------------------------------------

    def connect(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A socket has a peer (or will have: EINPROGRESS)."""
        arguments, text = split_result(tail)
        number = leading(arguments)
        if text.startswith("-1 EBADF"):
            self._missed_use(thread, number, at, line, began)
            return
        held = self._used(thread, number, at, line, began)
        if held is not None and (text.startswith("0") or "EINPROGRESS" in text):
            held.what.connected = True
            held.what.remote = arguments

    def bind(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A socket has an address."""
        arguments, text = split_result(tail)
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and text.startswith("0"):
            found = address(arguments)
            if found is not None and found[1] >= 0:
                held.what.local = arguments
                if found[1]:
                    self.sieve.bound(held, found, self.line(thread, at, line, began))

    def getsockname(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A socket that was bound to any port learns which one it has."""
        arguments, text = split_result(tail)
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and held.what.local and held.what.port is None and text.startswith("0"):
            found = address(arguments)
            if found is not None and found[1] > 0 and not held.what.connected:
                held.what.local = arguments
                self.sieve.bound(held, found, self.line(thread, at, line, began))

    def listen(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A socket listens."""
        arguments, text = split_result(tail)
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and text.startswith("0"):
            held.what.listening = self.line(thread, at, line, began)

    def shutdown(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A connection was ended, whoever holds it."""
        arguments, text = split_result(tail)
        if text.startswith("-1 EBADF"):
            self._missed_use(thread, leading(arguments), at, line, began)
            return
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and "SHUT_RD" in arguments:
            held.what.shut = True
        elif held is not None and "SHUT_WR" in arguments:
            held.what.shut = held.what.shut or held.what.eof is not None

    def setsockopt(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Only the wish to share a port matters."""
        if "SO_REUSEPORT" not in tail and tail.endswith(" = 0"):
            self._used(thread, leading(tail), at, line, began)
            return
        arguments, text = split_result(tail)
        if text.startswith("-1 EBADF"):
            self._missed_use(thread, leading(arguments), at, line, began)
            return
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and "SO_REUSEPORT" in arguments and "[1]" in arguments:
            held.what.reuse = True

    def epoll_ctl(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A number was put into a set, or taken out."""
        words = tail.split(", ", 3)
        if len(words) < 3:
            raise ValueError(tail[:20])
        text = tail[tail.rfind(" = ") + 3 :]
        number = leading(words[2])
        watching = self._used(thread, leading(words[0]), at, line, began)
        if text.startswith("-1 EBADF"):
            if watching is not None and words[1] != "EPOLL_CTL_DEL":
                self._missed_use(thread, number, at, line, began)
            return
        held = self._used(thread, number, at, line, began)
        if held is None or watching is None or not text.startswith("0"):
            return
        key = (id(watching.what), number)
        if words[1] == "EPOLL_CTL_DEL":
            if held.what.watched is not None:
                held.what.watched.pop(key, None)
        elif held.what.kind == "socket":
            if held.what.watched is None:
                held.what.watched = {}
            held.what.watched[key] = self.line(thread, at, line, began)

    def io_uring(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Calls made through a ring do not appear in the log: nothing is said of that process's numbers."""
        if not split_result(tail)[1].startswith("-"):
            self.opener(thread, tail, at, line, began)
            thread.table.hidden = True
            self.remarks.add("io_uring hides calls: nothing is said of double and stale closes where it is used")

    def _exhausted(self, thread: Thread, error: str, at: int, line: str, began: int) -> None:
        if error == "EMFILE":
            self.sieve.exhausted(thread, self.line(thread, at, line, began))


_SHOW_IO = frozenset({"read", "recv", "recvfrom", "readv", "write", "sendto"})
_FORKS = frozenset({"clone", "clone3", "fork", "vfork"})


def _shares(flags: str) -> bool:
    return "CLONE_FILES" in flags


def _named(program: str, pid: str) -> str:
    return f"{program.partition('[')[0]}[{pid}]" if pid else program


def _program(arguments: str) -> str:
    """Return the name of a program from the arguments of ``execve``."""
    path = arguments.partition('"')[2].partition('"')[0]
    return path.rpartition("/")[2][:64]
