"""The examples: each is found on the releases its article names, its corrected twin is clean everywhere."""

from pathlib import Path

import pytest

from notsock.detect.finding import Severity
from notsock.detect.judge import judge
from notsock.explore.plan import PLANS
from notsock.explore.search import search
from notsock.kb.table import RELEASE_NAMES
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEDULES = 60
TWO_STEPS = ("nt3.51", "nt4", "nt4-sp1")
KERNEL_FIRST = ("nt4-sp3", "nt4-tse")
WINDOWS_9X = ("95", "98")


def findings(name, release, **options):
    runner = Runner(Program((Part(str(EXAMPLES / f"{name}.py")),)), Options(release=release, **options))
    result = search(runner, PLANS["portfolio"](0), schedules=SCHEDULES)
    assert result.drift is None
    assert result.unfinished == 0
    runs = {id(each.run): each.run for each in result.found.values()}
    return [finding for run in runs.values() for finding in judge(run.trace).findings]


def wrong(found):
    """The rules that found more than a note."""
    return {finding.rule for finding in found if finding.severity is not Severity.NOTE}


@pytest.mark.parametrize("release", RELEASE_NAMES)
def test_perl_close_fails_on_one_service_pack(release):
    expected = {"closed-through-alias", "stale-context"} if release in KERNEL_FIRST else set()
    found = findings("perl_close", release)
    assert wrong(found) == expected
    if expected:
        assert all("10038" in finding.consequence for finding in found if finding.rule in expected)
        assert {finding.article for finding in found if finding.rule in expected} == {"Q185727"}


@pytest.mark.parametrize("release", RELEASE_NAMES)
def test_handoff_leaks_on_windows_9x(release):
    found = findings("handoff", release)
    assert wrong(found) == ({"leaked-duplicate"} if release in WINDOWS_9X else set())
    assert all("CLOSE_WAIT" in finding.consequence for finding in found)


@pytest.mark.parametrize("release", ["nt3.5", "nt3.51", "nt4", "98", "11"])
def test_a_thread_pool_closes_twice_everywhere(release):
    found = findings("thread_pool", release)
    assert {"closed-twice", "stale-close"} <= wrong(found)
    assert {finding.article for finding in found if finding.rule == "stale-close"} == {"Q155738"}
    assert any("closed socket" in finding.title for finding in found if finding.rule == "stale-close")


@pytest.mark.parametrize("release", RELEASE_NAMES)
def test_two_services_share_a_port_where_claiming_takes_two_steps(release):
    found = findings("two_services", release)
    assert wrong(found) == ({"two-owners"} if release in TWO_STEPS else set())
    assert all("heard nothing" in finding.consequence for finding in found)


@pytest.mark.parametrize("release", RELEASE_NAMES)
@pytest.mark.parametrize("name", ["perl_close_fixed", "handoff_fixed", "thread_pool_fixed", "two_services_fixed"])
def test_the_corrected_twin_is_clean_everywhere(name, release):
    assert findings(name, release) == []


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_every_example_says_what_it_is_and_how_to_run_it(name):
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert text.startswith('"""')
    assert f"notsock check examples/{name}.py" in text


@pytest.mark.parametrize("release", ["nt4", "98", "11"])
def test_a_reaper_closes_a_tls_connection_twice(release):
    found = [finding for finding in findings("tls_reaper", release) if finding.rule == "closed-twice"]
    assert found
    assert all("examples/tls_reaper.py" in repr(finding) for finding in found)
    assert wrong(findings("tls_reaper_fixed", release)) == set()
