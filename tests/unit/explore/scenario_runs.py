"""What runs a scenario under a strategy and judges it."""

from collections.abc import Callable
from dataclasses import replace

from notsock.detect.judge import judge
from notsock.executive.executive import Budget
from notsock.executive.strategy import Strategy
from notsock.explore.run import Run, Runner, run_of
from notsock.system import System

Scenario = Callable[[System], object]


def of(scenario: Scenario, release: str = "11") -> Runner:
    """Return a runner of a scenario on a release."""

    def run(strategy: Strategy) -> Run:
        system = System(release, strategy=strategy, budget=Budget(events_max=200_000))
        scenario(system)
        system.run()
        made = run_of(system.executive)
        return replace(made, findings=judge(made.trace).evidence)

    return run
