"""The three words for how far a search came: nothing was cut, a bound cut something, or it simply stopped."""

from collections.abc import Iterable
from typing import Final

STOPPED: Final = "stopped"
EXHAUSTED: Final = "exhausted"
UP_TO: Final = "exhausted up to "


def up_to(what: Iterable[str]) -> str:
    """Return the verdict that says what was left out."""
    return UP_TO + " and ".join(what)
