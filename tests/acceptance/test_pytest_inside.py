"""What a test may ask pytest for in a simulated process: fixtures, async plugins, unittest, readable failures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from notsock.shim.policy import FENCED

OWN = """
import logging, sys, warnings
import pytest

@pytest.fixture(scope="session")
def session_wide(tmp_path_factory):
    return tmp_path_factory.mktemp("wide")

@pytest.fixture(scope="module", autouse=True)
def module_wide(session_wide):
    (session_wide / "x").write_text("kept")
    yield

@pytest.fixture
def doubled(request):
    request.addfinalizer(lambda: None)
    return request.param * 2

@pytest.mark.parametrize("doubled, n", [(1, 2), (2, 4)], indirect=["doubled"])
def test_indirect(doubled, n, request):
    assert doubled == n
    assert request.node.name.startswith("test_indirect[")

def test_own(capsys, caplog, tmp_path, monkeypatch, recwarn, session_wide, record_property, pytestconfig):
    print("out"); print("err", file=sys.stderr)
    assert capsys.readouterr() == ("out\\n", "err\\n")
    with caplog.at_level(logging.INFO):
        logging.getLogger("a").info("said %s", 1)
    assert caplog.messages == ["said 1"]
    warnings.warn("w", UserWarning)
    assert [str(each.message) for each in recwarn] == ["w"]
    monkeypatch.setattr(sys, "argv", ["x"])
    (tmp_path / "f").write_text("t")
    assert (session_wide / "x").read_text() == "kept"
    record_property("a", "b")
    assert pytestconfig.getoption("--color-of-test") == "blue"

def test_approx_and_raises():
    assert 0.1 + 0.2 == pytest.approx(0.3)
    with pytest.raises(ZeroDivisionError, match="zero"):
        1 / 0
"""

CONFTEST = """
def pytest_addoption(parser):
    parser.addoption("--color-of-test", default="red")
"""

ASYNCIO = """
import asyncio, sys
import pytest, pytest_asyncio

@pytest_asyncio.fixture
async def server():
    async def echo(reader, writer):
        writer.write(await reader.read(100))
        writer.close()
        await writer.wait_closed()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()
    server.close()
    await server.wait_closed()

@pytest.mark.asyncio
async def test_echo(server):
    assert type(asyncio.get_running_loop()).__name__ == "ProactorEventLoop"
    reader, writer = await asyncio.open_connection(*server)
    writer.write(b"hello")
    assert await reader.read(100) == b"hello"
    writer.close()
    await writer.wait_closed()

@pytest.mark.asyncio
async def test_a_minute_passes_at_once():
    loop = asyncio.get_running_loop()
    before = loop.time()
    await asyncio.sleep(60)
    assert 60 <= loop.time() - before < 61

"""

ANYIO = """
import pytest

@pytest.mark.anyio
async def test_anyio(anyio_backend_name):
    import anyio
    assert anyio_backend_name == "asyncio"
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 5)

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""

RACE = """
import asyncio, socket, threading
import pytest

@pytest.mark.asyncio
async def test_race():
    order = []
    thread = threading.Thread(target=lambda: order.append(socket.socket().close() or "thread"))
    thread.start()
    await asyncio.sleep(0)
    order.append("task")
    thread.join()
    assert order == ["thread", "task"]
"""

UNITTEST = """
import asyncio, socket, unittest

def setUpModule(): globals()["made"] = []

class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.listener = socket.create_server(("127.0.0.1", 0))
        cls.addClassCleanup(cls.listener.close)
    @classmethod
    def tearDownClass(cls):
        made.clear()
    def setUp(self):
        made.append(1)
        self.addCleanup(made.pop)
    def test_listens(self):
        with self.subTest("a"):
            self.assertTrue(self.listener.getsockname()[1])
    @unittest.expectedFailure
    def test_expected(self):
        self.fail("so")
    @unittest.skip("later")
    def test_later(self):
        pass

class Async(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    async def asyncTearDown(self):
        self.server.close()
        await self.server.wait_closed()
    async def test_async(self):
        reader, writer = await asyncio.open_connection(*self.server.sockets[0].getsockname())
        self.assertEqual(await reader.read(), b"")
        writer.close()
        await writer.wait_closed()
"""

UNREADABLE = """
def double(n): return 2 * n

def test_words():
    print("before")
    expected = {"a": [1, 2, 3]}
    assert {"a": [1, double(1), 4]} == expected
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    return tmp_path


def run(folder, text, *arguments):
    (folder / "test_it.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--notsock", *arguments],
        cwd=folder, env={**os.environ, "PYTEST_ADDOPTS": ""}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout


def test_pytests_own_fixtures_and_options(folder):
    said = run(folder, OWN, "--schedules", "3", "--color-of-test", "blue")
    assert "4 passed" in said, said


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_async_tests_and_fixtures_run_on_the_simulated_loop(folder, workers):
    said = run(folder, ASYNCIO, "--schedules", "3", *workers)
    assert "2 passed" in said, said


@pytest.mark.skipif("_ssl" in FENCED, reason="anyio imports ssl")
def test_anyio_runs_on_the_simulated_loop(folder):
    said = run(folder, ANYIO, "--schedules", "3")
    assert "1 passed" in said, said


def test_async_tests_in_auto_mode(folder):
    text = ASYNCIO.replace("@pytest.mark.asyncio\n", "")
    said = run(folder, text, "--schedules", "3", "-o", "asyncio_mode=auto")
    assert "2 passed" in said, said


def test_a_race_in_an_async_test_is_found_and_replayed(folder):
    said = run(folder, RACE, "--schedules", "50")
    assert "assert ['task', 'thread'] == ['thread', 'task']" in said, said
    (file,) = Path(folder, ".notsock", "findings").glob("*test-failed*.json")
    again = run(folder, RACE, "--notsock-replay", str(file))
    assert "assert ['task', 'thread'] == ['thread', 'task']" in again, again


def test_unittest_classes(folder):
    said = run(folder, UNITTEST, "--schedules", "3", "-rs")
    assert "2 passed, 1 skipped, 1 xfailed" in said, said
    assert "later" in said


def test_a_failed_assertion_reads_as_pytest_writes_it(folder):
    said = run(folder, UNREADABLE, "--schedules", "3")
    for line in (
        "assert {'a': [1, 2, 4]} == {'a': [1, 2, 3]}",
        "Differing items:",
        '>       assert {"a": [1, double(1), 4]} == expected',
        "test_it.py:7: AssertionError",
        "Captured stdout call:",
        "before",
    ):
        assert line in said, said
