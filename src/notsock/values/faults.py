"""What may go wrong with machines and processes, apart from what links do to packets.

Each is a chance, in thousandths, at every point where it can happen; whether it does is a verdict like any other, so
that it is recorded, replayed, and left out by the shrinker unless the finding needs it.
"""

from dataclasses import dataclass

from notsock.values.durations import SECOND


@dataclass(frozen=True, slots=True)
class Faults:
    """The chances of a run's faults.

    ``kill``: a process ends at a call or a step inside one.  ``crash``: a machine stops there, all at once; it is
    back, remembering nothing, after ``crash_ns``.  ``backlog``: a connection finds its listener's backlog full.
    ``nobufs``: a new socket or a connect fails with WSAENOBUFS.  ``handles``: so many handles a process may have (0: no
    end); the next socket is refused with WSAEMFILE.
    """

    kill: int = 0
    crash: int = 0
    crash_ns: int = 10 * SECOND
    backlog: int = 0
    nobufs: int = 0
    handles: int = 0

    @property
    def at_gates(self) -> bool:
        """Whether anything may happen at any call."""
        return bool(self.kill or self.crash)


NO_FAULTS = Faults()
