"""A Python function that stands for one in C: it does not bind, and is pickled and printed by its name.

C functions do not bind when a class holds them (``logging`` keeps ``time.localtime`` so): hence a ``staticmethod``.
"""

from collections.abc import Callable
from typing import Any


class CFunction(staticmethod):  # type: ignore[type-arg]
    """A function of a simulated C module; ``multiprocessing`` pickles some by their names."""

    def __init__(self, function: Callable[..., Any], module: str, name: str) -> None:
        super().__init__(function)
        self.__module__ = module
        self.__name__ = self.__qualname__ = name

    def __reduce__(self) -> str:
        return self.__name__

    def __repr__(self) -> str:
        return f"<built-in function {self.__name__}>"
