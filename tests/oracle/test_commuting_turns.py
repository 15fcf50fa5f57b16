"""Turns of which nothing is said to be in common really commute: swapped, they come to the same.

This is the guard of partial-order reduction: a footprint that forgets something shows here, on the machine itself,
as two neighbours that are said to be independent and are not.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from small_programs import PROFILES, judged, outcome, program, runner

from notsock.explore.observed import Observed
from notsock.explore.progress import Names
from notsock.explore.resources import ENDS, KIND_MASK, conflicts
from notsock.explore.run import Runner
from notsock.explore.sharing import Sharing
from notsock.programs.options import Options
from notsock.programs.program import Part, Program, is_scenario
from notsock.programs.runner import Runner as ProgramRunner

ROOT = Path(__file__).parents[2]
PROGRAMS, SWAPS = 25, 3
SCENARIOS = [
    path
    for path in sorted([*(ROOT / "zoo").glob("*.py"), *(ROOT / "examples").glob("*.py")])
    if is_scenario(path) and path.stem not in ("forgotten_pings", "hundred_sockets", "hundred_sockets_fixed")
]


@dataclass
class Ordered:
    """Lets actors go in a given order, by name, and then at random; notes what each turn touched."""

    order: Sequence[str]
    seed: str
    narrow: bool = False
    taken: list[str] = field(default_factory=list)
    offered: list[set[str]] = field(default_factory=list)
    left: bool = False
    observed: Observed | None = None

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        self._names = Names(roster)
        self._stream = random.Random(self.seed)

    def attend(self, executive: Any) -> None:
        self.observed = Observed(executive, Sharing(), narrow=self.narrow)

    def stills(self) -> None:
        assert self.observed is not None
        self.observed.over()

    def pick(self, candidates: Sequence[int], current: int) -> int:
        names = [self._names.of(actor) for actor in candidates]
        place = len(self.taken)
        if place < len(self.order) and not self.left:
            if self.order[place] not in names:
                self.left = True
            wanted = self.order[place] if not self.left else names[0]
        else:
            wanted = self._stream.choice(sorted(names))
        self.offered.append(set(names))
        self.taken.append(wanted)
        assert self.observed is not None
        self.observed.turn(candidates[names.index(wanted)])
        return names.index(wanted)

    def value(self, point: str, count: int, chance: int = 0) -> int:
        return 0


def judge_swaps(run_under: Runner, seed: str, *, narrow: bool = False) -> int:
    """Swap independent neighbours of one random schedule; return how many pairs were swapped.

    Under the narrow relation not the end of a thread: who joins it later makes no call, and that is one turn fewer.
    """
    first = Ordered((), seed, narrow)
    reference = judged(run_under(first))
    assert first.observed is not None
    first.observed.over()
    touched, taken = first.observed.touched, first.taken
    pairs = [
        place
        for place in range(min(len(taken), len(touched)) - 1)
        if taken[place] != taken[place + 1]
        and taken[place + 1] in first.offered[place]
        and not conflicts(touched[place], touched[place + 1])
        and not (narrow and any(each & KIND_MASK == ENDS for each in (*touched[place], *touched[place + 1])))
    ]
    random.Random(seed).shuffle(pairs)
    for place in pairs[:SWAPS]:
        order = [*taken[:place], taken[place + 1], taken[place], *taken[place + 2 :]]
        second = Ordered(order, seed, narrow)
        swapped = judged(run_under(second))
        assert second.taken == order, (place, taken)
        assert outcome(swapped) == outcome(reference), (place, taken[place : place + 2])
    return len(pairs[:SWAPS])


@pytest.mark.parametrize("profile", sorted(PROFILES.keys() - {"threaded"}))  # of whose turns none is independent
def test_independent_turns_of_small_programs_commute(profile: str) -> None:
    swapped = 0
    for number in range(PROGRAMS):
        run_under = runner(program(profile, number))
        swapped += judge_swaps(run_under, f"{profile} {number}", narrow=profile == "disciplined")
    assert swapped >= (1 if profile == "interrupted" else PROGRAMS // 4)  # of which few are of two processes


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_independent_turns_of_whole_scenarios_commute(path: Path) -> None:
    run_under = ProgramRunner(Program((Part(str(path)),)), Options())
    for number in range(3):
        judge_swaps(run_under, f"{path.stem} {number}")
