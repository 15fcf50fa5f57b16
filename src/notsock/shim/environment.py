"""The environment of a program under test: the real one as Windows has it, and which of its variables are asked for.

A run depends on those that the program asks for by name, and on no others: they tell one way of running it from
another.  Of their values only a few bits of a digest are kept, which show that one has changed and tell no secret.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

_OF_WINDOWS = {
    "COMPUTERNAME": "MACHINE1",
    "COMSPEC": "C:\\Windows\\system32\\cmd.exe",
    "OS": "Windows_NT",
    "SYSTEMROOT": "C:\\Windows",
    "TEMP": "/tmp",  # noqa: S108 - paths look like the host's
    "TMP": "/tmp",  # noqa: S108 - paths look like the host's
    "USERNAME": "user",
}
_OF_THE_SESSION = ("PYTEST_", "COLUMNS", "LINES")
"""Beginnings of the names that pytest sets for a test and xdist for a worker: how a test is run, not what it does."""
_DIGITS = 4
"""Of a digest of a value: too few to guess a password by."""


def first_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the block of a program's first process: an ``environment``, by default the real one.

    That has its names in upper case, and no proxies: they are not simulated.  Nor does it tell the hash seed under
    which ``notsock`` starts.
    """
    if environment is None:
        without = ("_proxy", "ps1", "pythonhashseed")
        environment = {name.upper(): value for name, value in os.environ.items() if not name.lower().endswith(without)}
    return {**_OF_WINDOWS, **environment}


def values(names: Iterable[str]) -> dict[str, str | None]:
    """Return the values that variables have in the real environment, in the order of their names."""
    block = first_environment()
    return {name: block.get(name) for name in sorted(names) if not name.startswith(_OF_THE_SESSION)}


def digests(names: Iterable[str]) -> dict[str, str]:
    """Return a short digest of the value of each variable, empty where it has none."""
    return {
        name: sha256(f"{name}={value}".encode(errors="surrogateescape")).hexdigest()[:_DIGITS] if value else ""
        for name, value in values(names).items()
    }


# ---- which are asked for ----------------------------------------------------------------------------------------

_asked: dict[str, None] = {}
_listed: list[str] = []
"""What is left of the last listing of all names, the next one last."""


@contextmanager
def noting(asked: dict[str, None]) -> Iterator[None]:
    """Note in ``asked`` the names of the variables that programs ask for."""
    global _asked  # noqa: PLW0603 - one run at a time in one interpreter
    before, _asked = _asked, asked
    try:
        yield
    finally:
        _asked = before


def ask(name: str) -> str:
    """Note that a variable is asked for; return its name."""
    _asked[name] = None
    return name


class Block(dict[str, str]):
    """What ``os.environ`` reads: it notes what is asked for.

    Who goes through all variables in order, as a copy does, has not asked for any one of them.
    """

    __slots__ = ()

    def __getitem__(self, name: Any) -> str:
        if _listed and _listed[-1] == name:
            _listed.pop()
        else:
            _listed.clear()
            ask(name)
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        names = list(super().__iter__())
        _listed[:] = names[::-1]
        return iter(names)
