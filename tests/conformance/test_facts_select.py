"""Facts 33 to 47: select and WSAPoll."""

import pytest
from windows_facts import fact
from windows_scene import (
    LOOPBACK,
    connected,
    error,
    listening,
    nonblocking,
    option,
    pair,
    reset,
    simulated,
    tcp,
    udp,
)

from notsock.values.durations import MILLISECOND, SECOND
from notsock.winsock import constants as c
from notsock.winsock.ws2_32 import WSAPOLLFD

ALL = c.POLLIN | c.POLLOUT


def closed(api):
    s = tcp(api)
    api.ws2_32.closesocket(s)
    return s


def polled(api, s, milliseconds=0, asked=ALL):
    entry = WSAPOLLFD(s, asked)
    count = api.ws2_32.WSAPoll([entry], 1, milliseconds)
    assert count == (1 if entry.revents else 0)
    return entry.revents


@fact(33)
@simulated
def test_select_on_nothing(api):
    """Fact 33."""
    assert error(api, api.ws2_32.select([], [], [])) == 10022
    assert error(api, api.ws2_32.select([], [], [], SECOND)) == 10022


@fact(34)
@pytest.mark.parametrize("place", [0, 1, 2])
@simulated
def test_select_on_invalid_socket(api, place):
    """Fact 34."""
    sets = [[], [], []]
    sets[place] = [-1]
    assert error(api, api.ws2_32.select(*sets, 0)) == 10038


@fact(35)
@simulated
def test_one_closed_among_good_sockets(api):
    """Fact 35."""
    good, bad = udp(api), closed(api)
    sets = ([good, bad], [good], [])
    assert error(api, api.ws2_32.select(*sets, 0)) == 10038
    assert sets == ([good, bad], [good], [])


@fact(36)
@simulated
def test_a_socket_counts_once_in_a_set(api):
    """Fact 36."""
    s = udp(api)
    both = [s, s]
    assert api.ws2_32.select(both, both, [], 0) == ([], [s], [])
    many = [udp(api) for _ in range(200)]
    assert api.ws2_32.select([], many, [], 0) == ([], many, [])


@fact(37)
@simulated
def test_fresh_sockets(api):
    """Fact 37."""
    stream, datagram = tcp(api), udp(api)
    sets = [stream, datagram]
    assert api.ws2_32.select(sets, sets, sets, 0) == ([], [datagram], [])


@fact(38)
@simulated
def test_a_refused_blocking_connect_is_in_no_set(api):
    """Fact 38."""
    s = tcp(api)
    assert error(api, api.ws2_32.connect(s, (LOOPBACK, 9))) == 10061
    assert api.ws2_32.select([s], [s], [s], SECOND) == ([], [], [])
    assert option(api, s, c.SOL_SOCKET, c.SO_ERROR) == 0


@fact(38)
@simulated
def test_a_refused_non_blocking_connect_is_exceptional(api):
    """Fact 38."""
    w = api.ws2_32
    s = nonblocking(api, tcp(api))
    assert error(api, w.connect(s, (LOOPBACK, 9))) == 10035
    assert w.select([s], [s], [s]) == ([], [], [s])
    assert [option(api, s, c.SOL_SOCKET, c.SO_ERROR) for _ in range(3)] == [10061] * 3
    assert w.select([s], [s], [s], 0) == ([], [], [s])
    listening(api, (LOOPBACK, 9))
    assert error(api, w.connect(s, (LOOPBACK, 9))) == 10035, "it may be tried again"
    assert w.select([s], [s], [s]) == ([], [s], [])
    assert option(api, s, c.SOL_SOCKET, c.SO_ERROR) == 0


@fact(39)
@simulated
def test_a_peers_close_is_readable(api):
    """Fact 39."""
    client, server, _ = pair(api)
    api.ws2_32.closesocket(server)
    assert api.ws2_32.select([client], [], [client]) == ([client], [], [])
    assert api.ws2_32.recv(client, 10) == b""


@fact(40)
@simulated
def test_a_reset_is_readable_and_writable(api):
    """Fact 40."""
    client, server, _ = pair(api)
    reset(api, server)
    assert api.ws2_32.select([client], [], [client]) == ([client], [], [])
    assert api.ws2_32.select([client], [client], [client]) == ([client], [client], [])


@fact(42)
@simulated
def test_poll_of_nothing(api):
    """Fact 42."""
    assert error(api, api.ws2_32.WSAPoll(None, 0, 0)) == 10022
    assert error(api, api.ws2_32.WSAPoll(None, 1, 0)) == 10014


@fact(43)
@simulated
def test_poll_of_a_bad_entry_among_good(api):
    """Fact 43."""
    writable, silent = udp(api), udp(api)
    entries = [WSAPOLLFD(closed(api), ALL), WSAPOLLFD(writable, c.POLLOUT), WSAPOLLFD(silent, c.POLLIN)]
    api.ws2_32.WSASetLastError(0)
    assert api.ws2_32.WSAPoll(entries, 3, 0) == 1
    assert [entry.revents for entry in entries] == [c.POLLNVAL, c.POLLOUT, 0]
    assert api.ws2_32.WSAGetLastError() == 0


@fact(44)
@simulated
def test_poll_of_only_bad_entries(api):
    """Fact 44."""
    entries = [WSAPOLLFD(closed(api), ALL), WSAPOLLFD(-1, ALL)]
    assert error(api, api.ws2_32.WSAPoll(entries, 2, 0)) == 10038
    assert [entry.revents for entry in entries] == [c.POLLNVAL, c.POLLNVAL]


@fact(45)
@pytest.mark.parametrize("asked", [c.POLLERR, c.POLLHUP, c.POLLNVAL, c.POLLPRI, c.POLLWRBAND])
@simulated
def test_poll_for_what_cannot_be_asked(api, asked):
    """Fact 45."""
    assert error(api, api.ws2_32.WSAPoll([WSAPOLLFD(udp(api), asked)], 1, 0)) == 10022


@fact(46)
@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("unread", [False, True])
@simulated
def test_poll_sees_the_peers_end_as_a_hang_up(api, half, unread):
    """Fact 46."""
    client, server, _ = pair(api)
    if unread:
        api.ws2_32.send(server, b"x")
    if half:
        api.ws2_32.shutdown(server, c.SD_SEND)
    else:
        api.ws2_32.closesocket(server)
    api.kernel32.Sleep(10)
    assert polled(api, client) == c.POLLWRNORM | c.POLLHUP | (c.POLLRDNORM if unread else 0)


@fact(47)
@simulated
def test_poll_after_a_reset(api):
    """Fact 47."""
    client, server, _ = pair(api)
    reset(api, server)
    api.kernel32.Sleep(10)
    assert polled(api, client) == c.POLLERR | c.POLLHUP | c.POLLWRNORM


@simulated
def test_poll_waits_for_a_connection_and_for_data(api):
    listener = listening(api)
    assert polled(api, listener, 50) == 0
    client = connected(api)
    assert polled(api, listener, -1) == c.POLLRDNORM
    server, _ = api.ws2_32.accept(listener)
    assert polled(api, server) == c.POLLWRNORM
    began = api.executive.now
    assert polled(api, server, 50, c.POLLIN) == 0
    assert api.executive.now == began + 50 * MILLISECOND
    api.ws2_32.send(client, b"x")
    assert polled(api, server, -1, c.POLLIN) == c.POLLRDNORM
    assert polled(api, nonblocking(api, tcp(api))) == 0


@simulated
def test_poll_of_a_failed_connect(api):
    s = nonblocking(api, tcp(api))
    api.ws2_32.connect(s, (LOOPBACK, 9))
    assert polled(api, s, 0) == 0
    assert polled(api, s, -1) == c.POLLERR | c.POLLHUP | c.POLLWRNORM


@simulated
def test_select_gives_up_after_its_time(api):
    s = udp(api)
    began = api.executive.now
    assert api.ws2_32.select([s], [], [], 250 * MILLISECOND) == ([], [], [])
    assert api.executive.now == began + 250 * MILLISECOND
