"""One line of strace, taken apart with string methods: a regular expression a line would cost more than the fold.

A line is ``[pid] [time] name(arguments) = result``, in one piece or in two (``<unfinished ...>`` and ``resumed``).
Whatever does not fit raises ValueError, which the reader counts.
"""

import re
from collections.abc import Iterable

UNFINISHED = "<unfinished ...>"
_PAIR = re.compile(r"\[(\d+)(?:<.{0,300}?>)?, (\d+)")
_RIGHTS = re.compile(r"cmsg_type=SCM_RIGHTS, cmsg_data=\[([^\]]*)\]")
_LINE = re.compile(
    r" *(?:\[pid +\d+\] +|\d+ +)?(?:\d[\d:.]* +)?(?:\(\+ +[\d.]+\) +)?"
    r"(?:[a-z_][a-z0-9_]*\(.*(?:\) += (?:-?\d|\?)|<unfinished \.\.\.>$)|<\.\.\. [a-z0-9_]+ resumed>|"
    r"\+\+\+ (?:exited|killed|superseded) |--- (?:SIG|stopped))"
)
_BOTH_TIMES = re.compile(r"\(\+\s*\d+(?:\.\d+)?\) ")


def recognises(lines: Iterable[str]) -> bool:
    """Say whether one of these lines is one of strace's, of whatever call."""
    return any(_LINE.match(line) for line in lines)


def leading(text: str) -> int:
    """Return the number with which a text begins, as in ``5<socket:[123]>`` or ``5) = 0``."""
    word = text[: text.find(",")]
    if word.isdigit() and len(word) < 10:
        return int(word)
    end = 0
    for character in text[:12]:
        if character not in "0123456789":
            break
        end += 1
    return int(text[:end]) if end <= 10 else _refuse(text)


def _refuse(text: str) -> int:
    raise ValueError(text[:20])


def result(text: str) -> tuple[int, str]:
    """Return what a call returned and the name of its error: ``(-1, "EBADF")``, ``(5, "")``.

    A call that did not end (``?``) returns -1 with ``?`` or the restart's name for its error.
    """
    if text.isdigit() and len(text) <= len("4294967295"):
        return int(text), ""
    if text.startswith("-1 E"):
        end = text.find(" ", 3)
        return -1, text[3:end] if end > 0 else text[3:]
    if text.startswith("?"):
        words = text.split(None, 2)
        return -1, words[1] if len(words) > 1 else "?"
    if text.startswith("0x"):
        word = text.split(None, 1)[0]
        return int(word, 16) if len(word) <= len("0x7fffffff") else _refuse(text), ""
    if text.startswith("-"):
        return -leading(text[1:]), "?"
    return leading(text), ""


def split_result(tail: str) -> tuple[str, str]:
    """Part what follows the opening bracket into arguments and result; the result is empty if there is none."""
    place = tail.rfind(" = ")
    if place < 0:
        raise ValueError(tail[:20])
    return tail[:place].rstrip().removesuffix(")"), tail[place + 3 :]


def pair(arguments: str) -> tuple[int, int]:
    """Return the two descriptors of ``pipe`` or ``socketpair``."""
    found = _PAIR.search(arguments)
    if found is None:
        raise ValueError(arguments[:20])
    return int(found[1]), int(found[2])


def rights(arguments: str) -> list[int]:
    """Return the descriptors that a message carries."""
    return [leading(word) for words in _RIGHTS.findall(arguments) for word in words.split(", ") if word[:1].isdigit()]


def without_both_times(line: str) -> str:
    """Return a line without the second of the two times that ``-t -r`` writes."""
    return _BOTH_TIMES.sub("", line, count=1)
