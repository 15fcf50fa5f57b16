"""What does the work of a campaign: a machine of some kind that takes tasks and gives accounts of them."""

from typing import Protocol, TypeAlias

from notsock.campaign.messages import Account, Lost, Task

News: TypeAlias = Account | Lost


class EngineError(Exception):
    """The engine cannot be had, or is gone; the message says why in one line."""


class Engine(Protocol):
    """Takes tasks, and tells what becomes of them."""

    def room(self) -> int:
        """Return how many more tasks it wants now; raises :class:`EngineError` when it is gone."""

    def start(self, task: Task) -> None:
        """Take a task."""

    def news(self, seconds: float) -> list[News]:
        """Wait so long at most, and return what has happened since, in order; raises :class:`EngineError`."""

    def drop(self) -> None:
        """Give up all tasks: nobody wants to hear of them any more."""

    def close(self) -> None:
        """End everything that it has started."""
