"""ws2_32.dll by address: what event loops ask of a socket beside Python's own calls."""

from collections.abc import Callable
from typing import Any

from notsock.shim.dlls import memory
from notsock.shim.here import here
from notsock.values.errors import SOCKET_ERROR

_BASE_HANDLE = frozenset({0x48000022, 0x4800001B, 0x4800001C, 0x4800001D})
"""SIO_BASE_HANDLE, and SIO_BSP_HANDLE with its two variants: without layered providers all are the socket."""


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
        if code in _BASE_HANDLE:
            memory.put(answer, s, 8)
            memory.put(returned, 8, 4)
        return 0

    return {
        "WSAGetLastError": lambda: int(here.executive.current.last_error),
        "WSAIoctl": wsa_ioctl,
        "closesocket": lambda s: int(view.winsock().closesocket(s)),
    }
