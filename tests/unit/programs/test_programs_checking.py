"""Checking: what is found is shrunk, kept and replayed; a program that does not repeat itself is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from notsock.explore.replay_file import ReplayFileError, load, python_version, save
from notsock.explore.strategies.drift import Drift
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


@pytest.mark.parametrize("mode", ["calls", "lines"])
def test_a_replay_with_points_of_another_python_is_refused_before_it_runs(tmp_path, mode):
    checked = check(SERVICES, replace(Options("nt4"), preempt=mode), Effort(schedules=50), store=tmp_path)
    (discovery,) = checked.discoveries
    theirs = "3.12" if python_version() == "3.11" else "3.11"
    save(discovery.replay, replace(load(discovery.replay), python=theirs))
    if mode == "calls":
        assert replay(discovery.replay).same
        return

    def never(*_):
        raise AssertionError("it was run")

    with pytest.raises(ReplayFileError, match=rf"made with Python {theirs}.*other points between calls") as refused:
        replay(discovery.replay, runner_of=never)
    assert "\n" not in str(refused.value)


def test_a_replay_that_goes_otherwise_names_the_versions_that_differ(tmp_path):
    (discovery,) = check(SERVICES, Options("nt4"), Effort(schedules=50), store=tmp_path).discoveries
    file = load(discovery.replay)
    first = file.schedule.choices[0]
    other = replace(first, candidates=(*first.candidates, "somebody"))
    schedule = replace(file.schedule, choices=(other, *file.schedule.choices[1:]))
    save(discovery.replay, replace(file, schedule=schedule))
    with pytest.raises(Drift):
        replay(discovery.replay)
    save(discovery.replay, replace(file, schedule=schedule, notsock="0.0.9"))
    with pytest.raises(ReplayFileError, match=r"made with .* notsock 0\.0\.9, this is .* goes otherwise"):
        replay(discovery.replay)


def test_a_program_without_choices_is_exhausted_in_one_schedule(tmp_path):
    path = tmp_path / "nothing.py"
    path.write_text("")
    searched = check(Program((Part(str(path)),)), Options(), Effort(exhaustive=True, schedules=None), store=None).search
    assert (searched.schedules, searched.verdict) == (1, "exhausted")


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
