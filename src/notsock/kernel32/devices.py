"""kernel32's DeviceIoControl, for the one control code that event loops send to AFD."""

from typing import TYPE_CHECKING

from notsock.afd.device import AfdDevice
from notsock.afd.endpoint import Endpoint
from notsock.afd.poll import Poll
from notsock.objects.io_request import TAKER
from notsock.trace.calls import Call
from notsock.values import status
from notsock.values.errors import ERROR_IO_PENDING, win32_of_status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notsock.kernel32.kernel32 import Kernel32

AFD_PREFIX = "\\device\\afd"


def names_afd(path: str) -> bool:
    r"""Say whether a path leads to AFD: ``\\.\GLOBALROOT\Device\Afd`` with anything behind it."""
    return path.lower().removeprefix("\\\\.\\globalroot").startswith(AFD_PREFIX)


class DeviceCalls:
    """The calls of one process; :class:`notsock.kernel32.kernel32.Kernel32` offers them as its own."""

    def __init__(self, kernel32: "Kernel32") -> None:
        self.process = kernel32.process
        self.executive = kernel32.executive
        self.manager = kernel32.manager

    def open_afd(self) -> int:
        """Return a handle to AFD itself."""
        self.executive.number(TAKER)
        number: int = self.manager.create(self.process, AfdDevice(self.manager.ident()))
        return number

    def poll_afd(
        self,
        handle: int,
        watched: "Sequence[tuple[int, int]]",
        deadline_ns: int,
        make: "Callable[[list[tuple[Endpoint, int]]], Poll]",
    ) -> bool:
        """DeviceIoControl with IOCTL_AFD_POLL: poll sockets (handle, mask) until a moment (0: only look).

        ``make`` makes the request.  False with 997 in the last error while it is pending.  One bad handle among
        those polled, and the whole fails (pinned, fact 14).
        """
        call = Call.DEVICEIOCONTROL
        self.executive.current.named = tuple(number for number, _ in watched)
        self.executive.enter(call, handle, len(watched))
        table = self.process.table
        device = table.objects.get(table.real(handle))
        if not isinstance(device, (AfdDevice, Endpoint)):
            self.manager.missed(self.process, handle, device, call)
            return self._fail(call, status.INVALID_HANDLE)
        endpoints: list[tuple[Endpoint, int]] = []
        for number, mask in watched:
            endpoint = table.objects.get(table.real(number))
            if not isinstance(endpoint, Endpoint):
                self.manager.missed(self.process, number, endpoint, call)
                return self._fail(call, status.INVALID_HANDLE)
            endpoints.append((endpoint, mask))
        poll = make(endpoints)
        answer = poll.start(self.executive, device, deadline_ns)
        if answer == status.PENDING:
            self.executive.current.last_error = ERROR_IO_PENDING
            self.executive.leave(call, 0, ERROR_IO_PENDING)
            return False
        self.executive.leave(call, 1, len(poll.found))
        return True

    def _fail(self, call: int, answer: int) -> bool:
        code = self.executive.current.last_error = win32_of_status(answer)
        self.executive.leave(call, 0, code)
        return False
