"""When Python's cyclic garbage is collected: between runs, never inside one.

A collection inside a run would call the program's finalizers at a moment that depends on how many objects the
machine itself has made; and most of its time would go to looking through modules that never change, which are
frozen after the first run.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

RUNS = 64
"""Runs between two collections: a run leaves some tens of objects in cycles."""
YOUNG = 100_000
"""New objects after which Python collects by itself, from then on: at its 700 it would look through the traces and
machines of a run behind each, to find them alive."""


class Collector:
    """Puts collections off until a run is over."""

    __slots__ = ("_runs",)

    def __init__(self) -> None:
        self._runs = 0

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """Let nothing be collected while the block runs; collect behind it when it is time."""
        was = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            self._runs += 1
            if self._runs == 2:
                gc.collect()
                gc.freeze()
                gc.set_threshold(max(YOUNG, gc.get_threshold()[0]), *gc.get_threshold()[1:])
            elif self._runs % RUNS == 0:
                gc.collect()
            if was:
                gc.enable()
