"""The plugin: options, the marker, the fixture, and what replaces the running of a test."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from notsock.detect.finding import Evidence, Severity
from notsock.detect.mistakes import Mistake, by_mistake
from notsock.explore.replay_file import ReplayFile, ReplayFileError, load
from notsock.explore.story import abridged
from notsock.programs import checking
from notsock.programs.checking import Discovery, Effort
from notsock.programs.options import Options
from notsock.programs.program import ProgramError
from notsock.pytest_plugin.debugging import Debugger, at_the_terminal
from notsock.pytest_plugin.reports import (
    COMPLAINT,
    CONTINUED,
    add_options,
    in_its_own_frames,
    note_replay,
    reporter_of,
    summarised,
)
from notsock.pytest_plugin.selected import node_of, program_of
from notsock.pytest_plugin.simulation import FAILED, SkippedError, TestRunner, XFailedError
from notsock.releases.catalogue import CURRENT, RELEASES, UnknownReleaseError, release_named
from notsock.report import terminal
from notsock.shim.preemption import CALLS, MODES
from notsock.shim.preparation import PreparationError
from notsock.shim.python_process import ProgramError as PythonProgramError

SCHEDULES = 100
"""Schedules that a test is given unless told otherwise."""
_MARKER = (
    "notsock(windows=None, schedules=None, cpus=1, seed=0): run this test on a simulated Windows, of one release or "
    'several ("nt4-sp3,11"), under so many schedules; skip=True leaves it out of --notsock'
)
_JUDGED_INSIDE = frozenset({"skip", "skipif", "xfail"})
"""Marks whose conditions may ask for the platform, which is another one inside."""
_WORDS = {"windows", "schedules", "cpus", "preempt", "seed", "skip"}


class SimulatedTestError(Exception):
    """A test that failed on a simulated Windows; the text is the whole report."""


@pytest.hookimpl
def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("notsock", "tests on a simulated Windows (notsock)")
    group.addoption(
        "--notsock", action="store_true", help="Run every test in a simulated process, under many schedules."
    )
    group.addoption("--windows", default=CURRENT, metavar="RELEASES", help="Which Windows: one, several, or all.")
    group.addoption("--schedules", type=int, default=SCHEDULES, metavar="N", help="Schedules to try for each test.")
    group.addoption(
        "--preempt", choices=MODES, default=CALLS, help="Where threads may change places: calls, jumps or lines."
    )
    group.addoption("--notsock-replay", metavar="FILE", help="Run the test of a replay file, by its schedule.")
    add_options(group)


@pytest.hookimpl
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and check what was asked for before anything is collected."""
    config.addinivalue_line("markers", _MARKER)
    try:
        _releases(config.getoption("--windows"))
        if config.getoption("--schedules") < 1:
            raise pytest.UsageError("--schedules wants a number from 1")
        if path := config.getoption("--notsock-replay"):
            config.stash[_REPLAY] = _load(Path(path))
    except (UnknownReleaseError, ReplayFileError, ProgramError) as error:
        raise pytest.UsageError(str(error)) from None
    if (reporter := reporter_of(config)) is not None:
        config.pluginmanager.register(reporter, "notsock-reporter")


_REPLAY = pytest.StashKey[tuple[ReplayFile, Path, str]]()


def _load(path: Path) -> tuple[ReplayFile, Path, str]:
    file = load(path)
    node = node_of(file.program.get("parts") or [])
    if node is None:
        raise ProgramError(f"{path} is not of a test: use notsock replay")
    return file, path, node


def _releases(text: str) -> tuple[str, ...]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if "all" in words:
        return tuple(release.name for release in RELEASES)
    return tuple(dict.fromkeys(release_named(word).name for word in words)) or (CURRENT,)


@pytest.fixture
def notsock() -> None:
    """Run the test in a simulated process; gives an object with ``simulated`` and ``windows``."""
    raise AssertionError("a test that asks for this fixture is not run here")


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the tests went on from, and what was wrong with it."""
    for line in summarised(report for reports in terminalreporter.stats.values() for report in reports):
        terminalreporter.write_line(line)


# ---- which tests ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How one test is to be run."""

    releases: tuple[str, ...]
    schedules: int
    options: Options


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take over the selected tests."""
    replayed = config.stash.get(_REPLAY, None)
    if replayed is not None:
        chosen = [item for item in items if item.nodeid == replayed[2]]
        if not chosen:
            raise pytest.UsageError(f"{replayed[1]} is of {replayed[2]}, which was not collected")
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen
        if config.pluginmanager.has_plugin("pdbinvoke"):
            config.pluginmanager.unregister(name="pdbinvoke")  # the debugger has been where the test failed
        for item in chosen:
            _take_over(item, partial(_replay, replayed[1]))
        return
    for item in items:
        wanted = _wanted(config, item)
        if wanted is not None:
            _take_over(item, partial(_search, wanted))


def _wanted(config: pytest.Config, item: pytest.Item) -> _Wanted | None:
    """Return how a test is to be run; None where it is pytest's as ever."""
    marker = item.get_closest_marker("notsock")
    said: dict[str, Any] = dict(marker.kwargs) if marker is not None else {}
    if marker is not None and (marker.args or set(said) - _WORDS):
        raise pytest.UsageError(f"{item.nodeid}: the marker notsock takes {', '.join(sorted(_WORDS))}")
    asked = marker is not None or _asks_for_fixture(item)
    if said.get("skip") or not (asked or config.getoption("--notsock")):
        return None
    try:
        releases = _releases(said.get("windows") or config.getoption("--windows"))
    except UnknownReleaseError as error:
        raise pytest.UsageError(f"{item.nodeid}: {error}") from None
    preempt = said.get("preempt") or config.getoption("--preempt")
    if preempt not in MODES:
        raise pytest.UsageError(f"{item.nodeid}: preempt is one of {', '.join(MODES)}")
    options = Options(seed=said.get("seed", 0), processors=said.get("cpus", 1), preempt=preempt)
    return _Wanted(releases, said.get("schedules") or config.getoption("--schedules"), options)


def _asks_for_fixture(item: pytest.Item) -> bool:
    """Say whether a test asks for the fixture of this plugin, and not for one of its own under that name."""
    info: Any = getattr(item, "_fixtureinfo", None)
    definitions: Any = info.name2fixturedefs.get("notsock") if info is not None else None
    return bool(definitions) and definitions[-1].func.__module__ == __name__


def _take_over(item: pytest.Item, run: Callable[[pytest.Function], None]) -> None:
    """Let a test be run by ``run``, without the fixtures that pytest would make for it here."""
    taken: Any = item
    marks = taken.iter_markers
    taken.iter_markers = lambda name=None: (mark for mark in marks(name) if mark.name not in _JUDGED_INSIDE)
    taken.setup = taken.teardown = lambda: None
    taken.runtest = partial(_told, item, run)
    taken.repr_failure = partial(_text_of, item.repr_failure)


def _told(item: pytest.Item, run: Callable[[pytest.Function], None]) -> None:
    """Run a test; turn what cannot be run into one line."""
    if not isinstance(item, pytest.Function):
        raise SimulatedTestError(f"notsock does not run a {type(item).__name__}: test functions and methods only")
    try:
        run(item)
    except SkippedError as skipped:
        pytest.skip(str(skipped))
    except XFailedError as failed:
        pytest.xfail(str(failed))
    except (ProgramError, PythonProgramError, ReplayFileError, PreparationError) as error:
        raise SimulatedTestError(str(error)) from None


def _text_of(
    otherwise: Callable[..., Any], excinfo: pytest.ExceptionInfo[BaseException], *rest: Any, **named: Any
) -> Any:
    """Show a simulated test's own report, without the frames that led to it."""
    if isinstance(excinfo.value, SimulatedTestError):
        return str(excinfo.value)
    return otherwise(excinfo, *rest, **named)


# ---- running ----------------------------------------------------------------------------------------------------


def _search(wanted: _Wanted, item: pytest.Function) -> None:
    """Search each release; fail with what was found."""
    told: list[str] = []
    for release in wanted.releases:
        program = program_of(item, release)
        options = replace(wanted.options, release=release)
        effort = Effort(schedules=wanted.schedules)
        found = checking.check(
            program, options, effort, runner_of=TestRunner, stem=_stem(item),
            complain=lambda line: item.user_properties.append((COMPLAINT, line)),
        )  # fmt: skip
        if found.continued[0]:
            item.user_properties.append((CONTINUED, found.continued[0]))
        for each in found.discoveries:
            note_replay(item, each.replay)
        told += [
            _report(mistake.map(lambda cause: cause.discovery), release)
            for mistake in checking.mistakes_of([found])
            if any(cause.finding.severity is not Severity.NOTE for cause in mistake.all)
        ]
    if told:
        raise SimulatedTestError("\n".join(told))


def _stem(item: pytest.Item) -> str:
    """Return the beginning of a replay file's name: a node id without what file systems dislike."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in item.nodeid)[-100:]


def _report(mistake: Mistake[Discovery], release: str) -> str:
    """Return a mistake as it is shown below a failed test."""
    discovery = mistake.leading
    finding = discovery.finding
    if finding.rule == FAILED:
        told = abridged(discovery.story)
        schedule = ["  schedule:", *(f"    {line}" for line in told)] if told else []
        replay = f"  replay: {_command(discovery)}"
        return "\n".join([f"{finding.title} (Windows {release})", finding.consequence, *schedule, replay])
    out = io.StringIO()
    console = Console(file=out, width=110, highlight=False, no_color=True)
    terminal.print_mistake(
        console,
        mistake.map(
            lambda each: terminal.Told(
                in_its_own_frames(each.finding), release, abridged(each.story), _command(each)
            )
        ),
    )  # fmt: skip
    return out.getvalue().rstrip("\n")


def _command(discovery: Discovery) -> str:
    return f"pytest --notsock-replay {discovery.replay}"


def _replay(path: Path, item: pytest.Function) -> None:
    """Run a replay file's schedule under a debugger, which is silent unless called; fail as it did."""
    note_replay(item, path)
    debugger = Debugger(post_mortem=bool(item.config.getoption("usepdb", default=False)))
    with at_the_terminal(item.config):
        replayed = checking.replay(path, None, partial(TestRunner, debugger=debugger))
    if not replayed.same:
        other = checking.elsewhere(replayed.file)
        why = f" ({other})" if other else ""
        said = f"its digest is {replayed.run.digest}, not {replayed.file.digest}"
        raise SimulatedTestError(f"not the same run: {said}{why}")
    release = replayed.runner.options.release
    discoveries = [
        Discovery(finding, 1, replayed.file.schedule, replayed.run, (), path)
        for each in replayed.run.findings
        if isinstance(each, Evidence) and each.rule == replayed.file.rule and each.severity is not Severity.NOTE
        for finding in [each.tell()]
    ]
    if discoveries:
        mistakes = by_mistake(discoveries, lambda each: each.finding)
        raise SimulatedTestError("\n".join(_report(each, release) for each in mistakes))
