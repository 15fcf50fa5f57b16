"""A collected test as a program: what :mod:`notsock.pytest_plugin.test` must know to run it elsewhere."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notsock.programs.program import Part, Program

INSIDE = Path(__file__).with_name("test.py")
DRAWN = Path(__file__).with_name("drawn.py")
PREPARED = Path(__file__).with_name("prepared.py")
OUTSIDE = frozenset(
    "notsock xdist pytest_cov pytest_timeout pytest_html pytest_rerunfailures pytest_forked pytest_randomly "
    "pytest_sugar pytest_metadata pytest_socket _hypothesis_pytestplugin".split()
)
"""Packages of plugins that act on the session outside, or would do again inside what is done outside."""
_OF_THE_SESSION = frozenset(
    "windows schedules numprocesses maxprocesses dist distload tx px rsyncdir rsyncignore looponfail testrunuid "
    "file_or_dir plugins keyword markexpr deselect lf failedfirst newfirst cacheclear cacheshow collectonly maxfail "
    "continue_on_collection_errors noconftest confcutdir ignore ignore_glob basetemp rootdir inifilename override_ini "
    "capture usepdb usepdb_cls trace xmlpath junitprefix log_file color code_highlight durations durations_min "
    "stepwise stepwise_skip stepwise_reset setuponly setupshow setupplan show_fixtures show_fixtures_per_test pastebin "
    "help version debug force_short_summary config_file".split()
)
"""Options that concern the session outside."""
_OF_OTHERS = ("notsock", "cov", "no_cov", "hypothesis")
"""Beginnings of the names of options of plugins that are left outside."""


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
    config = item.config
    conftests = [each for each in config.pluginmanager._getconftestmodules(module.path) if each is not None]
    folders = [str(_root_of(Path(str(each.__file__)), each.__name__)) for each in (*conftests, module.obj)]
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    spec = {
        "node": item.nodeid,
        "windows": windows,
        "drawn": str(DRAWN),
        "file": str(module.path),
        "argument": "::".join([str(module.path), *classes, item.originalname]),
        "rootdir": str(config.rootpath),
        "inifile": str(config.inipath or ""),
        "plugins": _plugins(config),
        "ini": list(config.getoption("override_ini", None) or []),
        "options": _options(config),
        "path": list(dict.fromkeys([*folders, *(path for path in sys.path if path)])),
    }
    files = [str(module.path), *(str(each.__file__) for each in conftests)]
    return spec, files


def _plugins(config: pytest.Config) -> list[str]:
    """Return the plugins that the process inside gets too: the installed, and those that were asked for."""
    plugins = [plugin for plugin, _ in config.pluginmanager.list_plugin_distinfo()]
    installed = [plugin.__name__ for plugin in plugins if hasattr(plugin, "__name__")]
    asked = [name for name in config.getoption("plugins", None) or [] if isinstance(name, str)]
    return [name for name in dict.fromkeys([*installed, *asked]) if name.partition(".")[0] not in OUTSIDE]


def _options(config: pytest.Config) -> dict[str, Any]:
    """Return what was set on the command line, but for what concerns the session as a whole."""
    return {
        name: value
        for name, value in vars(config.option).items()
        if value not in (None, False, [], "")
        and _is_plain(value)
        and name not in _OF_THE_SESSION
        and not name.startswith(_OF_OTHERS)
    }


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str | int | float)


def _root_of(path: Path, name: str) -> Path:
    """Return the folder from which a module's dotted name is imported."""
    return path.parents[name.count(".")] if path.name != "__init__.py" else path.parents[name.count(".") + 1]
