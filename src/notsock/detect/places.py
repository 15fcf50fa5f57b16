"""Where the program itself was: the frames of a stack that are neither the standard library's nor a package's.

A cause is told from another by these, in the same words in every schedule.
"""

import sysconfig
from types import CodeType

from notsock.trace.recorder import Frame, Stack
from notsock.trace.stacks import places

_LIBRARIES = tuple(
    {sysconfig.get_path(name).rstrip("/") + "/" for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_known: dict[Frame, tuple[str, int] | None] = {}
FRAMES_MAX = 3
"""Frames of a key: enough to tell callers of one helper apart."""


def is_library(file: str) -> bool:
    """Say whether a file belongs to Python or an installed package rather than to the program."""
    return file.startswith(_LIBRARIES) or (file.startswith("<") and file != "<string>")


def key_of(stack: Stack | None) -> tuple[str | int, ...]:
    """Return file and line of the innermost frames of the program itself, flat; empty where there are none."""
    if not stack:
        return ()
    key: list[str | int] = []
    for frame in stack:
        if frame not in _known:
            _known[frame] = _place_of(frame)
        if place := _known[frame]:
            key += place
            if len(key) >= 2 * FRAMES_MAX:
                break
    return tuple(key)


def _place_of(frame: Frame) -> tuple[str, int] | None:
    code, _ = frame
    assert isinstance(code, CodeType)
    if is_library(code.co_filename):
        return None
    place = places((frame,))[0]
    return place.file, place.line
