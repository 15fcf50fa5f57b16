"""ntdll.dll by address: the translation of NTSTATUS values."""

from collections.abc import Callable
from typing import Any

from notsock.values.errors import win32_of_status


def build(view: Any) -> dict[str, Callable[..., int]]:
    """Return the functions."""
    del view
    return {"RtlNtStatusToDosError": lambda value: win32_of_status(value & 0xFFFFFFFF) if value else 0}
