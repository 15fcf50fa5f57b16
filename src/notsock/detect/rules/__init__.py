"""The rules, one a module; whatever module lies here is a rule, and no list is kept by hand.

A rule is the one class of its module that has a ``name``.  Its docstring has four parts, *What it does*, *Why is
this bad?*, *Example* and *What to change*, and its page (:mod:`notsock.detect.rulebook`) is made of them.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


@cache
def all_rules() -> tuple[type[Any], ...]:
    """Return the class of every rule, by module name."""
    found = []
    for module_name in sorted(info.name for info in iter_modules(__path__)):
        module = import_module(f"{__name__}.{module_name}")
        found += [
            thing
            for thing in vars(module).values()
            if isinstance(thing, type) and thing.__module__ == module.__name__ and hasattr(thing, "name")
        ]
    return tuple(found)
