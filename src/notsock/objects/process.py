"""A simulated process: a handle table, threads, and the user-mode halves that :mod:`notsock.system` gives it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from notsock.executive.actors import Thread
from notsock.objects.handle_table import HandleTable
from notsock.objects.kernel_object import KernelObject, Waitable
from notsock.objects.startup import Startup

if TYPE_CHECKING:
    from notsock.executive.executive import Executive

STILL_ACTIVE = 259


class Process(Waitable):
    """One process of one machine.

    ``process_id`` is Windows' own number for it; ``ident`` the trace's.  ``provider`` says whether it has
    attached a Winsock provider by creating a socket of its own (Q229658: on Windows 9x that decides who may
    run the provider's close).  ``orphans`` are objects that live on without a handle until this process ends.
    ``startup`` is what its creator gave it; ``environment`` its block as it is now; ``directory`` its current
    folder; ``console`` a number that processes with the same console share, 0 without one; ``group`` the process id
    by which Ctrl-Break finds it; ``on_control`` its handler of Ctrl-C and Ctrl-Break, which returns whether it
    handled the event.
    """

    __slots__ = (
        "children",
        "console",
        "crt",
        "directory",
        "ended",
        "environment",
        "executive",
        "exit_code",
        "group",
        "kernel32",
        "machine",
        "manager",
        "name",
        "on_control",
        "orphans",
        "parent",
        "process_id",
        "provider",
        "startup",
        "table",
        "threads",
        "user",
        "ws2_32",
    )

    type = "process"

    def __init__(self, ident: int, name: str, machine: Any, executive: "Executive", manager: Any) -> None:
        super().__init__(ident)
        self.name = name
        self.machine = machine
        self.executive = executive
        self.manager = manager
        self.process_id = 0
        self.parent: Process | None = None
        self.table = HandleTable()
        self.threads: list[Thread] = []
        self.children = 0
        self.exit_code = STILL_ACTIVE
        self.ended = False
        self.startup = Startup("")
        self.environment: dict[str, str] = {}
        self.directory = ""
        self.console = 1
        self.group = 0
        self.on_control: Callable[[int], bool] | None = None
        self.provider = False
        self.orphans: list[KernelObject] = []
        self.ws2_32: Any = None
        self.kernel32: Any = None
        self.crt: Any = None
        self.user: Any = None

    @property
    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return not self.ended
