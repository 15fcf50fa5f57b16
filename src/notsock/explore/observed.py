"""Observed: what the turns of one run touched, for samplers that learn from the runs before.

Here nothing has to be complete, so what says little is left out: a conflict counts only on something that programs
race for.  A turn is *hot* when another actor touched the same and one of the two wrote.
"""

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from notsock.explore.footprints import Footprints
from notsock.explore.happens_before import Turns
from notsock.explore.resources import CLOCK, ENDS, EVERYTHING, KIND_MASK, LIFE, MEMORY, Footprint
from notsock.explore.sharing import Sharing

if TYPE_CHECKING:
    from notsock.executive.executive import Executive

class Place(NamedTuple):
    """Where an actor stands: how many calls it has come to, and how many turns it has had in the last one.

    Places of one actor are ordered; they say more than the number of its turns, which waiting changes.
    """

    call: int
    turn: int


_SAY_LITTLE = frozenset({EVERYTHING, LIFE, ENDS, MEMORY, CLOCK})


START = Place(0, 0)


class Observed:
    """Follows one run: :meth:`turn` at each pick, :meth:`over` when nobody can go on or the run has ended."""

    def __init__(self, executive: "Executive", sharing: Sharing, *, narrow: bool = False) -> None:
        self._footprints = Footprints(executive, sharing, narrow=narrow)
        self.actors: list[int] = []
        self.touched: list[Footprint] = []
        self.places: list[Place] = []
        """Where the actor of each turn stood when it began."""
        self.given: list[list[int]] = []
        self.freed: list[list[int]] = []
        """The numbers that each turn gave out, and made free, as resources."""
        self._entered: dict[int, int | None] = {}
        self._last: dict[int, Footprint] = {}
        self._stand: dict[int, Place] = {}
        self._turns = Turns()
        self._woken: dict[int, list[int]] = {}
        """By actor: the turns after which it could go on, since its last one."""
        self._able: set[int] = set()
        self._time_moved = False
        self._open = False

    def turn(self, actor: int, candidates: Sequence[int] = ()) -> None:
        """The turn of an actor begins, who is one of ``candidates``, and that of the one before it is over."""
        self.over()
        if candidates:
            self._follow(actor, candidates)
        self.actors.append(actor)
        self.places.append(self.place(actor))
        entered = self._entered.get(actor, 0) if self._footprints.thread(actor) is not None else 0
        self._footprints.begins(actor, entered, self._last.get(actor, {}))
        self._last[actor] = self._footprints.looked
        self._open = True

    def _follow(self, actor: int, candidates: Sequence[int]) -> None:
        """Note which turns this one could not have been without: its actor's own, and those that woke it."""
        able = set(candidates)
        if self.actors:
            before = self.actors[-1]
            thread = self._footprints.thread(before)
            if thread is not None and thread.slot >= 0:
                able.add(before)  # it has polled in vain, and lets the others go first
            woke = map(self._turns.before, set(self.actors)) if self._time_moved else (len(self.actors) - 1,)
            for other, after in product(able - self._able - {before}, woke):
                self._woken.setdefault(other, []).append(after)
        self._able, self._time_moved = able, False
        self._turns.take(actor, {}, self._woken.pop(actor, ()), 0)

    def needs(self, later: int, earlier: int) -> bool:
        """Whether a turn could not have been without an earlier one, whatever the order of the others."""
        return self._turns.is_after(later, earlier)

    def stills(self) -> None:
        """The current turn is over, and time moves."""
        self.over()
        self._time_moved = True

    def over(self) -> None:
        """The current turn is over."""
        if self._open:
            self._open = False
            footprint = self._footprints.ended()
            actor = self.actors[-1]
            entered = self._entered[actor] = self._footprints.entered
            call, turn = self.place(actor)
            self._stand[actor] = Place(call, turn + 1) if entered is None else Place(call + 1, 0)
            self.touched.append(footprint)
            self.given.append(self._footprints.given)
            self.freed.append(self._footprints.freed)

    def place(self, actor: int) -> Place:
        """Return where an actor stands, once the current turn is :meth:`over`."""
        return self._stand.get(actor, START)

    def hot(self, names: Sequence[str]) -> set[tuple[str, int]]:
        """Return the hot turns: (actor, the number of its turn from 0); ``names`` are the actors, turn by turn."""
        writers: dict[int, set[str]] = {}
        readers: dict[int, set[str]] = {}
        for actor, footprint in zip(names, self.touched, strict=True):
            for resource, writes in footprint.items():
                if resource & KIND_MASK not in _SAY_LITTLE:
                    (writers if writes else readers).setdefault(resource, set()).add(actor)
        found = set()
        counts: dict[str, int] = {}
        for actor, footprint in zip(names, self.touched, strict=True):
            number = counts.get(actor, 0)
            counts[actor] = number + 1
            for resource, writes in footprint.items():
                others = writers.get(resource, set()) | (readers.get(resource, set()) if writes else set())
                if others - {actor}:
                    found.add((actor, number))
                    break
        return found
