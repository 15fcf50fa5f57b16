"""What a release of Windows chooses: one field for each seam and each number in which releases differ.

The layers below :mod:`notsock.releases` read the fields they need and never ask which release it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Profile:
    """One release's choices.  The rows that lead to them, with their sources, are in :mod:`notsock.releases`.

    ``windows_version`` is (major, minor, build).  ``dynamic_ports`` is the first and the last.  Durations of
    TCP are in ``tcp`` and ``tcp_loopback``, nanoseconds.  A limit of 0 means none.
    """

    name: str
    title: str
    windows_version: tuple[int, int, int]
    # seams: functions, each with its alternatives beside it
    claim: Callable[..., int]
    entered: Callable[..., Any]
    sharing: Callable[..., int]
    find_socket: Callable[..., Any]
    may_tear_down: Callable[..., bool]
    loopback: Callable[..., Any]
    # numbers and yes-or-no
    connections_hold_address: bool
    exclusive_use: bool
    dynamic_ports: tuple[int, int]
    tcp_sockets_max: int
    backlog_max: int
    backlog_overflow_resets: bool
    unreachable_reported: bool
    sockets_inheritable: bool
    ipv6: bool
    receive_buffer: int
    netstat_lists_listeners: bool
    netstat_lists_owners: bool
    tcp: Any
    tcp_loopback: Any
    hotfixes: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()
    """Updates that can be installed by hand, each with the fields it changes (after a restart)."""
