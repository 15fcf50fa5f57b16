"""A Dask cluster as an engine: what stands between a campaign and the process that is Dask's client."""

import contextlib
import os
from typing import Any

from notsock.campaign.engine import EngineError, News
from notsock.campaign.messages import Account, Lost, Task
from notsock.campaign.processes import Partner, PartnerDiedError


class Cluster:
    """The workers of a Dask cluster, at ``address`` (None: ``jobs`` local ones)."""

    def __init__(self, address: str | None, jobs: int) -> None:
        self._folder = os.getcwd()  # noqa: PTH109 - as the program will see it
        self._room = 0
        self._client = Partner("notsock.campaign.dask_client", self._folder, silent=True)
        self._client.send((address, jobs))
        try:
            while not self._room:  # which is said first when the client has been connected
                self._heard(self._client.receive())
        except (EngineError, KeyboardInterrupt):
            self.close()
            raise

    def room(self) -> int:
        """Return how many more tasks the cluster's threads want."""
        return self._room

    def start(self, task: Task) -> None:
        """Hand a task to the scheduler."""
        self._room -= 1
        self._client.send((task, self._folder))

    def news(self, seconds: float) -> list[News]:
        """Return what the client has passed on."""
        told: list[News] = []
        while self._client.connection.poll(0 if told else seconds):
            message = self._client.receive()
            if isinstance(message, Account | Lost):
                told.append(message)
            else:
                self._heard(message)
                seconds = 0
        return told

    def _heard(self, message: Any) -> None:
        """Take a message that is no news: how much room there is, or why there is no cluster."""
        if isinstance(message, EngineError):
            raise message
        self._room = message

    def drop(self) -> None:
        """Have all tasks cancelled; what was still to be told of them is not."""
        self._client.send(None)
        with contextlib.suppress(EngineError, PartnerDiedError):
            while (message := self._client.receive()) is not None:
                if isinstance(message, EngineError):
                    break

    def close(self) -> None:
        """Leave the cluster; a local one ends with its client."""
        self._client.leave()
