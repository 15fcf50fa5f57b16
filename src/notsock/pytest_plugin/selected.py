"""A collected test as a program: what :mod:`notsock.pytest_plugin.test` must know to run it elsewhere."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notsock.programs.program import Part, Program
from notsock.pytest_plugin.test import names_of, values_of

INSIDE = Path(__file__).with_name("test.py")


@dataclass(frozen=True, slots=True)
class _TestProgram(Program):
    """The program that runs one test; its sources are the test's, not ours."""

    files: tuple[str, ...] = ()

    def sources(self) -> list[str]:
        """Return the test's file and its conftests, and what lies beside them that they import."""
        found: dict[str, None] = {}
        for path in self.files:
            found.update(dict.fromkeys(Program((Part(path),)).sources()))
        return list(found)


def program_of(item: pytest.Function, windows: str) -> Program:
    """Return the program that runs a collected test on a release."""
    spec, files = _spec(item, windows)
    return _TestProgram((Part(str(INSIDE), (json.dumps(spec),)),), tuple(files))


def node_of(parts: list[dict[str, Any]]) -> str | None:
    """Return the node id of the test that a replay file's program runs; None where it runs none."""
    try:
        if Path(parts[0]["path"]).name != INSIDE.name:
            return None
        return str(json.loads(parts[0]["arguments"][0])["node"])
    except (LookupError, TypeError, ValueError):
        return None


def _spec(item: pytest.Function, windows: str) -> tuple[dict[str, Any], list[str]]:
    module = item.getparent(pytest.Module)
    assert module is not None
    conftests = [
        plugin for plugin in item.config.pluginmanager._getconftestmodules(module.path)
        if plugin is not None
    ]  # fmt: skip
    folders = [str(_root_of(Path(str(each.__file__)), each.__name__)) for each in (*conftests, module.obj)]
    callspec = getattr(item, "callspec", None)
    spec = {
        "node": item.nodeid,
        "windows": windows,
        "module": module.obj.__name__,
        "conftests": [each.__name__ for each in conftests],
        "classes": [node.name for node in item.listchain() if isinstance(node, pytest.Class)],
        "function": item.originalname,
        "indices": dict(callspec.indices) if callspec is not None else {},
        "rows": _rows(item, dict(callspec.params)) if callspec is not None else {},
        "path": list(dict.fromkeys([*folders, *(path for path in sys.path if path)])),
    }
    files = [str(module.path), *(str(each.__file__) for each in conftests)]
    return spec, files


def _rows(item: pytest.Function, params: dict[str, Any]) -> dict[str, int]:
    """Return, for each ``parametrize`` by its argument names, the place of the row that this test was given."""
    found = {}
    for mark in item.iter_markers("parametrize"):
        names = names_of(mark.args[0] if mark.args else mark.kwargs["argnames"])
        for place, row in enumerate(mark.args[1] if len(mark.args) > 1 else mark.kwargs["argvalues"]):
            if all(value is params.get(name) for name, value in zip(names, values_of(row, len(names)), strict=True)):
                found[",".join(names)] = place
                break
    return found


def _root_of(path: Path, name: str) -> Path:
    """Return the folder from which a module's dotted name is imported."""
    return path.parents[name.count(".")] if path.name != "__init__.py" else path.parents[name.count(".") + 1]
