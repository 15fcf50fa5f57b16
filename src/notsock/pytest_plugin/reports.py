"""``--notsock-report`` and ``--notsock-sarif``: what all tests together came to, as one page and one SARIF log.

A test leaves the path of each replay file among its properties (which JUnit's XML shows too); the process that collects
the reports replays them when everything is over.  So it is the same with pytest-xdist, whose workers find things
in processes of their own.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from notsock.detect.finding import Finding
from notsock.explore.story import story
from notsock.outputs.capture import Listener, listening
from notsock.outputs.files import Outputs
from notsock.outputs.pages import shown_run
from notsock.programs import checking
from notsock.programs.program import ProgramError
from notsock.pytest_plugin.selected import INSIDE, node_of
from notsock.pytest_plugin.simulation import TestRunner
from notsock.report.page.content import Page, ShownFinding, ShownRun

REPLAY = "notsock-replay"
"""The property under which a test names its replay file."""
CONTINUED = "notsock-continued"
"""The property under which a test says how many schedules of earlier sessions it goes on from."""
COMPLAINT = "notsock-corpus"
"""The property under which a test says what is wrong with the corpus."""


def add_options(group: pytest.OptionGroup) -> None:
    """Add the options."""
    group.addoption("--notsock-report", metavar="FILE", help="Write a page (HTML) of what was found in all tests.")
    group.addoption("--notsock-sarif", metavar="FILE", help="Write what was found in all tests as SARIF 2.1.0.")


def note_replay(item: pytest.Item, path: Path | None) -> None:
    """Leave a replay file's path where reports find it."""
    if path is not None and (REPLAY, str(path)) not in item.user_properties:
        item.user_properties.append((REPLAY, str(path)))


def summarised(reports: Iterable[object]) -> list[str]:
    """Return what all tests together are to say of the corpus, one line each."""
    said = [each for each in reports if isinstance(each, pytest.TestReport) and each.when == "call"]
    properties = [each for report in said for each in report.user_properties]
    lines = list(dict.fromkeys(f"notsock: {value}" for name, value in properties if name == COMPLAINT))
    continued = [int(str(value)) for name, value in properties if name == CONTINUED]
    if continued:
        tests = "a test continues" if len(continued) == 1 else f"{len(continued):,} tests continue"
        lines.append(f"notsock: {tests} from {sum(continued):,} schedules of earlier sessions (.notsock/coverage)")
    return lines


class Reporter:
    """Gathers the replay files that the tests leave, and writes what was asked for at the end."""

    def __init__(self, config: pytest.Config, outputs: Outputs) -> None:
        self._config = config
        self._outputs = outputs
        self._replays: dict[str, None] = {}
        self._tests = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the properties of a test that has run."""
        if report.when == "call":
            self._tests += 1
            self._replays.update({str(value): None for name, value in report.user_properties if name == REPLAY})

    def pytest_sessionfinish(self) -> None:
        """Replay, and write."""
        try:
            self._outputs.write(_page(list(self._replays), self._tests))
        except ProgramError as error:
            raise pytest.UsageError(str(error)) from None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where it was written."""
        for path in (self._outputs.report, self._outputs.sarif):
            if path is not None:
                terminalreporter.write_line(f"notsock: wrote {path}")


def reporter_of(config: pytest.Config) -> Reporter | None:
    """Return what gathers, in the process that collects the reports; None where nothing was asked for."""
    outputs = Outputs(config.getoption("--notsock-report"), config.getoption("--notsock-sarif"))
    return Reporter(config, outputs) if outputs.want_page and not hasattr(config, "workerinput") else None


def _page(replays: list[str], tests: int) -> Page:
    runs: list[ShownRun] = []
    findings: list[ShownFinding] = []
    for path in replays:
        listeners: list[Listener] = []
        replayed = checking.replay(Path(path), None, listening(listeners, TestRunner))
        words = tuple(story(replayed.file.schedule, replayed.run.trace))
        release = replayed.runner.options.release
        node = node_of(replayed.file.program.get("parts") or []) or path
        for finding in checking.told(replayed.run):
            if finding.rule == replayed.file.rule:
                told = replace(in_its_own_frames(finding), object=f"{finding.object}, in {node}")
                findings.append(ShownFinding(told, release, len(runs), words, f"pytest --notsock-replay {path}"))
        runs.append(shown_run(replayed.run.trace, listeners[-1]))
    verdict = f"{len(findings)} found in {tests} test{'' if tests == 1 else 's'}"
    return Page("pytest", "pytest", verdict, tuple(findings), tuple(runs))


def in_its_own_frames(finding: Finding) -> Finding:
    """Leave out the frames of the program that runs the test."""
    history = [
        replace(moment, stack=tuple(place for place in moment.stack if place.file != str(INSIDE)))
        for moment in finding.history
    ]
    return replace(finding, history=tuple(history))
