"""The fold: which object each handle of each process means, who closed it, and what that closer had meant.

What is closed is decided by the wineserver's lines; by which call, by the relay's.  A call that closes nothing is
judged when it returns, by what its number meant when it was made: Wine's results are no witness.
"""

from notsock.readers.holdings import Holdings
from notsock.readers.sieve import Kind, Sieve
from notsock.readers.tables import PAST_MAX, Description, Holding, Line, Table, Thread
from notsock.readers.wine.calls import CLOSERS, OPENS_A_SOCKET, failed
from notsock.readers.wine.tables import Actor, Descriptor, Made, Process
from notsock.trace.events import Origin
from notsock.values.durations import NEVER

_CLOSERS = frozenset(CLOSERS.values())
_REFUSED = "Wine refuses closesocket for duplicated and inherited sockets: they are taken as closed, as on Windows"


class Lifetimes(Holdings):
    """The handles of every process that is followed, as of the line it was told last."""

    def __init__(self, sieve: Sieve) -> None:
        super().__init__(sieve)
        self.processes: dict[str, Process] = {}
        self.actors: dict[str, Actor] = {}
        self.remarks: set[str] = set()
        self.seen: set[str] = set()
        """The calls that matter and were made."""
        self.time = "0.000"
        self._idents = 0

    @property
    def io_seen(self) -> bool:
        """A relay log has sends and receives."""
        return True

    # ---- processes and threads --------------------------------------------------------------------------------------

    def process(self, pid: str) -> Process:
        """Return a process, entering it when it is new."""
        process = self.processes.get(pid)
        if process is None:
            table = Table(len(self.processes) + 1, f"process {pid}", whole=False)
            table.heard = True
            table.executed_at = NEVER
            process = self.processes[pid] = Process(pid, table)
        return process

    def actor(self, pid: str, tid: str) -> Actor:
        """Return a thread, entering it when it is new."""
        actor = self.actors.get(tid)
        if actor is None or actor.process.pid != pid:
            process = self.process(pid)
            self._idents += 1
            actor = self.actors[tid] = Actor(Thread(tid, process.table, self._idents), process)
            process.table.members.add(actor.thread)
        return actor

    def inherit(self, parent: Actor, child: Process, at: int) -> None:
        """A process began with a copy of each handle that may be inherited."""
        for number, held in list(parent.process.table.numbers.items()):
            if not held.cloexec:
                self.opened(parent, number, held.what, at, Origin.INHERITED, into=child, inheritable=True)

    def ended(self, actor: Actor, code: int, at: int) -> None:
        """A thread is gone; with the last one, its process."""
        thread, process = actor.thread, actor.process
        self.actors.pop(thread.pid, None)
        process.table.members.discard(thread)
        if process.table.members:
            return
        for context in process.contexts.values():
            self._kept(context)
        process.table.code = code
        line = Line(at, at, thread, f"{thread.pid} {self.time} +++ exited with {code} +++")
        self.sieve.left(process.table, line)
        for held in list(process.table.numbers.values()):
            self.end(held, line)
        del self.processes[process.pid]

    # ---- opening ----------------------------------------------------------------------------------------------------

    def mark(self, actor: Actor, at: int, request: str = "") -> Line:
        """Return the line of the call that a thread is in, or of a request that no call explains."""
        thread = actor.thread
        if not actor.made:
            return Line(at, at, thread, f"{thread.pid} {self.time} {request}()")
        made = actor.made[-1]
        line = Line(at, made.at, thread, f"{thread.pid} {self.time} {_text(made)}")
        line.frames = [made.frame]
        made.marks.append(line)
        return line

    def opened(
        self, actor: Actor, number: int, what: Description, at: int, origin: Origin, *, into: Process | None = None,
        inheritable: bool = False, request: str = "",
    ) -> Holding:  # fmt: skip
        """A number means an object from here on."""
        process = into or actor.process
        table = process.table
        old = table.numbers.pop(number, None)
        if old is not None:
            self.end(old, None)
        held = table.numbers[number] = Holding(
            table, number, what, self.mark(actor, at, request), origin, cloexec=not inheritable
        )
        if what.holders and what.first is None:
            what.first = what.holders[0]
        what.holders.append(held)
        if what.kind == "socket" and origin in (Origin.CREATED, Origin.ACCEPTED):
            self._context(process, held)
        return held

    def _context(self, process: Process, held: Holding) -> None:
        """Winsock keeps a socket from here on; what it kept under the number is lost."""
        before = process.contexts.get(held.number)
        if before is not None and before.what is not held.what:
            self._kept(before)
        process.contexts[held.number] = held

    def _kept(self, context: Holding) -> None:
        if context.closed is not None and not context.certain:
            self.sieve.kept_by_winsock(context)

    # ---- calls ------------------------------------------------------------------------------------------------------

    def called(self, actor: Actor, made: Made) -> None:
        """The program called: what does the number mean that it names?"""
        actor.made.append(made)
        process = actor.process
        made.target = made.number
        if made.name == "_close":
            descriptor = process.descriptors.get(made.number)
            made.target = descriptor.held.number if descriptor is not None else -1
        if made.target < 0:
            return
        table = process.table
        held = made.held = table.numbers.get(made.target)
        if held is None:
            past = table.past.get(made.target)
            made.past = past[-1] if past else None
        elif made.name not in _CLOSERS:
            self.known(actor, held, made)

    def known(self, actor: Actor, held: Holding, made: Made) -> None:
        """A thread names a number."""
        thread = actor.thread
        opened_here = held.opened.thread is thread and held.opened.thread.table is held.table
        if opened_here or (held.users is not None and thread in held.users):
            return
        if held.users is None:
            held.users = {}
        if len(held.users) < 16:
            line = Line(made.at, made.at, thread, f"{thread.pid} {self.time} {_text(made)}")
            line.frames = [made.frame]
            made.marks.append(line)
            held.users[thread] = line
        if held.origin in (Origin.INHERITED, Origin.IMPORTED):
            self.sieve.used_by_heir(held)

    def returned(self, actor: Actor, made: Made, value: str, at: int) -> None:
        """A call returned ``value`` (in hexadecimal)."""
        closes = made.name in _CLOSERS
        if closes and not made.done:
            self._closed_nothing(actor, made, at)
        elif not closes and made.past is not None:
            if made.target not in actor.process.table.numbers and failed(made.name, value):
                self._missed(Kind.USED_AFTER_CLOSE, actor, made.past, self.mark(actor, at))
                return  # what Wine returned is in no event
        elif made.name in OPENS_A_SOCKET:
            self._took_over(actor, made, value)
        elif made.name == "_open_osfhandle" and made.held is not None and not value.endswith("ffffffff"):
            number, process = int(value, 16) & 0xFFFFFFFF, actor.process
            line = self.mark(actor, at)
            process.given_up.pop(number, None)
            process.descriptors[number] = Descriptor(number, made.held, line)
            made.held.descriptor = (number, line)
        elif made.name == "WSAStartup":
            actor.process.startups += value.strip("0") == ""
        elif made.name == "WSACleanup" and actor.process.startups:
            actor.process.startups -= 1
            if not actor.process.startups:
                actor.process.contexts.clear()
        if made.done or not closes:
            for line in made.marks:
                line.text += f" = {_shown(value)}"

    def _took_over(self, actor: Actor, made: Made, value: str) -> None:
        """A call returned a socket that was there before: a duplicate that another process, or this one, had made."""
        held = actor.process.table.numbers.get(int(value, 16))
        if held is not None and held.origin in (Origin.IMPORTED, Origin.INHERITED, Origin.DUPLICATED):
            self.known(actor, held, made)
            held.users = held.users or {}
            self.sieve.used_by_heir(held)
            self._context(actor.process, held)

    # ---- closing ----------------------------------------------------------------------------------------------------

    def closed(self, actor: Actor, number: int, at: int, *, found: bool) -> None:
        """The wineserver was asked to close a handle, and did (or ``found`` nothing): by which call of the program?"""
        made = actor.made[-1] if actor.made else None
        process = actor.process
        held = process.table.numbers.get(number)
        if made is not None and made.name in _CLOSERS and made.target == number and not made.done:
            if found:
                made.done = True
                self._by_call(actor, made, held, at)
        elif number and actor.begun == number and (made is None or made.name == "_endthread"):
            actor.begun = 0
            self._by_end(actor, held if found else None, number, at)
        elif found and held is not None:
            del process.table.numbers[number]
            self.end(held, None)
            if process.contexts.get(number) is held:
                del process.contexts[number]

    def _by_call(self, actor: Actor, made: Made, held: Holding | None, at: int) -> None:
        """A call closed what its number means now."""
        process = actor.process
        meant: Holding | None = None
        if made.name == "_close":
            descriptor = process.descriptors.pop(made.number, None)
            if descriptor is not None:
                process.given_up[made.number] = descriptor
                meant = descriptor.held
        elif made.name == "closesocket":
            meant = process.contexts.pop(made.target, None)
        if held is None:
            process.table.past.pop(made.target, None)
            return
        self._close(held, self.mark(actor, at), meant)

    def _by_end(self, actor: Actor, held: Holding | None, number: int, at: int) -> None:
        """A thread that ``_beginthread`` began has ended, which closes the handle that was returned for it."""
        thread, table = actor.thread, actor.process.table
        began = actor.made[-1].at if actor.made else at
        line = Line(at, began, thread, f"{thread.pid} {self.time} _endthread({number:#x})")
        own = [each for each in table.past.get(number, ()) if each.what is thread.what]
        if held is None:
            if own:
                self._missed(Kind.CLOSED_TWICE, actor, own[-1], line)
            return
        line.text += " = 0"
        past = table.past.get(number)
        other = held.what is not thread.what
        self._close(held, line, own[-1] if own else past[-1] if past and other else held)

    def _close(self, held: Holding, line: Line, meant: Holding | None) -> None:
        """A number stopped meaning an object: was it the one that was meant?"""
        table, number = held.table, held.number
        del table.numbers[number]
        self.end(held, line)
        past = table.past.setdefault(number, [])
        if self.suffered(table, number, line.thread) or (meant is not None and meant.certain):
            self.passed_on(held)
        elif meant is not None and meant.what is not held.what:
            held.suspect = meant
            self.certain(held, meant=True)
        elif held.origin is Origin.SYSTEM and past:
            # what a library had opened for itself, the program cannot have meant
            held.suspect = past[-1]
            self.certain(held)
        elif held.opened.thread is not line.thread:
            self.doubt(held, past, line)
        past.append(held)
        if len(past) > PAST_MAX:
            del past[0]

    def _closed_nothing(self, actor: Actor, made: Made, at: int) -> None:
        """A call that closes has returned, and nothing was closed: what had its number meant?"""
        process = actor.process
        if made.target < 0:
            gone = process.given_up.get(made.number) if made.name == "_close" else None
            if gone is not None:
                gone.held.descriptor = (gone.number, gone.made)
                self._missed(Kind.CLOSED_TWICE, actor, gone.held, self.mark(actor, at))
            return
        if made.name == "_close":
            process.descriptors.pop(made.number, None)
        elif made.name == "closesocket":
            process.contexts.pop(made.target, None)
        held = made.held
        if held is None:
            if made.past is not None:
                self._missed(_kind(made, made.past), actor, made.past, self.mark(actor, at))
        elif process.table.numbers.get(made.target) is not held:
            self._missed(_kind(made, held), actor, held, self.mark(actor, at))
        elif made.name == "closesocket":
            self._refused(actor, held, at)

    def _refused(self, actor: Actor, held: Holding, at: int) -> None:
        """``closesocket`` refused a handle that is open: of a socket, or of what was no socket."""
        if held.what.kind == "socket":
            self.remarks.add(_REFUSED)
            self._close(held, self.mark(actor, at), None)
            return
        thread = actor.thread
        if self.suffered(held.table, held.number, thread):
            return
        for before in reversed(held.table.past.get(held.number, ())):
            closed_it = before.closed is not None and before.closed.thread is thread
            knew = before.opened.thread is thread or closed_it or (before.users is not None and thread in before.users)
            if before.what.kind == "socket" and knew:
                self.sieve.refused(thread, before, held, self.mark(actor, at))
                return

    def _missed(self, kind: Kind, actor: Actor, before: Holding, line: Line) -> None:
        """A call found nothing: because its own number is gone, or because somebody else closed it."""
        if before.certain or self.suffered(before.table, before.number, actor.thread):
            return
        closed = before.closed
        if before.suspect is not None and closed is not None and closed.thread is not actor.thread:
            self.certain(before, (actor.thread, before.number, line))
        elif closed is not None:
            self.sieve.missed(kind, actor.thread, before, line)


def _kind(made: Made, before: Holding) -> Kind:
    """Say whether a handle was closed twice under one name or under two."""
    first = before.closed.text if before.closed is not None else ""
    return Kind.ALIAS if made.name == "_close" or " _close(" in first else Kind.CLOSED_TWICE


def _text(made: Made) -> str:
    if made.number < 0:
        return f"{made.name}()"
    return f"{made.name}({made.number if made.name == '_close' else hex(made.number)})"


def _shown(value: str) -> str:
    """Return a result as a person writes it: -1, 0, 1, or a number in hexadecimal."""
    number = int(value, 16) & 0xFFFFFFFF
    return "-1" if number == 0xFFFFFFFF else str(number) if number < 10 else hex(number)
