"""``cmd.exe /c``, as far as ``shell=True`` and ``os.system`` need it to start other programs.

A command line is one or more commands behind ``&``, ``&&`` and ``||``: ``echo``, ``exit``, ``rem``, or a program with
its arguments, which inherits the shell's standard handles.  What the real shell has beyond that (pipes, redirection,
its other commands, batch files) is refused by name.  Microsoft: "cmd", "echo", "exit".
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from notsock.shim.environment import ask
from notsock.shim.fence import FencedError, fence
from notsock.values.command_line import program_names

if TYPE_CHECKING:
    from notsock.objects.process import Process

_OUTPUT, _ERROR = 0xFFFFFFF5, 0xFFFFFFF4
_INTERNAL = frozenset(
    """
    assoc break call cd chdir cls color copy date del dir endlocal erase for ftype goto if md mkdir mklink move path
    pause popd prompt pushd rd ren rename rmdir set setlocal shift start time title type ver verify vol
    """.split()
)
"""Commands of the shell itself that are not here."""
_NOT_FOUND = 1
"""What ``cmd /c`` returns for a program that there is not (9009 is what a batch file sees)."""


def main(process: "Process") -> None:
    """Run what stands behind ``/c`` and end with the last command's exit code; what is refused is said on stderr."""
    try:
        code = _run_all(process, process.startup.command_line)
    except FencedError as refused:
        _say(process, _ERROR, str(refused))
        code = 1
    process.kernel32.ExitProcess(code)


def _run_all(process: "Process", text: str) -> int:
    found = re.search(r"\s/[cC]\s*", text)
    if found is None:
        fence(f"starting {text}", "a shell that reads commands is not modelled; cmd /c runs")
    code = 0
    for condition, command in _commands(_unquoted(process, text[found.end() :])):
        if (condition == "&&" and code) or (condition == "||" and not code):
            continue
        code = _run(process, command)
    return code


def _unquoted(process: Any, text: str) -> str:
    """Take the outer quotes off, unless they hold nothing but a program's name (cmd /?)."""
    text = text.strip()
    if not text.startswith('"'):
        return text
    inner, _, rest = text[1:].rpartition('"')
    if '"' not in inner and " " in inner and not rest and not set(inner) & set("&<>()@^|"):
        for name in (inner, inner.partition(" ")[0]):
            if name == inner and process.machine.image(name) is not None:
                return text
    return inner + rest


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command with what stands before it: ``&``, ``&&``, ``||``, or nothing.

    A blank in front of the next ``&`` belongs to the command: ``echo a & ...`` writes it.
    """
    condition, start, place, quoted = "", 0, 0, False
    while place < len(text):
        char = text[place]
        quoted ^= char == '"'
        if not quoted and char in "<>|^" and text[place : place + 2] != "||":
            fence(f"cmd /c {text}", "pipes, redirection and ^ are not modelled in the shell; subprocess has both")
        if not quoted and char in "&|":
            yield condition, text[start:place].lstrip()
            condition = char * (2 if text[place : place + 2] == char * 2 else 1)
            place = start = place + len(condition)
            continue
        place += 1
    yield condition, text[start:].lstrip()


def _run(process: Any, command: str) -> int:
    command = _expanded(process, command.lstrip("@"))
    word, _, rest = command.partition(" ")
    name = word.lower()
    if not command.strip() or name == "rem":
        return 0
    if name == "echo" or command[:5].lower() == "echo.":
        _say(process, _OUTPUT, rest if name == "echo" else command[5:])
        return 0
    if name == "exit":
        _exit(process, rest)
    if name in _INTERNAL:
        fence(f"cmd /c {command}", f"of the shell's own commands echo, exit and rem are there, {name} is not")
    return _start(process, command)


def _expanded(process: Any, command: str) -> str:
    """Put the environment's values in place of ``%NAME%``; what is not there stays as it stands."""
    environment = {name.upper(): value for name, value in process.environment.items()}
    return re.sub(r"%([^%]+)%", lambda found: environment.get(ask(found[1].upper()), found[0]), command)


def _exit(process: Any, rest: str) -> None:
    words = [word for word in rest.split() if word.lower() != "/b"]
    process.kernel32.ExitProcess(int(words[0]) & 0xFFFFFFFF if words and words[0].lstrip("-").isdigit() else 0)


def _start(process: Any, command: str) -> int:
    kernel32 = process.kernel32
    made = kernel32.CreateProcess(None, command, True)
    if made is None:
        name = next(program_names(command), command)
        _say(process, _ERROR, f"'{name}' is not recognized as an internal or external command,")
        _say(process, _ERROR, "operable program or batch file.")
        return _NOT_FOUND
    kernel32.CloseHandle(made.thread)
    kernel32.WaitForSingleObject(made.process)
    code = kernel32.GetExitCodeProcess(made.process)
    kernel32.CloseHandle(made.process)
    return int(code)


def _say(process: Any, stream: int, text: str) -> None:
    handle = process.kernel32.GetStdHandle(stream)
    if handle:
        process.kernel32.WriteFile(handle, text.encode() + b"\r\n")
