"""An article of the Knowledge Base as data: what it claims of each release, and how to see whether it is so.

A claim is what an article says; an observation (:mod:`notsock.kb.observe`) is what the machine then does.  A
scenario knows nothing of releases: it makes Windows' own calls, and its judge looks only at what could be
seen from outside: error codes, netstat, who heard a packet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from notsock.releases.catalogue import RELEASES
from notsock.values.grounds import Grounds

if TYPE_CHECKING:
    from notsock.kb.sight import Sight
    from notsock.system import System


class Verdict(StrEnum):
    """What is said of one release."""

    AFFECTED = "affected"
    CLEAN = "clean"
    UNSPECIFIED = "unspecified"
    """No article speaks of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of one release, and who claims it."""

    verdict: Verdict
    source: str


UNSPECIFIED = Claim(Verdict.UNSPECIFIED, "no article speaks of it")


Named: TypeAlias = Mapping[tuple[str, ...], str]
"""Releases, and the source that names them."""


def claims(*, affected: Named | None = None, clean: Named | None = None) -> dict[str, Claim]:
    """Return a claim for every release: those named with their source, all others unspecified."""
    found = {release.name: UNSPECIFIED for release in RELEASES}
    for verdict, named in ((Verdict.AFFECTED, affected), (Verdict.CLEAN, clean)):
        for names, source in (named or {}).items():
            for name in names:
                assert found[name] is UNSPECIFIED, name
                found[name] = Claim(verdict, source)
    return found


class Seen(NamedTuple):
    """What one run showed: whether the symptom, and in words that are the same in every schedule."""

    affected: bool
    text: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A program in Windows' own calls, and the judge of its runs.

    ``decides``: the article's own statement; the other scenarios follow it to its ends, and where one ``tells``
    its evidence stands in the table too.  ``bound`` limits the preemptions of the exhaustive search (None: all
    schedules); ``samples``, where not 0, replaces it by so many random schedules.  ``only`` names the releases
    on which the scenario makes sense (empty: all).  ``picture`` adds to the evidence of the first run that
    showed the symptom.
    """

    name: str
    says: str
    build: "Callable[[System], None]"
    judge: "Callable[[Sight], Seen]"
    claims: Mapping[str, Claim] = field(default_factory=claims)
    decides: bool = False
    tells: bool = False
    bound: int | None = None
    samples: int = 0
    only: tuple[str, ...] = ()
    picture: "Callable[[Sight], str] | None" = None

    def makes_sense_on(self, release: str) -> bool:
        """Say whether the scenario can be tried on a release."""
        return not self.only or release in self.only


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its number, its subject in our words, its claims, and our mechanism with its grounds.

    ``seams`` are the modules in which releases differ for it; ``rated`` names the scenario whose rate by
    number of processors belongs to the article (empty: none does).
    """

    number: str
    title: str
    claims: Mapping[str, Claim]
    grounds: Grounds
    mechanism: str
    seams: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    rated: str = ""

    @property
    def deciding(self) -> Scenario:
        """The scenario that decides whether a release is affected."""
        (scenario,) = (each for each in self.scenarios if each.decides)
        return scenario

    def scenario_named(self, name: str) -> Scenario:
        """Return a scenario by its name; KeyError when there is none."""
        for scenario in self.scenarios:
            if scenario.name == name:
                return scenario
        raise KeyError(name)
