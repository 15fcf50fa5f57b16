"""A Python program under test: its code, read and compiled once, and the views of its processes."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from notsock.executive.actors import Thread
from notsock.shim.environment import first_environment
from notsock.shim.finder import active_packages
from notsock.shim.launch import Launch, start_main
from notsock.shim.preemption import CALLS
from notsock.shim.python_image import PythonImages, compiled
from notsock.shim.view_stock import ViewStock, imports_of


class ProgramError(Exception):
    """The program cannot be started; the text is one line."""


class PythonProgram:
    """A program's code, compiled once, the views that its processes have had, and those of their children."""

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        argv: Sequence[str] = (),
        *,
        source: str | None = None,
        cwd: str | None = None,
        environment: dict[str, str] | None = None,
        stdin: bytes = b"",
        preparation: str | os.PathLike[str] | None = None,
        once: bool = False,
    ) -> None:
        """Take the program at ``path``, or ``source`` itself.

        ``preparation`` is a file that each view executes once, as module ``__prepared__``, before any run: what it
        makes is there, as it was, in every run.  ``once`` says that there is only one.
        Raises :class:`ProgramError` when it cannot be read or is not Python.
        """
        self.path = os.path.abspath(path) if path is not None else "<program>"  # noqa: PTH100
        self.name = Path(self.path).stem.strip("<>")
        self.argv = [os.fspath(path) if path is not None else self.path, *argv]
        self.cwd = cwd or os.getcwd()  # noqa: PTH109
        self.stdin = stdin
        self.environment = first_environment(environment)
        directory = os.path.dirname(self.path) if path is not None else self.cwd  # noqa: PTH120
        rest = (entry for entry in sys.path if entry and entry != directory)
        self.import_path = [directory, *active_packages(), *rest]
        self.source = self._read(source)
        self.codes: dict[str, CodeType] = {}
        self.code(CALLS)
        self.launch = Launch(
            self.argv, self.argv, self.import_path, self.cwd, lambda view: self.code(view.preempt), self.argv[0], stdin
        )
        self.stock = ViewStock(self.imports(), self.argv, self.import_path, self.cwd, self.environment)
        self.stock.preparation = os.fspath(preparation) if preparation is not None else None
        self.stock.once = once
        self.images = PythonImages(once)

    def _read(self, source: str | None) -> bytes:
        if source is not None:
            return source.encode()
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise ProgramError(f"{self.argv[0]}: {error.strerror}") from None

    def code(self, mode: str) -> CodeType:
        """Return the program's code with the points at which a mode preempts."""
        code = self.codes.get(mode)
        if code is None:
            code = self.codes[mode] = self._compile(mode)
        return code

    def _compile(self, mode: str) -> CodeType:
        try:
            return compiled(self.source, self.path, mode)
        except (SyntaxError, ValueError) as error:
            place = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
            what = error.msg if isinstance(error, SyntaxError) else error
            raise ProgramError(f"{self.argv[0]}{place}: {what}") from None

    def imports(self) -> tuple[str, ...]:
        """Return the modules that the program's text names in imports."""
        return imports_of(self.source)

    def start(self, machine: Any, name: str | None = None, parent: Any = None) -> Thread:
        """Make a process on ``machine`` that runs this program; return its main thread.

        The process is named after the file, unless told otherwise.
        """
        process = machine.create_process(name or self.name, parent)
        return start_python(process, self)


def start_python(process: Any, program: PythonProgram, seed: int | None = None) -> Thread:
    """Start the main thread of a process that runs ``program``; its exit code ends up in ``process.exit_code``.

    ``seed`` is the run's, from which everything random in the process follows; by default the system's.
    """
    view = program.stock.take(process, process.name)
    process.environment = dict(program.environment)
    system = getattr(process.machine, "system", None)
    if system is not None and system.find_image is None:
        system.find_image = program.images
    return start_main(process, view, program.launch, seed)
