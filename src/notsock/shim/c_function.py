"""A Python function that stands for one in C: it does not bind, and is pickled and printed by its name.

C functions do not bind when a class holds them (``logging`` keeps ``time.localtime`` so): hence a ``staticmethod``.
A view has some hundreds of them, so that a namespace for each would be a tenth of its memory: those of a module share
one, with the module's name in it.
"""

from collections.abc import Callable
from typing import Any


class CFunction(staticmethod):  # type: ignore[type-arg]
    """A function of a simulated C module; ``multiprocessing`` pickles some by their names.

    ``shared`` is the namespace of the module's functions (:func:`shared_by`).
    """

    __slots__ = ("_name",)
    _name: str

    def __init__(self, function: Callable[..., Any], name: str, shared: dict[str, Any]) -> None:
        super().__init__(function)
        self._name = name
        self.__dict__ = shared

    def __getattr__(self, attribute: str) -> str:
        """Return the name, which is in no namespace."""
        if attribute in ("__name__", "__qualname__"):
            return self._name
        raise AttributeError(attribute)

    def __reduce__(self) -> str:
        return self._name

    def __repr__(self) -> str:
        return f"<built-in function {self._name}>"


def shared_by(module: str) -> dict[str, Any]:
    """Return the namespace that the functions of a module have in common."""
    return {"__module__": module, "__doc__": None}
