"""Running a test under the search: a finding, or a failure of the test's own under some schedule, is a discovery."""

from dataclasses import replace
from typing import Any

from notsock.detect.finding import Evidence, Finding, Severity
from notsock.executive.strategy import Strategy
from notsock.explore.run import UNFINISHED, Run
from notsock.programs.options import Options
from notsock.programs.program import Program, ProgramError
from notsock.programs.runner import Runner
from notsock.programs.watchdog import Watchdog
from notsock.pytest_plugin.debugging import PATIENCE_SECONDS, Debugger, pass_over, with_breakpoints
from notsock.pytest_plugin.selected import PREPARED
from notsock.pytest_plugin.test import REFUSED, SKIPPED, XFAILED

FAILED = "test-failed"
"""The rule under which a test's own failure is kept."""
_STANDARD_ERROR = 2


class SkippedError(Exception):
    """The test skipped itself in the simulated process."""


class XFailedError(Exception):
    """The test failed in the simulated process as it was expected to."""


class TestRunner(Runner):
    """Runs a test once for each schedule, and takes its exit status for a finding of its own."""

    __test__ = False

    def __init__(self, program: Program, options: Options, debugger: Debugger | None = None) -> None:
        super().__init__(program, options, on_output=self._take, preparation=PREPARED)
        self._install = with_breakpoints(self._install, debugger.hook if debugger is not None else pass_over)
        if debugger is not None:
            self.watchdog = Watchdog(PATIENCE_SECONDS)
        self._said: list[bytes] = []

    def __call__(self, strategy: Strategy) -> Run:
        """Return the run; raises :class:`SkippedError`, and :class:`ProgramError` for a test that cannot be run."""
        self._said.clear()
        run = super().__call__(strategy)
        assert self.last is not None
        process = self.last.system.processes[0]
        said = b"".join(self._said).decode(errors="replace")
        if not process.alive and process.exit_code == SKIPPED:
            raise SkippedError(said.strip())
        if not process.alive and process.exit_code == XFAILED:
            raise XFailedError(said.strip())
        if not process.alive and process.exit_code == REFUSED:
            raise ProgramError(said.strip().splitlines()[-1])
        if run.ending in UNFINISHED:
            return _with(run, "it did not end", said)
        if not process.alive and process.exit_code:
            return _with(run, said.strip().rpartition("\n")[2] or f"exit status {process.exit_code}", said)
        return run

    def _take(self, process: Any, stream: int, data: bytes) -> None:
        del process
        if stream == _STANDARD_ERROR:
            self._said.append(data)


def _with(run: Run, title: str, said: str) -> Run:
    """Add the test's own failure to what was found in its run."""
    finding = Finding(
        FAILED, Severity.ERROR, f"the test fails under this schedule: {title}", "the test", None, (),
        "\n".join(said.rstrip().splitlines()), "make the test, or what it tests, independent of the schedule",
        (title.partition(":")[0],),
    )  # fmt: skip
    evidence = Evidence(FAILED, Severity.ERROR, finding.key, len(run.trace), lambda: finding)
    return replace(run, findings=(*run.findings, evidence))
