"""Addresses as text, in one spelling each, so that equal addresses are equal strings."""

from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TypeAlias

AF_UNSPEC = 0
AF_INET = 2
AF_INET6 = 23
"""Windows' number for it."""

IPPROTO_TCP = 6
IPPROTO_UDP = 17
SOCK_STREAM = 1
SOCK_DGRAM = 2

ANY4 = "0.0.0.0"  # noqa: S104 - an address in a simulation
ANY6 = "::"
LOOPBACK4 = "127.0.0.1"
LOOPBACK6 = "::1"
BROADCAST4 = "255.255.255.255"

Endpoint4: TypeAlias = tuple[str, int]


@lru_cache(maxsize=4096)
def canonical(text: str, family: int) -> str | None:
    """Return the one spelling of a numeric address of ``family``, None when it is not one."""
    try:
        if family == AF_INET:
            return str(IPv4Address(text))
        return _spelled(IPv6Address(text.partition("%")[0]))
    except AddressValueError:
        return None


def _spelled(address: IPv6Address) -> str:
    """Spell an IPv6 address, an IPv4-mapped one with dots, as Windows (and Python from 3.13 on) does."""
    inner = address.ipv4_mapped
    return str(address) if inner is None else f"::ffff:{inner}"


@lru_cache(maxsize=4096)
def is_loopback(host: str) -> bool:
    """Say whether a canonical address is one of the loopback network."""
    return host == LOOPBACK6 or host.startswith("127.")


def is_wildcard(host: str) -> bool:
    """Say whether a canonical address means every address of the machine."""
    return host in (ANY4, ANY6)


@lru_cache(maxsize=4096)
def is_multicast(host: str) -> bool:
    """Say whether a canonical address is a multicast group's."""
    return IPv6Address(host).is_multicast if ":" in host else IPv4Address(host).is_multicast


@lru_cache(maxsize=4096)
def unmapped(host: str) -> str:
    """Return the IPv4 address inside an IPv4-mapped IPv6 one, else the address itself (RFC 4291 2.5.5.2)."""
    if ":" in host:
        inner = IPv6Address(host).ipv4_mapped
        if inner is not None:
            return str(inner)
    return host


@lru_cache(maxsize=4096)
def mapped(host: str) -> str:
    """Return the IPv4-mapped IPv6 spelling of an IPv4 address."""
    return host if ":" in host else f"::ffff:{host}"


def text_of(host: str, port: int) -> str:
    """Return an address as netstat prints it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
