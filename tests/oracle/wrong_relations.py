"""Relations and searches that are known to be wrong: what an oracle is worth is what it says of these.

Each forgets one thing that the real one knows; each was chosen because a reduction could well be built without it.
"""

from typing import Any

from notsock.explore.footprints import Footprints
from notsock.explore.resources import KIND_MASK, PORT, TABLE, TAIL
from notsock.explore.strategies.dpor import Dpor
from notsock.objects.completion_port import CompletionPort


class _Forgetting(Footprints):
    """Footprints without one kind of resource."""

    kind: int

    def ended(self) -> dict[int, bool]:
        return {touched: writes for touched, writes in super().ended().items() if touched & KIND_MASK != self.kind}


class _ByNumber(_Forgetting):
    """Handles conflict by their numbers, not by their table."""

    kind = TABLE


class _WithoutPorts(_Forgetting):
    """Who claims a port, and who looks whether it is free, commute."""

    kind = PORT


class _WithoutTails(_Forgetting):
    """Two who send over one link commute."""

    kind = TAIL


class _WithoutMisses(Footprints):
    """A call that finds nothing behind its number has read nothing."""

    def number(self, process: Any, number: int) -> Any:
        missed = process.table.real(number) not in process.table.objects
        return None if missed else super().number(process, number)

    def _enters(self, call: int, first: int) -> None:
        process = self._actor.process
        if process.table.real(first) in process.table.objects:
            super()._enters(call, first)


class _WithoutQueues(Footprints):
    """Who posts to a completion port, and who takes a packet, touch nothing in common."""

    def acts_on(self, thing: Any) -> None:
        if not isinstance(thing, CompletionPort):
            super().acts_on(thing)


class _Under(Dpor):
    """DPOR under a wrong relation."""

    relation: type[Footprints]

    def attend(self, executive: Any) -> None:
        super().attend(executive)
        self._footprints = self.relation(executive, self._sharing)


class _WithoutVictims(Dpor):
    """A thread that was killed is not given the turn that it did not have."""

    def _bury(self) -> None:
        """Let them lie."""


class _AsleepForGood(Dpor):
    """What sleeps is never woken by what conflicts with it."""

    def _new(self, *asked: Any) -> Any:
        node = super()._new(*asked)
        if node is not None and self._nodes:
            before = self._nodes[-1]
            node.asleep |= {actor: touched for actor, touched in before.asleep.items() if actor != node.chosen}
        return node


def _under(footprints: type[Footprints]) -> type[Dpor]:
    return type(footprints.__name__, (_Under,), {"relation": footprints, "__doc__": footprints.__doc__})


WRONG: dict[str, type[Dpor]] = {
    "by number": _under(_ByNumber),
    "without ports": _under(_WithoutPorts),
    "without tails": _under(_WithoutTails),
    "without misses": _under(_WithoutMisses),
    "without queues": _under(_WithoutQueues),
    "without victims": _WithoutVictims,
    "asleep for good": _AsleepForGood,
}
