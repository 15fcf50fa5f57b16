"""DPOR: one schedule of each kind that can make a difference, and no more.

Two schedules that differ only in the order of turns which touch nothing in common end alike.  Source-DPOR with
sleep sets (Abdulla, Aronis, Jonsson, Sagonas, "Source Sets", POPL 2014) runs the first of them, looks which
turns raced, and comes back only for those that it has to turn round; a sleep set keeps it from starting again what
it has seen under another name.  What a turn touched is read by :mod:`notsock.explore.footprints`, what raced by
:mod:`notsock.explore.happens_before`.

Verdicts are values, not rivals: all values of each are tried.  A call that waited has had its turn when it began to
wait, so its race is seen; a thread that was killed is given the turn that it did not have.  When time moves, what
was before is closed.
"""

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from notsock.explore.footprints import Footprints
from notsock.explore.happens_before import Turns
from notsock.explore.resources import Footprint, conflicts
from notsock.explore.sharing import Sharing
from notsock.explore.strategies.drift import Drift
from notsock.explore.verdict import EXHAUSTED, STOPPED

if TYPE_CHECKING:
    from notsock.executive.executive import Executive


class _Node:
    """One turn: who could have it, who has it, who had it, who must, who need not."""

    __slots__ = (
        "able", "asleep", "chosen", "done", "entered", "floor", "looked", "offers", "roster", "to_do", "touched",
        "values",
    )  # fmt: skip

    def __init__(
        self, offers: list[int], able: set[int], chosen: int, asleep: dict[int, Footprint], floor: int, roster: int
    ) -> None:
        self.offers = offers
        self.able = able
        """Who could go on: those offered, and one who lets the others go first."""
        self.chosen = chosen
        self.asleep = asleep
        self.floor = floor
        self.roster = roster
        self.done: dict[int, Footprint] = {}
        self.to_do: list[int] = []
        self.touched: Footprint = {}
        """What the turns of ``chosen`` have touched here, over all verdicts."""
        self.values: list[tuple[str, int, int]] = []
        self.entered: int | None = None
        self.looked: Footprint = {}


class Dpor:
    """All schedules that can make a difference; ``advance`` between two runs, False when none is left.

    With a ``seed`` the first of several equal continuations is drawn, else the current thread goes on.
    ``narrow`` takes threads of a Python process to share no variables, and looks at a clock not to move it
    (:mod:`.widening` says why); ``leaves_out`` and ``leaves_out_clocks`` whether there was anything to take so.
    ``redundant`` counts the runs that came to where all that they could still do had been tried in an equal one; such
    a run goes on unpreempted to its end, and nothing is learned from that.
    """

    def __init__(self, seed: int | str | None = None, *, narrow: bool = False) -> None:
        self._random = None if seed is None else Random(f"notsock dpor {seed}")  # noqa: S311 - reproducible
        self._narrow = narrow
        self._narrowed: dict[int, set[int]] = {}
        self._lookers: set[int] = set()
        self._timed: set[int] = set()
        self._dry = False
        self._turns = Turns()
        self._sharing = Sharing()
        self._nodes: list[_Node] = []
        self._pushes: dict[int, list[int]] = {}
        self._pops: dict[int, list[int]] = {}
        self._wakes: dict[int, list[int]] = {}
        """By actor: the turns after which it could go on and before which it could not."""
        self._joined: dict[int, list[int]] = {}
        """By turn: the last turns of threads after which the same actor's next one comes."""
        self._killed: list[tuple[int, int]] = []
        self.redundant = 0
        self._roster: Sequence[tuple[str, int, int]] = ()
        self._footprints: Footprints | None = None
        self._depth = 0
        self._known = 0
        self._open = -1
        self._asked = 0
        self._floor = 0
        self._astray = False

    # ---- a run ---------------------------------------------------------------------------------------------------

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start the run of the current path."""
        self._roster = roster
        self._depth = 0
        self._known = len(self._nodes)
        self._open = -1
        self._asked = 0
        self._floor = 0
        self._astray = False

    def attend(self, executive: "Executive") -> None:
        """Read what each turn touches from the run's machine."""
        self._footprints = Footprints(executive, self._sharing, narrow=self._narrow)
        self._footprints.narrowed = self._narrowed
        self._footprints.lookers, self._footprints.timed = self._lookers, self._timed

    def pick(self, candidates: Sequence[int], current: int) -> int:
        """Return the place on the current path; beyond its end, that of one who is not asleep."""
        if self._astray:
            return candidates.index(current) if current in candidates else 0
        able = self._close(candidates, current)
        depth = self._depth
        self._asked = 0
        if depth < self._known:
            node = self._nodes[depth]
            if node.offers != list(candidates):
                raise Drift(depth + 1, self._words(node.offers), self._words(candidates))
            self._floor = node.floor
        else:
            fresh = self._new(candidates, able, current)
            if fresh is None:
                self._astray = True
                self.redundant += 1
                return candidates.index(current) if current in candidates else 0
            node = fresh
            self._nodes.append(node)
        self._depth = depth + 1
        self._begin_turn(depth, node)
        return candidates.index(node.chosen)

    def stills(self) -> None:
        """Close the turn: nobody can go on, and time moves."""
        if self._astray:
            return
        self._close((), 0)
        if self._depth >= self._known:
            self._floor = self._depth

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the value on the current path; beyond its end, the healthy one."""
        if not self._depth or self._astray:
            return 0
        values = self._nodes[self._depth - 1].values
        asked = self._asked
        self._asked = asked + 1
        if asked < len(values):
            expected = values[asked]
            if expected[:2] != (point, count):
                raise Drift(self._depth, f"a verdict of {expected[1]} for {expected[0]}", f"one of {count} for {point}")
            return expected[2]
        values.append((point, count, 0))
        return 0

    # ---- turns ---------------------------------------------------------------------------------------------------

    def _new(self, candidates: Sequence[int], able: set[int], current: int) -> _Node | None:
        """Return the node of a turn that no earlier run has come to; None when all that it could be has been tried."""
        asleep: dict[int, Footprint] = {}
        if self._nodes:
            before = self._nodes[-1]
            touched = self._turns.footprints[-1]
            for sleepers in (before.asleep, before.done):
                asleep |= {
                    actor: footprint
                    for actor, footprint in sleepers.items()
                    if actor != before.chosen and not conflicts(footprint, touched)
                }
        awake = [actor for actor in candidates if actor not in asleep]
        if not awake:
            return None
        if self._random is not None:
            chosen = awake[int(self._random.random() * len(awake))]
        else:
            chosen = current if current in awake else awake[0]
        return _Node(list(candidates), able, chosen, asleep, self._floor, len(self._roster))

    def _begin_turn(self, depth: int, node: _Node) -> None:
        """Begin to read what a turn touches, if it is new."""
        if depth < self._known - 1:
            return
        assert self._footprints is not None
        self._open = depth
        before = self._turns.before(node.chosen)
        entered: int | None = 0
        footprint: Footprint = {}
        if before >= 0 and self._footprints.thread(node.chosen) is not None:
            entered = self._nodes[before].entered
            footprint = self._nodes[before].looked
        self._footprints.begins(node.chosen, entered, footprint)
        node.looked = self._footprints.looked
        for link, count in self._footprints.waiting.items():
            pushes, pops = self._pushes.setdefault(link, []), self._pops.setdefault(link, [])
            pushes.extend([node.floor - 1] * (len(pops) + count - len(pushes)))  # by timers, when time moved

    def _close(self, candidates: Sequence[int], current: int) -> set[int]:
        """Enter the turn that has ended, and see what must be turned round; return who is able to go on."""
        place, self._open = self._open, -1
        footprints = self._footprints
        assert footprints is not None
        able = set(candidates)
        thread = footprints.thread(current)
        if thread is not None and thread.slot >= 0 and current not in able:
            able.add(current)  # it has polled in vain, and lets the others go first
        if place < 0:
            return able
        node = self._nodes[place]
        footprint = footprints.ended()
        node.entered = footprints.entered
        actor = node.chosen
        after = self._before(actor, place)
        for other in able:
            if other not in node.able and other != actor:
                self._wakes.setdefault(other, []).append(place)
        for link, count in footprints.pushed.items():
            self._pushes.setdefault(link, []).extend([place] * count)
        races = self._turns.take(actor, footprint, after, node.floor)
        for resource, writes in footprint.items():
            node.touched[resource] = writes or node.touched.get(resource, False)
        self._killed.extend((place, victim) for victim in footprints.killed)
        if footprints.joined:
            self._joined[place] = [self._turns.before(other) for other in footprints.joined]
        for earlier in races:
            self._turn_round(earlier, place, actor)
        return able

    def _before(self, actor: int, place: int) -> list[int]:
        """Return the turns without which this one could not have been: who woke its actor, who sent its packet."""
        after: list[int] = []
        floor = self._nodes[place].floor
        last = self._turns.before(actor)
        after.extend(end for end in self._joined.get(last, ()) if end >= floor)
        wakes = self._wakes.get(actor)
        if wakes and wakes[-1] >= max(last, floor):
            after.append(wakes[-1])
        assert self._footprints is not None
        if self._footprints.thread(actor) is None:
            pops = self._pops.setdefault(actor, [])
            pushed = self._pushes.get(actor, ())
            if len(pops) < len(pushed) and pushed[len(pops)] >= floor:
                after.append(pushed[len(pops)])
            pops.append(place)
        return after

    def _turn_round(self, earlier: int, later: int, actor: int) -> None:
        """See to it that a race is also run the other way round."""
        node = self._nodes[earlier]
        found = []
        for first in self._turns.firsts(earlier, later):
            if first in node.done or first in node.asleep or first in node.to_do:
                return
            found.append(first)
        if not found:
            found = [actor]
            if actor in node.done or actor in node.asleep or actor in node.to_do:
                return
        able = [first for first in found if first in node.offers]
        if able:
            node.to_do.append(able[0])
        else:
            node.to_do.extend(other for other in node.offers if other not in node.to_do)

    def _bury(self) -> None:
        """Give each thread that was killed the turn that it did not have, before the one that killed it."""
        for place, victim in self._killed:
            self._turn_round(place, len(self._turns), victim)

    # ---- between runs ----------------------------------------------------------------------------------------------

    def advance(self) -> bool:
        """Move to the next path that can make a difference; False when none is left."""
        if self._depth < self._known:
            raise Drift(self._depth + 1, self._words(self._nodes[self._depth].offers), "its end")
        if self._footprints is not None and not self._astray:
            self._close((), 0)
        self._bury()
        nodes = self._nodes
        while nodes:
            node = nodes[-1]
            self._forget(len(nodes) - 1)
            if _next_value(node.values):
                return True
            node.done[node.chosen] = node.touched
            seen = (node.done, node.asleep)
            following = next((actor for actor in node.to_do if not any(actor in each for each in seen)), None)
            if following is not None:
                node.chosen = following
                node.touched = {}
                return True
            nodes.pop()
        self._dry = True
        return False

    @property
    def leaves_out(self) -> bool:
        """Whether two threads of one Python process were taken not to share variables."""
        return any(len(threads) > 1 for threads in self._narrowed.values())

    @property
    def leaves_out_clocks(self) -> bool:
        """Whether somebody's look at a clock was taken to make no difference to anybody else's time."""
        return bool(self._lookers) and len(self._lookers | self._timed) > 1

    def _forget(self, count: int) -> None:
        """Keep what is known of the first ``count`` turns."""
        self._turns.forget(count)
        self._sharing.forget(self._nodes[count].roster)
        self._joined = {place: ends for place, ends in self._joined.items() if place < count}
        self._killed = [(place, victim) for place, victim in self._killed if place < count]
        for kept in (self._pushes, self._pops, self._wakes):
            for places in kept.values():
                while places and places[-1] >= count:
                    places.pop()

    def verdict(self) -> str:
        """Say what has been tried: everything, once :meth:`advance` has returned False."""
        return EXHAUSTED if self._dry else STOPPED

    def _words(self, offers: Sequence[int]) -> str:
        names = (self._roster[ident][0] if 0 <= ident < len(self._roster) else f"actor {ident}" for ident in offers)
        return f"a choice among {', '.join(names)}"


def _next_value(values: list[tuple[str, int, int]]) -> bool:
    """Move to the next values of a turn's verdicts; False, and none left, after the last."""
    while values:
        point, count, value = values.pop()
        if value + 1 < count:
            values.append((point, count, value + 1))
            return True
    return False
