"""What runs in the simulated process where tests are pytest's: lists the tests of a module, or runs them.

The same protocol as :mod:`judges.inside_unittest`: each event goes out at once through ``sys.conformance_report``.
"""

import json
import os
import sys

import pytest

OPTIONS = (
    "-q", "--capture=sys", "-c", os.devnull, "--rootdir", "/", "--pyargs", "--run-slow", "--skip-optional-imports",
)  # fmt: skip
"""Slow tests as well: they only wait, and time is virtual. Not those that run type checkers over trio itself."""
PLUGINS = ("no:cacheprovider", "no:faulthandler", "no:doctest", "trio._tests.pytest_plugin")


class Reporter:
    """Says each test's start and end."""

    def __init__(self, module, group, done):
        self.report = sys.conformance_report
        self.module = module
        self.listing = group is None
        self.done = done
        self.verdict = ("pass", "")

    def name(self, nodeid):
        """Return a test's name: its module, then what pytest calls it."""
        return f"{self.module}.{nodeid.partition('::')[2].replace('::', '.')}"

    def pytest_collectreport(self, report):
        """A module could not be collected, or skips itself."""
        if not report.passed:
            self.report("module-skip" if report.skipped else "module-fail", self.module, str(report.longrepr))

    def pytest_collection_modifyitems(self, items):
        """Say what there is, or leave out what has been run."""
        if self.listing:
            for item in items:
                self.report("test", self.name(item.nodeid), self.module)
            items.clear()
        items[:] = [item for item in items if self.name(item.nodeid) not in self.done]

    def pytest_runtest_logstart(self, nodeid):
        """A test begins."""
        self.verdict = ("pass", "")
        self.report("start", self.name(nodeid), "")

    def pytest_runtest_logreport(self, report):
        """A test's preparation, the test itself, or what comes after it is over."""
        if report.failed:
            self.verdict = ("fail", report.longreprtext)
        elif report.skipped and not hasattr(report, "wasxfail"):
            self.verdict = ("skip", str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr))

    def pytest_runtest_logfinish(self, nodeid):
        """A test is over."""
        self.report(self.verdict[0], self.name(nodeid), self.verdict[1])


def main(order):
    """List a module's tests, or run those that ``order`` names."""
    plugins = [word for plugin in PLUGINS for word in ("-p", plugin)]
    reporter = Reporter(order["module"], order["group"], set(order["done"]))
    pytest.main([*plugins, *OPTIONS, order["module"]], plugins=[reporter])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
