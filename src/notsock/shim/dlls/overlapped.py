"""OVERLAPPED structures in memory: a request that writes its end where the program will look.

Layout of 64-bit Windows: Internal (an NTSTATUS) at 0, InternalHigh (bytes) at 8, offsets at 16, the event at 24.
"""

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from notsock.afd.poll import Poll
from notsock.objects.io_request import Request
from notsock.shim.dlls import memory
from notsock.values import status

if TYPE_CHECKING:
    from notsock.afd.endpoint import Endpoint
    from notsock.objects.completion_port import Association

POLL_HEAD = struct.Struct("<qIB3x")
"""AFD_POLL_INFO: time-out in units of 100 ns, number of handles, exclusive; its handles follow."""
POLL_ENTRY = struct.Struct("<QII")
"""AFD_POLL_HANDLE_INFO: handle, events, status."""


class StructRequest(Request):
    """A request made through an OVERLAPPED at ``address``.

    ``pending`` holds it by that address while it is under way, and ``kept`` what it reads and writes; ``memory`` is
    the process that the OVERLAPPED is of.
    """

    __slots__ = ("kept", "pending")

    def __init__(self, address: int, pending: dict[int, Any], kept: Any, memory: int) -> None:
        super().__init__(address)
        self.memory = memory
        self.pending = pending
        self.kept = kept

    def begin(self, owner: "Association") -> int:
        """Become pending, in memory too."""
        memory.put(self.address, status.PENDING, 8)
        self.pending[self.address] = self
        return super().begin(owner)

    def complete(self, answer: int, transferred: int = 0) -> int:
        """End the request, in memory first: the program looks there when its packet comes."""
        end_in_memory(self.address, answer, transferred)
        self.pending.pop(self.address, None)
        return super().complete(answer, transferred)


def end_in_memory(address: int, answer: int, transferred: int) -> None:
    """Write a request's end into its OVERLAPPED."""
    memory.put(address, answer, 8)
    memory.put(address + 8, transferred, 8)


class StructPoll(Poll):
    """An AFD poll that answers into an AFD_POLL_INFO at ``answer``."""

    __slots__ = ("answer", "handles", "kept", "pending")

    def __init__(
        self, watched: "Sequence[tuple[Endpoint, int]]", handles: list[int], exclusive: bool, address: int,
        answer: int, pending: dict[int, Any], kept: Any, memory: int,
    ) -> None:  # fmt: skip
        super().__init__(watched, exclusive, address)
        self.memory = memory
        self.handles = handles
        self.answer = answer
        self.pending = pending
        self.kept = kept

    def begin(self, owner: "Association") -> int:
        """Become pending, in memory too."""
        memory.put(self.address, status.PENDING, 8)
        self.pending[self.address] = self
        return super().begin(owner)

    def complete(self, answer: int, transferred: int = 0) -> int:
        """Write what there is to tell, then end."""
        memory.put(self.answer + 8, len(self.found), 4)
        place = self.answer + POLL_HEAD.size
        for number, events, failed in self.found:
            memory.write(place, POLL_ENTRY.pack(self.handles[number], events, failed))
            place += POLL_ENTRY.size
        transferred = place - self.answer
        end_in_memory(self.address, answer, transferred)
        self.pending.pop(self.address, None)
        return super().complete(answer, transferred)
