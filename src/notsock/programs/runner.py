"""The runner: makes a fresh system for each schedule, runs a program on it, and has the rules judge the trace."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from notsock.detect.finding import Evidence
from notsock.detect.judge import judge
from notsock.executive.executive import Budget
from notsock.executive.strategy import Strategy
from notsock.explore.run import Run, run_of
from notsock.programs.collector import Collector
from notsock.programs.options import Options
from notsock.programs.program import Program, ProgramError, is_scenario, load_scenario, machines_of
from notsock.programs.watchdog import Watchdog
from notsock.releases.catalogue import profile_of
from notsock.shim import environment
from notsock.shim.python_process import PythonProgram, start_python
from notsock.system import Outcome, System
from notsock.values.durations import SECOND

Install = Callable[[System], object]


def installer(program: Program, preparation: Path | None = None, once: bool = False) -> Install:
    """Return the function that puts a program's processes (or its scenario) into a fresh system.

    Files are read and compiled once, here; ``preparation`` is what each Python process executes before any run.
     Raises :class:`ProgramError`.
    """
    scenarios = [part for part in program.parts if is_scenario(Path(part.path))]
    if scenarios:
        if len(program.parts) > 1:
            raise ProgramError(f"{scenarios[0].path} is a scenario, which makes its own processes: run it alone")
        return load_scenario(Path(scenarios[0].path))
    machines = machines_of(program.parts)
    compiled = [PythonProgram(part.path, part.arguments, preparation=preparation, once=once) for part in program.parts]
    names = _process_names(program)

    def install(system: System) -> None:
        made = {name: system.machine(name) for name in machines}
        for part, name, code in zip(program.parts, names, compiled, strict=True):
            start_python(made[part.machine].create_process(name, None), code)

    return install


def _process_names(program: Program) -> list[str]:
    """Name each part's process after its file, with a number where two have the same."""
    names: list[str] = []
    for part in program.parts:
        stem = Path(part.path).stem
        same = sum(name.partition("#")[0] == stem for name in names)
        names.append(f"{stem}#{same + 1}" if same else stem)
    return names


class Runner:
    """Runs one program on one kind of system, once for each strategy it is given."""

    def __init__(
        self,
        program: Program,
        options: Options,
        *,
        on_output: Callable[[Any, int, bytes], None] | None = None,
        preparation: Path | None = None,
        once: bool = False,
    ) -> None:
        self.program = program
        self.options = options
        self._install = installer(program, preparation, once)
        _check_hotfixes(options)
        self._on_output = on_output or _discard
        self.watchdog = Watchdog()
        self.asked: dict[str, None] = {}
        """The variables of the environment that the program has asked for so far."""
        self._collector = Collector()
        self.last: Outcome | None = None
        self.tap: Callable[[int, int, Any], None] | None = None

    def __call__(self, strategy: Strategy) -> Run:
        """Return the run that ``strategy`` makes, with what the rules found in it."""
        outcome = self.run(strategy)
        executive = outcome.system.executive
        run = run_of(executive)
        evidence: tuple[Evidence, ...] = judge(run.trace).evidence
        if not evidence:
            return run
        return replace(run, findings=evidence)

    def run(self, strategy: Strategy) -> Outcome:
        """Run once, without judging."""
        options = self.options
        system = System(
            options.release,
            options.seed,
            strategy,
            Budget(options.events_max, options.seconds_max * SECOND),
            options.conditions,
            options.processors,
            options.hotfixes,
            options.faults,
            options.preempt,
        )
        system.on_output = self._on_output
        system.network.tap = self.tap
        with (
            self.watchdog.watching(system.executive),
            self._collector.put_off(),
            environment.noting(self.asked),
        ):
            self._install(system)
            outcome = system.run()
        self.last = outcome
        return outcome


def _check_hotfixes(options: Options) -> None:
    known = [name for name, _ in profile_of(options.release).hotfixes]
    for name in options.hotfixes:
        if name not in known:
            raise ProgramError(f"{options.release} has no update {name!r}; it has {', '.join(known) or 'none'}")


def _discard(process: Any, stream: int, data: bytes) -> None:
    """Throw a search's output away: a thousand schedules say the same thing a thousand times."""
