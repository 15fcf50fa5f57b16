"""iphlpapi.dll by address: the machine's network adapters (Microsoft, "GetAdaptersAddresses")."""

import socket
import struct
from collections.abc import Callable
from ctypes import c_wchar, sizeof
from typing import Any

from notsock.shim.dlls import memory

ERROR_BUFFER_OVERFLOW = 111
_ADAPTER = struct.Struct("<IIQQQQQQQQQ")
"""IP_ADAPTER_ADDRESSES as far as FriendlyName: length, index, next, name, first unicast, anycast, multicast and DNS
server address, DNS suffix, description, friendly name."""
_ADAPTER_SIZE = 448
_UNICAST = struct.Struct("<IIQQiiiiiIIIB")
"""IP_ADAPTER_UNICAST_ADDRESS: length, flags, next, sockaddr and its length (padded), origins, state, lifetimes,
prefix length."""
_UNICAST_SIZE = 64
_ENDLESS = 0xFFFFFFFF
_PREFIX = {socket.AF_INET: 24, 23: 64}
_WIDE = "utf-16-le" if sizeof(c_wchar) == 2 else "utf-32-le"
"""Texts inside structures are in this machine's own wchar_t: that is what ``ctypes.c_wchar_p`` reads."""
_INET6 = 23


class _Buffer:
    """The caller's memory, filled from its start."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.data = bytearray()

    def add(self, data: bytes) -> int:
        """Append bytes, aligned; return their address."""
        self.data += bytes(-len(self.data) % 8)
        place = self.address + len(self.data)
        self.data += data
        return place

    def put(self, place: int, data: bytes) -> None:
        """Overwrite what was added at an address."""
        self.data[place - self.address : place - self.address + len(data)] = data


def _socket_address(host: str) -> tuple[int, bytes]:
    """Return an address's Windows family and its sockaddr."""
    if ":" in host:
        return _INET6, struct.pack("<HHI16sI", _INET6, 0, 0, socket.inet_pton(socket.AF_INET6, host), 0)
    return socket.AF_INET, struct.pack("<HH4s8x", socket.AF_INET, 0, socket.inet_pton(socket.AF_INET, host))


def _unicast(buffer: _Buffer, hosts: list[str]) -> int:
    """Append the list of an adapter's addresses; return the first one's address."""
    first = before = 0
    for host in hosts:
        family, data = _socket_address(host)
        where = buffer.add(data)
        prefix = 8 if host.startswith("127.") else 128 if host == "::1" else _PREFIX[family]
        row = _UNICAST.pack(
            _UNICAST_SIZE, 0, 0, where, len(data), 0, 1, 1, 4, _ENDLESS, _ENDLESS, _ENDLESS, prefix
        )
        place = buffer.add(row.ljust(_UNICAST_SIZE, b"\0"))
        if before:
            buffer.put(before + 8, place.to_bytes(8, "little"))
        first = first or place
        before = place
    return first


def build(view: Any) -> dict[str, Callable[..., int]]:
    """Return the functions."""

    def adapters(family: int, flags: int, reserved: int, answer: int, size: int) -> int:
        del flags, reserved
        host = view.process.machine.host
        found = (("{0}", "Ethernet", list(host.addresses)), ("{1}", "Loopback", ["127.0.0.1", "::1"]))
        buffer = _Buffer(answer)
        before = 0
        for number, (name, nice, hosts) in enumerate(found, 1):
            wanted = [one for one in hosts if family in (0, _socket_address(one)[0])]
            place = buffer.add(bytes(_ADAPTER_SIZE))
            first = _unicast(buffer, wanted)
            text = buffer.add((nice + "\0").encode(_WIDE))
            suffix = buffer.add("\0".encode(_WIDE))
            called = buffer.add(name.encode() + b"\0")
            row = _ADAPTER.pack(_ADAPTER_SIZE, number, 0, called, first, 0, 0, 0, suffix, text, text)
            buffer.put(place, row)
            if before:
                buffer.put(before + 8, place.to_bytes(8, "little"))
            before = place
        room = memory.number(size, 4)
        memory.put(size, len(buffer.data), 4)
        if room < len(buffer.data) or not answer:
            return ERROR_BUFFER_OVERFLOW
        memory.write(answer, bytes(buffer.data))
        return 0

    return {"GetAdaptersAddresses": adapters}
