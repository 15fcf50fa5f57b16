"""What is put in front of a traced Python program's path: it names the program's frames to strace.

``python_frames`` reads them; ``folder`` is what PYTHONPATH has to begin with.
"""

from pathlib import Path

PREFIX = "/notsock.frames/"
FOLDER = Path(__file__).parent


def python_frames(arguments: str) -> tuple[str, list[str]] | None:
    """Return the call that comes next, and its frames as ``-k`` would write them; None for any other file.

    ``arguments`` are those of ``openat`` as strace writes them.
    """
    start = arguments.find(f'"{PREFIX}')
    end = arguments.rfind('"')
    if start < 0 or end <= start:
        return None
    call, *words = arguments[start + len(PREFIX) + 1 : end].split(";")
    return call, [frame for word in words if (frame := _frame(word))]


def _frame(word: str) -> str:
    file, _, rest = word.partition(":")
    line, _, function = rest.partition(":")
    return f" > {file}({function}) [:{line}]" if line.isdigit() else ""
