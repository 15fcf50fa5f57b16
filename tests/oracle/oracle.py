"""The oracle: does a reduced search see every outcome that running every schedule sees?

``python tests/oracle/oracle.py --programs 3000`` judges so many programs of each profile, on all processors.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import Pool
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from small_programs import PROFILES, outcome, program, runner

from notsock.explore.footprints import Footprints
from notsock.explore.resources import KIND_MASK, TABLE
from notsock.explore.run import UNFINISHED, Run
from notsock.explore.strategies.dpor import Dpor
from notsock.explore.strategies.exhaustive import Exhaustive

TOO_MANY = {"interrupted": 400, "disciplined": 100, "threaded": 100}
"""A program with more schedules than this (200 unless stated) is left out: it would take the time of many."""


@dataclass
class Judged:
    """``lost`` programs, by number, with how many outcomes each lost; ``left_out`` were too large."""

    programs: int = 0
    left_out: int = 0
    schedules: int = 0
    reduced: int = 0
    redundant: int = 0
    outcomes: int = 0
    lost: list[tuple[int, int]] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.programs} programs ({self.left_out} too large and left out), {self.schedules} schedules, "
            f"{self.outcomes} outcomes; reduced to {self.reduced}, of which {self.redundant} were redundant; "
            f"outcomes lost in {len(self.lost)} programs {self.lost[:10]}"
        )


def everything(run_under: Callable[[Any], Run], strategy: Any, most: int) -> tuple[set[Any], int, int] | None:
    """Return all outcomes of a strategy's schedules, how many there were and how many repeated an earlier one."""
    outcomes, runs = set(), 0
    while True:
        run = run_under(strategy)
        assert run.ending not in UNFINISHED
        outcomes.add(outcome(run))
        runs += 1
        if runs > most:
            return None
        if not strategy.advance():
            return outcomes, runs, getattr(strategy, "redundant", 0)


class _Numbers(Footprints):
    """The relation that is known to be wrong: handles conflict by their numbers, not by their table."""

    def ended(self) -> dict[int, bool]:
        return {touched: writes for touched, writes in super().ended().items() if touched & KIND_MASK != TABLE}


class ByNumber(Dpor):
    """DPOR under that relation."""

    def attend(self, executive: Any) -> None:
        super().attend(executive)
        self._footprints = _Numbers(executive, self._sharing)


class Narrow(Dpor):
    """DPOR that takes the threads of a Python process to share no variables: the first stage of two."""

    def __init__(self) -> None:
        super().__init__(narrow=True)


RELATIONS = {"table": Dpor, "numbers": ByNumber, "narrow": Narrow}


def judge(profile: str, numbers: range, strategy: Callable[[], Any] | None = None) -> Judged:
    """Judge the programs of a profile of these numbers, by the relation that holds unless told otherwise."""
    strategy = strategy or (Narrow if profile == "disciplined" else Dpor)
    judged, most = Judged(), TOO_MANY.get(profile, 200)
    for number in numbers:
        run_under = runner(program(profile, number))
        plain = everything(run_under, Exhaustive(), most)
        if plain is None:
            judged.left_out += 1
            continue
        reduced = everything(run_under, strategy(), most * 2)
        judged.programs += 1
        judged.schedules += plain[1]
        judged.outcomes += len(plain[0])
        seen = set() if reduced is None else reduced[0]
        judged.reduced += most * 2 if reduced is None else reduced[1]
        judged.redundant += 0 if reduced is None else reduced[2]
        missing = len(plain[0] - seen)
        if missing or seen - plain[0]:
            judged.lost.append((number, missing))
    return judged


def _share(task: tuple[str, int, int, str]) -> Judged:
    profile, first, last, relation = task
    return judge(profile, range(first, last), RELATIONS.get(relation))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=3000)
    parser.add_argument("--profile", choices=sorted(PROFILES), action="append")
    parser.add_argument("--relation", choices=tuple(RELATIONS))
    parser.add_argument("--first", type=int, default=0)
    wanted = parser.parse_args()
    failed = False
    with Pool(os.cpu_count()) as pool:
        for profile in wanted.profile or sorted(PROFILES):
            begun = time.perf_counter()
            size = 25
            total = Judged()
            place = wanted.first
            while total.programs < wanted.programs:
                tasks = [(profile, place + size * n, place + size * (n + 1), wanted.relation) for n in range(16)]
                place += size * len(tasks)
                for part in pool.imap(_share, tasks):
                    total.programs += part.programs
                    total.left_out += part.left_out
                    total.schedules += part.schedules
                    total.reduced += part.reduced
                    total.redundant += part.redundant
                    total.outcomes += part.outcomes
                    total.lost += part.lost
            failed |= bool(total.lost)
            sys.stdout.write(f"{profile}: {total}; {time.perf_counter() - begun:.0f} s\n")
            sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
