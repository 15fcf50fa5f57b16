"""What a few modules are told after their import: nothing of one process may reach another, nor an address the wire."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from notsock.shim.identity import numbers_in_place_of_addresses

if TYPE_CHECKING:
    from notsock.shim.view import View

_HEAP_TYPE = 1 << 9


def _shared_classes(view: "View") -> Iterator[type]:
    """Yield the classes written in Python that every view and the host have in common."""
    for name, module in view.modules.items():
        if view.is_shared_module(module):
            for value in vars(module).values():
                if isinstance(value, type) and value.__flags__ & _HEAP_TYPE and value.__module__ == name:
                    yield value


def _zope_interface(view: "View", module: Any) -> None:
    """Let zope.interface keep what it knows of shared classes (``abc.ABC``, ``typing.Generic``) in its own table.

    It writes that into the class itself, unless the class is built in; another process would find it there.
    """
    for kind in dict.fromkeys(_shared_classes(view)):
        known = module.Implements.named(f"{kind.__module__}.{kind.__name__}")
        known.inherit = kind
        module.BuiltinImplementationSpecifications[kind] = known


def _sends_ids(view: "View", module: Any) -> None:
    """Let a module that sends ``id(object)`` as a name to its peer send a number, which is the same in every run."""
    module.id = numbers_in_place_of_addresses(view)


AFTER_IMPORT: "dict[str, Callable[[View, Any], None]]" = {
    "multiprocessing.managers": _sends_ids,
    "rpyc.lib": _sends_ids,
    "zope.interface.declarations": _zope_interface,
}
"""What is done with a module of a package once it has been executed in a view."""
