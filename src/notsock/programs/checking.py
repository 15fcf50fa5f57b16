"""Checking a program on a release: search, shrink each finding to its simplest schedule, keep its replay."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum, unique
from pathlib import Path
from time import perf_counter
from typing import Protocol

from notsock.detect.finding import Evidence, Finding
from notsock.detect.mistakes import Mistake, by_mistake
from notsock.executive.strategy import FirstReady
from notsock.explore.learned import Learned
from notsock.explore.plan import PLANS, WHOLE, DepthFirst, Plan, Reducing
from notsock.explore.replay import replay as replay_schedule
from notsock.explore.replay import schedule_of
from notsock.explore.replay_file import ReplayFile, ReplayFileError, load, source_digests
from notsock.explore.run import Finding as Sighting
from notsock.explore.run import Run
from notsock.explore.schedule import Schedule
from notsock.explore.search import Found, Key, Search, search
from notsock.explore.shrink import shrink
from notsock.explore.story import story
from notsock.explore.strategies.drift import Drift
from notsock.explore.strategies.replay import Replay
from notsock.programs.corpus import Corpus, Place, name_of
from notsock.programs.options import Options
from notsock.programs.program import Program, ProgramError
from notsock.programs.refusals import refusals
from notsock.programs.runner import Runner
from notsock.programs.watchdog import NoCallError, explain
from notsock.shim.environment import digests
from notsock.shim.preemption import CALLS, has_same_points

STORE = Path(".notsock")
"""Where findings are kept, below the current folder."""

SCHEDULES = 200
"""Schedules that a check tries unless told otherwise."""
SHRINK_RUNS = 200
KEEP_SECONDS = 1.0
KEEP_SHARE = 20
"""What a search learns is written so often, but takes no more than one part in so many of its time."""
SETTLING_MAX = 4
"""Runs in which a program may come to repeat itself."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How far to search: by which strategy, and until how many schedules or seconds."""

    strategy: str = "portfolio"
    schedules: int | None = SCHEDULES
    seconds: float | None = None
    exhaustive: bool = False
    preemptions: int | None = None

    def plan(self, seed: int | str, learned: Learned) -> Plan:
        """Return the plan for one release, which goes on from what earlier searches have ``learned``."""
        if self.preemptions is not None:
            return DepthFirst(self.preemptions)
        if self.exhaustive:
            return Reducing()
        plan = PLANS[self.strategy](seed)
        plan.take_up(learned)
        return plan

    @property
    def proves(self) -> bool:
        """Whether the plan goes through all schedules, and is worth something only as a whole."""
        return self.exhaustive or self.preemptions is not None or self.strategy in WHOLE


@dataclass(frozen=True, slots=True)
class Discovery:
    """A finding with the schedule that shows it most simply.

    ``count`` is in how many schedules of the search it was seen, ``schedule_number`` the first of them; both are 0
    where only a schedule of the corpus shows it.
    """

    finding: Finding
    schedule_number: int
    schedule: Schedule
    run: Run
    story: tuple[str, ...]
    replay: Path | None
    count: int = 1

    @property
    def replay_command(self) -> str:
        """What a person types to see it again."""
        return f"notsock replay {self.replay}" if self.replay is not None else ""

    def seen(self, schedules: int) -> str:
        """Say in how many of a search's schedules it was seen."""
        if not self.count:
            return "under a schedule that an earlier check kept"
        return f"in {self.count:,} of {schedules:,} schedules, first in number {self.schedule_number:,}"


@unique
class State(Enum):
    """What has become of a schedule of the corpus."""

    STILL = "still fails"
    AGAIN = "fails again"
    MENDED = "no longer fails"
    ELSEWHERE = "does not fail here"


@dataclass(frozen=True, slots=True)
class Known:
    """A schedule of the corpus, run again: what it showed (a rule, in words), and what it does now, if need be why."""

    path: Path
    rule: str
    text: str
    state: State
    why: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of one release came to; ``known`` is what became of the corpus' schedules.

    ``continued`` says what it went on from: how many schedules earlier checks had run, and how many runs they kept.
    """

    release: str
    search: Search
    discoveries: tuple[Discovery, ...]
    known: tuple[Known, ...] = ()
    continued: tuple[int, int] = (0, 0)
    refused: tuple[str, ...] = ()
    """What kept the program from doing its work, in the unpreempted run."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What was found on one release or on several: its first discovery, where it was met, and how often in all."""

    discovery: Discovery
    releases: tuple[str, ...]
    count: int

    @property
    def finding(self) -> Finding:
        """It in words, as first met."""
        return self.discovery.finding


def mistakes_of(checked: Sequence[Checked]) -> list[Mistake[Cause]]:
    """Return what checks of several releases found, each cause once, by the mistakes behind them."""
    causes: dict[Key, Cause] = {}
    for result in checked:
        for each in result.discoveries:
            key = (each.finding.rule, each.finding.key)
            before = causes.get(key, Cause(each, (), 0))
            causes[key] = Cause(before.discovery, (*before.releases, result.release), before.count + each.count)
    return by_mistake(list(causes.values()), lambda cause: cause.finding, lambda cause: cause.count)


class Explore(Protocol):
    """A search, wherever it is done: here, or by a campaign's workers."""

    def __call__(
        self,
        runner: Runner,
        effort: Effort,
        learned: Learned,
        *,
        on_progress: Callable[[Search], None] | None,
        on_found: Callable[[Found], None] | None,
    ) -> Search:
        """Search as far as ``effort`` says; ``on_found`` gets each cause at once.

        It goes on from what earlier searches have ``learned``, and adds to it while it goes.
        """


def explore_here(
    runner: Runner,
    effort: Effort,
    learned: Learned,
    *,
    on_progress: Callable[[Search], None] | None = None,
    on_found: Callable[[Found], None] | None = None,
) -> Search:
    """Search in this process."""
    return search(
        runner,
        effort.plan(learned.seed(runner.options.seed), learned),
        schedules=effort.schedules,
        seconds=effort.seconds,
        on_progress=on_progress,
        on_found=on_found,
    )


def check(
    program: Program,
    options: Options,
    effort: Effort,
    *,
    on_progress: Callable[[Search], None] | None = None,
    store: Path | None = STORE,
    runner_of: Callable[[Program, Options], Runner] = Runner,
    stem: str | None = None,
    explore: Explore = explore_here,
    anew: bool = False,
    complain: Callable[[str], None] = lambda line: None,  # noqa: ARG005 - who does not listen
) -> Checked:
    """Search one release, and hand over what was found; raises :class:`ProgramError` where it cannot run.

    What the corpus in ``store`` knows is run first, and the search goes on from where earlier ones stopped, but
    ``anew``.  Files are named after ``stem``, by default the program's first file.  ``complain`` is told in one line
    each what is wrong with the corpus.
    """
    runner = runner_of(program, options)
    corpus, stem = Corpus(store, complain), stem or _stem(program)
    try:
        must_repeat(runner)
        environment = digests(runner.asked)
        kept = _Kept(corpus, runner, runner_of, stem, environment)
        refused = refusals(runner.last.system) if runner.last is not None else ()
        kept.replay()
        place = Place.of(program, options, stem, environment)
        learning = _Learning(corpus, place, effort, anew=anew)
        found = explore(
            runner, effort, learning.learned, on_progress=learning.watching(on_progress), on_found=kept.keep_at_once
        )
        learning.over(found)
        if found.drift is not None:
            raise ProgramError(f"the program does not repeat itself: {found.drift}")
        discoveries = tuple(
            kept.hand_over(runner, each.run, each.finding, each.schedule, found.counts[key])
            for key, each in found.found.items()
        )
        discoveries += tuple(each for key, each in kept.showing.items() if key not in found.found)
    except NoCallError as error:
        raise explain(error) or error from None
    except Drift as drift:
        raise ProgramError(f"the program does not repeat itself: {drift}") from None
    gravest_first = sorted(discoveries, key=lambda each: each.finding.severity.rank)
    return Checked(
        options.release, found, tuple(gravest_first), tuple(kept.known), learning.continued, refused
    )


def must_repeat(runner: Runner) -> None:
    """Make sure that a schedule means something: the same one twice must give the same trace.

    The first runs may differ: what they imported, or libraries keep for the next time, the others find there.
    """
    before = runner(FirstReady()).digest
    for _ in range(SETTLING_MAX):
        digest = runner(FirstReady()).digest
        if digest == before:
            return
        before = digest
    raise ProgramError(
        "the program does not repeat itself: the same schedule gave two different traces (does it read "
        "something that notsock does not control?)"
    )


class _Learning:
    """What a check knows of the searches before it, and leaves to those after it.

    It is written at intervals as well, so that little is lost whoever ends the check.
    """

    def __init__(self, corpus: Corpus, place: Place, effort: Effort, *, anew: bool) -> None:
        self._corpus = None if effort.proves else corpus
        self._place = place
        self.learned = Learned()
        if not (effort.proves or anew):
            self.learned = corpus.learned(place)
        self._before = self.learned.schedules
        self.continued = self._before, len(self.learned.kept)
        self._due = perf_counter() + KEEP_SECONDS

    def watching(self, on_progress: Callable[[Search], None] | None) -> Callable[[Search], None]:
        """Return what keeps what was learned now and then, and passes progress on."""

        def progress(search: Search) -> None:
            if on_progress is not None:
                on_progress(search)
            if perf_counter() >= self._due:
                begun = perf_counter()
                self._keep(search)
                now = perf_counter()
                self._due = now + max(KEEP_SECONDS, KEEP_SHARE * (now - begun))

        return progress

    def over(self, search: Search) -> None:
        """Keep what a search has learned; forget all if there is nothing left to try."""
        if not search.ran_dry:
            self._keep(search)
        elif self._corpus is not None:
            self._corpus.forget(self._place)

    def _keep(self, search: Search) -> None:
        self.learned.schedules = self._before + search.schedules
        if self._corpus is not None:
            self._corpus.keep_learned(self._place, self.learned)


class _Kept:
    """What a check keeps, and what it finds kept."""

    def __init__(
        self, corpus: Corpus, runner: Runner, runner_of: Callable[[Program, Options], Runner], stem: str,
        environment: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._corpus = corpus
        self._runner = runner
        self._runner_of = runner_of
        self._stem = stem
        self._environment = environment
        """What the program asked for in its first runs: that names what is kept, whatever it asks for later."""
        self.known: list[Known] = []
        self.showing: dict[Key, Discovery] = {}
        """What the corpus' schedules show now."""

    def replay(self) -> None:
        """Run the corpus' schedules of this program."""
        runner = self._runner
        for entry in self._corpus.entries(runner.program, runner.options):
            its = runner if entry.options == runner.options else self._runner_of(runner.program, entry.options)
            run = its(Replay(entry.file.schedule, strict=False))
            finding = next((each for each in run.findings if each.rule == entry.file.rule), None)
            why = elsewhere(entry.file) if finding is None else ""
            if finding is not None:
                state = State.AGAIN if entry.mended else State.STILL
                same = run.digest == entry.file.digest
                if (finding.rule, finding.key) not in self.showing:
                    self.showing[finding.rule, finding.key] = self.hand_over(its, run, finding, 0, 0, least=same)
            elif entry.mended:
                continue
            elif why:
                state = State.ELSEWHERE
            else:
                state = State.MENDED
                self._corpus.mend(entry)
            self.known.append(Known(entry.path, entry.file.rule, entry.file.text, state, why))

    def keep_at_once(self, found: Found) -> None:
        """Keep a schedule as it was found: whoever ends the check before it is shrunk, it is not lost."""
        if (found.finding.rule, found.finding.key) not in self.showing:
            self._keep(self._runner, found.run, schedule_of(self._runner, found.run), _shown(found.run, found.finding))

    def hand_over(
        self, runner: Runner, run: Run, finding: Sighting, number: int, count: int, *, least: bool = False
    ) -> Discovery:
        """Shrink a finding's run unless it is the ``least`` already, tell its story and keep its replay."""

        def still_shows(other: Run) -> bool:
            return any(each.rule == finding.rule and each.key == finding.key for each in other.findings)

        if not least:
            run = shrink(runner, run, still_shows, SHRINK_RUNS)
        schedule = schedule_of(runner, run)
        shown = _shown(run, finding)
        path = self._keep(runner, run, schedule, shown)
        return Discovery(shown, number, schedule, run, tuple(story(schedule, run.trace)), path, count)

    def _keep(self, runner: Runner, run: Run, schedule: Schedule, finding: Finding) -> Path | None:
        program = runner.program
        file = ReplayFile(
            program={"parts": program.to_json(), "options": runner.options.to_json()},
            sources=source_digests(program.sources()),
            schedule=schedule,
            digest=run.digest,
            rule=finding.rule,
            text=finding.title,
            seed=runner.options.seed,
            environment=digests(runner.asked),
        )
        name = name_of(self._stem, runner.options.release, finding.rule, finding.key, self._environment)
        return self._corpus.keep(name, file)


def _shown(run: Run, finding: Sighting) -> Finding:
    """Return a finding of a run in words."""
    return next(each for each in told(run) if each.rule == finding.rule and each.key == finding.key)


def told(run: Run) -> tuple[Finding, ...]:
    """Return a run's findings in words."""
    return tuple(each.tell() for each in run.findings if isinstance(each, Evidence))


def _stem(program: Program) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(program.parts[0].path).stem)


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


def elsewhere(file: ReplayFile) -> str:
    """Say what made a replay file that is another now: versions, variables of the environment; empty for nothing."""
    return file.made_elsewhere(digests(file.environment))


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
    _must_have_its_points(path, file, options)
    runner = runner_of(program, options)
    with suppress(Drift):
        run = replay_schedule(runner, file.schedule)
        if run.digest == file.digest:
            return Replayed(file, runner, run, same=True, drift=None)
    must_repeat(runner)  # a check's runs had others before them
    try:
        run = replay_schedule(runner, file.schedule)
    except Drift as drift:
        if other := elsewhere(file):
            raise ReplayFileError(f"{path}: {other}, where the run goes otherwise: {drift}") from None
        raise
    return Replayed(file, runner, run, run.digest == file.digest, None)


def _must_have_its_points(path: Path, file: ReplayFile, options: Options) -> None:
    """Refuse a schedule with points between calls that this Python has elsewhere."""
    if options.preempt != CALLS and not has_same_points(file.python):
        raise ReplayFileError(
            f"{path}: {file.other_versions()}, which has other points between calls: replay it with the Python it was "
            "made with, or check the program here"
        )
