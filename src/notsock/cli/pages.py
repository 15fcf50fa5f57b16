"""``--report``: turns runs and findings of the command line into the page.

The page knows nothing of the machine; what only the machine knows (how a release prints netstat, whose each
packet was) is filled in here.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from notsock.detect.finding import Severity
from notsock.explore.run import Run
from notsock.explore.schedule import story
from notsock.programs import checking
from notsock.programs.options import Options
from notsock.programs.program import Program, ProgramError
from notsock.programs.runner import Runner
from notsock.releases.catalogue import profile_of
from notsock.report.page.content import Ends, Manner, Page, Searched, ShownFinding, ShownRun
from notsock.report.page.document import write_page
from notsock.trace.events import MachineStarted, Packet, PacketMoved
from notsock.trace.recorder import Trace
from notsock.values.addresses import text_of

INTEGERS_MAX = 4_000_000
"""Runs are put on a page until they hold so many integers together (some 20 MB); the rest is named without."""


class Listener:
    """Listens to a runner's network, beside whoever listens already, and notes who sends to whom."""

    def __init__(self, runner: Runner) -> None:
        self._ends: list[Ends] = []
        self._also = runner.tap
        runner.tap = self._take

    def _take(self, link: int, now_ns: int, packet: Any) -> None:
        to, source = (packet[0], packet[0][2:4]) if len(packet) == 7 else (packet[0], packet[1])
        self._ends.append((text_of(source[0], source[1]), text_of(to[0], to[1])))
        if self._also is not None:
            self._also(link, now_ns, packet)

    def of(self, trace: Trace) -> tuple[Ends, ...]:
        """Return the ends of the packets of the last run, whose trace this is."""
        sent = sum(record[0] == PacketMoved.kind and record[2] == Packet.SENT for _, record in trace.records())
        return tuple(self._ends[len(self._ends) - sent :])


def shown_run(trace: Trace, listener: Listener | None) -> ShownRun:
    """Return a run as the page wants it."""
    manners = {
        event.machine: _manner(trace.names[event.release]) for _, event in trace if isinstance(event, MachineStarted)
    }
    title = ", ".join(dict.fromkeys(manner.title for manner in manners.values()))
    return ShownRun(title, trace, manners, listener.of(trace) if listener is not None else None)


def _manner(release: str) -> Manner:
    profile = profile_of(release)
    return Manner(profile.title, profile.netstat_lists_listeners, profile.netstat_lists_owners)


def report_check(path: Path, program: str, checked: Sequence[checking.Checked]) -> None:
    """Write the page of a check: each finding with the run that shows it."""
    runs: list[ShownRun] = []
    places: dict[str, int] = {}
    room = INTEGERS_MAX
    findings = []
    for each, releases in _once(checked):
        digest = each.run.digest
        size = len(each.run.trace.flat())
        if digest not in places and (size <= room or not runs):
            places[digest] = len(runs)
            runs.append(_listened(each))
            room -= size
        shown = ShownFinding(each.finding, ", ".join(releases), places.get(digest), each.story, each.replay_command)
        findings.append(shown)
    searched = tuple(
        Searched(
            result.release,
            result.search.schedules,
            result.search.verdict,
            tuple(sorted({each.finding.rule for each in result.discoveries})),
        )
        for result in checked
    )
    releases_found = sum(bool(result.discoveries) for result in checked)
    verdict = f"{len(findings)} found in {sum(result.search.schedules for result in checked):,} schedules"
    if len(checked) > 1:
        verdict += f", on {releases_found} of {len(checked)} releases"
    else:
        verdict += f" on {checked[0].release} ({checked[0].search.verdict})"
    _write(path, Page(Path(program).name, program, verdict, tuple(findings), tuple(runs), searched))


def _once(checked: Sequence[checking.Checked]) -> list[tuple[checking.Discovery, list[str]]]:
    """Return each cause once, with the releases on which it was found, the gravest first."""
    found: dict[Any, tuple[checking.Discovery, list[str]]] = {}
    for result in checked:
        for each in result.discoveries:
            key = (each.finding.rule, each.finding.key)
            found.setdefault(key, (each, []))[1].append(result.release)
    return sorted(found.values(), key=lambda each: list(Severity).index(each[0].finding.severity))


def _listened(discovery: checking.Discovery) -> ShownRun:
    """Run a finding once more, listening to its network."""
    if discovery.replay is None:
        return shown_run(discovery.run.trace, None)
    listeners: list[Listener] = []
    replayed = checking.replay(discovery.replay, None, listening(listeners))
    return shown_run(replayed.run.trace, listeners[-1])


def listening(
    listeners: list[Listener], runner_of: Callable[[Program, Options], Runner] = Runner
) -> Callable[[Program, Options], Runner]:
    """Return what makes runners whose networks are listened to."""

    def make(program: Program, options: Options) -> Runner:
        runner = runner_of(program, options)
        listeners.append(Listener(runner))
        return runner

    return make


def report_single(path: Path, runner: Runner, run: Run, listener: Listener | None) -> None:
    """Write the page of one run."""
    release = runner.options.release
    findings = tuple(ShownFinding(finding, release, 0) for finding in checking.told(run))
    verdict = f"One run on {release}: {len(findings)} found, {len(run.trace):,} events."
    _write(path, Page(_name(runner), _words(runner), verdict, findings, (shown_run(run.trace, listener),)))


def report_replay(path: Path, file: Path, replayed: checking.Replayed, listener: Listener) -> None:
    """Write the page of a replay; on another release than the recorded one, both runs side by side."""
    runner, run = replayed.runner, replayed.run
    runs = [shown_run(run.trace, listener)]
    release = runner.options.release
    command = f"notsock replay {file}"
    recorded = Options.from_json(replayed.file.program.get("options")).release
    if release != recorded:
        listeners: list[Listener] = []
        before = checking.replay(file, None, listening(listeners))
        runs.append(shown_run(before.run.trace, listeners[-1]))
        command += f" --windows {release}"
        findings = _told(before.run, recorded, 1, replayed, f"notsock replay {file}")
        findings += _told(run, release, 0, replayed, command)
        verdict = f"The schedule of {recorded} on {release}."
    else:
        findings = _told(run, release, 0, replayed, command)
        verdict = "The same run, event for event." if replayed.same else "Not the same run."
    compared = (1, 0) if len(runs) > 1 else None
    _write(path, Page(_name(runner), _words(runner), verdict, findings, tuple(runs), (), compared))


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


def _write(path: Path, page: Page) -> None:
    """Write a page; raise :class:`ProgramError` where that cannot be done."""
    try:
        write_page(path, page)
    except OSError as failure:
        raise ProgramError(f"{path} cannot be written: {failure.strerror}") from None
