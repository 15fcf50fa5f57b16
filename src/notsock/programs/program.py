"""A program under test: one or more files, each a simulated process of its own or a scenario.

A Python program is a file that runs as ``__main__`` in a process of its own.  A *scenario* is a file that
defines ``scenario(system)`` at its top level: it builds its own machines and processes and uses the C-style
calls, which is how code that is not Python is written down line by line.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notsock.system import System

_ON_MACHINE = re.compile(r"^([A-Za-z][A-Za-z0-9-]{0,62}):(.+)$", re.DOTALL)

FIRST_MACHINE = "machine1"


class ProgramError(Exception):
    """A program cannot be run; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a program, its arguments, and the machine that its process runs on."""

    path: str
    arguments: tuple[str, ...] = ()
    machine: str = FIRST_MACHINE

    @classmethod
    def parse(cls, text: str) -> "Part":
        """Read ``path`` or ``machine:path``."""
        found = _ON_MACHINE.match(text)
        if found and not Path(text).exists():
            return cls(found[2], (), found[1])
        return cls(text)


@dataclass(frozen=True, slots=True)
class Program:
    """What is run: parts in the order in which their processes start."""

    parts: tuple[Part, ...]

    def sources(self) -> list[str]:
        """Return the paths of the files that a person wrote for it: the parts, and what lies beside them.

        Modules that a part imports from its own folder are found as the interpreter would find them.
        """
        found: dict[str, None] = {}
        for part in self.parts:
            _add_sources(Path(part.path), found)
        return list(found)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the parts as JSON values."""
        return [
            {"path": part.path, "arguments": list(part.arguments), "machine": part.machine} for part in self.parts
        ]

    @classmethod
    def from_json(cls, value: Any) -> "Program":
        """Read what :meth:`to_json` wrote; raise :class:`ProgramError` for anything else."""
        try:
            return cls(tuple(Part(str(v["path"]), tuple(map(str, v["arguments"])), str(v["machine"])) for v in value))
        except (KeyError, TypeError):
            raise ProgramError("the replay file names no program") from None


def _add_sources(path: Path, found: dict[str, None]) -> None:
    """Add a file and the modules beside it that it imports, and theirs."""
    name = str(path)
    if name in found:
        return
    found[name] = None
    for module in _imported(path):
        first = module.partition(".")[0]
        for candidate in (path.parent / f"{first}.py", path.parent / first / "__init__.py"):
            if candidate.is_file():
                _add_sources(candidate, found)
                break


def _imported(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return names


def parse(path: Path) -> ast.Module:
    """Return a file's syntax tree; raise :class:`ProgramError` when it cannot be read or is not Python."""
    try:
        return ast.parse(path.read_bytes(), str(path))
    except OSError as error:
        raise ProgramError(f"{path}: {error.strerror}") from None
    except SyntaxError as error:
        raise ProgramError(f"{path}, line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise ProgramError(f"{path} is not a Python program: {error}") from None


def is_scenario(path: Path) -> bool:
    """Say whether a file defines ``scenario(system)`` at its top level."""
    return any(
        isinstance(node, ast.FunctionDef) and node.name == "scenario" and len(node.args.args) == 1
        for node in parse(path).body
    )


def load_scenario(path: Path) -> Callable[[System], object]:
    """Return a file's ``scenario`` function."""
    namespace: dict[str, Any] = {"__name__": "__scenario__", "__file__": str(path)}
    code = compile(parse(path), str(path), "exec", dont_inherit=True)
    try:
        exec(code, namespace)  # noqa: S102 - the person asked to run this file
    except Exception as error:
        raise ProgramError(f"{path} raised {type(error).__name__} while it was loaded: {error}") from error
    scenario: Callable[[System], object] = namespace["scenario"]
    return scenario


def machines_of(parts: tuple[Part, ...]) -> Mapping[str, list[Part]]:
    """Return the parts of each machine, in order."""
    machines: dict[str, list[Part]] = {}
    for part in parts:
        machines.setdefault(part.machine, []).append(part)
    return machines
