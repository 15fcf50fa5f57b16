"""ws2_32.dll by address: what event loops ask of a socket beside Python's own calls."""

from collections.abc import Callable
from typing import Any

from notsock.shim.dlls import memory
from notsock.shim.here import here
from notsock.values.errors import SOCKET_ERROR
from notsock.winsock import constants


def build(view: Any) -> dict[str, Callable[..., int]]:
    """Return the functions."""

    def wsa_ioctl(
        s: int, code: int, given: int, given_size: int, answer: int, answer_size: int, returned: int,
        overlapped: int, routine: int,
    ) -> int:  # fmt: skip
        del given, given_size, answer_size, overlapped, routine
        code &= 0xFFFFFFFF
        if view.winsock().WSAIoctl(s, code, None) == SOCKET_ERROR:
            return SOCKET_ERROR
        if code in constants.BASE_HANDLES:
            memory.put(answer, s, 8)
            memory.put(returned, 8, 4)
        return 0

    return {
        "WSAGetLastError": lambda: int(here.executive.current.last_error),
        "WSAIoctl": wsa_ioctl,
        "closesocket": lambda s: int(view.winsock().closesocket(s)),
    }
