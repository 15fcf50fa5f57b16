"""``python.exe`` as a program that simulated processes can start: its command line, its views, its exit.

The interpreter that runs notsock goes by its own path and by ``python``, ``python3``, ``py`` and ``pythonw``;
``cmd`` is :mod:`notsock.shim.command_shell`.  Nothing else can be started: what is a program of
the real machine, or of Windows, is refused by name; what is neither does not exist (ERROR_FILE_NOT_FOUND).
"""

import os
import posixpath
import re
import shutil
import sys
from collections.abc import Callable
from functools import lru_cache, partial
from types import CodeType
from typing import Any

from notsock.executive.actors import Thread
from notsock.shim import command_shell, preemption
from notsock.shim.disk import Disk
from notsock.shim.fence import fence
from notsock.shim.interpreter_options import Invocation, Kind, understand
from notsock.shim.launch import Launch, start_main
from notsock.shim.preemption import CALLS
from notsock.shim.view import View
from notsock.shim.view_stock import ViewStock, imports_of
from notsock.values.command_line import split

_OURS = {sys.executable, getattr(sys, "_base_executable", sys.executable), os.path.realpath(sys.executable)}
_NAMES = frozenset(
    {"python", "python3", "py", "pythonw", "pyw", "python{}.{}".format(*sys.version_info[:2])}
)
_WINDOWS = frozenset(
    """
    at attrib arp bcdedit bitsadmin calc certutil chkdsk cipher clip cmd comp compact cscript curl diskpart driverquery
    dsquery eventcreate explorer expand fc find findstr finger forfiles ftp getmac gpresult hostname icacls ipconfig
    iisreset label makecab mode more mountvol mshta msiexec nbtstat net net1 netsh netstat nltest notepad nslookup
    openfiles pathping ping pktmon powercfg powershell print pwsh qappsrv qprocess query quser qwinsta reg regedit
    regsvr32 replace robocopy route rundll32 sc schtasks setx shutdown sort ssh start subst systeminfo takeown tar
    taskkill tasklist telnet tftp timeout tracert tree typeperf tzutil vssadmin w32tm wevtutil where whoami winrm
    winrs wmic wsl wscript xcopy
    """.split()
)
"""Programs that a Windows brings along."""
_FOREIGN = "simulated processes run Python programs only"
_PATH = tuple(entry for entry in sys.path if entry)


class PythonImages:
    """Finds the interpreter, and keeps the views of the processes that run it, from run to run."""

    def __init__(self, once: bool = False) -> None:
        self._once = once
        self._stocks: dict[tuple[str, str], ViewStock] = {}

    def __call__(self, name: str) -> Callable[[Any], Thread] | None:
        """Return what starts a process that was given this program; None where there is no such file."""
        if _is_python(name):
            return self._start
        if _stem(name) == "cmd":
            return lambda process: process.machine.start_main(process, command_shell.main)
        if _exists(name):
            fence(f"starting {name}", _FOREIGN)
        return None

    def _start(self, process: Any) -> Thread:
        invocation = understand(split(process.startup.command_line)[1:])
        launch, key, source = _LAUNCHES[invocation.kind](process, invocation)
        stock = self._stocks.get(key)
        if stock is None:
            stock = self._stocks[key] = ViewStock(
                imports_of(source), launch.argv, list(launch.path), launch.cwd, process.environment
            )
            stock.once = self._once
        view = stock.take(process, "python")
        view.become(process.name, launch)
        return start_main(process, view, launch)


def _is_python(name: str) -> bool:
    if name in _OURS or (_stem(name) in _NAMES and posixpath.basename(name) == name):
        return True
    return "/" in name and os.path.realpath(name) in _OURS


def _stem(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")


@lru_cache(maxsize=1024)
def _exists(name: str) -> bool:
    """Say whether a program of this name is on the real machine, or on a Windows."""
    return _stem(name) in _WINDOWS or shutil.which(name) is not None


Found = tuple[Launch, tuple[str, str], bytes | str]
"""A launch, what its views have in common, and a source whose imports they begin with."""


def _launch(
    process: Any, invocation: Invocation, first: str | None, code: Callable[[View], CodeType], file: str | None = None
) -> Launch:
    environment: dict[str, str] = process.environment
    if "ignore_environment" in invocation.flags:
        environment = {name: value for name, value in environment.items() if not name.startswith("PYTHON")}
    added = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    path = [*([] if first is None or "safe_path" in invocation.flags else [first]), *added, *_PATH]
    return Launch(
        invocation.argv, split(process.startup.command_line)[1:], list(dict.fromkeys(path)), process.directory,
        code, file,
        unbuffered=invocation.unbuffered or bool(environment.get("PYTHONUNBUFFERED")),
        warnings=invocation.warnings, extra=invocation.extra, flags=invocation.flags,
    )  # fmt: skip


def _from_code(process: Any, invocation: Invocation) -> Found:
    source = invocation.target
    launch = _launch(process, invocation, "", lambda view: compiled(source, "<string>", view.preempt))
    return launch, ("code", re.sub(r"\d+", "#", source)), source


def _from_module(process: Any, invocation: Invocation) -> Found:
    name = invocation.target
    source = f"import runpy\nrunpy._run_module_as_main({name!r})"
    launch = _launch(process, invocation, process.directory, lambda _view: compiled(source, "<module>", CALLS))
    return launch, ("module", name), "import runpy"


def _from_file(process: Any, invocation: Invocation) -> Found:
    path = posixpath.normpath(posixpath.join(process.directory, invocation.target.replace("\\", "/")))
    source = _read(process.machine, path)
    launch = _launch(
        process, invocation, posixpath.dirname(path), partial(_file_code, path, source), invocation.target
    )
    return launch, ("file", path), source or b""


def _file_code(path: str, source: bytes | None, view: View) -> CodeType:
    if source is None:
        _say(view, f"{view.sys.executable}: can't open file {path!r}: [Errno 2] No such file or directory", 2)
    return compiled(source, path, view.preempt)


def _from_stdin(process: Any, invocation: Invocation) -> Found:
    return _launch(process, invocation, "", _stdin_code), ("stdin", ""), ""


def _stdin_code(view: View) -> CodeType:
    parts: list[bytes] = []
    while part := view.crt._read(0, 8192):
        parts.append(part)
    return compiled(b"".join(parts), "<stdin>", view.preempt)


def _version(process: Any, invocation: Invocation) -> Found:
    source = f"print('Python {sys.version.split()[0]}')"
    launch = _launch(process, invocation, None, lambda _view: compiled(source, "<string>", CALLS))
    return launch, ("version", ""), source


def _wrong(process: Any, invocation: Invocation) -> Found:
    def code(view: View) -> CodeType:
        usage = f"usage: {view.sys.executable} [option] ... [-c cmd | -m mod | file | -] [arg] ..."
        _say(view, f"{invocation.target}\n{usage}", 2)
        raise AssertionError

    return _launch(process, invocation, None, code), ("version", ""), ""


_LAUNCHES: dict[Kind, Callable[[Any, Invocation], Found]] = {
    Kind.FILE: _from_file,
    Kind.MODULE: _from_module,
    Kind.CODE: _from_code,
    Kind.STDIN: _from_stdin,
    Kind.VERSION: _version,
    Kind.WRONG: _wrong,
}


@lru_cache(maxsize=256)
def compiled(source: bytes | str | None, name: str, preempt: str) -> CodeType:
    """Compile a program; what it raises is the program's own error."""
    assert source is not None
    return preemption.compiled(source, name, preempt)


def _read(machine: Any, path: str) -> bytes | None:
    """Return a program's source from the machine's disk; None where there is none."""
    if machine.files is None:
        machine.files = Disk()
    contents = machine.files.open(path, 0)
    return None if isinstance(contents, int) else contents.read(0, contents.size())


def _say(view: View, text: str, code: int) -> None:
    """End the process as the interpreter does when it cannot begin."""
    view.sys.stderr.write(f"{text}\n")
    raise SystemExit(code)
