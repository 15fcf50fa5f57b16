"""How many different runs there were, in memory that does not grow with them.

Exact up to some thousands; beyond, the smallest digests are kept, and how close together they lie says how many
there must be (the k-minimum-values sketch of Bar-Yossef et al., 2002: within three per cent here).  Two sketches
merge into that of all runs, so the workers of a campaign each keep their own.
"""

from collections.abc import Iterable

KEPT = 4096
"""Digests that are kept; up to so many the count is exact."""
_DIGITS = 16
_SPACE = 1 << 4 * _DIGITS


class Distinct:
    """A count of different digests (hexadecimal, evenly spread)."""

    __slots__ = ("_below", "_kept")

    def __init__(self, kept: Iterable[int] = ()) -> None:
        self._kept: set[int] = set()
        self._below = _SPACE
        self.merge(kept)

    def add(self, digest: str) -> None:
        """Count a digest, unless it has been."""
        value = int(digest[:_DIGITS], 16)
        if value < self._below:
            self._kept.add(value)
            if len(self._kept) >= 2 * KEPT:
                self._trim()

    def merge(self, kept: Iterable[int]) -> None:
        """Count what another sketch has :meth:`kept`."""
        self._kept.update(kept)
        self._trim()

    def kept(self) -> tuple[int, ...]:
        """Return what a merge needs."""
        self._trim()
        return tuple(sorted(self._kept))

    def __len__(self) -> int:
        self._trim()
        if len(self._kept) < KEPT:
            return len(self._kept)
        return round((KEPT - 1) * _SPACE / max(self._kept))

    def _trim(self) -> None:
        if len(self._kept) > KEPT:
            self._kept = set(sorted(self._kept)[:KEPT])
        if len(self._kept) == KEPT:
            self._below = min(self._below, max(self._kept))
