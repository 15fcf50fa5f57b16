"""Facts 72 and 73: calls in the wrong state."""

from windows_facts import fact
from windows_scene import ANY, LOOPBACK, bound, connected, error, listening, nonblocking, simulated, tcp, udp


@fact(72)
@simulated
def test_connect_in_the_wrong_state(api):
    """Fact 72."""
    w = api.ws2_32
    listener = listening(api)
    assert error(api, w.connect(listener, (LOOPBACK, 8000))) == 10022
    client = connected(api)
    assert error(api, w.connect(client, (LOOPBACK, 8000))) == 10056
    s = nonblocking(api, tcp(api))
    assert error(api, w.connect(s, ("10.0.0.77", 80))) == 10035
    assert error(api, w.connect(s, ("10.0.0.77", 80))) == 10037
    assert error(api, w.send(s, b"x")) == 10057
    assert error(api, w.recv(s, 1)) == 10057
    assert error(api, w.getpeername(s)) == 10057


@fact(73)
@simulated
def test_datagram_sockets_in_the_wrong_state(api):
    """Fact 73."""
    w = api.ws2_32
    s = udp(api)
    assert error(api, w.send(s, b"x")) == 10057
    assert error(api, w.recv(s, 1)) == 10022
    assert error(api, w.recvfrom(s, 1)) == 10022
    peer = w.getsockname(bound(api, udp(api)))
    assert w.connect(s, peer) == 0
    assert w.getpeername(s) == peer
    assert w.send(s, b"x") == 1
    assert w.connect(s, None) == 0
    assert error(api, w.getpeername(s)) == 10057
    assert error(api, w.send(s, b"x")) == 10057


@simulated
def test_other_calls_in_the_wrong_state(api):
    w = api.ws2_32
    assert error(api, w.accept(tcp(api))) == 10022
    assert error(api, w.accept(bound(api, udp(api)))) == 10045
    s = tcp(api)
    assert error(api, w.send(s, b"x")) == 10057
    assert error(api, w.recv(s, 1)) == 10057
    assert error(api, w.connect(s, (ANY, 80))) == 10049
    assert error(api, w.connect(s, (LOOPBACK, 0))) == 10049
    assert error(api, w.connect(s, None)) == 10014
    assert error(api, w.connect(bound(api, s), ("10.0.0.77", 80))) == 10049, "loopback leads nowhere else"
    connection = connected(api, w.getsockname(listening(api)))
    assert error(api, w.listen(connection)) == 10056


@simulated
def test_sockets_that_do_not_exist(api):
    w = api.ws2_32
    assert error(api, w.socket(99, 1, 0)) == 10047
    assert error(api, w.socket(2, 99, 0)) == 10044
    assert error(api, w.socket(2, 1, 17)) == 10043
    assert error(api, w.socket(2, 2, 6)) == 10043
