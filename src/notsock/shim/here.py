"""Where the simulated modules find the run that is going on: one run at a time in one interpreter.

Objects of a view outlive a run (its modules are imported once and restored), so they cannot hold the executive
of their own; they look here.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.shim.view import View


class Here:
    """The executive of the run, the view that is current (None while host code runs), and the real thread it is on."""

    __slots__ = ("executive", "fences", "real_thread", "view")

    def __init__(self) -> None:
        self.executive: Executive = None  # type: ignore[assignment] # set before any simulated code runs
        self.view: View = None  # type: ignore[assignment]
        self.fences: dict[str, None] = {}
        self.real_thread = 0


here: Any = Here()
