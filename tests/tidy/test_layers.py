"""The house rules that a machine can check: who may import whom, and who may name a version of Windows."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "notsock"

FLOORS = {
    "values": 0,
    "trace": 1,
    "executive": 2,
    "objects": 3,
    "tcp": 3,
    "net": 4,
    "afd": 5,
    "winsock": 6,
    "kernel32": 6,
    "crt": 6,
    "releases": 7,
    "system": 8,
    "shim": 9,
    "explore": 9,
    "programs": 10,
    "campaign": 11,
    "kb": 10,
    "outputs": 11,
    "cli": 12,
    "pytest_plugin": 12,
}
TOWER = {"detect", "readers", "report"}
"""The side tower reads traces and never imports the machine."""

TOWER_MAY_USE = {"values", "trace"} | TOWER
MAY_USE_TOWER = {"programs", "kb", "outputs", "cli", "pytest_plugin"}

MODULES = sorted(SOURCE.rglob("*.py"))


def room(path):
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} uses a relative import"
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_from_lower_layers(path):
    here = room(path)
    if here in ("__init__", "__main__"):
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "notsock" or len(parts) == 1 or parts[1] == here:
            continue
        there = parts[1]
        if here in TOWER:
            assert there in TOWER_MAY_USE, f"the side tower ({here}) imports the machine: {name}"
        elif there in TOWER:
            assert here in MAY_USE_TOWER, f"{here} imports {name}"
        else:
            assert FLOORS[there] < FLOORS[here], f"{here} (floor {FLOORS[here]}) imports {name} (floor {FLOORS[there]})"


def test_only_the_executive_and_its_workers_import_greenlet():
    users = {room(path) for path in MODULES if any(name.split(".")[0] == "greenlet" for name in imports(path))}
    assert users == {"executive"}


RELEASE_NAMES = ("nt3.5", "nt3.51", "nt4", "nt4-sp", "nt4-tse", "win95", "win98", "win2000")


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if room(path) not in {"releases", "kb"}],
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_code_outside_releases_and_kb_names_no_version(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            word = node.value.lower()
            assert not any(word == name or word.startswith(f"{name}-") for name in RELEASE_NAMES), node.value


def test_tests_mirror_the_package():
    rooms = {path.name for path in (SOURCE.parents[1] / "tests" / "unit").iterdir() if path.is_dir()}
    assert rooms - {"__pycache__"} <= {room(path) for path in MODULES}
