"""How every strategy that draws draws a verdict: evenly, or as often as the verdict's own chance says."""

from collections.abc import Callable


def drawn(random: Callable[[], float], count: int, chance: int) -> int:
    """Return a value below ``count``; with a ``chance`` (thousandths) 1 that often, else 0."""
    if chance:
        return 1 if random() * 1000 < chance else 0
    return int(random() * count)
