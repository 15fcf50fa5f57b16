"""Round robin: at every choice the next ready actor in the order in which they came to be.

One run, the opposite of the unpreempted one: it interrupts everybody everywhere.
"""

from collections.abc import Sequence


class RoundRobin:
    """Goes on with the actor whose ident follows the current one's."""

    def __init__(self) -> None:
        self._last = 0

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:  # noqa: ARG002 - the protocol's signature
        """Start a run."""
        self._last = 0

    def pick(self, candidates: Sequence[int], current: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the place of the actor after the one picked last (a link's turn counts as one)."""
        last = self._last
        after = [ident for ident in candidates if ident > last]
        self._last = chosen = min(after or candidates)
        return candidates.index(chosen)

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the healthy verdict."""
        return 0
