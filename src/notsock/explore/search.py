"""The search: run after run until a plan has no more, or the person's limits are reached.

It says how far it came in one of three words, and only what is true: ``exhausted`` (every schedule was run to
its end), ``exhausted up to N preemptions`` (every schedule with at most N; or up to what the first stage of a search
left out, or what no choice of the machine leads to), ``stopped`` (anything else).
"""

import signal
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from types import FrameType
from typing import NamedTuple, TypeAlias

from notsock.explore.distinct import Distinct
from notsock.explore.plan import Plan
from notsock.explore.run import UNFINISHED, Finding, Run, Runner
from notsock.explore.strategies.drift import Drift
from notsock.explore.verdict import EXHAUSTED, STOPPED, UP_TO, up_to

PROGRESS_SECONDS = 0.1
"""How often, at most, progress is reported."""

Key: TypeAlias = tuple[str, tuple[Hashable, ...]]
"""A finding's rule and its key."""


class Found(NamedTuple):
    """The first run with a finding, the number of its schedule (from 1), and the finding."""

    run: Run
    schedule: int
    finding: Finding


@dataclass(slots=True)
class Search:
    """What a search has come to; ``ran_dry`` says that its plan had no more schedules.

    ``found`` has the first run of each cause and ``counts`` in how many it was seen; ``digests`` knows how many
    runs differed, ``unfinished`` counts those that a budget cut.  ``left_out`` are the kinds of schedules that no
    choice led to.  ``drift`` is set when the program turned out not to be deterministic, which ends the search.
    """

    schedules: int = 0
    verdict: str = STOPPED
    found: dict[Key, Found] = field(default_factory=dict)
    counts: dict[Key, int] = field(default_factory=dict)
    digests: Distinct = field(default_factory=Distinct)
    unfinished: int = 0
    left_out: dict[str, None] = field(default_factory=dict)
    seconds: float = 0.0
    ran_dry: bool = False
    drift: Drift | None = None

    @property
    def distinct(self) -> int:
        """How many runs differed."""
        return len(self.digests)

    @property
    def exhausted(self) -> bool:
        """Whether every schedule was run to its end."""
        return self.verdict == EXHAUSTED


def search(
    runner: Runner,
    plan: Plan,
    *,
    schedules: int | None = None,
    seconds: float | None = None,
    on_progress: Callable[[Search], None] | None = None,
    on_found: Callable[[Found], None] | None = None,
    stop_at_first: bool = False,
) -> Search:
    """Run ``plan`` until it, ``schedules`` or ``seconds`` (of real time) are used up.

    Ctrl-C ends the search after the current schedule, a second one at once; what was found so far is
    returned. ``on_found`` gets the first run of each cause at once.  ``stop_at_first`` ends it at the first finding.
    """
    result = Search()
    begun = perf_counter()
    limits = _Limits(
        schedules if schedules is not None else float("inf"),
        begun + seconds if seconds is not None else float("inf"),
        stop_at_first,
    )
    try:
        with interrupts() as interrupted:
            _loop(runner, plan, result, interrupted, limits, on_progress, on_found)
        if not result.unfinished:
            result.verdict = _words(plan.verdict(), tuple(result.left_out))
    except Drift as drift:
        result.drift = drift
    except KeyboardInterrupt:
        pass
    result.seconds = perf_counter() - begun
    return result


def _words(verdict: str, left_out: tuple[str, ...]) -> str:
    """Return what may be said: what the plan says, less what no choice led to."""
    if verdict == STOPPED or not left_out:
        return verdict
    cut = (*(() if verdict == EXHAUSTED else (verdict.removeprefix(UP_TO),)), *left_out)
    return up_to(cut)


class _Limits(NamedTuple):
    schedules: float
    until: float
    stop_at_first: bool


def _loop(
    runner: Runner,
    plan: Plan,
    result: Search,
    interrupted: list[int],
    limits: _Limits,
    on_progress: Callable[[Search], None] | None,
    on_found: Callable[[Found], None] | None,
) -> None:
    now = begun = perf_counter()
    report_at = begun + PROGRESS_SECONDS if on_progress is not None else float("inf")
    number = 0
    while (strategy := plan.next()) is not None:
        if number >= limits.schedules or now >= limits.until or interrupted:
            return
        run = runner(strategy)
        number += 1
        result.schedules = number
        result.digests.add(run.digest)
        if run.ending in UNFINISHED:
            result.unfinished += 1
        for words in run.left_out:
            result.left_out[words] = None
        if run.findings:
            for found in _new(run, number, result):
                if on_found is not None:
                    on_found(found)
            if limits.stop_at_first:
                return
        now = perf_counter()
        if now >= report_at and on_progress is not None:
            result.seconds = now - begun
            on_progress(result)
            report_at = now + PROGRESS_SECONDS
    result.ran_dry = True


def _new(run: Run, number: int, result: Search) -> Iterator[Found]:
    """Count the findings of a run; yield those that are new."""
    for key, finding in {(each.rule, each.key): each for each in run.findings}.items():
        result.counts[key] = result.counts.get(key, 0) + 1
        if key not in result.found:
            found = result.found[key] = Found(run, number, finding)
            yield found


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """Note Ctrl-C, and raise only the second: the program under test might catch the first."""
    interrupted: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
        if interrupted:
            raise KeyboardInterrupt
        interrupted.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
