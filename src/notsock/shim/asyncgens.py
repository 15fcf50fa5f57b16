"""``sys.set_asyncgen_hooks`` for each simulated thread: CPython keeps one pair of hooks for each real one.

The interpreter is given one pair that finds the hooks of the simulated thread that iterates first, and keeps, for
the end of that generator, the finalizer which held then (PEP 525).
"""

import sys
from typing import Any

from notsock.shim.here import here
from notsock.shim.threads import Hooks, current

_finalizers: dict[int, Any] = {}
"""The finalizers of generators that have begun, by their ``id``, which is looked up and never compared."""


def _first_iteration(generator: Any) -> None:
    if here.view is None:
        return
    hooks = current().hooks
    _finalizers[id(generator)] = hooks.finalizer
    if hooks.firstiter is not None:
        hooks.firstiter(generator)


def _finalize(generator: Any) -> None:
    finalizer = _finalizers.pop(id(generator), None)
    if finalizer is not None and here.view is not None and not here.executive.over:
        finalizer(generator)
        return
    try:  # what the interpreter does without a hook
        generator.aclose().send(None)
    except (StopIteration, StopAsyncIteration, GeneratorExit):
        return


def get_asyncgen_hooks() -> Hooks:
    """Return the current thread's hooks."""
    return current().hooks


_KEEP: Any = object()


def set_asyncgen_hooks(firstiter: Any = _KEEP, finalizer: Any = _KEEP) -> None:
    """Set the current thread's hooks; one that is not given stays."""
    record = current()
    for name, hook in (("firstiter", firstiter), ("finalizer", finalizer)):
        if hook is not _KEEP and hook is not None and not callable(hook):
            raise TypeError(f"callable {name} expected, got {type(hook).__name__}")
    record.hooks = Hooks(
        record.hooks.firstiter if firstiter is _KEEP else firstiter,
        record.hooks.finalizer if finalizer is _KEEP else finalizer,
    )
    sys.set_asyncgen_hooks(_first_iteration, _finalize)


def forget() -> None:
    """Take our pair away again: no run goes on, and the host's generators are none of our business."""
    if _finalizers or sys.get_asyncgen_hooks().firstiter is _first_iteration:
        _finalizers.clear()
        sys.set_asyncgen_hooks(None, None)
