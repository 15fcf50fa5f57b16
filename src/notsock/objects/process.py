"""A simulated process: a handle table, threads, and the user-mode halves that :mod:`notsock.system` gives it."""

from typing import TYPE_CHECKING, Any

from notsock.executive.actors import Thread
from notsock.objects.handle_table import HandleTable
from notsock.objects.kernel_object import KernelObject, Waitable

if TYPE_CHECKING:
    from notsock.executive.executive import Executive

STILL_ACTIVE = 259


class Process(Waitable):
    """One process of one machine.

    ``process_id`` is Windows' own number for it; ``ident`` the trace's.  ``provider`` says whether it has
    attached a Winsock provider by creating a socket of its own (Q229658: on Windows 9x that decides who may
    run the provider's close).  ``orphans`` are objects that live on without a handle until this process ends.
    """

    __slots__ = (
        "children",
        "crt",
        "executive",
        "exit_code",
        "kernel32",
        "machine",
        "manager",
        "name",
        "orphans",
        "parent",
        "process_id",
        "provider",
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
        self.provider = False
        self.orphans: list[KernelObject] = []
        self.ws2_32: Any = None
        self.kernel32: Any = None
        self.crt: Any = None
        self.user: Any = None

    @property
    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return self.exit_code == STILL_ACTIVE
