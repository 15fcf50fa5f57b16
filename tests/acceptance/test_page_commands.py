"""``--report``: the commands write a page, or say in one line why they cannot."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def notsock(tmp_path):
    """Run the command in an empty folder; return (exit status, output, errors)."""

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "notsock.cli.main", *map(str, arguments)],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False, env=os.environ | {"COLUMNS": "100"},
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    run.folder = tmp_path
    return run


def data(path, block="page"):
    return json.loads(re.search(rf'id="notsock-{block}">(.*?)</script>', path.read_text(), re.DOTALL)[1])


def test_check_shows_each_cause_once_with_its_releases_and_its_run(notsock):
    page = notsock.folder / "out.html"
    status, _, errors = notsock(
        "check", EXAMPLES / "two_services.py", "--windows", "nt4,nt4-sp1,nt4-sp2", "--report", page
    )
    assert (status, errors) == (1, "")
    words, runs = data(page), data(page, "runs")
    (finding,) = words["findings"]
    assert (finding["rule"], finding["release"], finding["run"]) == ("two-owners", "nt4, nt4-sp1", 0)
    assert finding["replay"].startswith("notsock replay .notsock/findings/")
    assert [moment["stack"][0]["source"] for moment in finding["history"]][-1] == "if api.ws2_32.bind(s, ANY) == 0:"
    assert [run["title"] for run in runs] == ["Windows NT 4.0", "Windows NT 4.0 SP2, the same schedule"]
    assert all(run["tapped"] for run in runs)
    (beside,) = words["beside"]
    assert (beside["runs"], beside["asked"]) == ([0, 1], False)
    assert beside["at"] > 0
    assert "on 2 of 3 releases" in words["verdict"]
    (table,) = words["tables"]
    assert [(row["cells"][0], row["cells"][-1], row["marked"]) for row in table["rows"]][1:] == [
        ("nt4-sp1", "two-owners", True), ("nt4-sp2", "nothing", False),
    ]  # fmt: skip


def test_on_one_release_a_run_without_preemption_stands_beside_the_finding(notsock):
    page = notsock.folder / "out.html"
    notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4-sp1", "--report", page)
    words, runs = data(page), data(page, "runs")
    assert [run["title"] for run in runs] == ["Windows NT 4.0 SP1", "Windows NT 4.0 SP1, without preemption"]
    assert words["beside"][0]["at"] > 0


def test_a_clean_check_says_so(notsock):
    page = notsock.folder / "out.html"
    program = notsock.folder / "clean.py"
    program.write_text("print('hello')\n")
    assert notsock("check", program, "--report", page)[0] == 0
    words = data(page)
    assert (words["findings"], data(page, "runs")) == ([], [])
    assert "exhausted" in words["verdict"]


def test_run_and_replay_show_their_run(notsock):
    page = notsock.folder / "out.html"
    assert notsock("run", EXAMPLES / "handoff.py", "--windows", "98", "--report", page, "--json")[0] == 1
    (run,) = data(page, "runs")
    assert any(ladder["packets"] for ladder in run["ladders"])
    page.unlink()

    notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4-sp1")
    (file,) = (notsock.folder / ".notsock" / "findings").glob("*.json")
    assert notsock("replay", file, "--report", page)[0] == 1
    assert data(page)["beside"] == []
    assert notsock("replay", file, "--windows", "nt4-sp2", "--report", page)[0] == 0
    words, runs = data(page), data(page, "runs")
    assert [run["title"] for run in runs] == ["Windows NT 4.0 SP2", "Windows NT 4.0 SP1"]
    assert [(each["runs"], each["asked"]) for each in words["beside"]] == [([1, 0], True)]
    assert words["beside"][0]["at"] > 0
    assert {finding["run"] for finding in words["findings"]} == {1}


def test_the_same_run_makes_the_same_page(notsock):
    pages = [notsock.folder / name for name in ("one.html", "other.html")]
    for page in pages:
        notsock("run", EXAMPLES / "thread_pool.py", "--windows", "nt4", "--report", page)
    assert pages[0].read_bytes() == pages[1].read_bytes()


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_page_that_cannot_be_written_is_told_in_one_line(notsock, command):
    status, _, errors = notsock(command, EXAMPLES / "two_services.py", "--report", notsock.folder / "no" / "out.html")
    assert status == 2
    assert re.fullmatch(r"notsock: .*out\.html cannot be written: .*\n", errors)


def test_an_article_shows_an_affected_release_beside_a_clean_one(notsock):
    page = notsock.folder / "out.html"
    status, _, errors = notsock("kb", "--windows", "nt4-sp2,nt4-sp3", "--report", page)
    assert (status, errors) == (0, "")
    words, runs = data(page), data(page, "runs")
    by_article = {finding["article"]: finding for finding in words["findings"]}
    assert set(by_article) == {"Q155738", "Q185727"}
    finding = by_article["Q185727"]
    assert (finding["release"], finding["rule"]) == ("nt4-sp3", "stale-context")
    (pair,) = [each for each in words["beside"] if finding["run"] in each["runs"]]
    assert [runs[place]["title"] for place in pair["runs"]] == [
        "Windows NT 4.0 SP3", "Windows NT 4.0 SP2, the same schedule",
    ]  # fmt: skip
    assert pair["at"] > 0
    assert [title.partition(":")[0] for title, _ in words["notes"]] == ["Q142634", "Q155738", "Q185727", "Q198663"]
    assert [row["cells"][0] for row in words["tables"][2]["rows"] if row["marked"]] == ["nt4-sp3"]
