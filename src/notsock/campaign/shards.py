"""How a search is cut into shards: by its seed and size alone, never by who is there to do the work."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from notsock.programs.checking import Effort

SIZE_MIN, SIZE_MAX = 25, 5000
"""Schedules in a shard: enough that starting one costs nothing, few enough that losing one costs little."""
PIECES = 32
"""Shards that a search of middling size is cut into."""
SIZE_OPEN = 500
"""Schedules in a shard of a search that is limited by time only."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One piece: ``schedules`` schedules (None: all there are) from the ``first`` on, drawn from ``seed``."""

    number: int
    seed: int | str
    first: int
    schedules: int | None


def shards(effort: Effort, seed: int | str) -> Iterator[Shard]:
    """Yield the shards of a search, without end where only time limits it.

    The first keeps the seed, so that a search of one shard is what it would have been without a campaign.
    A search through every schedule is one shard: its plan knows only as a whole when none is left.
    """
    if effort.proves:
        yield Shard(0, seed, 1, effort.schedules)
        return
    left = effort.schedules
    size = SIZE_OPEN if left is None else min(max(-(-left // PIECES), SIZE_MIN), SIZE_MAX)
    for number in count():
        if left is not None and number * size >= left:
            return
        here = size if left is None else min(size, left - number * size)
        yield Shard(number, f"{seed}/{number}" if number else seed, number * size + 1, here)
