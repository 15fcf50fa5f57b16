"""A handle to AFD itself, which stands for no endpoint.

It is a module of its own because the machine's compiled form compiles every kernel object.
"""

from typing import TYPE_CHECKING

from notsock.objects.completion_port import Association
from notsock.objects.io_request import Request
from notsock.objects.kernel_object import KernelObject
from notsock.values import status

if TYPE_CHECKING:
    from notsock.afd.poll import Poll


class AfdDevice(KernelObject):
    """A handle to AFD itself, without an endpoint: polls are made on it."""

    __slots__ = ("io", "polls")

    type = "afd"

    def __init__(self, ident: int) -> None:
        super().__init__(ident)
        self.io = Association()
        self.polls: list[Poll] = []

    def cancel(self, request: Request | None) -> int:
        """Cancel one pending poll, or all; NOT_FOUND when none is."""
        found = [poll for poll in self.polls if request is None or poll is request]
        for poll in found:
            poll.complete(status.CANCELLED)
        return status.SUCCESS if found else status.NOT_FOUND
