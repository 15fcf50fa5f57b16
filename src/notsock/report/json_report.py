"""The JSON that ``check --json`` and ``run --json`` print."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from notsock.detect.finding import Finding
from notsock.detect.mistakes import Mistake, mistakes_in

T = TypeVar("T")


def of_mistakes(mistakes: Sequence[Mistake[T]], finding_of: Callable[[T], Finding]) -> dict[Any, dict[str, Any]]:
    """Return, by rule and key, of which mistake a finding is (from 1, the gravest first), and whether it leads."""
    return {
        (finding_of(each).rule, finding_of(each).key): {"mistake": number, "leading": each is mistake.leading}
        for number, mistake in enumerate(mistakes, 1)
        for each in mistake.all
    }


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return the findings of one run or log."""
    places = of_mistakes(mistakes_in(findings), lambda finding: finding)
    return [each.to_json() | places[each.rule, each.key] for each in findings]


def finding_json(finding: Finding, schedule: int, story: Sequence[str], replay: str) -> dict[str, Any]:
    """Return a finding of a search: the number of its schedule, that schedule in words, and how to replay it."""
    return finding.to_json() | {"schedule": schedule, "story": list(story), "replay": replay}


def release_json(release: str, schedules: int, exhausted: bool, findings: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what a release came to."""
    return {"release": release, "schedules": schedules, "exhausted": exhausted, "findings": list(findings)}


def check_json(program: str, releases: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what ``check --json`` prints."""
    return {"program": program, "releases": list(releases)}


def run_json(digest: str, exit_code: Any, events: int, findings: Sequence[Finding], netstat: Any) -> dict[str, Any]:
    """Return what ``run --json`` prints."""
    return {
        "digest": digest,
        "exit": exit_code,
        "events": events,
        "findings": findings_json(findings),
        "netstat": netstat,
    }
