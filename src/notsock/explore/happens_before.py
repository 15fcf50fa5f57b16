"""Happens-before: which turns of a run had to come in the order in which they came, and which raced.

Vector clocks over the turns of one run.  A turn comes after an earlier one of the same actor, after the turn that
made its actor able to go, and after every earlier turn that touched what it touches, where one of the two wrote.
The last kind is a *race* when nothing else puts the two in order: then the other order is a schedule of its own.
Per resource only the last write and the reads since are looked at, so that a turn costs what it touches.

When nobody can go on and time moves, everything before comes before everything after, and nothing
is turned round across that: the moment exists only because all turns before it were over.
"""

from collections.abc import Collection, Iterator

from notsock.explore.resources import Footprint


class Turns:
    """The turns of the current path, oldest first; :meth:`forget` those that are run anew."""

    def __init__(self) -> None:
        self.actors: list[int] = []
        self.footprints: list[Footprint] = []
        self._clocks: list[list[int]] = []
        self._writes: dict[int, list[int]] = {}
        self._reads: dict[int, list[int]] = {}
        self._latest: dict[int, list[int]] = {}
        self._floors: list[int] = []
        """For each turn the first of its own stretch of time."""

    def __len__(self) -> int:
        return len(self.actors)

    def forget(self, count: int) -> None:
        """Keep only the first ``count`` turns."""
        while len(self.actors) > count:
            actor = self.actors.pop()
            self._latest[actor].pop()
            self._clocks.pop()
            self._floors.pop()
            for resource, writes in self.footprints.pop().items():
                (self._writes if writes else self._reads)[resource].pop()

    def before(self, actor: int) -> int:
        """Return the place of an actor's last turn; -1 when it has had none."""
        latest = self._latest.get(actor)
        return latest[-1] if latest else -1

    def take(self, actor: int, footprint: Footprint, after: Collection[int], floor: int) -> list[int]:
        """Enter a turn that came after the turns ``after`` whatever happened; return the turns that it raced with.

        ``floor`` is the first turn since time moved.
        """
        clock, races = self._clock(actor, footprint, after, floor)
        place = len(self.actors)
        while len(clock) <= actor:
            clock.append(-1)
        clock[actor] = place
        self.actors.append(actor)
        self.footprints.append(footprint)
        self._clocks.append(clock)
        self._floors.append(floor)
        self._latest.setdefault(actor, []).append(place)
        for resource, writes in footprint.items():
            kept = self._writes if writes else self._reads
            if resource in kept:
                kept[resource].append(place)
            else:
                kept[resource] = [place]
        return races

    def _clock(
        self, actor: int, footprint: Footprint, after: Collection[int], floor: int
    ) -> tuple[list[int], list[int]]:
        clocks, actors = self._clocks, self.actors
        last = self.before(actor)
        clock = clocks[last].copy() if last >= 0 else []
        for place in after:
            _join(clock, clocks[place])
        races = []
        for place in sorted(self._touching(footprint, floor), reverse=True):
            other = actors[place]
            if other >= len(clock) or clock[other] < place:
                races.append(place)
                _join(clock, clocks[place])
        return clock, races

    def _touching(self, footprint: Footprint, floor: int) -> set[int]:
        """Return the turns since ``floor`` that touched the same and that no other one stands in front of."""
        found = set()
        for resource, writes in footprint.items():
            written = self._writes.get(resource)
            last = written[-1] if written else -1
            if last >= floor:
                found.add(last)
            if writes:
                reads = self._reads.get(resource)
                if reads:
                    least = max(last, floor)
                    for place in reversed(reads):
                        if place < least:
                            break
                        found.add(place)
        return found

    def is_after(self, later: int, earlier: int) -> bool:
        """Whether a turn had to come after an earlier one."""
        clock, actor = self._clocks[later], self.actors[earlier]
        return actor < len(clock) and clock[actor] >= earlier

    def firsts(self, earlier: int, later: int) -> Iterator[int]:
        """Yield the actors that could begin what came between two turns and did not have to come after the first.

        Each begins a schedule in which the first of the two turns comes last.
        """
        clocks, actors = self._clocks, self.actors
        first: dict[int, int] = {}
        over = actors[earlier]
        for place in range(earlier + 1, later):
            clock = clocks[place]
            if over < len(clock) and clock[over] >= earlier:
                continue
            actor = actors[place]
            if actor not in first:
                if all(other >= len(clock) or clock[other] < least for other, least in first.items()):
                    yield actor
                first[actor] = place


def _join(clock: list[int], other: list[int]) -> None:
    """Make ``clock`` know what ``other`` knows."""
    known = len(clock)
    for place, value in enumerate(other):
        if place >= known:
            clock.extend(other[place:])
            return
        clock[place] = max(clock[place], value)
