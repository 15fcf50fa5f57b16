"""The screen: lets a trace go in which no rule can find anything, from its integers alone.

It asks far less than the rules do and stops a trace at the first thing that could be of interest to one; so it
stops many healthy traces, and never lets a guilty one go (a test judges random runs with and without it).
One loop, written flat: a search calls it for every schedule.
"""

from notsock.detect.world import COPIES
from notsock.trace.calls import Call
from notsock.trace.events import (
    EVENTS,
    WIDTHS,
    AddressClaimed,
    AddressReleased,
    ContextOpened,
    ContextReleased,
    DescriptorClosed,
    DescriptorMissed,
    DescriptorOpened,
    Entered,
    Exhausted,
    HandleClosed,
    HandleMissed,
    HandleOpened,
    ObjectCreated,
    ObjectEnded,
    Origin,
    Raised,
    RunEnded,
    StateChanged,
    Stepped,
    Stuck,
    ThreadStarted,
)
from notsock.trace.recorder import Trace

HALF_CLOSED_MAX = 4
"""So many connections may be half closed at once before it is a pile."""

_CREATED, _ENDED, _OPENED, _CLOSED = ObjectCreated.kind, ObjectEnded.kind, HandleOpened.kind, HandleClosed.kind
_CONTEXT, _RELEASED = ContextOpened.kind, ContextReleased.kind
_DESCRIPTOR, _GIVEN_UP = DescriptorOpened.kind, DescriptorClosed.kind
_CLAIMED, _LEFT, _STATE, _STUCK = AddressClaimed.kind, AddressReleased.kind, StateChanged.kind, Stuck.kind
_ENTERED, _STARTED = Entered.kind, ThreadStarted.kind
_AT_ONCE = frozenset({HandleMissed.kind, DescriptorMissed.kind, Exhausted.kind, Raised.kind})
_WAITING_FOR_WORK = frozenset({Call.ACCEPT, Call.SELECT, Call.WSAPOLL, Call.GETQUEUEDCOMPLETIONSTATUS})
_EXIT, _CLOSESOCKET, _ENDTHREAD = int(Call.PROCESS_EXIT), int(Call.CLOSESOCKET), int(Call.ENDTHREAD)
_SYSTEM = int(Origin.SYSTEM)
_HALF = (0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0)
"""What each TCP state counts as: FIN_WAIT_2 and CLOSE_WAIT are half closed."""

_LOOKED_AT = frozenset(
    {
        _CREATED, _OPENED, _CLOSED, _CONTEXT, _RELEASED, _DESCRIPTOR, _GIVEN_UP, _CLAIMED, _LEFT, _STATE, _STUCK,
        *_AT_ONCE,
    }
)  # fmt: skip
_PASSED_OVER = tuple(0 if kind in _LOOKED_AT else width for kind, width in enumerate(WIDTHS))
"""The width of events that are passed over, 0 for those that are looked at."""
_SYNCHRONOUS = frozenset(event.kind for event in EVENTS) - {
    Entered.kind, Stepped.kind, HandleOpened.kind, HandleClosed.kind, HandleMissed.kind, RunEnded.kind,
    ThreadStarted.kind,
}  # fmt: skip


def suspicious(trace: Trace) -> bool:  # noqa: PLR0915 - one loop, for its speed
    """Say whether any rule could find anything in ``trace``."""
    names = trace.names
    endpoint = names.index("endpoint") if "endpoint" in names else -1
    flat = trace.eventful()
    place, end = 0, len(flat)
    passed_over = _PASSED_OVER
    endpoints: set[int] = set()
    openers: dict[tuple[int, int], int] = {}
    recycled: set[tuple[int, int]] = set()
    copies: set[tuple[int, int]] = set()
    contexts: dict[tuple[int, int], int] = {}
    released: dict[tuple[int, int], int] = {}
    descriptors: dict[tuple[int, int], int] = {}
    claims: dict[int, tuple[int, int, int]] = {}
    half_closed = 0
    while place < end:
        kind = flat[place]
        width = passed_over[kind]
        if width:
            place += width
            continue
        if kind == _STATE:
            half_closed += _HALF[flat[place + 3]] - _HALF[flat[place + 2]]
            if half_closed > HALF_CLOSED_MAX:
                return True
            place += 4
        elif kind == _OPENED:
            _, thread, process, handle, thing, origin = flat[place : place + 6]
            key = (process, handle)
            if key in openers:
                recycled.add(key)
            openers[key] = thread
            if origin == _SYSTEM:
                return True
            if origin in COPIES and thing in endpoints:
                copies.add(key)
            place += 6
        elif kind == _CLOSED:
            _, thread, process, handle, thing, call, left = flat[place : place + 7]
            key = (process, handle)
            place += 7
            if key in recycled and openers[key] != thread:
                return True
            if thing in endpoints:
                if call == _EXIT:
                    return True
                if call == _CLOSESOCKET and released.get(key) != thing:
                    return True
                copies.discard(key)
                if left == 0 and not _ends_at_once(flat, place, end, thing):
                    return True
            elif call == _CLOSESOCKET:
                return True
        elif kind == _CREATED:
            if flat[place + 2] == endpoint:
                endpoints.add(flat[place + 1])
            place += 4
        elif kind == _CONTEXT:
            key = (flat[place + 1], flat[place + 2])
            if key in contexts:
                return True
            contexts[key] = flat[place + 3]
            place += 4
        elif kind == _RELEASED:
            _, process, handle, thing, meant = flat[place : place + 5]
            if thing != meant:
                return True
            key = (process, handle)
            released[key] = thing
            contexts.pop(key, None)
            place += 5
        elif kind == _CLAIMED:
            claim = (flat[place + 2], flat[place + 5], flat[place + 7])
            if claim in claims.values():
                return True
            claims[flat[place + 1]] = claim
            place += 9
        elif kind == _LEFT:
            claims.pop(flat[place + 1], None)
            place += 2
        elif kind == _DESCRIPTOR:
            descriptors[flat[place + 2], flat[place + 3]] = flat[place + 5]
            place += 6
        elif kind == _GIVEN_UP:
            if descriptors.pop((flat[place + 2], flat[place + 3]), 0) != flat[place + 5]:
                return True
            place += 6
        elif kind == _STUCK:
            if flat[place + 2] not in _WAITING_FOR_WORK:
                return True
            place += 4
        else:
            return True
    return bool(contexts or copies)


def _ends_at_once(flat: list[int], place: int, end: int, thing: int) -> bool:
    """Say whether an object ends before any thread goes on: its last handle was closed."""
    while place < end:
        kind = flat[place]
        if kind == _ENDED and flat[place + 1] == thing:
            return True
        if kind not in _SYNCHRONOUS:
            return False
        place += WIDTHS[kind]
    return False
