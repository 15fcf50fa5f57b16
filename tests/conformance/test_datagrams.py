"""UDP as programs meet it."""

import pytest
from windows_scene import AF_INET, AF_INET6, LOOPBACK, ONE, bound, error, nonblocking, run, simulated, udp

from notsock.explore.strategies.random import Random
from notsock.net.links import Conditions
from notsock.values.durations import MILLISECOND
from notsock.winsock import constants as c


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("family", [AF_INET, AF_INET6])
def test_a_datagram_and_its_answer(family, apart):
    def server(api):
        w = api.ws2_32
        s = bound(api, udp(api, family), ("::" if family == AF_INET6 else "0.0.0.0", 7))
        data, peer = w.recvfrom(s, 100)
        assert w.sendto(s, data.upper(), 0, peer) == len(data)

    def client(api):
        api.kernel32.Sleep(10)
        w = api.ws2_32
        s = udp(api, family)
        host = {(4, 0): LOOPBACK, (6, 0): "::1", (4, 1): "10.0.0.1", (6, 1): "fd00::1"}[6 if family == 23 else 4, apart]
        assert w.sendto(s, b"hello", 0, (host, 7)) == 5
        assert w.getsockname(s)[:2] == ("::" if family == AF_INET6 else "0.0.0.0", 49152)
        data, peer = w.recvfrom(s, 100)
        assert (data, peer[:2]) == (b"HELLO", (host, 7))

    run(server, client, apart=apart)


@simulated
def test_a_datagram_larger_than_the_buffer(api):
    """10040, and what is left of it is gone; peeking leaves it there."""
    w = api.ws2_32
    s = bound(api, udp(api), (LOOPBACK, 7))
    for data in (b"too long", b"short"):
        w.sendto(udp(api), data, 0, (LOOPBACK, 7))
    api.kernel32.Sleep(10)
    assert error(api, w.recvfrom(s, 5, c.MSG_PEEK)) == 10040
    assert w.ioctlsocket(s, c.FIONREAD) == 13
    assert error(api, w.recvfrom(s, 5)) == 10040
    assert w.recv(s, 5) == b"short"


@simulated
def test_the_largest_datagram(api):
    w = api.ws2_32
    s = bound(api, udp(api), (LOOPBACK, 7))
    assert error(api, w.sendto(s, bytes(65508), 0, (LOOPBACK, 7))) == 10040
    assert w.sendto(s, bytes(65507), 0, (LOOPBACK, 7)) == 65507
    assert w.recv(s, 65507) == bytes(65507)
    assert w.sendto(s, b"", 0, (LOOPBACK, 7)) == 0
    assert w.recvfrom(s, 10) == (b"", (LOOPBACK, 7))


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(("release", "told"), [("11", True), ("2000", True), ("nt4-sp3", False), ("98", False)])
def test_an_unreachable_port(release, told, apart):
    """Q263823: since Windows 2000 the next receive is 10054, once; before, nothing."""

    def client(api):
        w = api.ws2_32
        s = bound(api, udp(api), ("0.0.0.0", 0))
        w.setsockopt(s, c.SOL_SOCKET, c.SO_RCVTIMEO, (1000).to_bytes(4, "little"))
        to = ("10.0.0.2" if apart else LOOPBACK, 9)
        assert w.sendto(s, b"x", 0, to) == 1
        api.kernel32.Sleep(10)
        assert w.select([s], [], [], 0)[0] == ([s] if told else [])
        assert error(api, w.recvfrom(s, 10)) == (10054 if told else 10060)
        assert error(api, w.recvfrom(s, 10)) == 10060
        assert w.sendto(s, b"x", 0, to) == 1, "sending does not report it"

    run(client, lambda api: api.kernel32.Sleep(100), apart=True, release=release)


@simulated
def test_an_unreachable_port_that_nobody_wants_to_hear_of(api):
    w = api.ws2_32
    s = nonblocking(api, bound(api, udp(api)))
    for on, code in ((False, 10035), (True, 10054)):
        assert w.WSAIoctl(s, c.SIO_UDP_CONNRESET, on) == 0
        w.sendto(s, b"x", 0, (LOOPBACK, 9))
        api.kernel32.Sleep(10)
        assert error(api, w.recvfrom(s, 10)) == code


@simulated
def test_a_connected_socket_hears_only_its_peer(api):
    w = api.ws2_32
    peer, other = bound(api, udp(api)), bound(api, udp(api))
    s = udp(api)
    assert w.connect(s, w.getsockname(peer)) == 0
    w.sendto(other, b"stranger", 0, w.getsockname(s))
    w.sendto(peer, b"friend", 0, w.getsockname(s))
    assert w.recv(s, 100) == b"friend"
    nonblocking(api, s)
    assert error(api, w.recv(s, 100)) == 10035


def test_broadcast_needs_leave_and_reaches_everybody():
    heard = []

    def listener(api):
        s = bound(api, udp(api), ("0.0.0.0", 67))
        heard.append(api.ws2_32.recvfrom(s, 100))

    def sender(api):
        api.kernel32.Sleep(10)
        w = api.ws2_32
        s = udp(api)
        assert error(api, w.sendto(s, b"all", 0, ("255.255.255.255", 67))) == 10013
        w.setsockopt(s, c.SOL_SOCKET, c.SO_BROADCAST, ONE)
        assert w.sendto(s, b"all", 0, ("255.255.255.255", 67)) == 3

    run(listener, listener, sender, apart=True)
    assert [data for data, _ in heard] == [b"all", b"all"]


def test_a_group_hears_what_is_sent_to_it():
    heard = []

    def member(api):
        w = api.ws2_32
        s = bound(api, udp(api), ("0.0.0.0", 5353))
        request = bytes([224, 0, 0, 251, 0, 0, 0, 0])
        assert w.setsockopt(s, c.IPPROTO_IP, c.IP_ADD_MEMBERSHIP, request) == 0
        assert error(api, w.setsockopt(s, c.IPPROTO_IP, c.IP_ADD_MEMBERSHIP, request)) == 10022
        heard.append(w.recv(s, 100))
        assert w.setsockopt(s, c.IPPROTO_IP, c.IP_DROP_MEMBERSHIP, request) == 0

    def sender(api):
        api.kernel32.Sleep(10)
        assert api.ws2_32.sendto(udp(api), b"members", 0, ("224.0.0.251", 5353)) == 7

    run(member, member, sender, apart=True)
    assert heard == [b"members", b"members"]


@simulated
def test_a_full_buffer_drops_datagrams(api):
    w = api.ws2_32
    s = bound(api, udp(api), (LOOPBACK, 7))
    w.setsockopt(s, c.SOL_SOCKET, c.SO_RCVBUF, (3000).to_bytes(4, "little"))
    for number in range(5):
        w.sendto(udp(api), bytes([number]) * 1000, 0, (LOOPBACK, 7))
    api.kernel32.Sleep(10)
    nonblocking(api, s)
    assert [w.recv(s, 1000)[0] for _ in range(3)] == [0, 1, 2]
    assert error(api, w.recv(s, 1000)) == 10035


def test_links_lose_repeat_and_reorder_datagrams():
    got = []
    conditions = Conditions(delay_min_ns=MILLISECOND, delay_max_ns=50 * MILLISECOND, loss=200, duplication=200)

    def receiver(api):
        s = bound(api, udp(api), ("0.0.0.0", 7))
        api.ws2_32.setsockopt(s, c.SOL_SOCKET, c.SO_RCVTIMEO, (500).to_bytes(4, "little"))
        while (data := api.ws2_32.recv(s, 1)) is not None:
            got.append(data[0])

    def sender(api):
        api.kernel32.Sleep(10)
        s = udp(api)
        for number in range(100):
            api.ws2_32.sendto(s, bytes([number]), 0, ("10.0.0.1", 7))

    run(receiver, sender, apart=True, conditions=conditions, strategy=Random(1))
    assert 50 < len(set(got)) < 100
    assert len(got) > len(set(got))
    assert got != sorted(got)
