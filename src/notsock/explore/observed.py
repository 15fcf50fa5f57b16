"""Observed: what the turns of one run touched, for samplers that learn from the runs before.

Here nothing has to be complete, so what says little is left out: a conflict counts only on something that programs
race for.  A turn is *hot* when another actor touched the same and one of the two wrote.
"""

from typing import TYPE_CHECKING

from notsock.explore.footprints import Footprints
from notsock.explore.resources import ENDS, EVERYTHING, KIND_MASK, LIFE, MEMORY, Footprint
from notsock.explore.sharing import Sharing

if TYPE_CHECKING:
    from notsock.executive.executive import Executive

_SAY_LITTLE = frozenset({EVERYTHING, LIFE, ENDS, MEMORY})


class Observed:
    """Follows one run: :meth:`turn` at each pick, :meth:`over` when nobody can go on or the run has ended."""

    def __init__(self, executive: "Executive", sharing: Sharing) -> None:
        self._footprints = Footprints(executive, sharing)
        self.actors: list[int] = []
        self.touched: list[Footprint] = []
        self._entered: dict[int, int | None] = {}
        self._last: dict[int, Footprint] = {}
        self._open = False

    def turn(self, actor: int) -> None:
        """The turn of an actor begins, and that of the one before it is over."""
        self.over()
        self.actors.append(actor)
        entered = self._entered.get(actor, 0) if self._footprints.thread(actor) is not None else 0
        self._footprints.begins(actor, entered, self._last.get(actor, {}))
        self._last[actor] = self._footprints.looked
        self._open = True

    def over(self) -> None:
        """The current turn is over."""
        if self._open:
            self._open = False
            footprint = self._footprints.ended()
            actor = self.actors[-1]
            self._entered[actor] = self._footprints.entered
            self.touched.append(footprint)

    def hot(self) -> set[tuple[int, int]]:
        """Return the hot turns: (actor, the number of its turn from 0)."""
        writers: dict[int, set[int]] = {}
        readers: dict[int, set[int]] = {}
        for actor, footprint in zip(self.actors, self.touched, strict=False):
            for resource, writes in footprint.items():
                if resource & KIND_MASK not in _SAY_LITTLE:
                    (writers if writes else readers).setdefault(resource, set()).add(actor)
        found = set()
        counts: dict[int, int] = {}
        for actor, footprint in zip(self.actors, self.touched, strict=False):
            number = counts.get(actor, 0)
            counts[actor] = number + 1
            for resource, writes in footprint.items():
                others = writers.get(resource, set()) | (readers.get(resource, set()) if writes else set())
                if others - {actor}:
                    found.add((actor, number))
                    break
        return found
