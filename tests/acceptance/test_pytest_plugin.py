"""The pytest plugin: whole test-suites run in simulated processes, by a pytest of their own."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

CONFTEST = """
import socket, threading
import pytest

@pytest.fixture
def server():
    listener = socket.create_server(("127.0.0.1", 0))
    def serve():
        connection, _ = listener.accept()
        with connection:
            connection.sendall(connection.recv(100).upper())
    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()
    thread.join()
    listener.close()
"""

GOOD = """
import socket, sys, unittest
import pytest

def test_a_server_in_a_thread(server):
    with socket.create_connection(server) as client:
        client.sendall(b"hello")
        assert client.recv(100) == b"HELLO"
    assert sys.platform == "win32"

@pytest.mark.parametrize("n, m", [(1, 2), (3, 4)])
@pytest.mark.parametrize("k", ["a", pytest.param("b")])
def test_parameters(n, m, k, tmp_path, monkeypatch):
    monkeypatch.setenv("NAME", k)
    (tmp_path / k).write_text(k)
    assert m == n + 1 and k in "ab"

@pytest.fixture(params=[10, 20])
def number(request):
    return request.param

def test_a_fixture_with_parameters(number):
    assert number in (10, 20)

class TestMethods:
    def setup_method(self):
        self.value = 1

    def test_method(self):
        assert self.value == 1

class Case(unittest.TestCase):
    def setUp(self):
        self.socket = socket.socket()

    def tearDown(self):
        self.socket.close()

    def test_case(self):
        self.assertGreater(self.socket.fileno(), 0)

    def test_skip(self):
        self.skipTest("not today")
"""

BAD = """
import socket, threading
import pytest

def test_race():
    done = []
    thread = threading.Thread(target=lambda: done.append(socket.socket().close()))
    thread.start()
    assert not done, "too early"
    thread.join()

def test_closes_twice():
    number = socket.socket().detach()
    socket.close(number)
    with pytest.raises(OSError):
        socket.close(number)
"""

MARKED = """
import sys
import pytest

@pytest.mark.notsock(windows="98,nt4", schedules=3)
def test_marked():
    assert sys.getwindowsversion()[0] == 4

def test_with_the_fixture(notsock):
    assert notsock.simulated and notsock.windows == "11"

def test_plain():
    assert sys.platform != "win32"

@pytest.mark.notsock(skip=True)
def test_left_out():
    assert sys.platform != "win32"
"""

PLATFORM = """
import sys, pytest
if sys.platform != "win32":
    def test_only_here(): pass

@pytest.mark.skipif(sys.platform != "win32", reason="not there")
def test_only_there(): pass

@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows")
def test_not_there(): pass

@pytest.mark.xfail(sys.platform == "win32", reason="known", raises=ZeroDivisionError)
def test_known(): 1 / 0

@pytest.mark.xfail(strict=True, reason="mended")
def test_mended(): pass
"""

def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *_plugin(), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def _plugin() -> list[str]:
    """The plugin by name where the installation is older than its entry point."""
    installed = any(each.name == "notsock" for each in entry_points(group="pytest11"))
    return [] if installed else ["-p", "notsock.pytest_plugin.plugin"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    return tmp_path


def test_a_good_suite_passes(folder):
    (folder / "test_good.py").write_text(GOOD)
    done = run(folder, "--notsock", "--schedules", "5")
    assert "9 passed, 1 skipped" in done.stdout, done.stdout
    assert done.returncode == 0


def test_a_failure_is_told_with_its_story_and_replays(folder):
    (folder / "test_bad.py").write_text(BAD)
    done = run(folder, "--notsock", "--schedules", "20")
    assert "2 failed" in done.stdout, done.stdout
    assert "AssertionError: too early" in done.stdout
    assert "then test/main/1 until it ends" in done.stdout
    assert "closed-twice" in done.stdout
    (file,) = (folder / ".notsock" / "findings").glob("*test_race*test-failed*.json")
    again = run(folder, "--notsock-replay", str(file))
    assert "AssertionError: too early" in again.stdout, again.stdout
    assert "1 failed, 1 deselected" in again.stdout
    (folder / "test_bad.py").write_text(BAD + "\n# changed\n")
    changed = run(folder, "--notsock-replay", str(file))
    assert "has changed since" in changed.stdout + changed.stderr
    assert changed.returncode == 4


def test_the_marker_and_the_fixture_choose_single_tests(folder):
    (folder / "test_marked.py").write_text(MARKED)
    assert "4 passed" in run(folder, "--schedules", "3").stdout


def test_what_depends_on_the_platform_is_decided_inside(folder):
    (folder / "test_platform.py").write_text(PLATFORM)
    done = run(folder, "--notsock", "--schedules", "3", "-rsx")
    assert "does not find test_platform.py::test_only_here in a simulated process" in done.stdout, done.stdout
    assert "not on Windows" in done.stdout
    assert "XFAIL test_platform.py::test_known - known" in done.stdout
    assert "[XPASS(strict)] mended" in done.stdout
    assert "2 failed, 1 passed, 1 skipped, 1 xfailed" in done.stdout


def test_it_works_under_xdist(folder):
    (folder / "test_bad.py").write_text(BAD)
    done = run(folder, "--notsock", "--schedules", "10", "-n", "2")
    assert "2 failed" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--windows", "3.11"], "no release is called '3.11'"),
        (["--notsock-replay", "nothing.json"], "nothing.json: No such file"),
        (["--schedules", "0"], "--schedules wants a number from 1"),
    ],
)
def test_bad_options_are_told_in_one_line(folder, arguments, said):
    done = run(folder, *arguments)
    assert done.returncode == 4
    assert said in done.stderr


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
@pytest.mark.judged
def test_what_was_found_in_all_tests_is_one_page_and_one_log(folder, workers):
    (folder / "test_bad.py").write_text(BAD)
    written = ["--notsock-report", "out.html", "--notsock-sarif", "out.sarif", "--junit-xml", "out.xml"]
    done = run(folder, "--notsock", "--schedules", "20", *written, *workers)
    assert "2 failed" in done.stdout, done.stdout
    assert "notsock: wrote out.html" in done.stdout
    page = (folder / "out.html").read_text()
    assert "pytest --notsock-replay .notsock/findings/" in page
    assert "found in 2 tests" in page
    (sarif,) = json.loads((folder / "out.sarif").read_text())["runs"]
    assert {each["ruleId"] for each in sarif["results"]} >= {"test-failed", "closed-twice"}
    places = [each["locations"][0]["physicalLocation"] for each in sarif["results"] if "locations" in each]
    assert {place["artifactLocation"]["uri"] for place in places} == {"test_bad.py"}
    assert 'name="notsock-replay"' in (folder / "out.xml").read_text()


def test_a_page_of_tests_that_cannot_be_written_is_told_in_one_line(folder):
    (folder / "test_good.py").write_text("def test_nothing(): pass\n")
    done = run(folder, "--notsock", "--schedules", "3", "--notsock-report", "no/out.html")
    assert "no/out.html cannot be written" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


COUNTING = """
import threading
import pytest

def count(times):
    total = 0
    def work():
        nonlocal total
        for _ in range(times):
            value = total
            total = value + 1
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return total

@pytest.mark.notsock(preempt="lines", schedules=8)
def test_between_lines():
    assert count(50) == 100

@pytest.mark.notsock(schedules=2)
def test_between_calls():
    assert count(50) == 100
"""


def test_a_test_may_be_preempted_between_its_lines(folder):
    (folder / "test_counting.py").write_text(COUNTING)
    done = run(folder, "test_counting.py")
    assert "1 failed, 1 passed" in done.stdout
    assert "until test_counting.py:" in done.stdout


THREADS = """
import socket, threading

def opens():
    for _ in range(6):
        socket.socket().close()

def test_threads():
    threads = [threading.Thread(target=opens) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


def test_a_session_goes_on_where_the_one_before_stopped(tmp_path):
    (tmp_path / "test_threads.py").write_text(THREADS)
    first = run(tmp_path, "--notsock", "--schedules", "8")
    assert "continue" not in first.stdout
    second = run(tmp_path, "--notsock", "--schedules", "8", "-n", "1")
    said = "notsock: a test continues from 8 schedules of earlier sessions (.notsock/coverage)"
    assert second.stdout.splitlines().count(said) == 1
    (path,) = tmp_path.glob(".notsock/coverage/*.json")
    path.write_bytes(path.read_bytes()[:100])
    third = run(tmp_path, "--notsock", "--schedules", "8")
    assert f"notsock: {path.relative_to(tmp_path)} is left out: truncated: it ends in the middle" in third.stdout
    assert third.returncode == 0
