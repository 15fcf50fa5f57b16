"""The JSON that ``check --json`` and ``run --json`` print."""

from collections.abc import Iterable, Sequence
from typing import Any

from notsock.detect.finding import Finding


def finding_json(finding: Finding, schedule: int, story: Sequence[str], replay: str) -> dict[str, Any]:
    """Return a finding of a search: the number of its schedule, that schedule in words, and how to replay it."""
    return finding.to_json() | {"schedule": schedule, "story": list(story), "replay": replay}


def release_json(release: str, schedules: int, exhausted: bool, findings: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what a release came to."""
    return {"release": release, "schedules": schedules, "exhausted": exhausted, "findings": list(findings)}


def check_json(program: str, releases: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what ``check --json`` prints."""
    return {"program": program, "releases": list(releases)}


def run_json(digest: str, exit_code: Any, events: int, findings: Iterable[Finding], netstat: Any) -> dict[str, Any]:
    """Return what ``run --json`` prints."""
    return {
        "digest": digest,
        "exit": exit_code,
        "events": events,
        "findings": [finding.to_json() for finding in findings],
        "netstat": netstat,
    }
