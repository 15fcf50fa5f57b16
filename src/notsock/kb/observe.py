"""Observing: an article's scenarios, run on a release under every schedule, or as many as are stated.

What comes out is what the runs showed; the claim stands beside it and takes no part.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from notsock.executive.strategy import Strategy
from notsock.explore.plan import DepthFirst, Plan, Sampling
from notsock.explore.run import Run, run_of
from notsock.explore.search import Search, search
from notsock.explore.strategies.processors import Processors
from notsock.explore.strategies.random import Random
from notsock.kb.article import Article, Claim, Scenario, Seen, Verdict
from notsock.kb.sight import Sight
from notsock.system import System

PROCESSORS = (1, 2, 4)
"""For which numbers of processors a rate is measured."""
RATE_SCHEDULES = 1_000
"""Schedules behind each rate."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A scenario on a release.

    ``found_at`` is the first schedule (from 1) that showed the symptom, 0 when none did; ``shown`` how many
    did.  ``outcomes`` counts what was seen, by its words.  ``verdict`` is the search's.
    """

    scenario: Scenario
    release: str
    claim: Claim
    schedules: int
    verdict: str
    found_at: int
    shown: int
    outcomes: dict[str, int]
    picture: str
    seconds: float

    @property
    def observed(self) -> Verdict:
        """What the runs showed."""
        return Verdict.AFFECTED if self.found_at else Verdict.CLEAN

    @property
    def exhausted(self) -> bool:
        """Whether every schedule was run."""
        return self.verdict == "exhausted"

    @property
    def agrees(self) -> bool:
        """Whether the runs showed what is claimed; nothing disagrees with an unspecified claim."""
        return self.claim.verdict in (Verdict.UNSPECIFIED, self.observed)

    def evidence(self) -> str:
        """Say what was seen: where the symptom first, how often what, and the picture of it."""
        rows = [f"{text} ({count:,} of {self.schedules:,} schedules)" for text, count in self.outcomes.items()]
        if self.found_at:
            rows[0] += f", first in schedule {self.found_at}"
        return "\n".join([*rows, self.picture] if self.picture else rows)


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a symptom shows on a machine with so many processors."""

    processors: int
    schedules: int
    shown: int

    @property
    def share(self) -> float:
        """The share of schedules that showed it."""
        return self.shown / self.schedules


@dataclass(frozen=True, slots=True)
class Observation:
    """One cell of the table: what an article claims of a release, and what was seen there."""

    article: Article
    release: str
    tried: tuple[Tried, ...] = field(default=())

    @property
    def deciding(self) -> Tried:
        """The scenario that decides."""
        return next(each for each in self.tried if each.scenario.decides)

    @property
    def claim(self) -> Claim:
        """What the article says of the release."""
        return self.article.claims[self.release]

    @property
    def observed(self) -> Verdict:
        """What was seen."""
        return self.deciding.observed

    @property
    def agrees(self) -> bool:
        """Whether every scenario showed what is claimed."""
        return all(each.agrees for each in self.tried)

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``notsock kb --json`` prints."""
        deciding = self.deciding
        return {
            "article": self.article.number,
            "release": self.release,
            "claim": self.claim.verdict.value,
            "observed": self.observed.value,
            "schedules": deciding.schedules,
            "exhausted": deciding.exhausted,
            "grounds": self.article.grounds.value,
            "evidence": self.evidence(),
        }

    def evidence(self) -> str:
        """Say what was seen: by the scenario that decides, then by those that tell of its consequences."""
        told = (f"{each.scenario.name}: {each.evidence()}" for each in self.tried if each.scenario.tells)
        return "\n".join([self.deciding.evidence(), *told])


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a judge saw, as the finding of a search."""

    rule: str
    key: tuple[str, ...]


class Trial:
    """Runs a scenario for a search, and keeps count of what its judge saw."""

    def __init__(self, scenario: Scenario, release: str, processors: int = 1) -> None:
        self._scenario = scenario
        self._release = release
        self._processors = processors
        self._sightings: dict[Seen, tuple[Sighting, ...]] = {}
        self.counts: dict[Seen, int] = {}
        self.runs = 0
        self.shown = 0
        self.found_at = 0
        self.picture = ""
        self.tap: Callable[[int, int, Any], None] | None = None

    def __call__(self, strategy: Strategy) -> Run:
        """Make one run."""
        scenario = self._scenario
        system = System(self._release, strategy=strategy, processors=self._processors)
        system.network.tap = self.tap
        scenario.build(system)
        system.run()
        if system.errors:
            raise system.errors[0][1]
        sight = Sight(system.executive.recorder)
        seen = scenario.judge(sight)
        self.runs += 1
        self.counts[seen] = self.counts.get(seen, 0) + 1
        if seen.affected:
            self.shown += 1
            if self.found_at == 0:
                self.found_at = self.runs
                if scenario.picture is not None:
                    self.picture = scenario.picture(sight)
        return run_of(system.executive, self._findings(seen))

    def _findings(self, seen: Seen) -> tuple[Sighting, ...]:
        found = self._sightings.get(seen)
        if found is None:
            found = (Sighting(self._scenario.name, (seen.text,)),) if seen.affected else ()
            self._sightings[seen] = found
        return found

    def outcomes(self) -> dict[str, int]:
        """Return how often what was seen, the symptom first, then by the number of schedules."""
        order = sorted(self.counts.items(), key=lambda item: (not item[0].affected, -item[1], item[0].text))
        return {seen.text: count for seen, count in order}


def plan_of(scenario: Scenario) -> Plan:
    """Return how a scenario's schedules are chosen."""
    if scenario.samples:
        return Sampling(Random(scenario.name), scenario.samples)
    return DepthFirst(scenario.bound)


def try_scenario(
    scenario: Scenario,
    release: str,
    claim: Claim | None = None,
    on_progress: Callable[[Search], None] | None = None,
) -> Tried:
    """Run a scenario on a release under every schedule that its limits allow."""
    trial = Trial(scenario, release)
    result = search(trial, plan_of(scenario), on_progress=on_progress)
    return Tried(
        scenario,
        release,
        claim or scenario.claims[release],
        result.schedules,
        result.verdict,
        trial.found_at,
        trial.shown,
        trial.outcomes(),
        trial.picture,
        result.seconds,
    )


def observe(
    article: Article,
    release: str,
    *,
    deciding_only: bool = False,
    on_progress: Callable[[Search], None] | None = None,
) -> Observation:
    """Run an article's scenarios on a release (with ``deciding_only`` the one that decides, and what it tells)."""
    tried = []
    for scenario in article.scenarios:
        if scenario.decides:
            tried.append(try_scenario(scenario, release, article.claims[release], on_progress))
        elif scenario.makes_sense_on(release) and (scenario.tells or not deciding_only):
            tried.append(try_scenario(scenario, release, None, on_progress))
    return Observation(article, release, tuple(tried))


def rates(article: Article, release: str, schedules: int = RATE_SCHEDULES) -> Iterator[Rate]:
    """Yield how often the article's rated scenario shows its symptom, by number of processors."""
    if not article.rated:
        return
    scenario = article.scenario_named(article.rated)
    for processors in PROCESSORS:
        trial = Trial(scenario, release, processors)
        search(trial, Sampling(Processors(article.number), schedules))
        yield Rate(processors, trial.runs, trial.shown)
