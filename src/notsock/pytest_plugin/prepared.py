"""What a simulated process does once, before any run: set up a pytest session, but for all that is the user's own.

Configuration and plugins are a hundred times as much work as a small test.  Conftests and test modules are left to
the runs (:mod:`notsock.pytest_plugin.test`), since they may open sockets while they are imported.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from _pytest.config import get_config

NOT_INSIDE = (
    "cacheprovider faulthandler junitxml pastebin stepwise doctest setuponly setupplan debugging unraisableexception "
    "threadexception subtests".split()
)
"""Plugins of pytest that have nothing to do, or no business, in a simulated process."""


class Notsock:
    """What the fixture ``notsock`` gives a test: where it runs."""

    simulated = True

    def __init__(self, windows: Any) -> None:
        self.windows = windows


class Inside:
    """The plugin inside: notes how the test went, and stands for what the plugin outside offers."""

    def __init__(self, windows: Any) -> None:
        self.windows = windows
        self.reports: list[Any] = []
        self.broken: list[Any] = []

    @pytest.fixture
    def notsock(self) -> Any:
        """Say where the test runs."""
        return Notsock(self.windows)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep a phase's report."""
        self.reports.append(report)

    def pytest_exception_interact(self, call: Any) -> None:
        """Let the debugger look, where one was asked for."""
        look = getattr(sys.breakpointhook, "post_mortem", None)
        if look is not None and call.excinfo is not None:
            look(call.excinfo._excinfo[2])

    def pytest_collectreport(self, report: Any) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self.broken.append(report)


def session_for(spec: Any, inside: Any) -> Any:
    """Return a session that knows its plugins and options, and no test yet."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    arguments = ["--rootdir", spec["rootdir"], "--noconftest", "--capture=no"]
    arguments += ["-c", spec["inifile"]] if spec["inifile"] else []
    for name in NOT_INSIDE:
        arguments += ["-p", f"no:{name}"]
    for name in spec["plugins"]:
        arguments += ["-p", name]
    for setting in spec["ini"]:
        arguments += ["-o", setting]
    manager = get_config().pluginmanager
    manager.register(inside, "notsock-inside")
    config = manager.hook.pytest_cmdline_parse(pluginmanager=manager, args=[*arguments, spec["file"]])
    config.option.__dict__.update(spec["options"], noconftest=False, capture="sys")
    manager._noconftest = False
    config._do_configure()
    capture: Any = manager.get_plugin("capturemanager")
    capture.stop_global_capturing()  # of nothing so far; a run has streams of its own
    capture._method = "sys"
    logs = manager.get_plugin("logging-plugin")
    if logs is not None:
        logs.log_file_handler.close()  # of the null device: its descriptor does not outlive this process
    reporter = manager.get_plugin("terminalreporter")
    if reporter is not None:
        manager.unregister(reporter)
    session = pytest.Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    return session


def with_data(item: Any) -> None:
    """Let a ``@given`` test have one example in this run (:mod:`notsock.pytest_plugin.drawn`)."""
    namespace: dict[str, Any] = {"__name__": "notsock-drawn"}
    exec(drawn, namespace)  # noqa: S102 - our own file
    namespace["with_data"](item)


spec = json.loads(sys.argv[1])
drawn = compile(Path(spec["drawn"]).read_bytes(), spec["drawn"], "exec", dont_inherit=True)
inside = Inside(spec["windows"])
session = session_for(spec, inside)
