"""`--sarif`: every file that a command writes is valid by the schema that OASIS published.

The schema is taken from npm (``npm ci --prefix tests/acceptance``).
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from formats import SARIF_SCHEMA, sarif_problems

ROOT = Path(__file__).parents[2]
LOG = (
    "1 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 2\n"
    "1 socket(AF_INET, SOCK_STREAM, 0) = 3\n1 close(3) = 0\n"
    "1 close(3) = -1 EBADF (Bad file descriptor)\n1 +++ exited with 0 +++\n"
)


def notsock(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode


def results(path):
    (run,) = json.loads(path.read_text())["runs"]
    return run["results"]


@pytest.fixture
def program(tmp_path):
    """Copy a program that has a finding into a folder of its own."""
    copy = tmp_path / "src" / "thread_pool.py"
    copy.parent.mkdir()
    copy.write_text((ROOT / "examples" / "thread_pool.py").read_text())
    return copy


def written(folder, program):
    """Have each command write its file; yield them."""
    assert notsock(folder, "check", program, "--windows", "nt4,11", "--quiet", "--sarif", "check.sarif") == 1
    (folder / "clean.py").write_text("print('hello')\n")
    assert notsock(folder, "check", "clean.py", "--sarif", "clean.sarif") == 0
    assert notsock(folder, "run", program, "--windows", "nt4", "--json", "--sarif", "run.sarif") in (0, 1)
    replay = next((folder / ".notsock" / "findings").glob("*stale-close*.json"))
    assert notsock(folder, "replay", replay, "--sarif", "replay.sarif") == 1
    (folder / "my.log").write_text(LOG)
    assert notsock(folder, "inspect", "my.log", "--quiet", "--sarif", "inspect.sarif") == 1
    return sorted(folder.glob("*.sarif"))


@pytest.mark.judged
def test_what_check_found_is_at_its_lines_and_a_replay_says_the_same(tmp_path, program):
    written(tmp_path, Path("src/thread_pool.py"))
    assert results(tmp_path / "clean.sarif") == []
    (found,) = results(tmp_path / "check.sarif")
    also = found["properties"]["alsoFound"]
    assert found["ruleId"] == "stale-close"
    assert {each["ruleId"] for each in also} >= {"closed-twice"}
    (location,) = found["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "src/thread_pool.py"
    assert location["physicalLocation"]["region"]["snippet"]["text"]
    assert found["properties"]["releases"] == ["nt4", "11"]
    prints = {found["partialFingerprints"]["notsockCause/v1"], *(each["fingerprint"] for each in also)}
    assert len(prints) == 1 + len(also)
    assert prints & {each["partialFingerprints"]["notsockCause/v1"] for each in results(tmp_path / "replay.sarif")}


@pytest.mark.debian
def test_every_file_is_valid_by_the_published_schema(tmp_path, program):
    if not SARIF_SCHEMA.is_file() and "NOTSOCK_DEBIAN" not in os.environ:
        pytest.skip("npm ci --prefix tests/acceptance")
    files = written(tmp_path, program)
    assert len(files) == 5
    assert {path.name: sarif_problems(path) for path in files} == {path.name: [] for path in files}


CLOSES_TWICE = """
import os, socket, threading
number = socket.socket().detach()
closer = threading.Thread(target=os.close, args=[number])
closer.start()
closer.join()
try:
    os.close(number)
except OSError:
    pass
"""


@pytest.mark.debian
def test_what_a_traced_program_did_is_valid_too(tmp_path, program):
    if "NOTSOCK_DEBIAN" not in os.environ and not (SARIF_SCHEMA.is_file() and shutil.which("strace")):
        pytest.skip("npm ci --prefix tests/acceptance, and strace")
    program.write_text(CLOSES_TWICE)
    command = [sys.executable, "src/thread_pool.py"]
    assert notsock(tmp_path, "trace", "--python", "--sarif", "trace.sarif", "-o", "trace.txt", "--", *command) == 1
    assert "closed-twice" in {each["ruleId"] for each in results(tmp_path / "trace.sarif")}
    assert sarif_problems(tmp_path / "trace.sarif") == []


TEST = """
import socket, pytest
def test_closes_twice():
    number = socket.socket().detach()
    socket.close(number)
    with pytest.raises(OSError):
        socket.close(number)
def test_fails():
    assert not socket.socket().fileno()
"""


@pytest.mark.debian
def test_what_pytest_writes_is_valid_too(tmp_path):
    if not SARIF_SCHEMA.is_file() and "NOTSOCK_DEBIAN" not in os.environ:
        pytest.skip("npm ci --prefix tests/acceptance")
    (tmp_path / "test_bad.py").write_text(TEST)
    options = ["--notsock", "--schedules", "5", "--notsock-sarif", "out.sarif", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options], cwd=tmp_path, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert {each["ruleId"] for each in results(tmp_path / "out.sarif")} >= {"closed-twice", "test-failed"}
    assert sarif_problems(tmp_path / "out.sarif") == []


@pytest.mark.judged
def test_a_log_is_told_by_its_lines_and_by_what_it_cannot_tell(tmp_path):
    (tmp_path / "my.log").write_text(LOG)
    assert notsock(tmp_path, "inspect", "my.log", "--quiet", "--sarif", "log.sarif", "--report", "log.html") == 1
    (found,) = results(tmp_path / "log.sarif")
    place = found["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("my.log", 4)
    page = (tmp_path / "log.html").read_text()
    assert "the log has no times" in page
    assert "not applicable here: closed-through-alias" in page
    assert "Linux, as far as the log tells" in page
