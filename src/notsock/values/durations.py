"""Virtual time: integer nanoseconds, so that no rounding ever decides an order."""

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

NEVER = (1 << 63) - 1
"""A deadline that is never reached (the largest value an event field can hold)."""


def from_seconds(seconds: float) -> int:
    """Return ``seconds`` in nanoseconds, rounded up as CPython rounds its time-outs."""
    whole = int(seconds * SECOND)
    return whole + 1 if whole < seconds * SECOND else whole
