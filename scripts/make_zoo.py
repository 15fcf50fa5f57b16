"""Read the bug zoo, measure how searches do on it, and write docs/zoo.md.

Each program in ``zoo/`` is a bug that people met; its docstring says what is found, where, how soon, and who met
it.  Beside it lies its mended twin, ``…_fixed.py``, in which nothing may ever be found.

    scripts/make_zoo.py                 measure all, write docs/zoo.md
    scripts/make_zoo.py --jobs 2 --twins 10000
                                        the same, and search each twin so far, however long that takes
    scripts/make_zoo.py NAME ...        measure these, print what their docstrings should say

Times are the processor's, of one process: what else the machine does changes them little.
"""

import argparse
import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from statistics import geometric_mean, median
from time import process_time

from notsock.detect.finding import Evidence
from notsock.explore.plan import Plan, Reducing, Sampling
from notsock.explore.replay import schedule_of
from notsock.explore.run import PASSES, TIES, Run
from notsock.explore.search import Search, search
from notsock.explore.shrink import cost, shrink
from notsock.explore.strategies.active import Active
from notsock.explore.strategies.coverage import Coverage
from notsock.explore.strategies.pct import Pct
from notsock.explore.strategies.portfolio import Portfolio
from notsock.explore.strategies.random import Random
from notsock.explore.strategies.surw import Surw
from notsock.explore.strategies.urw import Urw
from notsock.explore.strategies.widening import VARIABLES
from notsock.explore.verdict import STOPPED
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner
from notsock.releases.catalogue import CURRENT, RELEASES

ROOT = Path(__file__).parents[1]
ZOO = ROOT / "zoo"
PAGE = ROOT / "docs" / "zoo.md"
SEEDS, SEEDS_OF_SLOW, SLOW_SECONDS = 20, 3, 0.1
"""Seeds that a search is tried with; fewer where one run takes so long."""
SCHEDULES_MAX = 100
"""Schedules after which a search is said not to find a bug."""
TWIN_SCHEDULES, TWIN_SECONDS = 10_000, 4.0
"""How far a twin is searched: until whichever comes first, or so many schedules where a person names them."""
NEVER = "-"
NAMES = tuple(release.name for release in RELEASES)

_FIELDS = ("finding", "happens on", "found within", "story", "source")
_STORY = re.compile(r"(\d+) preemptions?, (\d+) switch(?:es)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """A bug of the zoo: what its docstring says of it.

    ``within`` is the number of schedules in which the default search finds it, in the median over seeds; ``beside``
    are further programs that run with it, as processes of their own; ``release`` is where it is measured.
    """

    name: str
    about: str
    rule: str
    severity: str
    releases: tuple[str, ...]
    within: int
    preemptions: int
    switches: int
    sources: tuple[str, ...]
    beside: tuple[str, ...]

    @property
    def release(self) -> str:
        """The current release if it happens there, else the first that has it."""
        return CURRENT if CURRENT in self.releases else self.releases[0]

    def program(self, *, fixed: bool = False) -> Program:
        """Return the bug, or its mended twin."""
        ending = "_fixed.py" if fixed else ".py"
        names = (self.name, *self.beside)
        return Program(tuple(Part(str(ZOO / f"{name}{ending}")) for name in names))

    def runner(self, *, fixed: bool = False, release: str | None = None) -> Runner:
        """Return what runs it."""
        return Runner(self.program(fixed=fixed), Options(release=release or self.release))

    def shows(self, run: Run) -> bool:
        """Say whether a run shows the bug as the docstring says."""
        return any(self.names(finding) for finding in run.findings)

    def names(self, finding: object) -> bool:
        """Say whether a finding is of the stated rule and severity."""
        assert isinstance(finding, Evidence)
        return finding.rule == self.rule and finding.severity.value == self.severity


# ---- reading ----------------------------------------------------------------------------------------------------


def entries() -> tuple[Entry, ...]:
    """Return every bug of the zoo, by name; raise ValueError for a docstring that does not say what it must."""
    paths = sorted(ZOO.glob("*.py"))
    found = [_entry(path) for path in paths if not path.stem.endswith("_fixed")]
    beside = {name for entry in found if entry for name in entry.beside}
    return tuple(entry for entry in found if entry is not None and entry.name not in beside)


def _entry(path: Path) -> Entry | None:
    text = ast.get_docstring(ast.parse(path.read_bytes()), clean=True) or ""
    fields = {
        name.strip(): value.strip()
        for name, colon, value in (line.partition(": ") for line in text.splitlines())
        if colon and name in (*_FIELDS, "beside")
    }
    if not fields:
        return None
    missing = [name for name in _FIELDS if name not in fields]
    if missing:
        raise ValueError(f"{path}: its docstring does not say {', '.join(missing)}")
    rule, _, severity = fields["finding"].partition(", ")
    story = _STORY.fullmatch(fields["story"])
    if story is None:
        raise ValueError(f"{path}: 'story' reads 'N preemptions, N switches', not {fields['story']!r}")
    return Entry(
        path.stem,
        text.splitlines()[0],
        rule,
        severity,
        _releases(path, fields["happens on"]),
        int(fields["found within"]),
        int(story[1]),
        int(story[2]),
        tuple(fields["source"].split(", ")),
        tuple(fields["beside"].split(", ")) if "beside" in fields else (),
    )


def _releases(path: Path, text: str) -> tuple[str, ...]:
    everywhere, but, others = text.partition("all but ")
    if text == "all":
        return NAMES
    named = tuple((others if but else everywhere).split(", "))
    unknown = set(named) - set(NAMES)
    if unknown:
        raise ValueError(f"{path}: there is no release {', '.join(sorted(unknown))}")
    return tuple(name for name in NAMES if name not in named) if but else named


# ---- measuring --------------------------------------------------------------------------------------------------


def found_in(runner: Runner, entry: Entry, plan: Plan, most: int = SCHEDULES_MAX) -> int | None:
    """Return the number of the first schedule that shows the bug; None when none of ``most`` does."""
    for number in range(1, most + 1):
        strategy = plan.next()
        if strategy is None:
            return None
        if entry.shows(runner(strategy)):
            return number
    return None


def failing(runner: Runner, entry: Entry, plan: Plan) -> Run:
    """Return the first run that shows the bug."""
    while (strategy := plan.next()) is not None:
        run = runner(strategy)
        if entry.shows(run):
            return run
    raise AssertionError(f"{entry.name} is not found")


def least_story(runner: Runner, entry: Entry, run: Run, budget: int = 400) -> tuple[int, int, int]:
    """Return (faults, preemptions, switches) of the simplest run that the shrinker comes to."""
    shrunk = shrink(runner, run, entry.shows, budget)
    faults, preemptions, switches, *_ = cost(shrunk, schedule_of(runner, shrunk))
    return faults, preemptions, switches


def twin(entry: Entry, schedules: int, seconds: float | None = None) -> Search:
    """Search the twin: every other schedule depth first, until that has seen everything."""
    return search(entry.runner(fixed=True), Portfolio(0), schedules=schedules, seconds=seconds)


SAMPLERS = {"random": Random, "active": Active, "urw": Urw, "surw": Surw, "coverage": Coverage, "pct": Pct}
COLUMNS = ("portfolio", *SAMPLERS, "dpor")


@dataclass(frozen=True, slots=True)
class Measured:
    """What searching an entry took: schedules by strategy (None: not found), and the twin's findings."""

    found: dict[str, float | None]
    milliseconds: float
    story: tuple[int, int, int]
    twin_findings: tuple[str, ...]
    twin_schedules: int
    twin_verdict: str
    elsewhere: tuple[str, ...]
    """Releases on which it was found though the docstring does not say so, or not found though it does."""


def measure(entry: Entry, twin_schedules: int, twin_seconds: float | None) -> Measured:
    """Measure one entry."""
    times, numbers = [], []
    found_in(entry.runner(), entry, Portfolio(0), 1)  # what is imported once
    begun = process_time()
    found_in(entry.runner(), entry, Portfolio(0), 1)
    seeds = SEEDS if process_time() - begun < SLOW_SECONDS else SEEDS_OF_SLOW
    for seed in range(seeds):
        begun = process_time()
        numbers.append(found_in(entry.runner(), entry, Portfolio(seed)))
        times.append((process_time() - begun) * 1000)
    runner = entry.runner()
    found = {"portfolio": _median(numbers), "dpor": _median([found_in(runner, entry, Reducing())])}
    for name, sampler in SAMPLERS.items():
        found[name] = _median([found_in(runner, entry, Sampling(sampler(seed))) for seed in range(seeds)])
    run = failing(runner, entry, Portfolio(0)) if found["portfolio"] is not None else None
    searched = twin(entry, twin_schedules, twin_seconds)
    return Measured(
        found,
        median(times),
        least_story(runner, entry, run) if run is not None else (-1, -1, -1),
        tuple(sorted({f"{rule} ({found.finding.severity.value})" for (rule, _), found in searched.found.items()})),  # type: ignore[attr-defined]
        searched.schedules,
        searched.verdict,
        tuple(_elsewhere(entry)),
    )


def _median(numbers: list[int | None]) -> float | None:
    """Return the median, counting what was not found as later than everything; None when that is the median."""
    value = median(number if number is not None else SCHEDULES_MAX + 1 for number in numbers)
    return None if value > SCHEDULES_MAX else value


def _elsewhere(entry: Entry) -> Iterator[str]:
    for release in NAMES:
        found = found_in(entry.runner(release=release), entry, Portfolio(0), max(100, 4 * entry.within)) is not None
        if found != (release in entry.releases):
            yield release


# ---- writing ----------------------------------------------------------------------------------------------------


def page(measured: dict[str, Measured], twin_schedules: int, twin_seconds: float | None) -> str:
    """Return the page."""
    limit = f"at most {twin_schedules:,}"
    limit += f", or as many as fit into {twin_seconds:.0f} seconds" if twin_seconds else ""
    every = {entry.name: entry for entry in entries()}
    lines = [
        "# The bug zoo",
        "",
        "*Made by `scripts/make_zoo.py`.* Bugs that people met, each a small program in `zoo/` beside its mended twin",
        "(`…_fixed.py`). Facts are from the thread or article named; the programs are ours. What a bug's docstring",
        "says is held by `tests/quality/test_zoo.py`.",
        "",
        f"{len(every)} bugs of {len({entry.rule for entry in every.values()})} rules. Columns: in how many schedules",
        f"each search finds it (medians over {SEEDS} seeds, or {SEEDS_OF_SLOW} where a run takes long; {NEVER} is",
        f"*not in {SCHEDULES_MAX:,}*): the default portfolio, its parts, and random and PCT beside them; milliseconds",
        "of processor time that the portfolio takes, from reading the program to finding the bug; the simplest story",
        "(preemptions / switches); and what is found in the twin: by exhaustion, or in so many schedules",
        f"({limit}; * says that only what follows a poll in vain at once, or",
        "the order of timers of one moment, was left out; † that what threads do to shared variables between two calls",
        "was, of which the second stage of the reduced search did not come to an end).",
        "",
        f"| bug | finding | happens on | {' | '.join(COLUMNS)} | ms | story | twin |",
        f"|---|---|---|{'--:|' * len(COLUMNS)}--:|:-:|---|",
    ]
    for name, entry in every.items():
        row = measured[name]
        lines.append(
            f"| [{name}](../zoo/{name}.py) | {entry.rule} | {_where(entry)} "
            f"| {' | '.join(_number(row.found[column]) for column in COLUMNS)} "
            f"| {row.milliseconds:,.0f} | {row.story[1]} / {row.story[2]} | {_twin(row)} |"
        )
    means = " | ".join(_mean([row.found[column] for row in measured.values()]) for column in COLUMNS)
    lines.append(f"| *geometric mean* | | | {means} | | | |")
    lines += ["", "## What each one is", "", "| bug | what | met in |", "|---|---|---|"]
    lines += [f"| {name} | {entry.about} | {', '.join(map(_link, entry.sources))} |" for name, entry in every.items()]
    return "\n".join(lines) + "\n"


def _where(entry: Entry) -> str:
    if entry.releases == NAMES:
        return "all"
    missing = [name for name in NAMES if name not in entry.releases]
    return f"all but {', '.join(missing)}" if len(missing) < len(entry.releases) else ", ".join(entry.releases)


def _number(value: float | None) -> str:
    return NEVER if value is None else f"{value:g}"


def _mean(values: list[float | None]) -> str:
    return f"{geometric_mean([SCHEDULES_MAX if value is None else value for value in values]):.2f}"


def _twin(row: Measured) -> str:
    found = ", ".join(row.twin_findings) or "clean"
    if row.twin_verdict == STOPPED:
        return f"{found}, {row.twin_schedules:,}"
    star = "*" * any(words in row.twin_verdict for words in (PASSES, TIES))
    return f"{found}, exhausted{star}{'†' * (VARIABLES in row.twin_verdict)}"


def _link(source: str) -> str:
    if not source.startswith("https://github.com/"):
        return source
    owner, name, _, number = source.removeprefix("https://github.com/").split("/")
    return f"[{owner}/{name}#{number}]({source})"


def main() -> None:
    """Measure, and write the page unless only some were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1, help="how many entries are measured at once")
    parser.add_argument("--twins", type=int, help="schedules of each twin that cannot be exhausted")
    wanted = parser.parse_args()
    schedules = wanted.twins or (300 if wanted.names else TWIN_SCHEDULES)
    seconds = None if wanted.twins else TWIN_SECONDS
    chosen = [entry for entry in entries() if not wanted.names or entry.name in wanted.names]
    measured = {}
    with Pool(wanted.jobs, maxtasksperchild=1) as pool:
        rows = pool.imap(partial(measure, twin_schedules=schedules, twin_seconds=seconds), chosen)
        for entry, row in zip(chosen, rows, strict=True):
            measured[entry.name] = row
            found = " ".join(f"{column} {_number(row.found[column])}" for column in COLUMNS)
            print(
                f"{entry.name:28} {entry.rule:21} {found} {row.milliseconds:6.0f} ms story {row.story} "
                f"twin {_twin(row)} differs on {','.join(row.elsewhere) or '-'}",
                flush=True,
            )
    if not wanted.names:
        PAGE.write_text(page(measured, schedules, seconds))


if __name__ == "__main__":
    main()
