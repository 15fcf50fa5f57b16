"""Facts 48 to 54 and 62: half-closing, and what is delivered."""

import pytest
from windows_facts import fact
from windows_scene import (
    LOOPBACK,
    bound,
    connected,
    error,
    later,
    listening,
    nonblocking,
    pair,
    run,
    simulated,
    tcp,
    udp,
)

from notsock.winsock import constants as c


@fact(48)
@simulated
def test_shutdown_without_a_connection(api):
    """Fact 48."""
    for how in (c.SD_RECEIVE, c.SD_SEND, c.SD_BOTH):
        assert error(api, api.ws2_32.shutdown(tcp(api), how)) == 10057
    assert error(api, api.ws2_32.shutdown(listening(api), c.SD_BOTH)) == 10057


@fact(49)
@simulated
def test_shutting_the_sending_side_twice(api):
    """Fact 49."""
    client, _, _ = pair(api)
    assert api.ws2_32.shutdown(client, c.SD_SEND) == 0
    assert api.ws2_32.shutdown(client, c.SD_SEND) == 0
    assert error(api, api.ws2_32.send(client, b"x")) == 10058


@fact(50)
@simulated
def test_the_peer_of_a_half_closed_socket(api):
    """Fact 50."""
    client, server, _ = pair(api)
    api.ws2_32.shutdown(client, c.SD_SEND)
    assert [api.ws2_32.recv(server, 10) for _ in range(3)] == [b""] * 3
    assert api.ws2_32.send(server, b"still") == 5
    assert api.ws2_32.recv(client, 10) == b"still"
    assert api.ws2_32.recv(server, 10) == b""


@fact(51)
@simulated
def test_a_waiting_recv_survives_the_end_of_receiving(api):
    """Fact 51."""
    client, server, _ = pair(api)
    later(
        api, 10,
        lambda: api.ws2_32.shutdown(client, c.SD_RECEIVE),
        lambda: api.ws2_32.send(server, b"data"),
    )  # fmt: skip
    assert api.ws2_32.recv(client, 10) == b"data"
    assert error(api, api.ws2_32.recv(client, 10)) == 10058


@pytest.mark.parametrize("queued", [False, True])
@simulated
def test_data_that_is_refused_resets(api, queued):
    """Microsoft, shutdown: data queued at, or coming after, SD_RECEIVE resets the connection."""
    w = api.ws2_32
    client, server, _ = pair(api)
    if queued:
        w.send(server, b"data")
        api.kernel32.Sleep(10)
    assert w.shutdown(client, c.SD_RECEIVE) == 0
    if not queued:
        w.send(server, b"data")
    api.kernel32.Sleep(10)
    assert error(api, w.recv(server, 10)) == 10054
    assert error(api, w.send(client, b"x")) == 10053
    assert w.closesocket(client) == 0


@fact(52)
@simulated
def test_wrong_direction_and_connect_after_shutdown(api):
    """Fact 52."""
    client, _, _ = pair(api)
    assert error(api, api.ws2_32.shutdown(client, 0xDEAD)) == 10022
    api.ws2_32.shutdown(client, c.SD_BOTH)
    assert error(api, api.ws2_32.connect(client, (LOOPBACK, 8000))) == 10056


@fact(53)
@simulated
def test_the_peers_name_after_both_directions_are_shut(api):
    """Fact 53."""
    client, server, _ = pair(api)
    api.ws2_32.shutdown(client, c.SD_BOTH)
    api.ws2_32.shutdown(server, c.SD_BOTH)
    api.kernel32.Sleep(100)
    assert api.ws2_32.getpeername(client) == (LOOPBACK, 8000)
    assert api.ws2_32.getpeername(server) == api.ws2_32.getsockname(client)


@fact(54)
@simulated
def test_datagrams_after_shutdown(api):
    """Fact 54."""
    s = bound(api, udp(api))
    to = api.ws2_32.getsockname(bound(api, udp(api)))
    api.ws2_32.connect(s, to)
    api.ws2_32.shutdown(s, c.SD_RECEIVE)
    assert error(api, api.ws2_32.recvfrom(s, 10)) == 10058
    assert api.ws2_32.send(s, b"x") == 1
    api.ws2_32.shutdown(s, c.SD_SEND)
    assert error(api, api.ws2_32.send(s, b"x")) == 10058
    assert error(api, api.ws2_32.sendto(s, b"x", 0, to)) == 10058


@fact(62)
def test_what_was_queued_arrives_though_its_sender_has_gone():
    """Fact 62: sent without blocking by a thread that ends, then closed."""
    data = bytes(range(256)) * 8192

    def sender(api):
        s = connected(api)
        nonblocking(api, s)
        taken = []
        thread = api.kernel32.CreateThread(lambda: taken.append(api.ws2_32.send(s, data)))
        api.kernel32.WaitForSingleObject(thread)
        assert taken == [len(data)]
        assert api.ws2_32.closesocket(s) == 0
        api.kernel32.Sleep(1000)

    def receiver(api):
        s, _ = api.ws2_32.accept(listening(api))
        got = b""
        while more := api.ws2_32.recv(s, 1 << 20):
            got += more
        assert got == data

    run(receiver, sender)


@simulated
def test_a_graceful_close_delivers_everything_first(api):
    client, server, _ = pair(api)
    data = bytes(200_000)
    assert api.ws2_32.send(client, data) == len(data)
    assert api.ws2_32.closesocket(client) == 0
    assert api.ws2_32.recv(server, len(data), c.MSG_WAITALL) == data
    assert api.ws2_32.recv(server, 1) == b""
