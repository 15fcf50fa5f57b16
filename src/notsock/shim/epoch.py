"""The moment at which every run begins, on the wall clock of its machines."""

from notsock.values.durations import SECOND

WALL_START_NS = 1_767_225_600 * SECOND
"""2026-01-01 00:00:00 UTC."""
