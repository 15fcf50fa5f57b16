"""Socket options: which are simulated, which are only stored, which are refused.

Every option of :data:`SUPPORT` says which of the three it is; the page of supported calls is made from it.
Values are bytes, as the C calls take them.
"""

import struct
from typing import TYPE_CHECKING

from notsock.afd.endpoint import CONNRESET_OFF, KEEP_ALIVE_TIMES
from notsock.tcp.sending import WINDOW_MAX
from notsock.values.durations import MILLISECOND, SECOND
from notsock.values.errors import WSAEFAULT, WSAEINVAL, WSAENOPROTOOPT, wsa_of_status
from notsock.winsock import constants as c

if TYPE_CHECKING:
    from notsock.afd.endpoint import Endpoint

SUPPORT: dict[tuple[int, int], str] = {
    (c.SOL_SOCKET, c.SO_REUSEADDR): "simulated",
    (c.SOL_SOCKET, c.SO_EXCLUSIVEADDRUSE): "simulated",
    (c.SOL_SOCKET, c.SO_KEEPALIVE): "simulated",
    (c.SOL_SOCKET, c.SO_LINGER): "simulated",
    (c.SOL_SOCKET, c.SO_DONTLINGER): "simulated",
    (c.SOL_SOCKET, c.SO_SNDBUF): "simulated",
    (c.SOL_SOCKET, c.SO_RCVBUF): "simulated",
    (c.SOL_SOCKET, c.SO_SNDTIMEO): "simulated",
    (c.SOL_SOCKET, c.SO_RCVTIMEO): "simulated",
    (c.SOL_SOCKET, c.SO_ERROR): "simulated",
    (c.SOL_SOCKET, c.SO_TYPE): "simulated",
    (c.SOL_SOCKET, c.SO_ACCEPTCONN): "simulated",
    (c.SOL_SOCKET, c.SO_OPENTYPE): "simulated",
    (c.SOL_SOCKET, c.SO_BROADCAST): "simulated",
    (c.SOL_SOCKET, c.SO_OOBINLINE): "stored",
    (c.SOL_SOCKET, c.SO_DEBUG): "stored",
    (c.SOL_SOCKET, c.SO_DONTROUTE): "stored",
    (c.SOL_SOCKET, c.SO_UPDATE_ACCEPT_CONTEXT): "stored",
    (c.SOL_SOCKET, c.SO_UPDATE_CONNECT_CONTEXT): "stored",
    (c.IPPROTO_TCP, c.TCP_NODELAY): "simulated",
    (c.IPPROTO_TCP, c.TCP_KEEPIDLE): "simulated",
    (c.IPPROTO_TCP, c.TCP_KEEPCNT): "simulated",
    (c.IPPROTO_TCP, c.TCP_KEEPINTVL): "simulated",
    (c.IPPROTO_IPV6, c.IPV6_V6ONLY): "simulated",
    (c.IPPROTO_IP, c.IP_ADD_MEMBERSHIP): "simulated",
    (c.IPPROTO_IP, c.IP_DROP_MEMBERSHIP): "simulated",
    (c.IPPROTO_IP, c.IP_MULTICAST_IF): "stored",
    (c.IPPROTO_IP, c.IP_MULTICAST_TTL): "stored",
    (c.IPPROTO_IP, c.IP_MULTICAST_LOOP): "stored",
    (c.IPPROTO_IPV6, c.IP_MULTICAST_IF): "stored",
    (c.IPPROTO_IPV6, c.IP_MULTICAST_TTL): "stored",
    (c.IPPROTO_IPV6, c.IP_MULTICAST_LOOP): "stored",
    (c.IPPROTO_IPV6, c.IPV6_ADD_MEMBERSHIP): "simulated",
    (c.IPPROTO_IPV6, c.IPV6_DROP_MEMBERSHIP): "simulated",
}

SEND_BUFFER_LEAST = 1024
"""What a smaller SO_SNDBUF comes to: trio's authors counted 525,347 sends of one byte into a buffer of one byte on
Windows 10 (inferred: it is not known how they are counted, only that so few bytes do not wait for an ACK)."""


def _flag(value: bytes) -> bool:
    return any(value)


def _number(value: bytes) -> int:
    return int.from_bytes(value[:4].ljust(4, b"\0"), "little", signed=True)


def _int(value: int) -> bytes:
    return value.to_bytes(4, "little", signed=True)


def set_option(endpoint: "Endpoint", level: int, name: int, value: bytes) -> int:
    """Set an option; return a Winsock code, 0 for success."""
    if (level, name) not in SUPPORT:
        return WSAENOPROTOOPT
    if not value:
        return WSAEFAULT
    match level, name:
        case c.SOL_SOCKET, c.SO_REUSEADDR:
            if _flag(value) and endpoint.exclusive:
                return WSAEINVAL
            endpoint.reuse = _flag(value)
        case c.SOL_SOCKET, c.SO_EXCLUSIVEADDRUSE:
            if not endpoint.host.profile.exclusive_use:
                return WSAENOPROTOOPT
            if endpoint.local is not None or (_flag(value) and endpoint.reuse):
                return WSAEINVAL
            endpoint.exclusive = _flag(value)
        case c.SOL_SOCKET, c.SO_LINGER:
            if len(value) < 4:
                return WSAEFAULT
            onoff, seconds = struct.unpack("<HH", value[:4])
            endpoint.linger_ns = seconds * SECOND if onoff else -1
        case c.SOL_SOCKET, c.SO_DONTLINGER:
            if _flag(value):
                endpoint.linger_ns = -1
        case c.SOL_SOCKET, c.SO_SNDBUF:
            endpoint.send_buffer = max(SEND_BUFFER_LEAST, _number(value))
            _store(endpoint, level, name, _int(_number(value)))
        case c.SOL_SOCKET, c.SO_RCVBUF:
            endpoint.receive_buffer = _number(value)
            connection = endpoint.connection
            if connection is not None:
                connection.receive_window = max(connection.receive_window, min(_number(value), WINDOW_MAX))
        case c.SOL_SOCKET, c.SO_SNDTIMEO:
            endpoint.send_timeout_ns = _number(value) * MILLISECOND
        case c.SOL_SOCKET, c.SO_RCVTIMEO:
            endpoint.receive_timeout_ns = _number(value) * MILLISECOND
        case c.SOL_SOCKET, (c.SO_ERROR | c.SO_TYPE | c.SO_ACCEPTCONN):
            return WSAENOPROTOOPT
        case c.SOL_SOCKET, c.SO_KEEPALIVE:
            _store(endpoint, level, name, value)
            endpoint.keep_alive()
        case c.IPPROTO_TCP, _:
            return _set_tcp(endpoint, name, value)
        case c.IPPROTO_IPV6, c.IPV6_V6ONLY:
            if endpoint.local is not None:
                return WSAEINVAL
            endpoint.v6only = _flag(value)
        case (c.IPPROTO_IP | c.IPPROTO_IPV6), (c.IP_ADD_MEMBERSHIP | c.IP_DROP_MEMBERSHIP):
            return _membership(endpoint, level, name == c.IP_ADD_MEMBERSHIP, value)
        case _:
            _store(endpoint, level, name, value)
    return 0


def _set_tcp(endpoint: "Endpoint", name: int, value: bytes) -> int:
    if not endpoint.stream:
        return WSAENOPROTOOPT
    idle, interval, probes = keep_alive_times(endpoint)
    match name:
        case c.TCP_NODELAY:
            endpoint.no_delay = _flag(value)
            if endpoint.connection is not None:
                endpoint.connection.no_delay = endpoint.no_delay
        case c.TCP_KEEPIDLE:
            set_keep_alive_times(endpoint, _number(value) * 1000, interval, probes)
        case c.TCP_KEEPINTVL:
            set_keep_alive_times(endpoint, idle, _number(value) * 1000, probes)
        case c.TCP_KEEPCNT:
            set_keep_alive_times(endpoint, idle, interval, _number(value))
    return 0


def _get_tcp(endpoint: "Endpoint", name: int) -> bytes:
    idle, interval, probes = keep_alive_times(endpoint)
    usual = endpoint.host.profile.tcp
    match name:
        case c.TCP_KEEPIDLE:
            return _int(idle // 1000 or usual.keep_alive_ns // SECOND)
        case c.TCP_KEEPINTVL:
            return _int(interval // 1000 or usual.keep_alive_interval_ns // SECOND)
        case c.TCP_KEEPCNT:
            return _int(probes or usual.keep_alive_probes)
        case _:
            return _int(endpoint.no_delay)


def _store(endpoint: "Endpoint", level: int, name: int, value: bytes) -> None:
    if endpoint.options is None:
        endpoint.options = {}
    endpoint.options[level, name] = value


def keep_alive_times(endpoint: "Endpoint") -> tuple[int, int, int]:
    """Return (idle, interval in milliseconds, probes) as a program set them; 0 where the release's own hold."""
    stored = (endpoint.options or {}).get(KEEP_ALIVE_TIMES)
    return struct.unpack("<QQQ", stored) if stored else (0, 0, 0)


def set_keep_alive_times(endpoint: "Endpoint", idle: int, interval: int, probes: int) -> None:
    """Set when an idle connection is probed, and how often."""
    _store(endpoint, *KEEP_ALIVE_TIMES, struct.pack("<QQQ", max(idle, 0), max(interval, 0), max(probes, 0)))
    endpoint.keep_alive()


def set_connreset(endpoint: "Endpoint", on: bool) -> None:
    """Switch the report of an unreachable port on or off (SIO_UDP_CONNRESET, Q263823)."""
    if not on:
        _store(endpoint, *CONNRESET_OFF, b"")
    elif endpoint.options is not None:
        endpoint.options.pop(CONNRESET_OFF, None)


def _membership(endpoint: "Endpoint", level: int, join: bool, value: bytes) -> int:
    import ipaddress  # noqa: PLC0415 - only programs that join groups pay for it

    wide = level == c.IPPROTO_IPV6
    size = 16 if wide else 4
    if len(value) < size:
        return WSAEFAULT
    group = str(ipaddress.IPv6Address(value[:16]) if wide else ipaddress.IPv4Address(value[:4]))
    members = endpoint.host.multicast.setdefault(group, [])
    if join == (endpoint in members):
        return WSAEINVAL
    if join:
        members.append(endpoint)
    else:
        members.remove(endpoint)
    return 0


def get_option(endpoint: "Endpoint", level: int, name: int) -> bytes | int:
    """Return an option's value, or a Winsock code."""
    match level, name:
        case c.SOL_SOCKET, c.SO_REUSEADDR:
            return _int(endpoint.reuse)
        case c.SOL_SOCKET, c.SO_EXCLUSIVEADDRUSE:
            return _int(endpoint.exclusive)
        case c.SOL_SOCKET, c.SO_LINGER:
            on = endpoint.linger_ns >= 0
            return struct.pack("<HH", on, endpoint.linger_ns // SECOND if on else 0)
        case c.SOL_SOCKET, c.SO_DONTLINGER:
            return _int(endpoint.linger_ns < 0)
        case c.SOL_SOCKET, c.SO_SNDBUF:
            return (endpoint.options or {}).get((level, name)) or _int(endpoint.send_buffer)
        case c.SOL_SOCKET, c.SO_RCVBUF:
            return _int(endpoint.receive_buffer)
        case c.SOL_SOCKET, c.SO_SNDTIMEO:
            return _int(endpoint.send_timeout_ns // MILLISECOND)
        case c.SOL_SOCKET, c.SO_RCVTIMEO:
            return _int(endpoint.receive_timeout_ns // MILLISECOND)
        case c.SOL_SOCKET, c.SO_ERROR:
            # Of a stream it tells a failed connect, and goes on telling it (pinned, facts 38 and 57).
            error = endpoint.error if endpoint.failed else 0 if endpoint.stream else endpoint.take_error()
            return _int(wsa_of_status(error) if error else 0)
        case c.SOL_SOCKET, c.SO_TYPE:
            return _int(endpoint.type_number)
        case c.SOL_SOCKET, c.SO_ACCEPTCONN:
            return _int(endpoint.listening)
        case c.IPPROTO_IPV6, c.IPV6_V6ONLY:
            return _int(endpoint.v6only)
    if (level, name) not in SUPPORT:
        return WSAENOPROTOOPT
    if level == c.IPPROTO_TCP:
        return _get_tcp(endpoint, name) if endpoint.stream else WSAENOPROTOOPT
    stored = (endpoint.options or {}).get((level, name))
    return stored if stored is not None else _int(0)


