"""What a program's processes do once, before any run: in a run of its own, whose outcome the snapshot keeps.

A test's process sets up its pytest so: that is a hundred times as much work as a small test, and the same for all
schedules.
"""

from pathlib import Path
from types import ModuleType
from typing import Any

from notsock.executive.actors import Thread
from notsock.shim.view import View
from notsock.system import System


class PreparationError(Exception):
    """A preparation failed; the text is one line."""


def prepare(view: View, path: str, machine: Any) -> None:
    """Execute a file in a view as module ``__prepared__``, on a machine like ``machine``."""
    module = ModuleType("__prepared__")
    module.__dict__.update(__builtins__=view.builtins_module, __file__=path)
    view.modules["__prepared__"] = module
    code = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
    system = System(machine.release, hotfixes=machine.installed)
    process = system.machine().create_process(view.name, None)
    process.environment = dict(view.environment)
    view.attach(process, 0)
    failed: list[BaseException] = []

    def body(_thread: Thread) -> None:
        view.open_streams()
        try:
            exec(code, module.__dict__)  # noqa: S102 - our own file
        except (Exception, SystemExit) as error:  # noqa: BLE001 - told below
            failed.append(error)

    thread = process.machine.start_thread(process, body, "main")
    thread.space = view
    view.of_thread[thread.ident] = view.main_thread
    system.run()
    view.executive = None
    if failed:
        raise PreparationError(f"{Path(path).name} failed: {failed[0]!r}") from failed[0]
