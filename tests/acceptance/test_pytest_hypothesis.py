"""Hypothesis under the search: data and schedule are drawn, replayed and shrunk together."""

import os
import subprocess
import sys

DATA = """
from hypothesis import assume, given, strategies as st

@given(n=st.integers(0, 1000))
def test_small(n):
    assert n < 40

@given(st.lists(st.integers(), max_size=5), st.text(max_size=4), st.floats(0, 1), st.binary(max_size=3), st.data())
def test_holds(numbers, text, share, data, more):
    assume(len(numbers) != 1)
    assert len(numbers) <= 5 and len(text) <= 4 and 0 <= share <= 1 and len(data) <= 3
    assert more.draw(st.sampled_from("abc")) in "abc"

class TestMethods:
    @given(flag=st.booleans())
    def test_method(self, flag):
        assert flag in (True, False)
"""

BOTH = """
import socket, threading
from hypothesis import given, strategies as st

@given(n=st.integers(0, 200))
def test_both(n):
    order = []
    def other():
        socket.socket().close()
        order.append("thread")
    thread = threading.Thread(target=other)
    thread.start()
    socket.socket().close()
    order.append("main")
    thread.join()
    assert n < 20 or order[0] == "thread"
"""


EXPLICIT = """
import asyncio
import pytest
from hypothesis import Phase, example, given, settings, strategies as st

class TestExplicit:
    @given(name=st.text(max_size=2), n=st.integers(0, 9))
    @example("seven", 77)
    @example(n=78, name="eight")
    def test_among_others(self, name, n):
        assert n < 77

@settings(phases=[Phase.explicit])
@given(st.integers(0, 9))
@example(55)
def test_alone(n):
    assert n == 55

@pytest.mark.asyncio
@given(n=st.integers(0, 1000))
async def test_in_a_coroutine(n):
    await asyncio.sleep(1)
    assert n < 40

@given(n=st.integers(0, 9))
async def test_of_nobody(n):
    pass
"""


def run(folder, text, *arguments, asyncio=False):
    (folder / "test_it.py").write_text(text)
    without = [] if asyncio else ["-p", "no:asyncio"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *without, *arguments],
        cwd=folder, env={**os.environ, "PYTEST_ADDOPTS": ""},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    return done.stdout


def test_data_are_drawn_and_shrunk(tmp_path):
    said = run(tmp_path, DATA, "--notsock", "--schedules", "20")
    assert "1 failed, 2 passed" in said, said
    assert "Falsifying example: test_small(n=" in said
    drawn = int(said.partition("test_small(n=")[2].partition(")")[0])
    assert 40 <= drawn <= 64, said


def test_data_and_schedule_are_found_shrunk_and_replayed_together(tmp_path):
    said = run(tmp_path, BOTH, "--notsock", "--schedules", "120")
    assert "1 failed" in said, said
    drawn = int(said.partition("test_both(n=")[2].partition(")")[0])
    assert 20 <= drawn <= 32, said
    (file,) = (tmp_path / ".notsock" / "findings").glob("*test-failed*.json")
    again = run(tmp_path, BOTH, "--notsock-replay", str(file))
    assert f"Falsifying example: test_both(n={drawn})" in again, again


def test_explicit_examples_settings_and_coroutines(tmp_path):
    said = run(tmp_path, EXPLICIT, "--notsock", "--schedules", "30", asyncio=True)
    assert "3 failed, 1 passed" in said, said
    assert "Falsifying example: test_among_others(name='seven', n=77)" in said, said
    assert 40 <= int(said.partition("test_in_a_coroutine(n=")[2].partition(")")[0]) <= 64, said
    assert "test_alone" not in said, said
    assert "test_of_nobody" in said, said
