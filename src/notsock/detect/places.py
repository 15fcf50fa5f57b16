"""Where the program itself was: the frames of a stack that are neither the standard library's nor a package's.

A cause is told from another by these, in the same words in every schedule.
"""

import re
import sysconfig

from notsock.trace.recorder import Frame, Stack
from notsock.trace.stacks import Place, places

_LIBRARIES = tuple(
    {sysconfig.get_path(name).rstrip("/") + "/" for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_ANY_LIBRARY = re.compile(r"/(lib/python3\.\d+|site-packages|dist-packages)/")
_places: dict[Frame, Place] = {}
_libraries: dict[str, bool] = {}
FRAMES_MAX = 3
"""Frames of a key: enough to tell callers of one helper apart."""


def is_library(file: str) -> bool:
    """Say whether a file belongs to Python or an installed package rather than to the program."""
    known = _libraries.get(file)
    if known is None:
        inside = file.startswith(_LIBRARIES) or _ANY_LIBRARY.search(file) is not None
        known = _libraries[file] = inside or (file.startswith("<") and file != "<string>")
    return known


def key_of(stack: Stack | None) -> tuple[str | int, ...]:
    """Return file and line of the program's innermost frames, flat; of a library's where there are no others."""
    if not stack:
        return ()
    found = [place_of(frame) for frame in stack]
    own = [place for place in found if not is_library(place.file)] or found
    return tuple([part for place in own[:FRAMES_MAX] for part in (place.file, place.line)])


def place_of(frame: Frame) -> Place:
    """Return the file and line of a frame, remembered: a search asks for the same ones again and again."""
    place = _places.get(frame)
    if place is None:
        place = _places[frame] = places((frame,))[0]
    return place
