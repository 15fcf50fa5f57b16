"""The line of a file that a place means, for a person to read beside the place."""

import linecache
from pathlib import Path

from notsock.trace.stacks import Place

SIZE_MAX = 4 << 20
"""Bytes beyond which a file is no program: a log is not read a second time, and as a whole, for one of its lines."""


def source_line(place: Place) -> str:
    """Return a line of the program without its indentation, empty where its file is none, or too big for one."""
    try:
        if Path(place.file).stat().st_size > SIZE_MAX:
            return ""
    except (OSError, ValueError):  # linecache finds some that are no files: modules in archives
        pass
    try:
        return linecache.getline(place.file, place.line).strip()
    except ValueError:  # a name that no file can have
        return ""
