"""Where the program was: the frames of the running thread, without the machine's own.

A frame is kept as a code object and an offset, and becomes a file and a line only when somebody reads it: a
stack costs about a microsecond, which the calls that open, close and bind can afford.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

from notsock.trace.recorder import Frame, Stack

_HERE = str(Path(__file__).parent.parent) + "/"
_MACHINE = tuple(
    _HERE + part
    for part in (
        "executive", "objects", "net", "tcp", "afd", "winsock", "kernel32", "crt", "shim", "trace", "system",
        "releases",
    )
)  # fmt: skip
_ours: dict[str, bool] = {}
"""By file name: a string remembers its hash, a code object works it out anew each time."""
_known: dict[tuple[int, ...], Stack] = {}
_KNOWN_MAX = 4096
"""Each stack once, however often a program comes by: by the identity of its code, which its stack keeps alive."""


def capture(frame: FrameType | None = None) -> Stack:
    """Return the running thread's frames (or those from ``frame`` on), innermost first, without the machine's own."""
    key: list[int] = []
    frame = innermost = frame or sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        try:
            ours = _ours[code.co_filename]
        except KeyError:
            ours = _ours[code.co_filename] = code.co_filename.startswith(_MACHINE)
        if not ours:
            key += id(code), frame.f_lasti
        elif key and code.co_name == "_work":
            break
        frame = frame.f_back
    place = tuple(key)
    stack = _known.get(place)
    if stack is None:
        if len(_known) >= _KNOWN_MAX:
            _known.clear()
        stack = _known[place] = _frames(innermost)
    return stack


def _frames(frame: FrameType | None) -> Stack:
    frames: list[Frame] = []
    while frame is not None:
        code = frame.f_code
        if not _ours[code.co_filename]:
            frames.append((code, frame.f_lasti))
        elif frames and code.co_name == "_work":
            break
        frame = frame.f_back
    return tuple(frames)


def capture_raised(error: BaseException) -> Stack:
    """Return the frames through which an exception came, innermost first, without the machine's own."""
    frames: list[Frame] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(_MACHINE):
            frames.append((code, trace.tb_lasti))
        trace = trace.tb_next
    return tuple(reversed(frames))


@dataclass(frozen=True, slots=True)
class Place:
    """One frame, for a person."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}"


def places(stack: Stack) -> tuple[Place, ...]:
    """Return the files and lines of a stack, innermost first."""
    found = []
    for code, offset in stack:
        if isinstance(code, Place):  # read from a log
            found.append(code)
            continue
        assert isinstance(code, CodeType)
        found.append(Place(code.co_filename, _line_of(code, offset), code.co_qualname))
    return tuple(found)


def _line_of(code: CodeType, offset: int) -> int:
    for start, end, line in code.co_lines():
        if start <= offset < end and line is not None:
            return line
    return code.co_firstlineno
