"""_warnings: only what the import system itself calls; all else is Python's own ``warnings``, one per process.

The C module keeps one list of filters for the interpreter.  ``warnings`` finds its names missing here and takes
its own in Python.
"""

from typing import Any


def build(view: Any) -> dict[str, Any]:
    def warn(message: Any, category: Any = None, stacklevel: int = 1, source: Any = None) -> None:
        view.import_module("warnings").warn(message, category, stacklevel + 1, source)

    return {"warn": warn}
