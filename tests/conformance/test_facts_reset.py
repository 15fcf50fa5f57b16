"""Facts 55 to 63: resets, what accept inherits, time-outs; and every way to close a connection."""

import pytest
from windows_facts import fact
from windows_scene import (
    ONE,
    connected,
    error,
    fill,
    later,
    listening,
    nonblocking,
    option,
    pair,
    reset,
    run,
    simulated,
    tcp,
)

from notsock.values.durations import SECOND
from notsock.winsock import constants as c


@fact(55)
@simulated
def test_sending_to_a_peer_that_has_closed(api):
    """Fact 55."""
    w = api.ws2_32
    client, server, _ = pair(api)
    w.closesocket(server)
    assert w.recv(client, 10) == b""
    assert w.send(client, b"x") == 1
    api.kernel32.Sleep(10)
    assert error(api, w.recv(client, 10)) == 10053


@fact(57, 58)
@simulated
def test_a_reset_ends_everything(api):
    """Facts 57 and 58."""
    w = api.ws2_32
    client, server, _ = pair(api)
    later(api, 10, lambda: reset(api, server))
    assert error(api, w.recv(client, 10)) == 10054
    assert option(api, client, c.SOL_SOCKET, c.SO_ERROR) == 0
    for _ in range(3):
        assert error(api, w.recv(client, 10)) == 10054
        assert error(api, w.send(client, b"x")) == 10054


@fact(61)
@simulated
def test_accept_inherits_options(api):
    """Fact 61."""
    w = api.ws2_32
    listener = tcp(api)
    options = {
        (c.SOL_SOCKET, c.SO_REUSEADDR): ONE,
        (c.SOL_SOCKET, c.SO_KEEPALIVE): ONE,
        (c.SOL_SOCKET, c.SO_OOBINLINE): ONE,
        (c.SOL_SOCKET, c.SO_SNDBUF): (4321).to_bytes(4, "little"),
        (c.SOL_SOCKET, c.SO_RCVBUF): (1234).to_bytes(4, "little"),
        (c.SOL_SOCKET, c.SO_SNDTIMEO): (8765).to_bytes(4, "little"),
        (c.SOL_SOCKET, c.SO_RCVTIMEO): (5678).to_bytes(4, "little"),
        (c.SOL_SOCKET, c.SO_LINGER): b"\1\0\x09\0",
        (c.IPPROTO_TCP, c.TCP_NODELAY): ONE,
    }
    for (level, name), value in options.items():
        assert w.setsockopt(listener, level, name, value) == 0
    w.bind(listener, ("127.0.0.1", 8000))
    w.listen(listener)
    connected(api)
    s, _ = w.accept(listener)
    assert {key: w.getsockopt(s, *key) for key in options} == options


@fact(63)
@simulated
def test_the_time_out_of_recv(api):
    """Fact 63; what arrives elsewhere meanwhile does not prolong it."""
    client, server, _ = pair(api)
    api.ws2_32.setsockopt(client, c.SOL_SOCKET, c.SO_RCVTIMEO, (2000).to_bytes(4, "little"))
    later(api, 1500, lambda: api.ws2_32.send(client, b"acknowledged at once"), lambda: None)
    began = api.executive.now
    assert error(api, api.ws2_32.recv(client, 10)) == 10060
    assert api.executive.now == began + 2 * SECOND
    assert api.ws2_32.recv(server, 100) == b"acknowledged at once"


@simulated
def test_the_time_out_of_send(api):
    client, _, _ = pair(api)
    api.ws2_32.setsockopt(client, c.SOL_SOCKET, c.SO_SNDTIMEO, (500).to_bytes(4, "little"))
    fill(api, client)
    began = api.executive.now
    assert error(api, api.ws2_32.send(client, b"x")) == 10060
    assert api.executive.now == began + SECOND // 2


# ---- who resets, and who closes gracefully -----------------------------------------------------------------------


@simulated
def test_unread_data_resets(api):
    client, server, _ = pair(api)
    api.ws2_32.send(server, b"nobody reads this")
    api.kernel32.Sleep(10)
    api.ws2_32.closesocket(client)
    assert error(api, api.ws2_32.recv(server, 10)) == 10054


@simulated
def test_closehandle_resets(api):
    client, server, _ = pair(api)
    api.kernel32.CloseHandle(client)
    assert error(api, api.ws2_32.recv(server, 10)) == 10054


@pytest.mark.parametrize("end", ["returns", "ExitProcess", "TerminateProcess"])
def test_the_end_of_a_process_resets(end):
    def server(api):
        s, _ = api.ws2_32.accept(listening(api))
        assert error(api, api.ws2_32.recv(s, 10)) == 10054

    def client(api):
        api.kernel32.Sleep(10)
        connected(api)
        if end == "ExitProcess":
            api.kernel32.ExitProcess(3)
        elif end == "TerminateProcess":
            api.kernel32.TerminateProcess(-1, 3)

    run(server, client)


def test_a_connection_that_nobody_accepted_is_reset_with_its_listener():
    def server(api):
        listener = listening(api)
        api.kernel32.Sleep(100)
        api.ws2_32.closesocket(listener)
        api.kernel32.Sleep(100)

    def client(api):
        api.kernel32.Sleep(10)
        s = connected(api)
        assert error(api, api.ws2_32.recv(s, 10)) == 10054

    run(server, client)


@simulated
def test_linger_of_zero_resets(api):
    client, server, _ = pair(api)
    reset(api, client)
    assert error(api, api.ws2_32.recv(server, 10)) == 10054


def linger(api, s, seconds):
    assert api.ws2_32.setsockopt(s, c.SOL_SOCKET, c.SO_LINGER, b"\1\0" + seconds.to_bytes(2, "little")) == 0


@simulated
def test_lingering_until_everything_is_delivered(api):
    w = api.ws2_32
    client, server, _ = pair(api)
    linger(api, client, 30)
    amount = fill(api, client)
    later(api, 2000, lambda: w.recv(server, amount, c.MSG_WAITALL))
    began = api.executive.now
    assert w.closesocket(client) == 0
    assert 2 * SECOND <= api.executive.now - began < 3 * SECOND


@simulated
def test_lingering_in_vain_resets(api):
    w = api.ws2_32
    client, server, _ = pair(api)
    linger(api, client, 5)
    fill(api, client)
    began = api.executive.now
    assert w.closesocket(client) == 0
    assert api.executive.now == began + 5 * SECOND
    while w.recv(server, 1 << 20):
        api.kernel32.Sleep(10)
    assert api.ws2_32.WSAGetLastError() == 10054


@simulated
def test_lingering_without_blocking(api):
    """Microsoft, closesocket: 10035, and the handle stays valid."""
    client, _, _ = pair(api)
    linger(api, client, 5)
    fill(api, client)
    nonblocking(api, client)
    assert error(api, api.ws2_32.closesocket(client)) == 10035
    assert api.ws2_32.getpeername(client) is not None


@simulated
def test_lingering_with_nothing_to_deliver_takes_no_time(api):
    client, server, _ = pair(api)
    linger(api, client, 5)
    began = api.executive.now
    assert api.ws2_32.closesocket(client) == 0
    assert api.executive.now == began
    assert api.ws2_32.recv(server, 1) == b""
