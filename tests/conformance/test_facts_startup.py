"""Facts 1 to 3: start-up and clean-up."""

from windows_facts import fact
from windows_scene import LOOPBACK, bound, copy, error, pair, simulated, tcp, udp

from notsock.winsock import constants as c


@fact(1)
@simulated
def test_calls_before_startup_fail(api):
    """Fact 1."""
    w = api.ws2_32
    w.WSACleanup()
    assert error(api, tcp(api)) == 10093
    assert error(api, w.closesocket(100)) == 10093
    assert error(api, w.bind(100, (LOOPBACK, 1))) == 10093
    assert error(api, w.select([100], [], [])) == 10093
    assert error(api, w.recv(100, 1)) == 10093
    assert error(api, w.send(100, b"x")) == 10093
    assert error(api, w.getsockopt(100, c.SOL_SOCKET, c.SO_TYPE)) == 10093
    assert error(api, w.gethostname()) == 10093
    assert w.getaddrinfo("localhost", None) == 10093


@fact(2)
@simulated
def test_the_last_cleanup_kills_every_socket(api):
    """Fact 2."""
    w = api.ws2_32
    client, server, _ = pair(api)
    other = bound(api, udp(api))
    info = w.WSADuplicateSocket(other, api.process_id)
    duplicate = w.WSASocket(0, 0, 0, info)
    assert duplicate not in (-1, other)
    w.WSAStartup()
    w.WSACleanup()
    assert w.getsockname(other) is not None, "calls nest"
    w.WSACleanup()
    assert error(api, w.closesocket(client)) == 10093
    w.WSAStartup()
    for s in (client, server, other, duplicate):
        assert error(api, w.getsockname(s)) == 10038
        assert error(api, w.closesocket(s)) == 10038


@simulated
def test_a_copy_that_winsock_does_not_know_survives_the_last_cleanup(api):
    w = api.ws2_32
    s = bound(api, udp(api))
    number = copy(api, s)
    w.WSACleanup()
    w.WSAStartup()
    assert w.getsockname(number) is not None
    assert error(api, w.getsockname(s)) == 10038


@fact(3)
@simulated
def test_cleanup_without_startup(api):
    """Fact 3."""
    assert api.ws2_32.WSACleanup() == 0
    assert error(api, api.ws2_32.WSACleanup()) == 10093
