"""The program that a simulated process runs: one test, with its fixtures, in the process's own modules.

It is given one argument, JSON made by :mod:`notsock.pytest_plugin.selected`.  A failure is the exception that
nobody catches.  What it does not know it refuses by name, with exit status ``REFUSED``.
"""

import importlib
import inspect
import json
import sys
import unittest
from pathlib import Path
from typing import Any, NoReturn

import pytest

REFUSED, SKIPPED = 0x4E01, 0x4E02
"""Exit statuses: the test asks for something that is not run in a simulated process; it was skipped."""
_OWN = ("request", "monkeypatch", "tmp_path", "notsock")


class Notsock:
    """What the fixture ``notsock`` gives a test: where it runs."""

    simulated = True

    def __init__(self, windows: Any) -> None:
        self.windows = windows


class Request:
    """As much of pytest's request as fixtures ask for."""

    def __init__(self, fixtures: Any, name: Any, param: Any) -> None:
        self._fixtures = fixtures
        self.fixturename = name
        self.function, self.cls, self.instance = fixtures.function, fixtures.cls, fixtures.instance
        self.module = fixtures.module
        if param is not None:
            self.param = param[0]

    def addfinalizer(self, finalizer: Any) -> None:
        """Call ``finalizer`` when the test is over."""
        self._fixtures.finish.append(finalizer)

    def getfixturevalue(self, name: Any) -> Any:
        """Return the value of a fixture."""
        return self._fixtures.value(name)

    def __getattr__(self, name: Any) -> Any:
        refuse(f"request.{name}")


def refuse(what: Any) -> NoReturn:
    """End the process, saying what cannot be done."""
    sys.stderr.write(f"notsock does not run {what} in a simulated process\n")
    sys.exit(REFUSED)


class Fixtures:
    """The fixtures of one test: found from its class, its module and its conftests, made when first asked for."""

    def __init__(self, spec: Any, module: Any, conftests: Any, cls: Any, instance: Any, function: Any) -> None:
        self.spec, self.module, self.cls, self.instance, self.function = spec, module, cls, instance, function
        self.finish: list[Any] = []
        self.made: dict[Any, Any] = {}
        self.places = [place for place in (cls, module, *reversed(conftests)) if place is not None]
        self.under_way: list[str] = []

    def definition(self, name: Any, skip: int = 0) -> Any:
        """Return the place, the definition and the marker of a fixture; ``skip`` those nearer to the test."""
        for place in self.places:
            for attribute, thing in inspect.getmembers_static(place):
                marker = getattr(thing, "_fixture_function_marker", None)
                if marker is not None and (marker.name or attribute) == name:
                    if not skip:
                        return place, thing, marker
                    skip -= 1
                    break
        return None

    def autouse(self) -> Any:
        """Yield the names of fixtures that every test has, the outermost first."""
        for place in reversed(self.places):
            for attribute, thing in inspect.getmembers_static(place):
                marker = getattr(thing, "_fixture_function_marker", None)
                if marker is not None and marker.autouse:
                    yield marker.name or attribute

    def value(self, name: Any) -> Any:
        """Return a fixture's value; one that asks for its own name gets the one it overrides."""
        depth = self.under_way.count(name)
        key = (name, depth)
        if key not in self.made:
            self.under_way.append(name)
            try:
                self.made[key] = self.make(name, depth)
            finally:
                self.under_way.pop()
        return self.made[key]

    def make(self, name: Any, depth: Any) -> Any:
        """Make a fixture."""
        found = self.definition(name, depth)
        if found is None:
            return self.own(name)
        place, thing, marker = found
        function = thing._get_wrapped_function()
        param = None
        if marker.params is not None:
            param = (unwrapped(marker.params[self.spec["indices"][name]]),)
        names = [n for n in inspect.signature(function).parameters if n != "self"]
        request = Request(self, name, param)
        arguments = {n: request if n == "request" else self.value(n) for n in names}
        if place is self.cls and not isinstance(vars(place).get(name), staticmethod):
            function = function.__get__(self.instance, self.cls)
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            refuse(f"the async fixture {name!r}")
        if not inspect.isgeneratorfunction(function):
            return function(**arguments)
        generator = function(**arguments)
        value = next(generator)
        self.finish.append(lambda: next(generator, None))
        return value

    def own(self, name: Any) -> Any:
        """Make a fixture of pytest's own, or of ours."""
        if name == "monkeypatch":
            patch = pytest.MonkeyPatch()
            self.finish.append(patch.undo)
            return patch
        if name == "notsock":
            return Notsock(self.spec["windows"])
        if name == "tmp_path":
            path = Path("/tmp/pytest-notsock")  # noqa: S108 - in the simulated machine's memory
            path.mkdir(parents=True, exist_ok=True)
            return path
        refuse(f"the fixture {name!r} (of pytest's own it knows {', '.join(_OWN)})")

    def close(self) -> None:
        """Finish in the opposite order; the first failure is raised when all have been finished."""
        failure = None
        while self.finish:
            try:
                self.finish.pop()()
            except Exception as error:  # noqa: BLE001 - the test's own, raised below
                failure = failure or error
        if failure is not None:
            raise failure


def unwrapped(param: Any) -> Any:
    """Return what ``pytest.param`` holds."""
    if hasattr(param, "values") and hasattr(param, "marks"):
        return param.values[0]
    return param


def parameters(spec: Any, owners: Any) -> Any:
    """Return the arguments that ``parametrize`` gives: by their places, for values do not travel."""
    given: dict[str, Any] = {}
    for mark in (mark for owner in owners for mark in getattr(owner, "pytestmark", []) if mark.name == "parametrize"):
        names = names_of(mark.args[0] if mark.args else mark.kwargs["argnames"])
        if mark.kwargs.get("indirect"):
            refuse("indirect parametrize")
        rows = list(mark.args[1] if len(mark.args) > 1 else mark.kwargs["argvalues"])
        place = spec["rows"].get(",".join(names))
        if place is None:
            refuse(f"the parametrize of {', '.join(names)}")
        given.update(zip(names, values_of(rows[place], len(names)), strict=True))
    return given


def names_of(names: Any) -> Any:
    """Return the argument names of a ``parametrize``."""
    return [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else list(names)


def values_of(row: Any, count: Any) -> Any:
    """Return the values of one row of a ``parametrize``."""
    if hasattr(row, "values") and hasattr(row, "marks"):
        return tuple(row.values)
    return (row,) if count == 1 else tuple(row)


def used(owners: Any) -> Any:
    """Return the fixtures named by ``usefixtures``."""
    return [n for owner in owners for mark in getattr(owner, "pytestmark", []) if mark.name == "usefixtures"
            for n in mark.args]  # fmt: skip


def call_xunit(place: Any, names: Any, *arguments: Any) -> None:
    """Call what a module or class has of ``setup_module`` and its like, with as many arguments as it takes."""
    for name in names:
        function = getattr(place, name, None)
        if function is not None:
            wanted = len([p for p in inspect.signature(function).parameters.values() if p.default is p.empty])
            function(*arguments[:wanted])


def run(spec: Any) -> None:
    """Run the test with everything around it."""
    sys.path[:0] = [path for path in spec["path"] if path not in sys.path]
    conftests = [importlib.import_module(name) for name in spec["conftests"]]
    module = importlib.import_module(spec["module"])
    cls: Any = module
    for part in spec["classes"]:
        cls = getattr(cls, part)
    cls = cls if spec["classes"] else None
    if cls is not None and issubclass(cls, unittest.TestCase):
        run_case(spec, module, conftests, cls)
        return
    instance = cls() if cls is not None else None
    function = getattr(instance if instance is not None else module, spec["function"])
    if inspect.iscoroutinefunction(function):
        refuse("async tests")
    owners = [owner for owner in (function, cls, module) if owner is not None]
    fixtures = Fixtures(spec, module, conftests, cls, instance, function)
    given = parameters(spec, owners)
    try:
        call_xunit(module, ("setup_module", "setUpModule"), module)
        if cls is not None:
            call_xunit(cls, ("setup_class",), cls)
            call_xunit(instance, ("setup_method",), function)
        else:
            call_xunit(module, ("setup_function",), function)
        for name in [*fixtures.autouse(), *used(owners)]:
            fixtures.value(name)
        wanted = inspect.signature(function).parameters
        arguments: dict[str, Any] = {}
        for name, parameter in wanted.items():
            if name in given:
                arguments[name] = given[name]
            elif name == "request":
                arguments[name] = Request(fixtures, "request", None)
            elif parameter.default is parameter.empty:
                arguments[name] = fixtures.value(name)
        function(**arguments)
    finally:
        try:
            fixtures.close()
        finally:
            if cls is not None:
                call_xunit(instance, ("teardown_method",), function)
                call_xunit(cls, ("teardown_class",), cls)
            else:
                call_xunit(module, ("teardown_function",), function)
            call_xunit(module, ("teardown_module", "tearDownModule"), module)


def run_case(spec: Any, module: Any, conftests: Any, cls: Any) -> None:
    """Run a test of a unittest class as unittest does, but let its exceptions through."""
    case = cls(spec["function"])
    fixtures = Fixtures(spec, module, conftests, cls, case, getattr(case, spec["function"]))
    call_xunit(module, ("setUpModule", "setup_module"), module)
    cls.setUpClass()
    try:
        for name in [*fixtures.autouse(), *used([getattr(cls, spec["function"]), cls, module])]:
            fixtures.value(name)
        case.debug()
    finally:
        fixtures.close()
        cls.tearDownClass()
        cls.doClassCleanups()
        call_xunit(module, ("tearDownModule", "teardown_module"), module)


if __name__ == "__main__":
    try:
        run(json.loads(sys.argv[1]))
    except (unittest.SkipTest, pytest.skip.Exception) as skipped:
        sys.stderr.write(f"{skipped}\n")
        sys.exit(SKIPPED)
