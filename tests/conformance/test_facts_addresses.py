"""Facts 64 to 71: who may bind what, and who hears."""

import pytest
from windows_facts import fact
from windows_scene import (
    AF_INET6,
    ANY,
    LOOPBACK,
    ONE,
    ZERO,
    bound,
    connected,
    error,
    listening,
    run,
    simulated,
    tcp,
    udp,
)

from notsock.net.sharing import Sharing
from notsock.winsock import constants as c

NONE, REUSE, EXCLUSIVE = Sharing.NONE, Sharing.REUSE, Sharing.EXCLUSIVE
_OPTION = {REUSE: c.SO_REUSEADDR, EXCLUSIVE: c.SO_EXCLUSIVEADDRUSE}


def asking(api, sharing, family=2, kind=1, dual=False):
    s = api.ws2_32.socket(family, kind, 0)
    if sharing != NONE:
        assert api.ws2_32.setsockopt(s, c.SOL_SOCKET, _OPTION[sharing], ONE) == 0
    if dual:
        assert api.ws2_32.setsockopt(s, c.IPPROTO_IPV6, c.IPV6_V6ONLY, ZERO) == 0
    return s


def binding(api, sharing, host, family=2, kind=1, dual=False, port=8000):
    """Return the Winsock code of a new socket's bind."""
    s = asking(api, sharing, family, kind, dual)
    return error(api, api.ws2_32.bind(s, (host, port)))


@fact(64)
@simulated
def test_the_same_address_twice(api):
    """Fact 64."""
    assert binding(api, NONE, LOOPBACK) == 0
    assert binding(api, NONE, LOOPBACK) == 10048
    assert binding(api, REUSE, LOOPBACK) == 10013
    assert binding(api, REUSE, LOOPBACK, port=8001) == 0
    assert binding(api, REUSE, LOOPBACK, port=8001) == 0


def accepted_by(api, listeners):
    """Connect once to port 8000 of loopback; return the place of the listener that has the connection."""
    client = connected(api)
    ready = api.ws2_32.select(listeners, [], [])[0]
    assert len(ready) == 1
    s, _ = api.ws2_32.accept(ready[0])
    api.ws2_32.closesocket(client)
    api.ws2_32.closesocket(s)
    return listeners.index(ready[0])


@fact(65)
@simulated
def test_two_may_listen_and_the_first_is_heard(api):
    """Fact 65."""
    listeners = [bound(api, asking(api, REUSE), (LOOPBACK, 8000)) for _ in range(2)]
    for s in listeners:
        assert api.ws2_32.listen(s) == 0
    assert [accepted_by(api, listeners) for _ in range(3)] == [0, 0, 0]
    api.ws2_32.closesocket(listeners[0])
    assert accepted_by(api, listeners[1:]) == 0


@fact(66)
@pytest.mark.parametrize("hosts", [(ANY, LOOPBACK), (LOOPBACK, ANY)])
@simulated
def test_a_wildcard_and_a_loopback_listener(api, hosts):
    """Fact 66."""
    listeners = [listening(api, (host, 8000)) for host in hosts]
    assert accepted_by(api, listeners) == hosts.index(LOOPBACK)


@fact(67)
@simulated
def test_sharing_and_excluding_exclude_each_other(api):
    """Fact 67."""
    for first, second in ((c.SO_REUSEADDR, c.SO_EXCLUSIVEADDRUSE), (c.SO_EXCLUSIVEADDRUSE, c.SO_REUSEADDR)):
        s = tcp(api)
        assert error(api, api.ws2_32.setsockopt(s, c.SOL_SOCKET, first, ONE)) == 0
        assert error(api, api.ws2_32.setsockopt(s, c.SOL_SOCKET, second, ONE)) == 10022
        assert error(api, api.ws2_32.setsockopt(s, c.SOL_SOCKET, first, ZERO)) == 0
        assert error(api, api.ws2_32.setsockopt(s, c.SOL_SOCKET, second, ONE)) == 0


@fact(68)
@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ((EXCLUSIVE, ANY), (NONE, LOOPBACK), 10013),
        ((EXCLUSIVE, ANY), (EXCLUSIVE, LOOPBACK), 10013),
        ((EXCLUSIVE, LOOPBACK), (NONE, ANY), 0),
        ((EXCLUSIVE, LOOPBACK), (EXCLUSIVE, ANY), 10048),
        ((NONE, LOOPBACK), (EXCLUSIVE, ANY), 10048),
        ((NONE, ANY), (EXCLUSIVE, LOOPBACK), 0),
    ],
)
@simulated
def test_an_exclusive_wildcard_and_loopback(api, first, second, code):
    """Fact 68."""
    assert binding(api, *first) == 0
    assert binding(api, *second) == code


@fact(69)
@simulated
def test_an_exclusive_dual_stack_wildcard(api):
    """Fact 69."""
    assert binding(api, EXCLUSIVE, "::", AF_INET6, dual=True) == 0
    assert binding(api, NONE, LOOPBACK) == 10013
    assert binding(api, NONE, ANY) == 10013
    assert binding(api, NONE, "::ffff:127.0.0.1", AF_INET6, dual=True) == 10013
    assert binding(api, NONE, LOOPBACK, port=8001) == 0
    assert binding(api, EXCLUSIVE, "::", AF_INET6, dual=True, port=8001) == 10048
    assert binding(api, NONE, "::", AF_INET6, dual=True, port=8002) == 0
    assert binding(api, NONE, ANY, port=8002) == 0
    assert binding(api, NONE, "::ffff:127.0.0.1", AF_INET6, dual=True, port=8003) == 0
    assert binding(api, NONE, LOOPBACK, port=8003) == 10048


@simulated
def test_only_ipv6_unless_told_otherwise(api):
    assert api.ws2_32.getsockopt(tcp(api, AF_INET6), c.IPPROTO_IPV6, c.IPV6_V6ONLY) == ONE
    assert binding(api, EXCLUSIVE, "::", AF_INET6) == 0
    assert binding(api, EXCLUSIVE, ANY) == 0
    assert binding(api, NONE, "::ffff:127.0.0.1", AF_INET6, port=8001) == 10049
    listening(api, ("::", 8002), family=AF_INET6)
    assert error(api, api.ws2_32.connect(tcp(api), (LOOPBACK, 8002))) == 10061


@simulated
def test_a_dual_stack_listener_hears_both(api):
    listener = asking(api, NONE, AF_INET6, dual=True)
    assert api.ws2_32.bind(listener, ("::", 8000)) == 0
    assert api.ws2_32.listen(listener) == 0
    for host, seen in ((LOOPBACK, "::ffff:127.0.0.1"), ("::1", "::1")):
        client = connected(api, (host, 8000))
        s, peer = api.ws2_32.accept(listener)
        assert peer[0] == seen
        assert api.ws2_32.getsockname(s)[:2] == (seen, 8000)
        assert api.ws2_32.getpeername(client)[0] == host
    dual = asking(api, NONE, AF_INET6, dual=True)
    assert api.ws2_32.connect(dual, ("::ffff:127.0.0.1", 8000)) == 0
    assert api.ws2_32.getpeername(dual) == ("::ffff:127.0.0.1", 8000, 0, 0)


@fact(70)
@simulated
def test_wrong_binds_and_listens(api):
    """Fact 70."""
    w = api.ws2_32
    s = tcp(api)
    assert error(api, w.listen(s)) == 10022
    assert error(api, w.bind(s, ("10.0.0.99", 0))) == 10049
    assert error(api, w.bind(s, None)) == 10014
    assert error(api, w.bind(s, (LOOPBACK,))) == 10014
    assert error(api, w.bind(s, ("::1", 0))) == 10047
    assert error(api, w.bind(tcp(api, AF_INET6), (LOOPBACK, 0))) == 10014, "an IPv4 address is too short"
    assert w.bind(s, (LOOPBACK, 0)) == 0
    assert error(api, w.bind(s, (LOOPBACK, 0))) == 10022
    assert w.listen(s) == 0
    assert w.listen(s) == 0
    assert error(api, w.listen(bound(api, udp(api)))) == 10045


@fact(71)
@simulated
def test_the_name_of_an_unbound_socket(api):
    """Fact 71."""
    assert error(api, api.ws2_32.getsockname(tcp(api))) == 10022
    assert error(api, api.ws2_32.getsockname(udp(api))) == 10022


# ---- Microsoft's table: "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", one user --------------------------------------

OK, USED, DENIED = 0, 10048, 10013
NEWCOMERS = [(sharing, host) for sharing in (NONE, REUSE, EXCLUSIVE) for host in (ANY, LOOPBACK)]
TABLE = {
    # first               none: wildcard, specific   reuse: wildcard, specific   exclusive: wildcard, specific
    (NONE, ANY):           (USED, OK,                DENIED, OK,                 USED, OK),
    (NONE, LOOPBACK):      (OK, USED,                OK, DENIED,                 USED, USED),
    (REUSE, ANY):          (USED, OK,                OK, OK,                     USED, OK),
    (REUSE, LOOPBACK):     (OK, USED,                OK, OK,                     USED, USED),
    (EXCLUSIVE, ANY):      (USED, DENIED,            DENIED, DENIED,             USED, DENIED),
    (EXCLUSIVE, LOOPBACK): (OK, USED,                OK, DENIED,                 USED, USED),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["bound", "listening", "datagram"])
@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("first", TABLE, ids=lambda first: f"{first[0].name}-{first[1]}")
def test_the_table_of_two_binds(first, processes, kind):
    """36 cells; bound or listening, TCP or UDP, one process or two, it is the same table."""
    number = 2 if kind == "datagram" else 1
    seen = []

    def holder(api):
        for port in range(8000, 8006):
            s = asking(api, first[0], kind=number)
            assert api.ws2_32.bind(s, (first[1], port)) == 0
            if kind == "listening":
                assert api.ws2_32.listen(s) == 0
        if processes == 1:
            newcomer(api)
        api.kernel32.Sleep(1000)

    def newcomer(api):
        api.kernel32.Sleep(100)
        for port, second in enumerate(NEWCOMERS, 8000):
            seen.append(binding(api, *second, kind=number, port=port))

    run(*((holder,) if processes == 1 else (holder, newcomer)))
    assert tuple(seen) == TABLE[first]


@pytest.mark.parametrize("release", ["nt4-sp3", "nt4-sp4", "98"])
@pytest.mark.parametrize("first", [NONE, REUSE])
def test_older_releases_ask_only_the_newcomer(release, first):
    """Q194431, Q241041."""

    @simulated(release=release)
    def scene(api):
        assert binding(api, first, LOOPBACK) == 0
        assert binding(api, NONE, LOOPBACK) == 10048
        assert binding(api, REUSE, LOOPBACK) == 0
        assert binding(api, NONE, ANY) == 0

    scene()


@simulated(release="nt4-sp4")
def test_an_exclusive_owner_is_not_pushed_aside(api):
    """Q194431: that is what service pack 4 brought."""
    for port, host in ((8000, LOOPBACK), (8001, ANY)):
        assert binding(api, EXCLUSIVE, host, port=port) == 0
        assert binding(api, NONE, host, port=port) == 10048
        assert binding(api, REUSE, host, port=port) == 10013
    assert binding(api, REUSE, LOOPBACK, port=8001) == 10013
    assert binding(api, NONE, ANY, port=8000) == 0


@pytest.mark.parametrize(
    ("release", "code"), [("11", 0), ("2000", 0), ("nt4-sp4", 0), ("nt4-sp3", 10042), ("98", 10042)]
)
def test_exclusive_use_came_with_service_pack_4(release, code):
    @simulated(release=release)
    def scene(api):
        answer = api.ws2_32.setsockopt(tcp(api), c.SOL_SOCKET, c.SO_EXCLUSIVEADDRUSE, ONE)
        assert error(api, answer) == code

    scene()


@pytest.mark.parametrize(("release", "code"), [("11", 0), ("2000", 0), ("nt4-sp4", 10048), ("nt4", 10048)])
def test_a_closed_listeners_port_while_a_connection_lives(release, code):
    """Q307175: before Windows 2000 the connection keeps the address, unless the newcomer shares."""

    @simulated(release=release)
    def scene(api):
        listener = listening(api)
        connected(api)
        api.ws2_32.accept(listener)
        api.ws2_32.closesocket(listener)
        assert binding(api, NONE, LOOPBACK) == code
        assert binding(api, REUSE, LOOPBACK) in (0, 10013)

    scene()
