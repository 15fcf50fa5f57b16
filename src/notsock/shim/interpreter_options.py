"""Python's own command line: what ``python.exe`` makes of its arguments (CPython, "Command line and environment").

Options that change how the interpreter runs but not what a program can see of the network (``-B``, ``-E``, ``-O``
and so on) are understood and pass; those that do something else (``-i``, ``-h``) are refused by name.
"""

import sys
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from notsock.shim.fence import fence

_PLAIN = frozenset("bBdEIOPqRsSvx")
_REFUSED = {"i": "an interactive Python", "h": "Python's help", "?": "Python's help"}


_SETS = {
    "B": ("dont_write_bytecode",),
    "E": ("ignore_environment",),
    "I": ("isolated", "ignore_environment", "no_user_site", "safe_path"),
    "P": ("safe_path",),
    "S": ("no_site",),
    "q": ("quiet",),
    "s": ("no_user_site",),
}
"""What each option sets in ``sys.flags``; not those whose effect is not there (``-O`` keeps its assertions)."""


class Flags(tuple[Any, ...]):
    """A ``sys.flags`` of a process's own; CPython's type cannot be made."""

    __slots__ = ()
    __match_args__ = type(sys.flags).__match_args__

    @classmethod
    def made(cls, on: set[str]) -> "Flags":
        """Return this interpreter's flags with some switched on."""
        host = ((name, getattr(sys.flags, name)) for name in cls.__match_args__)
        return cls(type(value)(1) if name in on else value for name, value in host)

    def __getattr__(self, name: str) -> Any:
        if name in self.__match_args__:
            return self[self.__match_args__.index(name)]
        raise AttributeError(f"'sys.flags' object has no attribute {name!r}")

    def __repr__(self) -> str:
        pairs = ", ".join(f"{name}={value!r}" for name, value in zip(self.__match_args__, self, strict=True))
        return f"sys.flags({pairs})"


class Kind(Enum):
    """Where the program comes from."""

    FILE = "file"
    MODULE = "module"
    CODE = "code"
    STDIN = "stdin"
    VERSION = "version"
    WRONG = "wrong"


@dataclass(slots=True)
class Invocation:
    """What to run: ``target`` is a path, a module's name, code, or the words of an error."""

    kind: Kind = Kind.STDIN
    target: str = ""
    arguments: list[str] = field(default_factory=list)
    unbuffered: bool = False
    flags: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    extra: dict[str, str | bool] = field(default_factory=dict)

    @property
    def argv(self) -> list[str]:
        """``sys.argv`` as the program finds it."""
        first = {Kind.CODE: "-c", Kind.MODULE: "-m", Kind.STDIN: self.target}.get(self.kind, self.target)
        return [first, *self.arguments]


def understand(arguments: list[str]) -> Invocation:
    """Read what follows the interpreter's name; refuses, by name, what cannot be simulated."""
    found = Invocation()
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "-" or not word.startswith("-"):
            found.kind = Kind.STDIN if word == "-" else Kind.FILE
            found.target, found.arguments = word, rest
            return found
        if word == "--version":
            found.kind = Kind.VERSION
            return found
        if word.startswith("--"):
            if word == "--check-hash-based-pycs" and rest:
                rest.pop(0)
                continue
            return Invocation(Kind.WRONG, f"unknown option {word}")
        if _letters(found, word[1:], rest):
            return found
    return found


def _letters(found: Invocation, letters: str, rest: list[str]) -> bool:
    """Read one word of options; True when what follows belongs to the program."""
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in "cmWX":
            if not letters and not rest:
                found.kind, found.target = Kind.WRONG, f"Argument expected for the -{letter} option"
                return True
            value = letters or rest.pop(0)
            if letter in "cm":
                found.kind = Kind.CODE if letter == "c" else Kind.MODULE
                found.target, found.arguments = value, rest
                return True
            if letter == "W":
                found.warnings.append(value)
            else:
                name, sign, setting = value.partition("=")
                found.extra[name] = setting if sign else True
                if value in ("dev", "utf8"):
                    found.flags.add(f"{value}_mode")
            return False
        if letter == "V":
            found.kind = Kind.VERSION
            return True
        if letter in _REFUSED:
            fence(f"python -{letter}", _REFUSED[letter])
        found.flags.update(_SETS.get(letter, ()))
        if letter == "u":
            found.unbuffered = True
        elif letter not in _PLAIN:
            found.kind, found.target = Kind.WRONG, f"Unknown option: -{letter}"
            return True
    return False
