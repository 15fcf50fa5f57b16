"""Lets something happen at the gate: behind each event that says a thread enters a call or passes a step.

It sits where such events are recorded, so that a run in which nothing may happen pays nothing for it.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from notsock.trace.events import Entered, Stepped

if TYPE_CHECKING:
    from notsock.executive.actors import Thread
    from notsock.executive.executive import Executive

_GATES = frozenset({Entered.kind, Stepped.kind})


def tap_gates(executive: "Executive", happens: Callable[["Thread"], None]) -> None:
    """Have ``happens`` called with the current thread at each of its gates; it may raise Killed."""
    record = executive.traffic

    def traffic(event: Iterable[Any]) -> None:
        record(event)
        if event[0] in _GATES and not executive.over:  # type: ignore[index] # a tuple, always
            happens(executive.current)

    executive.traffic = traffic
