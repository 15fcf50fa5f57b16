"""The oracle: does a reduced search see every outcome that running every schedule sees?

``python tests/oracle/oracle.py --programs 3000`` judges so many different programs of each profile, on all processors.
The plain search is plain: it runs every schedule anew, from the beginning.  What is spared is what would judge the same
thing twice: a program that was drawn before, and the outcome of a trace that has been read.
"""

import argparse
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import prod
from multiprocessing import Pool
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from small_programs import PROFILES, judged, numbers_of, outcome, program, runner
from wrong_relations import WRONG

from notsock.explore.run import UNFINISHED, Run
from notsock.explore.strategies.dpor import Dpor
from notsock.explore.strategies.exhaustive import Exhaustive

SCHEDULES_MAX = 200
"""A program with more schedules than this is left out: it would take the time of many."""
LOOKS, CLEARLY = (5, 12, 24, 48), 1.25
"""The runs after which a search is judged by what it has covered, and by how much it must seem too large to be left."""
SLICE = 8
"""Programs that a process is given at a time."""


@dataclass
class Judged:
    """``lost`` programs, by number, with how many outcomes each lost; ``left_out`` were too large.

    ``seconds`` are of processor time.
    """

    programs: int = 0
    left_out: int = 0
    schedules: int = 0
    reduced: int = 0
    redundant: int = 0
    outcomes: int = 0
    seconds: float = 0.0
    lost: list[tuple[int, int]] = field(default_factory=list)

    def add(self, other: "Judged") -> None:
        """Count what has been judged elsewhere."""
        for each in ("programs", "left_out", "schedules", "reduced", "redundant", "outcomes", "seconds", "lost"):
            setattr(self, each, getattr(self, each) + getattr(other, each))

    def __str__(self) -> str:
        return (
            f"{self.programs} programs ({self.left_out} too large and left out), {self.schedules} schedules, "
            f"{self.outcomes} outcomes; reduced to {self.reduced}, of which {self.redundant} were redundant; "
            f"outcomes lost in {len(self.lost)} programs {self.lost[:10]}; "
            f"{self.seconds:.0f} s, {self.seconds / max(1, self.programs) * 1e3:.1f} ms a program"
        )


class Plain(Exhaustive):
    """Every schedule, one after the other; ``share`` says how much of all the current one stands for."""

    def share(self) -> float:
        """Return what part of the tree this path is, as far as its own branchings tell."""
        return 1 / prod(count for _, count, _, _ in self._nodes)


def everything(
    run_under: Callable[[Any], Run], strategy: Any, most: int, known: dict[str, Any]
) -> tuple[set[Any], int] | None:
    """Return all outcomes of a strategy's schedules and how many there were; None when they are more than ``most``.

    ``known`` holds outcomes by the digest of their trace.  That a plain search has too many schedules is foreseen,
    where it is clear, from the part of the tree that the first ones covered (Kilby and others' backtrack estimator,
    AAAI 2006): which programs are judged follows from the program alone, never from what is found in it.
    """
    outcomes, runs, covered = set(), 0, 0.0
    while True:
        run = run_under(strategy)
        assert run.ending not in UNFINISHED
        if run.digest not in known:
            known[run.digest] = outcome(judged(run))
        outcomes.add(known[run.digest])
        runs += 1
        if isinstance(strategy, Plain):
            covered += strategy.share()
            if runs in LOOKS and runs / covered > most * CLEARLY:
                return None
        if runs > most:
            return None
        if not strategy.advance():
            return outcomes, runs


class Narrow(Dpor):
    """DPOR that takes the threads of a Python process to share no variables: the first stage of two."""

    def __init__(self) -> None:
        super().__init__(narrow=True)


RIGHT = {"disciplined": Narrow}
"""The search that loses nothing of a profile, where that is not DPOR as it is."""


def judge(
    profile: str, numbers: Iterable[int], strategy: Callable[[], Any] | None = None, most: int = SCHEDULES_MAX
) -> Judged:
    """Judge the programs of a profile with these numbers, by the search that is right unless told otherwise."""
    strategy = strategy or RIGHT.get(profile, Dpor)
    total, begun = Judged(), time.process_time()
    for number in numbers:
        run_under, known = runner(program(profile, number)), {}
        plain = everything(run_under, Plain(), most, known)
        if plain is None:
            total.left_out += 1
            continue
        reducing = strategy()
        seen, runs = everything(run_under, reducing, most * 2, known) or (set(), most * 2)
        total.programs += 1
        total.schedules += plain[1]
        total.outcomes += len(plain[0])
        total.reduced += runs
        total.redundant += reducing.redundant
        missing = len(plain[0] - seen)
        if missing or seen - plain[0]:
            total.lost.append((number, missing))
    total.seconds = time.process_time() - begun
    return total


def _share(profile: str, numbers: tuple[int, ...], relation: str | None, most: int) -> Judged:
    return judge(profile, numbers, None if relation is None else WRONG[relation], most)


def judge_all(profiles: Iterable[str], wanted: int, relation: str | None, most: int) -> Iterator[tuple[str, Judged]]:
    """Judge ``wanted`` programs of each profile on all processors; yield each profile when it is complete.

    The next profile is begun while the last programs of the one before are under way, so that nobody waits.
    """
    workers = os.cpu_count() or 1
    ahead: deque[tuple[str, Any]] = deque()
    totals = {profile: Judged() for profile in profiles}

    def take_up() -> None:
        profile, part = ahead.popleft()
        totals[profile].add(part.get())

    with Pool(workers) as pool:
        open_profiles = deque(totals)
        for profile, total in totals.items():
            numbers = numbers_of(profile)
            while total.programs < wanted:
                task = (profile, tuple(islice(numbers, SLICE)), relation, most)
                ahead.append((profile, pool.apply_async(_share, task)))
                if len(ahead) > 2 * workers:
                    take_up()
                    while open_profiles[0] != ahead[0][0]:
                        yield open_profiles[0], totals[open_profiles.popleft()]
        while ahead:
            take_up()
        yield from ((profile, totals[profile]) for profile in open_profiles)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=3000)
    parser.add_argument("--profile", choices=sorted(PROFILES), action="append")
    parser.add_argument("--wrong", choices=sorted(WRONG), help="a relation known to be wrong, instead of the real one")
    parser.add_argument("--most", type=int, default=SCHEDULES_MAX, help="schedules of a program that is not left out")
    wanted = parser.parse_args()
    failed = False
    for profile, total in judge_all(wanted.profile or sorted(PROFILES), wanted.programs, wanted.wrong, wanted.most):
        failed |= bool(total.lost)
        sys.stdout.write(f"{profile}: {total}\n")
        sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
