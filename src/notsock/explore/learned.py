"""Learned: what the searches of one program have covered, and the runs that showed it.

What is covered is a pair: this turn came, and the next that touched the same, where one of the two wrote, was that
one.  Turns are told by name and number, not by object, so that a pair means the same in every run of one program, and
in the next search of it.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from notsock.explore import stored
from notsock.explore.stored import StoredFileError, word

KEPT_MAX = 64
"""Runs that are kept, the newest."""
PAIRS_MAX = 200_000
"""Pairs that are remembered, the oldest; of those beyond, each counts as new whenever it is met."""
TURNS_MAX = 500_000
"""Turns of kept runs that are stored, and their pairs."""
_COUNT_MAX = 1 << 32

Turn: TypeAlias = tuple[str, int]
"""An actor by name and the number of its turn, from 1."""


class Kept(NamedTuple):
    """A run that showed something new: its actors in order, and its pairs by place."""

    order: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]


class Learned:
    """The runs that showed something new; ``schedules`` is how many were run in all."""

    def __init__(self) -> None:
        self.schedules = 0
        self.kept: list[Kept] = []
        self._seen: dict[tuple[Turn, Turn], None] = {}

    @property
    def pairs(self) -> int:
        """How many pairs are covered."""
        return len(self._seen)

    def seed(self, seed: int | str) -> int | str:
        """Return what a search of ``seed`` draws from that goes on from here: none draws what an earlier one did."""
        return f"{seed}+{self.schedules}" if self.schedules else seed

    def keep(self, run: Kept) -> None:
        """Keep a run if one of its pairs is new."""
        turns = list(_turns(run.order))
        new = False
        for first, second in run.pairs:
            new |= self._see((turns[first], turns[second]))
        if new:
            self.kept.append(run)
            del self.kept[:-KEPT_MAX]

    def _see(self, pair: tuple[Turn, Turn]) -> bool:
        """Note a pair; say whether it is new."""
        new = pair not in self._seen
        if new and len(self._seen) < PAIRS_MAX:
            self._seen[pair] = None
        return new

    def merge(self, other: "Learned") -> None:
        """Take what is new in what another search has learned, but for the number of its schedules."""
        for run in other.kept:
            self.keep(run)
        for pair in other._seen:
            self._see(pair)

    # ---- as JSON values -----------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, in which actors are places in a list of names."""
        names: dict[str, int] = {}
        pairs: list[int] = []
        for (first, nth), (second, mth) in self._seen:
            pairs += (names.setdefault(first, len(names)), nth, names.setdefault(second, len(names)), mth)
        kept, room = [], TURNS_MAX
        for run in reversed(self.kept):
            room -= len(run.order) + len(run.pairs)
            if room < 0:
                break
            stretches = ((names.setdefault(name, len(names)), len(list(same))) for name, same in groupby(run.order))
            kept.append({"order": _flat(stretches), "pairs": _flat(run.pairs)})
        return {"schedules": self.schedules, "actors": list(names), "pairs": pairs, "kept": kept[::-1]}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Learned":
        """Read what :meth:`to_json` made; raises :class:`StoredFileError` for anything else."""
        learned = cls()
        learned.schedules = _count(content.get("schedules"))
        names = [word(name) for name in stored.field(content, "actors", list)]
        for first, nth, second, mth in _rows(content, "pairs", 4):
            learned._see(((_of(names, first), nth), (_of(names, second), mth)))
        for row in stored.field(content, "kept", list):
            learned.kept.append(_kept(row, names))
        del learned.kept[:-KEPT_MAX]
        return learned


def _turns(order: tuple[str, ...]) -> Iterator[Turn]:
    counts: dict[str, int] = {}
    for name in order:
        number = counts[name] = counts.get(name, 0) + 1
        yield name, number


def _flat(rows: Any) -> list[int]:
    return [value for row in rows for value in row]


def _kept(row: Any, names: list[str]) -> Kept:
    if not isinstance(row, dict):
        raise StoredFileError("it holds a run that is not one")
    stretches = list(_rows(row, "order", 2))
    if sum(count for _, count in stretches) > TURNS_MAX:
        raise StoredFileError("it holds a run that is too long")
    order = tuple([name for actor, count in stretches for name in [_of(names, actor)] * count])
    pairs = tuple([(first, second) for first, second in _rows(row, "pairs", 2)])
    if not all(first < second < len(order) for first, second in pairs):
        raise StoredFileError("it holds a run whose pairs are not its own")
    return Kept(order, pairs)


def _rows(content: dict[str, Any], name: str, width: int) -> Iterator[tuple[int, ...]]:
    """Return the rows of a flat list of counts."""
    values = [_count(value) for value in stored.field(content, name, list)]
    if len(values) % width:
        raise StoredFileError(f"its field {name!r} ends in the middle of a row")
    return zip(*[iter(values)] * width, strict=True)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _COUNT_MAX:
        raise StoredFileError("it holds a number that is not a count")
    return value


def _of(names: list[str], place: int) -> str:
    if place >= len(names):
        raise StoredFileError("it holds an actor that has no name")
    return names[place]
