"""Makes pages of what the commands did: the findings, the runs that show them, and what stands beside them.

The page knows nothing of the machine; what only the machine knows (how a release prints netstat, whose each packet was)
is filled in here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from notsock.detect.mistakes import Mistake, counted, mistakes_in
from notsock.executive.strategy import FirstReady
from notsock.explore.replay_file import load
from notsock.explore.run import Run
from notsock.explore.story import story
from notsock.outputs.capture import Listener, listening
from notsock.programs import checking
from notsock.programs.options import Options
from notsock.programs.runner import Runner
from notsock.releases.catalogue import profile_of
from notsock.report.page.content import Beside, Manner, Page, Row, ShownFinding, ShownRun, Table
from notsock.trace.events import MachineStarted
from notsock.trace.recorder import Trace

INTEGERS_MAX = 4_000_000
"""Runs are put on a page until they hold so many integers together (some 20 MB); the rest is named without."""
BESIDE_MAX = 8
"""Findings that get another run to stand beside theirs."""
WITHOUT_PREEMPTION = "without preemption"


class Listened(NamedTuple):
    """A run whose network was listened to."""

    runner: Runner
    run: Run
    listener: Listener


def shown_run(trace: Trace, listener: Listener | None = None, remark: str = "") -> ShownRun:
    """Return a run as the page wants it."""
    manners = {
        event.machine: _manner(trace.names[event.release]) for _, event in trace if isinstance(event, MachineStarted)
    }
    title = ", ".join(dict.fromkeys(manner.title for manner in manners.values()))
    if remark:
        title += f", {remark}"
    return ShownRun(title, trace, manners, listener.ends(trace) if listener is not None else None)


def _manner(release: str) -> Manner:
    profile = profile_of(release)
    return Manner(profile.title, profile.netstat_lists_listeners, profile.netstat_lists_owners)


# ---- check ----------------------------------------------------------------------------------------------------------


def check_page(program: str, checked: Sequence[checking.Checked]) -> Page:
    """Return the page of a check: each finding with the run that shows it, and one that does not beside it."""
    shelf = _Shelf()
    mistakes = checking.mistakes_of(checked)
    schedules = {result.release: result.search.schedules for result in checked}
    findings = []
    for cause in (cause for mistake in mistakes for cause in mistake.all):
        each, releases = cause.discovery, cause.releases
        place = shelf.put(each.run.digest, each.run.trace, lambda each=each: _discovered(each))
        seen = each.seen(schedules[releases[0]])
        findings.append(
            ShownFinding(
                each.finding, ", ".join(releases), place, each.story, each.replay_command, seen, cause.count
            )
        )  # fmt: skip
        if place is not None and len(findings) <= BESIDE_MAX:
            clean = [result.release for result in checked if result.release not in releases]
            shelf.put_beside(place, _sound(each, clean))
    return Page(
        Path(program).name, program, _verdict(checked, mistakes), tuple(findings), tuple(shelf.runs),
        (searched_table(checked),) if len(checked) > 1 else (), tuple(shelf.pairs),
    )  # fmt: skip


class _Shelf:
    """The runs of a page, each once, as long as there is room."""

    def __init__(self) -> None:
        self.runs: list[ShownRun] = []
        self.pairs: list[Beside] = []
        self._places: dict[str, int] = {}
        self._room = INTEGERS_MAX

    def put(self, digest: str, trace: Trace, make: Any) -> int | None:
        """Return a run's place; None where it has no room."""
        size = len(trace.flat())
        if digest not in self._places and (size <= self._room or not self.runs):
            self._places[digest] = len(self.runs)
            self.runs.append(make())
            self._room -= size
        return self._places.get(digest)

    def put_beside(self, place: int, sound: ShownRun | None) -> None:
        """Put a sound run beside the one at ``place``."""
        if sound is None or any(pair.one == place for pair in self.pairs):
            return
        other = self.put(f"{sound.title} {sound.trace.digest}", sound.trace, lambda: sound)
        if other is not None:
            self.pairs.append(Beside(place, other))


def _verdict(checked: Sequence[checking.Checked], mistakes: Sequence[Mistake[checking.Cause]]) -> str:
    schedules = sum(result.search.schedules for result in checked)
    words = f"{counted(mistakes)} in {schedules:,} schedule{'s' * (schedules != 1)}"
    if len(checked) > 1:
        return f"{words}, on {sum(bool(result.discoveries) for result in checked)} of {len(checked)} releases"
    return f"{words} on Windows {checked[0].release} ({checked[0].search.verdict})"


def searched_table(checked: Sequence[checking.Checked]) -> Table:
    """Return what the search of each release came to."""
    rows = []
    for result in checked:
        rules = sorted({each.finding.rule for each in result.discoveries})
        cells = (result.release, f"{result.search.schedules:,}", result.search.verdict, ", ".join(rules) or "nothing")
        rows.append(Row(cells, bool(rules)))
    return Table("On which Windows", ("release", "schedules", "searched", "found"), tuple(rows))


def listened(discovery: checking.Discovery, release: str | None = None) -> Listened | None:
    """Run a finding's schedule once more, listening to its network; None where it was not kept."""
    if discovery.replay is None:
        return None
    listeners: list[Listener] = []
    replayed = checking.replay(discovery.replay, release, listening(listeners))
    return Listened(replayed.runner, replayed.run, listeners[-1])


def _discovered(discovery: checking.Discovery) -> ShownRun:
    again = listened(discovery)
    return shown_run(discovery.run.trace) if again is None else shown_run(again.run.trace, again.listener)


def _sound(discovery: checking.Discovery, other_releases: Sequence[str]) -> ShownRun | None:
    """Return a run without this finding: its schedule on another release, or else its release without preemption."""
    if other_releases:
        other = listened(discovery, other_releases[-1])
        return shown_run(other.run.trace, other.listener, "the same schedule") if other is not None else None
    if discovery.replay is None:
        return None
    listeners: list[Listener] = []
    runner = listening(listeners)(*checking.program_of(load(discovery.replay)))
    run = runner(FirstReady())
    finding = discovery.finding
    if any(each.rule == finding.rule and each.key == finding.key for each in run.findings):
        return None
    return shown_run(run.trace, listeners[-1], WITHOUT_PREEMPTION)


# ---- one run --------------------------------------------------------------------------------------------------------


def run_page(runner: Runner, run: Run, listener: Listener | None) -> Page:
    """Return the page of one run."""
    release = runner.options.release
    told = checking.told(run)
    findings = tuple(ShownFinding(finding, release, 0) for finding in told)
    verdict = f"One run on Windows {release}: {counted(mistakes_in(told))}, {len(run.trace):,} events."
    return Page(_name(runner), _words(runner), verdict, findings, (shown_run(run.trace, listener),))


def replay_page(file: Path, replayed: checking.Replayed, listener: Listener | None) -> Page:
    """Return the page of a replay; on another release than the recorded one, both runs side by side."""
    runner, run = replayed.runner, replayed.run
    runs = [shown_run(run.trace, listener)]
    release = runner.options.release
    command = f"notsock replay {file}"
    recorded = Options.from_json(replayed.file.program.get("options")).release
    beside: tuple[Beside, ...] = ()
    if release != recorded:
        listeners: list[Listener] = []
        before = checking.replay(file, None, listening(listeners))
        runs.append(shown_run(before.run.trace, listeners[-1]))
        findings = _told(before.run, recorded, 1, replayed, command)
        findings += _told(run, release, 0, replayed, f"{command} --windows {release}")
        verdict = f"The schedule of {recorded} on {release}."
        beside = (Beside(1, 0, asked=True),)
    else:
        findings = _told(run, release, 0, replayed, command)
        verdict = "The same run, event for event." if replayed.same else "Not the same run."
    return Page(_name(runner), _words(runner), verdict, findings, tuple(runs), (), beside)


def _told(
    run: Run, release: str, place: int, replayed: checking.Replayed, command: str
) -> tuple[ShownFinding, ...]:  # fmt: skip
    """Return a run's findings, those of the recorded rule first."""
    words = tuple(story(replayed.file.schedule, run.trace))
    found = [ShownFinding(finding, release, place, words, command) for finding in checking.told(run)]
    return tuple(sorted(found, key=lambda each: each.finding.rule != replayed.file.rule))


def _name(runner: Runner) -> str:
    return Path(runner.program.parts[0].path).name


def _words(runner: Runner) -> str:
    return " ".join(part.path for part in runner.program.parts)
