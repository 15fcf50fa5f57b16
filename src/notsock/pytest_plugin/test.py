"""The program that a simulated process runs: one test, by a pytest of its own, with everything that it asks for.

The session was prepared (:mod:`notsock.pytest_plugin.prepared`); what is imported, made and run here is the user's:
conftests, the test's module, its fixtures and the test.  How it went is the exit status, and what is to be said of it
goes to standard error, the line that says most last.
"""

import re
import sys
from typing import Any, NoReturn

import pytest

REFUSED, SKIPPED, XFAILED = 0x4E01, 0x4E02, 0x4E03
"""Exit statuses: the test cannot be run in a simulated process; it was skipped; it failed as it was expected to."""


def leave(code: Any, text: Any) -> NoReturn:
    """End the process with a status and what is said about it."""
    sys.stderr.write(re.sub(r"\b0x[0-9a-f]{6,16}\b", "0x…", f"{text}\n"))  # addresses differ from run to run
    sys.exit(code)


def item_of(session: Any, spec: Any, inside: Any) -> Any:
    """Collect the test's file; return the test."""
    try:
        items = session.perform_collect([spec["argument"]])
    except pytest.UsageError:
        items = []
    for report in inside.broken:
        leave(1, f"{report.longreprtext}\nthe test's module cannot be imported")
    for item in items:
        if item.nodeid == spec["node"]:
            return item
    leave(REFUSED, f"notsock does not find {spec['node']} in a simulated process: does it depend on the platform?")


def last_words(report: Any) -> Any:
    """Return the one line that says what was wrong."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    line = text.strip().partition("\n")[0]
    return f"AssertionError: {line}" if line.startswith("assert ") else line  # before the colon is what kind it is


def main(prepared: Any) -> None:
    """Run the test with everything around it."""
    session, spec, inside = prepared.session, prepared.spec, prepared.inside
    sys.path[:0] = [path for path in spec["path"] if path not in sys.path]
    config = session.config
    capture = config.pluginmanager.get_plugin("capturemanager")
    capture.start_global_capturing()
    item = item_of(session, spec, inside)
    if hasattr(item.obj, "hypothesis"):
        prepared.with_data(item)
    config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    capture.stop_global_capturing()
    for report in inside.reports:
        if report.skipped and hasattr(report, "wasxfail"):
            leave(XFAILED, report.wasxfail.removeprefix("reason: "))
        if report.skipped:
            leave(SKIPPED, report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if report.failed:
            parts = [report.longreprtext, *(f"{title}:\n{text}" for title, text in report.sections)]
            leave(1, "\n".join([*parts, last_words(report)]))


if __name__ == "__main__":
    main(sys.modules["__prepared__"])
