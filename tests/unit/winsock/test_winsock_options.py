"""Options: every supported one can be set or says why not, and reads back."""

import pytest

from notsock.system import System
from notsock.winsock import constants as c
from notsock.winsock.options import SUPPORT, get_option, set_option

ONE = (1).to_bytes(4, "little")
READ_ONLY = {(c.SOL_SOCKET, name) for name in (c.SO_ERROR, c.SO_TYPE, c.SO_ACCEPTCONN)}


def endpoint(kind=1, family=2):
    process = System().machine().create_process("p", None)
    process.ws2_32.WSAStartup()
    return process.table.objects[process.ws2_32.socket(family, kind, 0)]


@pytest.mark.parametrize(("level", "name"), SUPPORT)
def test_a_supported_option(level, name):
    at = endpoint(family=23 if level == c.IPPROTO_IPV6 else 2)
    if name == c.IP_DROP_MEMBERSHIP and level != c.SOL_SOCKET:
        assert set_option(at, level, name, ONE * 6) == 10022, "never joined"
        assert set_option(at, level, c.IP_ADD_MEMBERSHIP, ONE * 6) == 0
    assert set_option(at, level, name, ONE * 6) == (10042 if (level, name) in READ_ONLY else 0)
    assert isinstance(get_option(at, level, name), bytes)
    assert set_option(at, level, name, b"") == 10014


def test_an_unknown_option():
    assert set_option(endpoint(), c.SOL_SOCKET, 0x9999, ONE) == 10042
    assert get_option(endpoint(), c.SOL_SOCKET, 0x9999) == 10042


def test_options_of_streams_are_not_for_datagrams():
    at = endpoint(kind=2)
    assert set_option(at, c.IPPROTO_TCP, c.TCP_NODELAY, ONE) == 10042
    assert get_option(at, c.IPPROTO_TCP, c.TCP_NODELAY) == 10042


@pytest.mark.parametrize(
    ("level", "name", "value"),
    [
        (c.SOL_SOCKET, c.SO_RCVTIMEO, 1500),
        (c.SOL_SOCKET, c.SO_SNDTIMEO, 2500),
        (c.SOL_SOCKET, c.SO_SNDBUF, 12345),
        (c.SOL_SOCKET, c.SO_RCVBUF, 54321),
        (c.SOL_SOCKET, c.SO_KEEPALIVE, 1),
        (c.SOL_SOCKET, c.SO_LINGER, 0x50001),
        (c.IPPROTO_TCP, c.TCP_NODELAY, 1),
        (c.IPPROTO_TCP, c.TCP_KEEPIDLE, 33),
        (c.IPPROTO_TCP, c.TCP_KEEPCNT, 4),
        (c.IPPROTO_TCP, c.TCP_KEEPINTVL, 3),
    ],
)
def test_what_was_set_reads_back(level, name, value):
    at = endpoint()
    raw = value.to_bytes(4, "little")
    assert set_option(at, level, name, raw) == 0
    assert get_option(at, level, name) == raw


def test_defaults():
    at = endpoint()
    read = {name: get_option(at, c.SOL_SOCKET, name) for name in (c.SO_LINGER, c.SO_DONTLINGER, c.SO_TYPE)}
    assert read == {c.SO_LINGER: bytes(4), c.SO_DONTLINGER: ONE, c.SO_TYPE: ONE}
    assert get_option(at, c.IPPROTO_TCP, c.TCP_KEEPIDLE) == (7200).to_bytes(4, "little")
