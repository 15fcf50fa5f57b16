"""What the text of a line says: when, which call, which address; asked of the few lines that are shown."""

import re

from notsock.readers.tables import Address, Line

TIME_MAX = float(1 << 33)
"""Seconds: no clock shows so much (it would be the year 2242)."""
TIME_LENGTH = 30
"""Characters of a time stamp."""
_INET = re.compile(r'sin6?_port=htons\((\d{1,5})\).{0,300}?(?:inet_addr\("([^"]*)"\)|inet_pton\(AF_INET6, "([^"]*)")')
_UNIX = re.compile(r'sun_path=(@?"(?:[^"\\]|\\.)*")')


def time_of(text: str) -> float | None:
    """Return the time stamp of a line in seconds, None where it has none."""
    for word in text[:60].split(None, 3)[:3]:
        bare = word.lstrip("[").rstrip("]")
        if ("." in bare or ":" in bare) and bare.replace(".", "").replace(":", "").isdigit():
            try:
                return seconds(bare)
            except ValueError:
                return None
        if "(" in word:
            return None
    return None


def call_of(line: Line) -> str:
    """Return the name of a line's call."""
    return line.text[: line.text.find("(")].rpartition(" ")[2]


def seconds(text: str) -> float:
    """Return a time stamp in seconds: since the epoch, of the day (``12:00:00.5``), or since the line before.

    Raises ValueError for what is none.
    """
    if len(text) > TIME_LENGTH:
        raise ValueError(text[:20])
    hours, separator, rest = text.partition(":")
    if separator:
        minutes, _, second = rest.partition(":")
        found = int(hours) * 3600 + int(minutes) * 60 + float(second)
    else:
        found = float(text)
    if not 0 <= found < TIME_MAX:
        raise ValueError(text[:20])
    return found


def address(text: Address) -> tuple[str, int] | None:
    """Return host and port of an internet address, or the path (port -1) of a local one; None for none."""
    if isinstance(text, tuple):
        return text
    found = _INET.search(text)
    if found is not None:
        return found[2] or found[3] or "", int(found[1])
    local = _UNIX.search(text)
    return (local[1], -1) if local is not None else None
