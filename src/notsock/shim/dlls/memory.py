"""This real process's memory, by address: how a DLL's function sees the structures that a program hands it.

An address that a program passes must be of memory that it owns; as on Windows, a wrong one is the end.
"""

from ctypes import c_char, memmove, string_at
from typing import Any


def number(address: int, size: int) -> int:
    """Return the unsigned number of so many bytes at an address."""
    return int.from_bytes(string_at(address, size), "little")


def put(address: int, value: int, size: int) -> None:
    """Put a number of so many bytes at an address; nothing at NULL."""
    if address:
        memmove(address, (value & ((1 << size * 8) - 1)).to_bytes(size, "little"), size)


def write(address: int, data: bytes) -> None:
    """Put bytes at an address."""
    memmove(address, data, len(data))


def wide_text(address: int) -> str:
    """Return the UTF-16 text at an address, up to its zero."""
    found = bytearray()
    while (unit := string_at(address + len(found), 2)) != b"\0\0":
        found += unit
    return found.decode("utf-16-le")


def window(address: int, size: int) -> memoryview:
    """Return a view of memory that may be written."""
    cells: Any = (c_char * size).from_address(address)
    return memoryview(cells).cast("B")
