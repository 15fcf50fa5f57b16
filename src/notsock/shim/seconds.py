"""A number of seconds, checked as CPython's C functions check it (``_PyTime_FromSecondsObject``)."""

import operator
from typing import Any

from notsock.values.durations import NEVER, from_seconds


def nanoseconds(seconds: Any) -> int:
    """Return ``seconds``, an int or a float, in nanoseconds.

    Raises TypeError for what is not a number, ValueError for NaN, OverflowError for what no time can be.
    """
    if isinstance(seconds, float):
        if seconds != seconds:  # noqa: PLR0124 - NaN
            raise ValueError("Invalid value NaN (not a number)")
    else:
        seconds = operator.index(seconds)
    if not -NEVER <= seconds * 1e9 <= NEVER:
        raise OverflowError("timestamp too large to convert to C PyTime_t")
    return from_seconds(seconds)
