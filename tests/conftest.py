"""What all tests share: the compiled form of the package runs them too, but for those marked ``interpreted``."""

import pytest

from notsock.tcp import connection

COMPILED = not connection.__file__.endswith(".py")


def pytest_collection_modifyitems(items):
    if COMPILED:
        skip = pytest.mark.skip(reason="subclasses, replaces or measures what is compiled here")
        for item in items:
            if item.get_closest_marker("interpreted"):
                item.add_marker(skip)
