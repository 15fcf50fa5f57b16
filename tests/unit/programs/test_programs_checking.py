"""Checking: what is found is shrunk, kept and replayed; a program that does not repeat itself is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from notsock.programs.checking import Effort, check, replay
from notsock.programs.options import Options
from notsock.programs.program import Part, Program, ProgramError

EXAMPLES = Path(__file__).parents[3] / "examples"
SERVICES = Program((Part(str(EXAMPLES / "two_services.py")),))


def test_a_finding_is_shrunk_kept_and_replayed(tmp_path):
    checked = check(SERVICES, Options("nt4"), Effort(schedules=50), store=tmp_path)
    (discovery,) = checked.discoveries
    assert discovery.finding.rule == "two-owners"
    assert discovery.schedule.preemptions <= 2
    assert discovery.story[0].startswith("run ")
    again = replay(discovery.replay)
    assert again.same
    assert [found.rule for found in again.run.findings] == ["two-owners"]
    elsewhere = replay(discovery.replay, "nt4-sp2")
    assert not elsewhere.run.findings


def test_the_same_check_finds_the_same(tmp_path):
    one, other = (check(SERVICES, Options("nt4"), Effort(schedules=50), store=tmp_path / name) for name in "ab")
    assert [each.run.digest for each in one.discoveries] == [each.run.digest for each in other.discoveries]
    assert one.search.distinct == other.search.distinct


def test_exhaustion_is_said_only_where_it_is_true():
    fixed = Program((Part(str(EXAMPLES / "two_services_fixed.py")),))
    within = check(fixed, Options("nt4"), Effort(preemptions=0, schedules=None), store=None)
    assert within.search.verdict == "exhausted up to 0 preemptions"
    cut = check(fixed, Options("nt4"), Effort(exhaustive=True, schedules=10), store=None)
    assert cut.search.verdict == "stopped"


def test_an_update_that_the_release_does_not_have_is_refused():
    with pytest.raises(ProgramError, match="nt4 has no update"):
        check(SERVICES, replace(Options("nt4"), hotfixes=("afd-update",)), Effort(schedules=1), store=None)


def test_a_program_that_reads_something_uncontrolled_is_refused(tmp_path):
    path = tmp_path / "uncontrolled.py"
    path.write_text(
        "import itertools\ncalls = itertools.count()\n"
        "def scenario(system):\n"
        "    process = system.machine().process('p')\n"
        "    @process.thread\n"
        "    def main(api):\n"
        "        api.ws2_32.WSAStartup()\n"
        "        for _ in range(next(calls)):\n"
        "            api.ws2_32.gethostname()\n"
    )
    with pytest.raises(ProgramError, match="does not repeat itself"):
        check(Program((Part(str(path)),)), Options(), Effort(schedules=3), store=None)
