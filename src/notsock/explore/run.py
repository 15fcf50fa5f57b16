"""A finished run: what was chosen, what happened, what was found.

The search, the replay, the shrinker and every report take their runs in this one form.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from notsock.executive.executive import Executive
from notsock.executive.strategy import Strategy
from notsock.trace.events import Ending
from notsock.trace.recorder import Trace


class Finding(Protocol):
    """What the search needs to know about a finding: findings of one rule with one key are the same."""

    @property
    def rule(self) -> str:
        """The rule that found it."""

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What tells it from the rule's other findings, the same in every schedule."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    ``choices`` are the executive's: the ident of the actor chosen (1 or more), or ``~value`` of a verdict.
    ``roster`` names the actors by ident; ``digest`` is the trace's.  ``left_out`` says in words which other schedules
    no choice leads to: a search that has tried every choice has not tried those.
    """

    choices: tuple[int, ...]
    roster: tuple[str, ...]
    trace: Trace
    ending: Ending
    digest: str
    findings: tuple[Finding, ...] = ()
    left_out: tuple[str, ...] = ()


Runner: TypeAlias = Callable[[Strategy], Run]
"""Makes a fresh system, runs it under the strategy, and returns the run; raises what the strategy raised."""

UNFINISHED = frozenset({Ending.OUT_OF_EVENTS, Ending.OUT_OF_TIME, Ending.STOPPED})
"""Endings of runs that were cut: what would have come after is unknown."""


TIES = "the order of timers of one moment"
PASSES = "what follows a poll in vain at once"
"""What no choice leads to."""


def run_of(executive: Executive, findings: tuple[Finding, ...] = ()) -> Run:
    """Return the run that ``executive`` has just finished."""
    trace = executive.recorder.trace()
    return Run(
        choices=tuple(executive.choices),
        roster=tuple([name for name, _, _ in executive.roster]),
        trace=trace,
        ending=executive.ending,
        digest=trace.digest,
        findings=findings,
        left_out=tuple([words for words, is_so in ((TIES, executive.tied), (PASSES, executive.passed)) if is_so]),
    )
