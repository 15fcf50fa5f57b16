"""Why a program could not do its work here at all: what it imports is missing, or notsock does not model it.

Such a program makes few calls, or none, and a search that finds nothing in them says nothing about it.
"""

from notsock.shim.fence import FencedError
from notsock.system import System


def refusals(system: System) -> tuple[str, ...]:
    """Return one line for each thread of a run that ended because something is not there."""
    return tuple(
        f"{thread.name} could not go on: {str(error).removeprefix('notsock: ')}"
        for thread, error in system.errors
        if isinstance(error, FencedError | ImportError)
    )
