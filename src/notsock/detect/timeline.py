"""When, in which call and with which result: a trace indexed by thread, for those who put findings into words.

Made only when something was found, for it reads the whole trace.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from notsock.detect.finding import Moment
from notsock.detect.places import place_of
from notsock.detect.world import NAMES_A_DESCRIPTOR, NAMES_A_HANDLE, World
from notsock.trace.calls import LINUX_CALLS, SPELLINGS, Call
from notsock.trace.events import Clock, Entered, Exited
from notsock.values.errors import name_of

_CLOCK, _ENTERED, _EXITED = Clock.kind, Entered.kind, Exited.kind
RETURNS_A_HANDLE = frozenset(
    {
        Call.SOCKET, Call.WSASOCKET, Call.ACCEPT, Call.CREATEEVENT, Call.CREATETHREAD, Call.BEGINTHREAD,
        Call.BEGINTHREADEX, Call.CREATEPROCESS, Call.OPENPROCESS, Call.DUPLICATEHANDLE, Call.CREATEFILE,
        Call.GET_OSFHANDLE,
    }
)  # fmt: skip
_RETURNS_A_DESCRIPTOR = frozenset({Call.OPEN_OSFHANDLE, Call.CRT_DUP, Call.CRT_OPEN})
_ERRNO_CALLS = frozenset({call for call in Call if Call.OPEN_OSFHANDLE <= call <= Call.CRT_FSTAT})
_ERRNO = {9: "EBADF", 22: "EINVAL", 24: "EMFILE", 32: "EPIPE", 2: "ENOENT"}
_SECOND = {Call.BIND: "port {}", Call.CONNECT: "port {}", Call.SEND: "{} bytes", Call.SENDTO: "{} bytes"}


@dataclass(slots=True)
class Made:
    """One call that a thread made; ``left_at`` is 0 for one that never returned."""

    entered_at: int
    thread: int
    call: int
    first: int
    second: int
    left_at: int = 0
    result: int = 0
    error: int = 0

    def __str__(self) -> str:
        name = SPELLINGS[Call(self.call)] if self.call in SPELLINGS else f"call {self.call}"
        words = []
        if self.call in LINUX_CALLS:
            words += [str(self.first)] if self.first >= 0 else []
        elif self.call in NAMES_A_HANDLE:
            words.append(f"{self.first:#x}")
        elif self.call in NAMES_A_DESCRIPTOR or self.call == Call.SLEEP:
            words.append(str(self.first))
        elif self.call == Call.SELECT:
            words.append(f"{self.first} sockets")
        elif self.call in (Call.LOCK_ACQUIRE, Call.LOCK_RELEASE):
            words.append(f"lock {self.first}")
        if self.call in _SECOND:
            words.append(_SECOND[Call(self.call)].format(self.second))
        text = f"{name}({', '.join(words)})"
        if self.left_at and not self.error:
            if self.call in RETURNS_A_HANDLE:
                text += f" = {self.result:#x}"
            elif self.call in _RETURNS_A_DESCRIPTOR:
                text += f" = {self.result}"
        return text

    @property
    def failure(self) -> str:
        """The code it failed with, and its name."""
        if self.call in _ERRNO_CALLS or self.call in LINUX_CALLS:
            return f"errno {self.error} ({_ERRNO.get(self.error, '?')})"
        name = name_of(self.error)
        return str(self.error) if name == str(self.error) else f"{self.error} ({name})"


@dataclass(slots=True)
class _Calls:
    entered: list[int] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)


class Timeline:
    """The calls of every thread of a trace, and the time of every event."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._threads: dict[int, _Calls] = {}
        self._clock_at: list[int] = [0]
        self._clock_ns: list[int] = [0]
        for at, record in world.trace.records():
            kind = record[0]
            if kind == _ENTERED:
                calls = self._threads.setdefault(record[1], _Calls())
                calls.entered.append(at)
                calls.made.append(Made(at, record[1], record[2], record[3], record[4]))
            elif kind == _EXITED:
                made = self._threads.setdefault(record[1], _Calls()).made
                if made and not made[-1].left_at:
                    last = made[-1]
                    last.left_at, last.result, last.error = at, record[3], record[4]
            elif kind == _CLOCK:
                self._clock_at.append(at)
                self._clock_ns.append(record[1])

    def time_of(self, position: int) -> int:
        """Return the virtual time of an event in nanoseconds."""
        return self._clock_ns[bisect_right(self._clock_at, position) - 1]

    def call_at(self, thread: int, position: int) -> Made | None:
        """Return the call that a thread was in, or had made last, at an event."""
        calls = self._threads.get(thread)
        if calls is None:
            return None
        place = bisect_right(calls.entered, position) - 1
        return calls.made[place] if place >= 0 else None

    def calls_from(self, thread: int, position: int) -> list[Made]:
        """Return the calls of a thread that had not returned at an event, and all later ones."""
        calls = self._threads.get(thread)
        if calls is None:
            return []
        place = max(0, bisect_right(calls.entered, position) - 1)
        return [made for made in calls.made[place:] if not made.left_at or made.left_at > position]

    def moment(self, role: str, position: int, thread: int, call: str | None = None) -> Moment:
        """Return one moment of a story; ``call`` replaces what the trace says the thread called."""
        world = self.world
        actor = world.threads.get(thread)
        process = world.processes.get(actor.process) if actor is not None else None
        if call is None:
            made = self.call_at(thread, position)
            inside = made is not None and (not made.left_at or made.left_at > position)
            call = str(made) if inside else ""
        return Moment(
            role,
            position,
            actor.name if actor is not None else ("" if not thread else f"thread {thread}"),
            process.name if process is not None else "",
            self.time_of(position),
            call,
            tuple([place_of(frame) for frame in world.trace.stacks.get(position, ())]),
        )
