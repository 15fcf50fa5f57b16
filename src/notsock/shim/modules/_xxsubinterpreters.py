"""_xxsubinterpreters and _xxinterpchannels of CPython 3.12: importable, and every call of them fenced.

CPython's own tests of threads import them where few of them use them.
"""

from typing import Any

from notsock.shim.fence import fenced

_WHY = "sub-interpreters leave the simulation"
_CALLS = "create destroy list_all get_current get_main is_running run_string is_shareable list_all_channels".split()
_ERRORS = "RunFailedError ChannelError ChannelNotFoundError ChannelEmptyError ChannelClosedError".split()


def build(view: Any) -> dict[str, Any]:
    errors = {name: type(name, (RuntimeError,), {}) for name in _ERRORS}
    return {name: fenced(f"_xxsubinterpreters.{name}", _WHY) for name in _CALLS} | errors
