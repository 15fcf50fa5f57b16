"""The table of articles by releases: every cell is a live run."""

from collections.abc import Callable, Iterator, Sequence

from notsock.explore.search import Search
from notsock.kb.article import Article, Verdict
from notsock.kb.observe import Observation, observe
from notsock.releases.catalogue import RELEASES

RELEASE_NAMES = tuple(release.name for release in RELEASES)


def observe_all(
    articles: Sequence[Article],
    releases: Sequence[str] = RELEASE_NAMES,
    *,
    deciding_only: bool = True,
    on_progress: Callable[[Search], None] | None = None,
) -> Iterator[Observation]:
    """Yield one observation per article and release, each as soon as it has been made."""
    for article in articles:
        for release in releases:
            yield observe(article, release, deciding_only=deciding_only, on_progress=on_progress)


def cell(observation: Observation) -> str:
    """Return a cell in words: what was seen, and how that stands to the claim."""
    seen = observation.observed.value
    deciding = observation.deciding
    count = f"{deciding.schedules:,}"
    how = f"schedule {deciding.found_at} of {count}" if deciding.found_at else f"{deciding.verdict}, {count}"
    match observation.claim.verdict:
        case Verdict.UNSPECIFIED:
            return f"unspecified: {seen} ({how})"
        case claim if claim is observation.observed:
            return f"{seen} ({how})"
        case claim:
            return f"{seen}, but claimed {claim.value} ({how})"
