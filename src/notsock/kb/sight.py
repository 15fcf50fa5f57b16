"""What can be seen of a run: the calls that failed, what became of handles, who owns a port and hears it.

Read in one pass over the trace's integers, because a search judges thousands of runs a second; nothing here
looks at a release, nor into the machine.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from notsock.releases.catalogue import profile_of
from notsock.report.netstat import render, table
from notsock.tcp.states import State
from notsock.trace.calls import SPELLINGS, Call
from notsock.trace.events import (
    BY_KIND,
    WIDTHS,
    AddressClaimed,
    AddressHeard,
    ConnectionOpened,
    ContextOpened,
    ContextReleased,
    Event,
    Exited,
    HandleClosed,
    HandleMissed,
    MachineStarted,
    ObjectCreated,
    ObjectEnded,
    ProcessStarted,
    StateChanged,
    Stuck,
)
from notsock.values.errors import name_of

if TYPE_CHECKING:
    from notsock.trace.recorder import Recorder

_EXITED, _CREATED = Exited.kind, ObjectCreated.kind
_CLOSED = HandleClosed.kind
_USES = frozenset({_CLOSED, HandleMissed.kind})
_SPELLINGS = {int(call): spelling for call, spelling in SPELLINGS.items()}


class Failure(NamedTuple):
    """A call that failed, and with which code."""

    thread: int
    call: int
    code: int

    def __str__(self) -> str:
        return f"{_SPELLINGS[self.call]} failed with {self.code} ({name_of(self.code)})"


class HandleUse(NamedTuple):
    """A handle that a call closed, or named in vain; ``type`` is what the number meant, empty when it was free."""

    thread: int
    call: int
    object: int
    type: str
    closed: bool


class Sight:
    """The trace of a run that has just ended, for a judge."""

    __slots__ = ("_recorder", "_values")

    def __init__(self, recorder: "Recorder") -> None:
        self._recorder = recorder
        self._values: Sequence[int] = recorder.since(0)

    @property
    def names(self) -> Sequence[str]:
        """The trace's table of names."""
        return self._recorder.names

    def events(self, *kinds: type[Event]) -> Iterator[Event]:
        """Yield the events of these kinds, in order."""
        values, wanted, widths = self._values, {kind.kind for kind in kinds}, WIDTHS
        place, end = 0, len(values)
        while place < end:
            kind = values[place]
            width = widths[kind]
            if kind in wanted:
                yield BY_KIND[kind](*values[place + 1 : place + width])
            place += width

    def failures(self, *calls: Call) -> list[Failure]:
        """Return what failed among these calls (among all, when none is named), in order."""
        values, widths = self._values, WIDTHS
        found = []
        place, end = 0, len(values)
        while place < end:
            kind = values[place]
            if kind == _EXITED and values[place + 4] and (not calls or values[place + 2] in calls):
                found.append(Failure(values[place + 1], values[place + 2], values[place + 4]))
            place += widths[kind]
        return found

    def count(self, call: Call) -> int:
        """Return how often a call succeeded."""
        return sum(event.call == call and not event.error for event in self.events(Exited) if isinstance(event, Exited))

    def last_left(self, call: Call) -> int:
        """Return the position at which ``call`` was left for the last time; -1 when it never was."""
        values, widths = self._values, WIDTHS
        last, place, end = -1, 0, len(values)
        while place < end:
            kind = values[place]
            if kind == _EXITED and values[place + 2] == call:
                last = place
            place += widths[kind]
        return last

    def netstat(self, position: int) -> list[str]:
        """Return what ``netstat -an`` printed on the first machine before the event at ``position``."""
        started = next(event for event in self.events(MachineStarted) if isinstance(event, MachineStarted))
        profile = profile_of(self.names[started.release])
        return render(
            table(self._recorder.trace(), position, started.machine),
            lists_listeners=profile.netstat_lists_listeners,
            lists_owners=profile.netstat_lists_owners,
        )

    # ---- ports ------------------------------------------------------------------------------------------------

    def owners(self, port: int) -> list[str]:
        """Return the processes that were given a port, in the order in which they were."""
        processes: dict[int, str] = {}
        owners = []
        for event in self.events(ProcessStarted, AddressClaimed):
            if isinstance(event, ProcessStarted):
                processes[event.process] = self.names[event.name]
            elif isinstance(event, AddressClaimed) and event.port == port:
                owners.append(processes[event.process])
        return owners

    def hearers(self, port: int) -> list[str]:
        """Return the processes that something for a port was handed to, in the order in which it was."""
        processes: dict[int, str] = {}
        claims: dict[int, str] = {}
        heard = []
        for event in self.events(ProcessStarted, AddressClaimed, AddressHeard):
            if isinstance(event, ProcessStarted):
                processes[event.process] = self.names[event.name]
            elif isinstance(event, AddressClaimed) and event.port == port:
                claims[event.address] = processes[event.process]
            elif isinstance(event, AddressHeard) and event.address in claims:
                heard.append(claims[event.address])
        return heard

    def stuck(self, call: Call) -> int:
        """Return how many threads still waited in a call when nothing could wake them any more."""
        return sum(event.call == call for event in self.events(Stuck) if isinstance(event, Stuck))

    # ---- objects and connections --------------------------------------------------------------------------------

    def handle_uses(self, *calls: Call) -> list[HandleUse]:
        """Return what these calls closed, and where they missed, in order."""
        values, widths, wanted = self._values, WIDTHS, set(map(int, calls))
        types: dict[int, int] = {}
        found = []
        place, end = 0, len(values)
        while place < end:
            kind = values[place]
            if kind == _CREATED:
                types[values[place + 1]] = values[place + 2]
            elif kind in _USES and values[place + 5] in wanted:
                thing = values[place + 4]
                type_ = self.names[types[thing]] if thing else ""
                found.append(HandleUse(values[place + 1], values[place + 5], thing, type_, kind == _CLOSED))
            place += widths[kind]
        return found

    def contexts_left_behind(self) -> int:
        """Return how many of Winsock's contexts were kept although their socket was no more."""
        kept: dict[tuple[int, int], int] = {}
        ended = set()
        for event in self.events(ContextOpened, ContextReleased, ObjectEnded):
            if isinstance(event, ContextOpened):
                kept[event.process, event.handle] = event.object
            elif isinstance(event, ContextReleased):
                kept.pop((event.process, event.handle), None)
            elif isinstance(event, ObjectEnded):
                ended.add(event.object)
        return sum(thing in ended for thing in kept.values())

    def states_when(self, call: Call) -> list[State]:
        """Return the state of every connection still there when ``call`` was left for the last time."""
        states: dict[int, State] = {}
        then: list[State] = []
        for event in self.events(ConnectionOpened, StateChanged, Exited):
            if isinstance(event, ConnectionOpened):
                states[event.connection] = State.CLOSED
            elif isinstance(event, StateChanged):
                states[event.connection] = State(event.new)
            elif isinstance(event, Exited) and event.call == call:
                then = [state for state in states.values() if state is not State.CLOSED]
        return then

    def states_at_end(self) -> list[State]:
        """Return the state of every connection that outlived the run."""
        states = {
            event.connection: State(event.new) for event in self.events(StateChanged) if isinstance(event, StateChanged)
        }
        return [state for state in states.values() if state is not State.CLOSED]
