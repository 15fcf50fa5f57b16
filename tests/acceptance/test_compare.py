"""``notsock compare``: where two runs part, and what each thread did from there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVICES = str(EXAMPLES / "two_services.py")


def notsock(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def finding(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    notsock(folder, "check", SERVICES, "--windows", "nt4", "-q")
    (path,) = folder.glob(".notsock/findings/*.json")
    return path


def test_a_failing_run_is_compared_with_a_passing_one(finding):
    done = notsock(finding.parent, "compare", str(finding))
    said = done.stdout
    assert done.returncode == 1
    assert "recorded            UDP 0.0.0.0:161 has two owners" in said
    assert "without preemption  nothing found" in said
    assert "events, and part there:" in said
    assert "without preemption  bind(0x64, port 161) failed with 10048 (WSAEADDRINUSE)" in said
    assert "client/client makes the same 7 calls in both" in said


def test_one_schedule_is_compared_on_two_releases(finding):
    made = json.loads(notsock(finding.parent, "compare", str(finding), "--windows", "nt4-sp2", "--json").stdout)
    assert [run["name"] for run in made["runs"]] == ["nt4", "nt4-sp2"]
    assert [bool(run["findings"]) for run in made["runs"]] == [True, False]
    assert "afd.bind.looked-up" in made["runs"][0]["event"]
    (parted,) = [each for each in made["threads"] if any(each["calls"])]
    assert parted["calls"][1][0] == "bind(0x64, port 161) failed with 10048 (WSAEADDRINUSE)"


def test_two_runs_that_are_the_same_say_so(finding):
    done = notsock(finding.parent, "compare", str(finding), str(finding))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "The two runs are the same, event for event.")


def test_two_programs_are_compared(finding):
    done = notsock(finding.parent, "compare", SERVICES, str(EXAMPLES / "two_services_fixed.py"), "--windows", "nt4")
    assert done.returncode == 1
    assert "two_services_fixed.py" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.json"], "nothing.json: No such file or directory"),
        ([SERVICES, "--schedule", "recorded"], "is a program: a finding's file has a recorded schedule"),
        ([SERVICES, "--schedule", "backwards"], "--schedule 'backwards' is not one of recorded, first"),
        ([SERVICES, "--windows", "nt9"], "no release is called 'nt9'"),
        ([SERVICES, SERVICES, SERVICES], "compare wants two runs"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(finding, arguments, said):
    done = notsock(finding.parent, "compare", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
