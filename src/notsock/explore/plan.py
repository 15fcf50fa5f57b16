"""Which strategy the next run of a search gets, and what may be said when none is left.

A strategy decides one run's choices; a plan decides over the runs.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from notsock.executive.strategy import FirstReady, Strategy
from notsock.explore.learned import Learned
from notsock.explore.strategies.active import Active
from notsock.explore.strategies.coverage import Coverage
from notsock.explore.strategies.exhaustive import Exhaustive
from notsock.explore.strategies.pct import Pct
from notsock.explore.strategies.portfolio import Portfolio
from notsock.explore.strategies.processors import Processors
from notsock.explore.strategies.random import Random
from notsock.explore.strategies.round_robin import RoundRobin
from notsock.explore.strategies.surw import Surw
from notsock.explore.strategies.urw import Urw
from notsock.explore.strategies.widening import Widening
from notsock.explore.verdict import STOPPED


class Plan(Protocol):
    """Hands out strategies, one a run; each has finished its run before the next is asked for."""

    def next(self) -> Strategy | None:
        """Return the strategy of the next run, None when every schedule has been tried."""

    def take_up(self, learned: Learned) -> None:
        """Before the first run: go on from what earlier searches have ``learned``, and add to it."""

    def verdict(self) -> str:
        """Say what the runs covered: ``exhausted``, ``exhausted up to …`` or ``stopped``."""


class Sampling:
    """One strategy for every run, ``times`` times (None: for ever); never claims to have seen everything."""

    def __init__(self, strategy: Strategy, times: int | None = None) -> None:
        self._strategy = strategy
        self._left = times

    def next(self) -> Strategy | None:
        """Return the strategy, which starts another run of its own."""
        if self._left is not None:
            if self._left == 0:
                return None
            self._left -= 1
        return self._strategy

    def take_up(self, learned: Learned) -> None:
        """Let a strategy that learns go on from what earlier searches have ``learned``."""
        if isinstance(self._strategy, Coverage):
            self._strategy.take_up(learned)

    def verdict(self) -> str:
        """Say that it stopped."""
        return STOPPED


class Advancing(Strategy, Protocol):
    """A strategy that knows its next path, and when there is none."""

    def advance(self) -> bool:
        """Move to the next path; False when none is left."""

    def verdict(self) -> str:
        """Say what has been tried so far: ``stopped`` unless all was that some bound allows."""


class Thorough:
    """One path after the other, until none is left."""

    def __init__(self, strategy: Advancing) -> None:
        self._strategy = strategy
        self._begun = False

    def next(self) -> Strategy | None:
        """Return the strategy, moved to the next path."""
        if not self._begun:
            self._begun = True
        elif not self._strategy.advance():
            return None
        return self._strategy

    def take_up(self, learned: Learned) -> None:
        """Learn nothing: who goes through all schedules needs none to begin with."""

    def verdict(self) -> str:
        """Say what has been tried so far."""
        return self._strategy.verdict()


def DepthFirst(preemption_bound: int | None = None) -> Plan:  # noqa: N802 - a kind of plan
    """Every schedule, or every schedule within a preemption bound."""
    return Thorough(Exhaustive(preemption_bound))


def Reducing(seed: int | str | None = None) -> Plan:  # noqa: N802 - a kind of plan
    """Every schedule that can make a difference."""
    return Thorough(Widening(seed))


def _first(seed: int | str) -> Plan:  # noqa: ARG001 - every plan is made from a seed
    return Sampling(FirstReady(), 1)


def _round_robin(seed: int | str) -> Plan:  # noqa: ARG001 - every plan is made from a seed
    return Sampling(RoundRobin(), 1)


def _exhaustive(seed: int | str) -> Plan:  # noqa: ARG001 - every plan is made from a seed
    return DepthFirst()


def _reducing(seed: int | str) -> Plan:  # noqa: ARG001 - every plan is made from a seed
    return Reducing()


PLANS: Mapping[str, Callable[[int | str], Plan]] = {
    "portfolio": Portfolio,
    "random": lambda seed: Sampling(Random(seed)),
    "active": lambda seed: Sampling(Active(seed)),
    "coverage": lambda seed: Sampling(Coverage(seed)),
    "pct": lambda seed: Sampling(Pct(seed)),
    "surw": lambda seed: Sampling(Surw(seed)),
    "urw": lambda seed: Sampling(Urw(seed)),
    "processors": lambda seed: Sampling(Processors(seed)),
    "dpor": _reducing,
    "exhaustive": _exhaustive,
    "round-robin": _round_robin,
    "first": _first,
}
"""The plans that a person can name, made from a seed; ``portfolio`` is the default."""
WHOLE = frozenset({"dpor", "exhaustive", "round-robin", "first"})
"""Plans that mean something only as a whole: parts of them, each with a seed of its own, would repeat each other."""
