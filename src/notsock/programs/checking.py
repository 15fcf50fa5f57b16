"""Checking a program on a release: search, shrink each finding to its simplest schedule, keep its replay."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from notsock.detect.finding import Evidence, Finding
from notsock.executive.strategy import FirstReady
from notsock.explore.plan import PLANS, DepthFirst, Plan, Reducing
from notsock.explore.replay import replay as replay_schedule
from notsock.explore.replay import schedule_of
from notsock.explore.replay_file import ReplayFile, load, save, source_digests
from notsock.explore.run import Run
from notsock.explore.schedule import Schedule, story
from notsock.explore.search import Search, search
from notsock.explore.shrink import shrink
from notsock.explore.strategies.drift import Drift
from notsock.explore.strategies.replay import Replay
from notsock.programs.options import Options
from notsock.programs.program import Program, ProgramError
from notsock.programs.runner import Runner
from notsock.programs.watchdog import NoCallError, explain

STORE = Path(".notsock")
"""Where findings are kept, below the current folder."""

SCHEDULES = 200
"""Schedules that a check tries unless told otherwise."""
SHRINK_RUNS = 200


@dataclass(frozen=True, slots=True)
class Effort:
    """How far to search: by which strategy, and until how many schedules or seconds."""

    strategy: str = "portfolio"
    schedules: int | None = SCHEDULES
    seconds: float | None = None
    exhaustive: bool = False
    preemptions: int | None = None

    def plan(self, seed: int) -> Plan:
        """Return the plan for one release."""
        if self.preemptions is not None:
            return DepthFirst(self.preemptions)
        if self.exhaustive:
            return Reducing()
        return PLANS[self.strategy](seed)


@dataclass(frozen=True, slots=True)
class Discovery:
    """A finding with the schedule that shows it most simply."""

    finding: Finding
    schedule_number: int
    schedule: Schedule
    run: Run
    story: tuple[str, ...]
    replay: Path | None

    @property
    def replay_command(self) -> str:
        """What a person types to see it again."""
        return f"notsock replay {self.replay}" if self.replay is not None else ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of one release came to."""

    release: str
    search: Search
    discoveries: tuple[Discovery, ...]


def check(
    program: Program,
    options: Options,
    effort: Effort,
    *,
    on_progress: Callable[[Search], None] | None = None,
    store: Path | None = STORE,
    runner_of: Callable[[Program, Options], Runner] = Runner,
    stem: str | None = None,
) -> Checked:
    """Search one release, and hand over what was found; raises :class:`ProgramError` where it cannot run.

    Replay files are named after ``stem``, by default the program's first file.
    """
    runner = runner_of(program, options)
    try:
        _must_repeat(runner)
        found = search(
            runner,
            effort.plan(options.seed),
            schedules=effort.schedules,
            seconds=effort.seconds,
            on_progress=on_progress,
        )
        if found.drift is not None:
            raise ProgramError(f"the program does not repeat itself: {found.drift}")
        discoveries = tuple(
            _hand_over(runner, each.run, each.finding.rule, each.finding.key, each.schedule, store, stem)
            for each in found.found.values()
        )
    except NoCallError as error:
        raise explain(error) or error from None
    except Drift as drift:
        raise ProgramError(f"the program does not repeat itself: {drift}") from None
    gravest_first = sorted(discoveries, key=lambda each: each.finding.severity.rank)
    return Checked(options.release, found, tuple(gravest_first))


def _must_repeat(runner: Runner) -> None:
    """Make sure that a schedule means something: the same one twice must give the same trace."""
    first, second = (runner(FirstReady()).digest for _ in range(2))
    if first != second:
        raise ProgramError(
            "the program does not repeat itself: the same schedule gave two different traces (does it read "
            "something that notsock does not control?)"
        )


def _hand_over(
    runner: Runner, run: Run, rule: str, key: tuple[object, ...], number: int, store: Path | None, stem: str | None
) -> Discovery:
    """Shrink a finding's run, tell its story and keep its replay."""

    def still_shows(other: Run) -> bool:
        return any(each.rule == rule and each.key == key for each in other.findings)

    least = shrink(runner, run, still_shows, SHRINK_RUNS)
    schedule = schedule_of(runner, least)
    shown = next(finding for finding in told(least) if finding.rule == rule and finding.key == key)
    path = None
    if store is not None:
        name = f"{stem or _stem(runner.program)}-{runner.options.release}-{shown.rule}-{_mark(shown)}.json"
        path = store / "findings" / name
        keep(path, runner, least, schedule, shown)
    return Discovery(shown, number, schedule, least, tuple(story(schedule, least.trace)), path)


def told(run: Run) -> tuple[Finding, ...]:
    """Return a run's findings in words."""
    return tuple(each.tell() for each in run.findings if isinstance(each, Evidence))


def _stem(program: Program) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(program.parts[0].path).stem)


def _mark(finding: Finding) -> str:
    return sha256(repr(finding.key).encode()).hexdigest()[:8]


def keep(path: Path, runner: Runner, run: Run, schedule: Schedule, finding: Finding) -> None:
    """Write a finding's replay file."""
    program = runner.program
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(
            path,
            ReplayFile(
                program={"parts": program.to_json(), "options": runner.options.to_json()},
                sources=source_digests(program.sources()),
                schedule=schedule,
                digest=run.digest,
                rule=finding.rule,
                text=finding.title,
                seed=runner.options.seed,
            ),
        )
    except OSError as error:
        raise ProgramError(f"{path} cannot be written: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay: the run, whether it is the recorded one event for event, and where another release parted."""

    file: ReplayFile
    runner: Runner
    run: Run
    same: bool
    drift: Drift | None


def program_of(file: ReplayFile) -> tuple[Program, Options]:
    """Return what a replay file runs, and how; raise :class:`ProgramError` where it names nothing that can be."""
    return Program.from_json(file.program.get("parts")), Options.from_json(file.program.get("options"))


def replay(path: Path, release: str | None = None, runner_of: Callable[..., Runner] = Runner) -> Replayed:
    """Run a replay file again: strictly on its own release, as far as it goes on another one."""
    file = load(path)
    program, options = program_of(file)
    if release is not None and release != options.release:
        runner = runner_of(program, replace(options, release=release))
        strategy = Replay(file.schedule, strict=False)
        run = runner(strategy)
        strategy.finish()
        return Replayed(file, runner, run, run.digest == file.digest, strategy.drift)
    runner = runner_of(program, options)
    run = replay_schedule(runner, file.schedule)
    return Replayed(file, runner, run, run.digest == file.digest, None)
