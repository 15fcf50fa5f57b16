"""Processors: threads run as on real ones, some at a time, in time slices.

A machine with N processors has at most N threads on a processor.  Each choice advances one of those, over all
machines; the end of its time slice, a wait or a vain poll gives the processor to the thread that has been
ready longest.  So with one processor two neighbouring calls of a thread are seldom parted, with two or four
often: the rate of races rises because of how threads run, not because of a factor.
"""

import random
from collections.abc import Sequence

from notsock.explore.strategies.drawing import drawn

SLICE = 20
"""Mean time slice, in choices."""


class _Machine:
    """Who is on the processors of one machine, and who waits for one."""

    __slots__ = ("left", "processors", "queue")

    def __init__(self, processors: int) -> None:
        self.processors = processors
        self.left: dict[int, int] = {}
        """What is left of the time slice of each thread on a processor, in choices."""
        self.queue: list[int] = []


class Processors:
    """Draws a thread evenly among those on a processor; links, which need none, always may go."""

    def __init__(self, seed: int | str = 0, slice_mean: int = SLICE, first: int = 1) -> None:
        self._seed = seed
        self._slice = slice_mean
        self._number = first - 1
        self._stream = random.Random()  # noqa: S311 - reproducible, not secret
        self._random = self._stream.random
        self._machines: dict[int, _Machine] = {}
        self._roster: Sequence[tuple[str, int, int]] = ()
        self._ready: list[int] = []
        self._able: list[int] = []
        """Who was ready when processors were last given out, and who of them may go."""

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run: the next stream of this seed, and idle processors."""
        self._number += 1
        self._stream.seed(f"notsock processors {self._seed}/{self._number}")
        self._machines = {}
        self._roster = roster
        self._ready = []

    def pick(self, candidates: Sequence[int], current: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the place of a thread on a processor, or of a link."""
        if candidates != self._ready:
            self._ready = list(candidates)
            self._able = self._dispatch(candidates)
        able = self._able
        chosen = able[int(self._random() * len(able))]
        _, number, _ = self._roster[chosen]
        if number:
            self._advance(self._machines[number], chosen)
        return candidates.index(chosen)

    def _dispatch(self, candidates: Sequence[int]) -> list[int]:
        """Give free processors to those who have waited longest; return all who may go."""
        ready: dict[int, list[int]] = {}
        able = []
        for ident in sorted(candidates):
            _, number, processors = self._roster[ident]
            if number:
                ready.setdefault(number, []).append(ident)
                if number not in self._machines:
                    self._machines[number] = _Machine(processors)
            else:
                able.append(ident)
        for number, machine in self._machines.items():
            here = ready.get(number, [])
            left = machine.left = {ident: rest for ident, rest in machine.left.items() if ident in here}
            queue = machine.queue = [ident for ident in machine.queue if ident in here]
            queue += [ident for ident in here if ident not in left and ident not in queue]
            while queue and len(left) < machine.processors:
                left[queue.pop(0)] = self._draw_slice()
            able += left
        return able

    def _advance(self, machine: _Machine, ident: int) -> None:
        """Use up one choice of a time slice; at its end the thread goes behind those who wait."""
        machine.left[ident] -= 1
        if machine.left[ident] == 0:
            del machine.left[ident]
            machine.queue.append(ident)
            self._ready = []

    def _draw_slice(self) -> int:
        return 1 + int(self._random() * (2 * self._slice - 1))

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return any value; where a chance is stated, an unhealthy one that often."""
        return drawn(self._random, count, chance)
