"""Replaying a test under a debugger: breakpoint() and --pdb stop in the simulated test's own frames."""

import os
import subprocess
import sys

RACE = """
import socket, threading

def test_race():
    order = []
    thread = threading.Thread(target=lambda: order.append(socket.socket().close() or "thread"))
    thread.start()
    socket.socket().close()
    order.append("main")
    thread.join()
    HERE
    assert order == ["thread", "main"]
"""


def run(folder, *arguments, said=""):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", *arguments],
        cwd=folder, env={**os.environ, "PYTEST_ADDOPTS": ""}, input=said,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def found(folder, line):
    (folder / "test_it.py").write_text(RACE.replace("HERE", line))
    done = run(folder, "--notsock", "--schedules", "50")
    assert "1 failed" in done.stdout, done.stdout
    (file,) = (folder / ".notsock" / "findings").glob("*test-failed*.json")
    return str(file)


def test_a_breakpoint_stops_at_its_frame(tmp_path):
    file = found(tmp_path, 'if order[0] == "main": breakpoint()')
    done = run(tmp_path, "--notsock-replay", file, said="p order\np sys.platform\nwhere\ncontinue\n")
    assert "['main', 'thread']" in done.stdout, done.stdout
    assert "test_it.py(12)test_race()" in done.stdout
    assert "1 failed" in done.stdout


def test_pdb_looks_at_what_failed(tmp_path):
    file = found(tmp_path, "pass")
    done = run(tmp_path, "--notsock-replay", file, "--pdb", said="p order\nquit\n")
    assert "['main', 'thread']" in done.stdout, done.stdout
    assert "(notsock pdb)" in done.stdout
    assert "1 failed" in done.stdout


def test_a_breakpoint_in_a_search_stops_nobody(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it():\n    breakpoint()\n")
    done = run(tmp_path, "--notsock", "--schedules", "3")
    assert "1 passed" in done.stdout, done.stdout
