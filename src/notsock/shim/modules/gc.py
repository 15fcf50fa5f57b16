"""gc: the host's collector, whose switch stays where the run has put it.

Collections at moments of the collector's own choosing would run finalizers, which close sockets, at moments that
no schedule decides; so a program's ``enable`` is believed and not obeyed.  ``collect`` collects.
"""

import gc
from typing import Any


def build(view: Any) -> dict[str, Any]:
    state = {"enabled": True}
    view.roots.append(state)

    def enable() -> None:
        state["enabled"] = True

    def disable() -> None:
        state["enabled"] = False

    def nothing(*_arguments: Any) -> None:
        """Leave the host's collector alone."""

    kept = {name: value for name, value in vars(gc).items() if not name.startswith("__")}
    return {
        **kept,
        "callbacks": [],
        "disable": disable,
        "enable": enable,
        "freeze": nothing,
        "isenabled": lambda: state["enabled"],
        "set_debug": nothing,
        "set_threshold": nothing,
        "unfreeze": nothing,
    }
