"""The reader: lines of the merged log in, a trace of what may be wrong out; whatever is neither is the program's own.

A line of the wineserver begins ``0024: ``, one of the relay log ``12.345:0020:0024:``.  Nothing here raises for what a
log contains: what looks like either and cannot be understood is counted.
"""

import re
from collections.abc import Callable, Iterable

from notsock.readers.excerpt import excerpts
from notsock.readers.reading import Reading
from notsock.readers.sieve import Sieve
from notsock.readers.wine.calls import C_RUNTIMES, CLOSERS, SHOWN, USES
from notsock.readers.wine.lifetimes import Lifetimes
from notsock.readers.wine.server import Server
from notsock.readers.wine.tables import MASK, Actor, Made
from notsock.trace.events import (
    AddressClaimed,
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
    MachineStarted,
    ObjectCreated,
    ObjectEnded,
    ProcessEnded,
    ProcessStarted,
    RunEnded,
    ThreadEnded,
    ThreadStarted,
)

LOOK_EVERY = 256
"""Lines between two looks at the clock."""
TIME_LENGTH = 14
"""Characters of a time: seconds since the machine started, with three decimals."""
_AVAILABLE = frozenset(
    {AddressClaimed, AddressReleased, Clock, ConnectionAdopted, ConnectionOpened, ContextOpened, ContextReleased,
     DescriptorClosed, DescriptorMissed, DescriptorOpened, Entered, Exited, HandleClosed, HandleMissed, HandleOpened,
     Listening, MachineStarted, ObjectCreated, ObjectEnded, ProcessEnded, ProcessStarted, RunEnded, ThreadEnded,
     ThreadStarted}
)  # fmt: skip
_BLIND = frozenset({"two-owners", "inherited-listener", "watched-after-close", "stale-use"})
"""Rules that Wine cannot be judged by: its ports are Linux's, and the others are about Linux's calls."""
_RELAY = re.compile(r"\d{1,10}\.\d{3}:[0-9a-f]{4}:[0-9a-f]{4}:(?:Call |Ret  |Starting |trace:|err:|warn:|fixme:)")
_SERVER = re.compile(r"[0-9a-f]{4}: [a-z_*]")
_REQUEST = re.compile(r"[0-9a-f]{4}: (?:[a-z_]+\((?: |\) = )|\*[a-z])")
_CALL = re.compile(r"Call ([A-Za-z0-9_]+)\.([A-Za-z0-9_]+)\(([^ ,)]*)")
_RETURN = re.compile(r"Ret  [A-Za-z0-9_]+\.([A-Za-z0-9_]+)\(\) retval=([0-9a-f]+) ret=([0-9a-f]+)")
_LOADED = re.compile(r'Loaded L"(.{0,600})" at ([0-9A-F]+): (native|builtin)')
_KILLED = re.compile(r"\*killed\* exit_code=(-?\d{1,10})")
_SERVERS_OWN = re.compile(
    r"sock_reselect\(0x|socket 0x[0-9a-f]+ (?:select|aborted)|completing [a-z ]+ for socket 0x|sock_init: |"
    r"wineserver: |activating (?:read|write) queue for socket 0x|recv error on socket 0x"
)
"""What the wineserver writes of no thread."""


def recognises(lines: Iterable[str]) -> bool:
    """Say whether a log that begins with these lines is one of Wine's."""
    first = [line for line in lines if line][:LOOK_EVERY]
    return 2 * sum(bool(_SERVER.match(line) or _RELAY.match(line)) for line in first) > len(first)


class Reader:
    """Reads one log; ``log`` is its name, ``other`` takes each line that is not Wine's."""

    def __init__(self, log: str = "log", *, other: Callable[[str], None] | None = None) -> None:
        self.log = log
        self.lines = 0
        self.cut = 0
        self._other = other
        self._sieve = Sieve()
        self._lifetimes = Lifetimes(self._sieve)
        self._server = Server(self._lifetimes)
        self._bad = 0
        self._calls = 0
        self._first: float | None = None
        self._runtime = False
        self._ordered = False
        self._given_up = False

    def feed(self, lines: Iterable[str]) -> None:
        """Take the next lines, without their ends."""
        actors, handlers = self._lifetimes.actors, self._server.handlers
        at = self.lines
        for line in lines:
            at += 1
            if not at & (LOOK_EVERY - 1) and self._first is not None:
                self._sieve.look(float(self._lifetimes.time))
            if line[4:6] == ": " and line[:4] in actors:
                end = line.find("(", 6)
                if end > 0 and line[6:end] not in handlers:
                    continue
            try:
                self._line(line, at)
            except (ValueError, IndexError, KeyError):
                self._bad += 1
        self.lines = at

    def _line(self, line: str, at: int) -> None:
        """Take one line, of the server or of the relay log."""
        if line[4:6] != ": ":
            self._relayed(line, at)
            return
        actor = self._lifetimes.actors.get(line[:4])
        end = line.find("(", 6)
        if actor is None or end < 0:
            self._aside(line, actor, at)
            return
        handler = self._server.handlers.get(line[6:end])
        if handler is None:
            return
        if line[end + 1 : end + 2] == " ":
            actor.asked = line[end + 2 :]
        else:
            self._ordered = True
            handler(actor, actor.asked, line[end + 5 :], at)

    @property
    def alive(self) -> bool:
        """Say whether a process of the program's runs."""
        return bool(self._lifetimes.processes) and not self._given_up

    def give_up(self) -> None:
        """Wait for no process any more."""
        self._given_up = True

    def finish(self) -> Reading:
        """Return what the log came to so far."""
        return Reading(
            excerpts(self._sieve.told, self.log, self._first, "Wine"),
            _AVAILABLE,
            self.lines,
            self._bad,
            self.cut,
            0,
            self._calls,
            tuple(sorted({*self._lifetimes.remarks, *self._remarks()})),
            self._sieve.repeated,
            _BLIND if self._runtime else _BLIND | {"closed-through-alias"},
        )

    # ---- other lines of the server ----------------------------------------------------------------------------------

    def _aside(self, line: str, actor: Actor | None, at: int) -> None:
        """A line of a thread that is not followed, or no request: a thread may have ended."""
        if actor is None:
            if not _SERVER.match(line):
                self._own(line)
            return
        found = _KILLED.match(line, 6)
        if found is not None:
            self._lifetimes.ended(actor, int(found[1]), at)

    def _own(self, line: str) -> None:
        """A line that is not Wine's: what the program wrote to its standard error."""
        if self._other is not None and line and not _SERVERS_OWN.match(line):
            self._other(line)

    # ---- the relay log ----------------------------------------------------------------------------------------------

    def _relayed(self, line: str, at: int) -> None:
        parts = line.split(":", 3)
        if len(parts) < 4 or len(parts[1]) != 4 or len(parts[2]) != 4:
            self._mixed(line, at)
            return
        time, pid, tid, said = parts
        if not time.replace(".", "", 1).isdecimal() or len(time) > TIME_LENGTH:
            self._mixed(line, at)
            return
        self._lifetimes.time = time
        if said.startswith("Call "):
            found = _CALL.match(said)
            if found is not None and found[2] in SHOWN:
                self._called(self._actor(time, pid, tid), found[2], found[1], found[3], said, at)
        elif said.startswith("Ret  "):
            found = _RETURN.match(said)
            actor = self._lifetimes.actors.get(tid)
            if found is not None and actor is not None and actor.made:
                self._returned(actor, found[1], found[2], at)
        elif said.startswith("trace:loaddll"):
            self._loaded(time, pid, tid, said)
        elif not _RELAY.match(line):
            self._mixed(line, at)

    def _mixed(self, line: str, at: int) -> None:
        """The program's own output may end in the middle of a line, and Wine's begin there."""
        found = _RELAY.search(line, 1) or _REQUEST.search(line, 1)
        if found is None:
            self._own(line)
            return
        self._own(line[: found.start()])
        self._line(line[found.start() :], at)

    def _actor(self, time: str, pid: str, tid: str) -> Actor:
        lifetimes = self._lifetimes
        if self._first is None:
            self._first = float(time)
        actor = lifetimes.actors.get(tid)
        return actor if actor is not None and actor.process.pid == pid else lifetimes.actor(pid, tid)

    def _called(self, actor: Actor, raw: str, library: str, first: str, said: str, at: int) -> None:
        address = int(said[said.rfind("ret=") + 4 :], 16)
        module, own, offset = actor.process.module_of(address)
        if not own:
            return
        if library.lower() in C_RUNTIMES:
            self._runtime = True
        self._calls += 1
        number = -1
        if raw in CLOSERS or raw in USES:
            number = int(first, 16) & 0xFFFFFFFF
            number = number if raw == "_close" else number & MASK
        made = Made(SHOWN[raw], raw, number, at, f" > {module}(+{offset:#x}) [{address:#x}]")
        if raw == "_initterm":
            return
        self._lifetimes.called(actor, made)

    def _returned(self, actor: Actor, raw: str, value: str, at: int) -> None:
        """A call returned; those inside it that never did (they were left by an exception) are over."""
        if actor.made[-1].raw != raw and all(made.raw != raw for made in actor.made):
            return
        while actor.made:
            made = actor.made[-1]
            if made.raw == raw:
                self._lifetimes.returned(actor, made, value, at)
                actor.made.pop()
                return
            actor.made.pop()

    def _loaded(self, time: str, pid: str, tid: str, said: str) -> None:
        found = _LOADED.search(said)
        if found is None:
            return
        process = self._actor(time, pid, tid).process
        name = found[1].rpartition("\\")[2][:64]
        if not process.bases:
            process.table.name = f"{name}[{pid}]"
        process.load(int(found[2], 16), name, own=found[3] == "native")

    def _remarks(self) -> Iterable[str]:
        if not self._ordered:
            yield "the log has nothing of the wineserver (-d1): nothing is known of handles"
        if not self._runtime:
            yield "the program's C runtime is its own: its descriptors are not seen"
        if self.cut:
            yield f"{self.cut} lines were cut"
