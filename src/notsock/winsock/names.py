"""Names and addresses: getaddrinfo and getnameinfo over the system's own hosts; nobody else is asked.

``localhost`` is ::1 and 127.0.0.1, in that order, as on Windows since Vista; a machine's own name and those of
the other machines are their addresses.  Services are the few that programs ask for by name.
"""

from typing import TYPE_CHECKING

from notsock.values.addresses import (
    AF_INET,
    AF_INET6,
    AF_UNSPEC,
    ANY4,
    ANY6,
    IPPROTO_TCP,
    IPPROTO_UDP,
    LOOPBACK4,
    LOOPBACK6,
    SOCK_DGRAM,
    SOCK_STREAM,
    canonical,
    is_loopback,
)
from notsock.values.errors import WSAEAFNOSUPPORT, WSAESOCKTNOSUPPORT, WSAHOST_NOT_FOUND, WSANO_DATA
from notsock.winsock import constants as c

if TYPE_CHECKING:
    from notsock.net.host import Host

Address4or6 = tuple[str, int] | tuple[str, int, int, int]
Found = tuple[int, int, int, str, Address4or6]

SERVICES = {
    "echo": 7, "discard": 9, "daytime": 13, "ftp-data": 20, "ftp": 21, "telnet": 23, "smtp": 25, "time": 37,
    "domain": 53, "http": 80, "pop3": 110, "nntp": 119, "ntp": 123, "imap": 143, "ldap": 389, "https": 443,
    "imaps": 993, "pop3s": 995,
}  # fmt: skip

_SOCK_TYPE_MAX = 5
"""SOCK_SEQPACKET, the last of the types of sockets that there are."""
_TYPES = ((SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP))


def full(host: str, port: int, scope: int = 0) -> Address4or6:
    """Return an address as a program gets it: two parts for IPv4, four for IPv6."""
    return (host, port, 0, scope) if ":" in host else (host, port)


def port_of(service: str | int | bytes | None) -> int | None:
    """Return the port of a service's name or number, None when there is no such service."""
    if service is None or service in ("", b""):
        return 0
    if isinstance(service, bytes):
        service = service.decode("ascii", "replace")
    if isinstance(service, int) or service.isdecimal():
        return int(service) & 0xFFFF
    return SERVICES.get(service.lower())


def scope_of(name: str | None) -> int:
    """Return the interface's number behind the ``%`` of a numeric IPv6 address, 0 where there is none."""
    _, _, zone = (name or "").partition("%")
    return int(zone) if zone.isdecimal() and ":" in (name or "") else 0


def addresses_of(asking: "Host", name: str) -> list[str]:
    """Return the addresses of a name, or of a numeric address itself; none when nobody has it."""
    for family in (AF_INET, AF_INET6):
        spelled = canonical(name, family)
        if spelled is not None:
            return [spelled]
    plain = name.lower().rstrip(".")
    if plain == "localhost":
        return [LOOPBACK6, LOOPBACK4] if asking.profile.ipv6 else [LOOPBACK4]
    host = asking.network.host_named(plain.partition(".")[0])
    if host is None:
        return []
    return [address for address in host.addresses if asking.profile.ipv6 or ":" not in address]


def getaddrinfo(
    asking: "Host", name: str | None, service: str | int | bytes | None, family: int, kind: int, protocol: int,
    flags: int,
) -> list[Found] | int:  # fmt: skip
    """Return what getaddrinfo returns, or a Winsock code (RFC 3493 6.1; Microsoft, getaddrinfo)."""
    if family not in (AF_UNSPEC, AF_INET, AF_INET6):
        return WSAEAFNOSUPPORT
    if not 0 <= kind <= _SOCK_TYPE_MAX:
        return WSAESOCKTNOSUPPORT
    port = port_of(service)
    if flags & c.AI_NUMERICSERV and isinstance(service, str | bytes) and service and not service.isdigit():
        return WSAHOST_NOT_FOUND  # RFC 3493 6.1: EAI_NONAME
    if port is None:
        return 10109
    if name == "":
        hosts = [address for address in asking.addresses if asking.profile.ipv6 or ":" not in address]
    elif name is None:
        hosts = [ANY6, ANY4] if flags & c.AI_PASSIVE else [LOOPBACK6, LOOPBACK4]
        if not asking.profile.ipv6:
            hosts = hosts[1:]
    elif flags & c.AI_NUMERICHOST and canonical(name, AF_INET) is None and canonical(name, AF_INET6) is None:
        return WSAHOST_NOT_FOUND
    else:
        hosts = addresses_of(asking, name)
    if not hosts:
        return WSAHOST_NOT_FOUND
    if family == AF_INET6 and flags & c.AI_V4MAPPED and not any(":" in host for host in hosts):
        hosts = [f"::ffff:{host}" for host in hosts]
    found: list[Found] = []
    types = [(t, p) for t, p in _TYPES if kind in (0, t) and protocol in (0, p)]
    if not types:
        types = [(kind, protocol)]
    elif kind == 0 and protocol == 0:
        types = [(0, 0)]
    scope = scope_of(name)
    for host in hosts:
        wide = ":" in host
        if family not in (AF_UNSPEC, AF_INET6 if wide else AF_INET):
            continue
        for number, proto in types:
            canon = name if flags & c.AI_CANONNAME and name and not found else ""
            at = AF_INET6 if wide else AF_INET
            found.append((at, number, protocol or (proto if kind else 0), canon, full(host, port, scope)))
    if not found and name and any(canonical(name, each) for each in (AF_INET, AF_INET6)):
        return WSAHOST_NOT_FOUND  # a numeric address of the other family (trio's test_socket, on Windows)
    return found or WSANO_DATA


def getnameinfo(asking: "Host", host: str, port: int, flags: int, scope: int = 0) -> tuple[str, str] | int:
    """Return (host, service) names, or a Winsock code (RFC 3493 6.2)."""
    name = f"{host}%{scope}" if scope else host
    if not flags & c.NI_NUMERICHOST:
        owner = asking if is_loopback(host) else asking.network.host_at(host)
        if owner is not None:
            name = owner.name
        elif flags & c.NI_NAMEREQD:
            return WSAHOST_NOT_FOUND
    service = str(port)
    if not flags & c.NI_NUMERICSERV:
        service = next((text for text, number in SERVICES.items() if number == port), service)
    return name, service
