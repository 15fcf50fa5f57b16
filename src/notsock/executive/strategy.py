"""What a strategy is: it sees plain numbers, and answers with a place among them.

It can run nothing and change nothing, so a strategy can be wrong only about what is worth trying.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.trace.recorder import Recorder


class Strategy(Protocol):
    """Decides one run's choices."""

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run.  ``roster`` grows while it lasts: ``(name, machine, processors)`` by ident."""

    def pick(self, candidates: Sequence[int], current: int) -> int:
        """Return the place in ``candidates`` (idents of ready actors, two or more) of the one that goes next.

        ``current`` is the ident of the thread that runs now; it may not be among the candidates.
        """

    def value(self, point: str, count: int, chance: int = 0) -> int:
        """Return a value below ``count`` for the verdict named ``point``; 0 is the healthy one.

        ``chance`` is how often it is 1 rather than 0, in thousandths; 0 means that all values are as likely.
        """


class Interrupting(Strategy, Protocol):
    """A strategy that treats points between bytecodes otherwise than those inside calls: there are many of them.

    One that has no such method is asked to pick.
    """

    def interrupt(self, candidates: Sequence[int], current: int) -> int:
        """Return the place in ``candidates`` of the one that goes next; ``current`` is among them."""


class Watching(Strategy, Protocol):
    """A strategy that also reads the trace as it grows: to know at which call of a thread a choice stands."""

    def watch(self, recorder: "Recorder") -> None:
        """Take the recorder of the run that begins; read from it only."""


class Attending(Strategy, Protocol):
    """A strategy that is asked at every turn, also where only one actor can go, and told when time moves.

    A turn is what an actor does from one :meth:`pick` to the next: that is what such a strategy reasons about.
    """

    def attend(self, executive: "Executive") -> None:
        """Take the executive of the run that begins; read from it and from its machine only."""

    def stills(self) -> None:
        """Note that the turn is over, that nobody can go on, and that time moves now or the run ends."""


class FirstReady:
    """Goes on with the current thread while it can, then takes the one that has been ready longest."""

    def begin(self, roster: Sequence[tuple[str, int, int]]) -> None:
        """Start a run."""

    def pick(self, candidates: Sequence[int], current: int) -> int:
        """Return the current thread's place, or the first."""
        return candidates.index(current) if current in candidates else 0

    def value(self, point: str, count: int, chance: int = 0) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the healthy verdict."""
        return 0
