"""Windows: moments of a run that somebody could have slipped into, and did not.

Most of this field's bugs are two turns of one actor that were meant as one: a number is freed and used again, a port
is looked at and taken, a socket is found broken and closed.  Between the two lies a *window*.  A run shows its windows
though nobody used them, and who else touches the same; how suspicious each is follows from what this field knows of
numbers, ports and handles.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from notsock.explore.observed import Observed, Place
from notsock.explore.resources import (
    CONNECTION,
    COUNTED,
    DESCRIPTOR,
    KIND_MASK,
    NUMBER,
    OBJECT,
    PORT,
    PROCESS_IDS,
    resource,
    table_of,
)

_NUMBERS = frozenset({NUMBER, DESCRIPTOR})
_KINDS = _NUMBERS | {OBJECT, PORT, CONNECTION}
"""What windows are opened on."""
_STARTS = resource(COUNTED, 0, PROCESS_IDS)
"""Written by who starts a process."""
BEFORE_ALL = Place(-1, 0)
"""Where a window opens that is open from the actor's beginning on."""


class Suspicion(IntEnum):
    """How likely a window is to show a bug, by what happens at its ends and in it; more is more."""

    COMMON = 1
    """Two turns on one thing, and another's on the same."""
    SHUT = 25
    """A number is closed inside one of the other's calls, or before he comes to use it."""
    UNBORN = 45
    """A number is free by the time that somebody uses it for the first time."""
    CLOSED = 50
    """A number is closed between two uses, or used between the last use and the close."""
    UNFINISHED = 80
    """A handle is changed after it was made, and in between somebody starts a process, which may inherit it."""
    LOOKED = 90
    """A port is looked at and then taken, and in between somebody else looks or takes."""
    FREE = 100
    """A number is used again after it was freed, and in between somebody is given a number of that table."""


class Window(NamedTuple):
    """``other`` is to have its turn at ``slips`` after ``actor`` had that at ``opens``, before that at ``closes``."""

    actor: str
    opens: Place
    closes: Place
    other: str
    slips: Place


class Seen(NamedTuple):
    """A window of a run; ``bites`` is the number of the turn (from 0) up to which the run may stay as it was."""

    suspicion: Suspicion
    window: Window
    bites: int


def windows(observed: Observed, names: Sequence[str]) -> Iterator[Seen]:
    """Yield the windows of a run that nobody slipped into; ``names`` are its actors, turn by turn.

    Of the turns of another actor only the nearest before and the nearest after are taken.
    """
    touching, giving, freeing = _turns_by_resource(observed, names)
    starting = touching.pop(_STARTS, {})
    for each, by_actor in touching.items():
        inside = (by_actor, starting, giving.get(table_of(each), {}))
        before_first = (*inside, freeing.get(each, {}))
        for actor, turns in by_actor.items():
            for opens, closes in zip([-1, *turns], turns, strict=False):
                for slips in _nearest(actor, opens, closes, inside if opens >= 0 else before_first, observed):
                    suspicion = _suspicion(each, opens, closes, slips, observed)
                    if suspicion is not None:
                        yield Seen(suspicion, _window(opens, closes, slips, observed, names), min(slips, closes))


_Turns = Mapping[str, list[int]]
"""Turns of a run, in order, by their actor's name."""


def _turns_by_resource(
    observed: Observed, names: Sequence[str]
) -> tuple[dict[int, _Turns], dict[int, _Turns], dict[int, _Turns]]:
    """Return the turns that touch each resource, that give out a number of each table, and that free each number."""
    touching, giving, freeing = (defaultdict[int, defaultdict[str, list[int]]](_by_actor) for _ in range(3))
    for turn, (actor, footprint) in enumerate(zip(names, observed.touched, strict=True)):
        for each, writes in footprint.items():
            if each & KIND_MASK in _KINDS or (each == _STARTS and writes):
                touching[each][actor].append(turn)
        for number in observed.given[turn]:
            giving[table_of(number)][actor].append(turn)
        for number in observed.freed[turn]:
            freeing[number][actor].append(turn)
    return dict(touching), dict(giving), dict(freeing)


def _by_actor() -> defaultdict[str, list[int]]:
    return defaultdict(list)


def _nearest(
    actor: str, opens: int, closes: int, inside: Sequence[_Turns], observed: Observed
) -> Iterator[int]:
    """Yield the turns of others next to a window that could have been in it."""
    found = set()
    for by_actor in inside:
        for other, turns in by_actor.items():
            if other == actor:
                continue
            before, after = bisect_left(turns, opens) - 1, bisect_left(turns, closes)
            if before >= 0 and not observed.needs(opens, turns[before]):
                found.add(turns[before])
            if after < len(turns) and not observed.needs(turns[after], closes):
                found.add(turns[after])
    yield from sorted(found)


def _window(opens: int, closes: int, slips: int, observed: Observed, names: Sequence[str]) -> Window:
    places = observed.places
    return Window(
        names[closes], places[opens] if opens >= 0 else BEFORE_ALL, places[closes], names[slips], places[slips]
    )


def _suspicion(each: int, opens: int, closes: int, slips: int, observed: Observed) -> Suspicion | None:
    """Say how suspicious a window on a resource is; None where nobody changes anything."""
    touched = observed.touched
    kind, begun = each & KIND_MASK, opens >= 0
    if begun and kind in _NUMBERS:
        if each in observed.freed[opens] and any(table_of(other) == table_of(each) for other in observed.given[slips]):
            return Suspicion.FREE
        if each in observed.given[opens] and touched[closes][each] and touched[slips].get(_STARTS):
            return Suspicion.UNFINISHED
    if each not in touched[slips]:
        return None
    if kind == PORT and begun and touched[closes][each] and not touched[opens][each]:
        return Suspicion.LOOKED
    if kind in _NUMBERS and (_closes(each, slips, observed) or _closes(each, closes, observed)):
        if not begun:
            return Suspicion.UNBORN if each in observed.freed[slips] else Suspicion.SHUT
        in_one_call = observed.places[opens].call == observed.places[closes].call
        return Suspicion.SHUT if in_one_call else Suspicion.CLOSED
    return Suspicion.COMMON if touched[slips][each] or touched[closes][each] else None


def _closes(number: int, turn: int, observed: Observed) -> bool:
    """Whether a turn is part of a close of a number, or of another change of it; also of one that comes too late."""
    return observed.touched[turn][number] and number not in observed.given[turn]
