"""What all tests share.

The compiled form of the package runs them too, but for those marked ``interpreted``; and every file that one of them
writes in a format of others is judged by that format (``formats.py``).
"""

import os
from pathlib import Path

import pytest

from formats import NEEDS_DEBIAN, SUFFIXES, MissingToolError, problems
from notsock.tcp import connection

COMPILED = not connection.__file__.endswith(".py")


def pytest_collection_modifyitems(items):
    if COMPILED:
        skip = pytest.mark.skip(reason="subclasses, replaces or measures what is compiled here")
        for item in items:
            if item.get_closest_marker("interpreted"):
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def _judge_what_was_written(request):
    """Let SARIF's schema, tshark and Perfetto's descriptors judge the files that a test leaves in its folder."""
    yield
    folder = request.node.funcargs.get("tmp_path")
    for path in _files(folder) if folder is not None else ():
        if path.suffix in NEEDS_DEBIAN:
            marked = any(request.node.get_closest_marker(name) for name in ("debian", "judged"))
            assert marked, f"mark the test judged: it writes {path.name}"
        try:
            assert problems(path) == [], path.name
        except MissingToolError:
            return  # make test-debian runs it again, and there that is a failure


def _files(folder):
    for where, _, names in os.walk(folder):
        yield from (path for path in (Path(where, name) for name in sorted(names)) if path.suffix in SUFFIXES)
