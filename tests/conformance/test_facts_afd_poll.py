"""Facts 14, 24 and 25: AFD polls; and what event loops rest on beside them (libuv, wepoll, trio)."""

import pytest
from windows_facts import fact
from windows_scene import LOOPBACK, bound, connected, later, listening, nonblocking, pair, reset, simulated, tcp, udp

from notsock.afd import poll as afd
from notsock.values import status
from notsock.values.durations import MILLISECOND, NEVER

PENDING, INVALID_HANDLE, NOT_FOUND = 997, 6, 1168
EVERYTHING = 0x1FF


def device(api):
    """Return (a handle to AFD, the completion port that its polls tell)."""
    handle = api.kernel32.CreateFile("\\\\.\\GLOBALROOT\\Device\\Afd\\Test")
    port = api.kernel32.CreateIoCompletionPort(-1)
    assert api.kernel32.CreateIoCompletionPort(handle, port, 7) == port
    return handle, port


def poll(api, handle, *watched, milliseconds=None, exclusive=False, address=1):
    """Poll; return (whether it ended at once, the poll)."""
    made = []
    deadline = NEVER if milliseconds is None else 0
    if milliseconds:
        deadline = api.kernel32.executive.now + milliseconds * MILLISECOND

    def make(endpoints):
        made.append(afd.Poll(endpoints, exclusive, address))
        return made[0]

    ended = api.kernel32.poll_afd(handle, watched, deadline, make)
    if not ended and api.kernel32.GetLastError() != PENDING:
        return ended, None
    return ended, made[0]


def told(api, handle, s):
    """Return what is so of a socket, as flags."""
    _, one = poll(api, handle, (s, EVERYTHING), milliseconds=0)
    return one.found[0][1] if one.found else 0


def packets(api, port, milliseconds=100):
    found = []
    while (packet := api.kernel32.GetQueuedCompletionStatus(port, milliseconds)) is not None:
        found.append(packet)
    return found


@fact(14)
@simulated
def test_one_bad_handle_fails_the_whole(api):
    handle, port = device(api)
    client, _, _ = pair(api)
    ended, made = poll(api, handle, (client, EVERYTHING), (0x9999, EVERYTHING))
    assert (ended, made, api.kernel32.GetLastError()) == (False, None, INVALID_HANDLE)
    event = api.kernel32.CreateEvent()
    assert poll(api, handle, (event, EVERYTHING), (client, EVERYTHING)) == (False, None)
    assert packets(api, port) == []


@fact(24)
@pytest.mark.parametrize("close", ["closesocket", "CloseHandle"])
@simulated
def test_a_close_is_told_whatever_was_asked(api, close):
    handle, port = device(api)
    client, _, _ = pair(api)
    _, one = poll(api, handle, (client, afd.CONNECT_FAIL))
    later(api, 10, lambda: getattr(api.ws2_32 if close == "closesocket" else api.kernel32, close)(client))
    assert packets(api, port) == [(0, 0, 7, 1)]
    assert one.found == [(0, afd.LOCAL_CLOSE, 0)]


@fact(25)
@simulated
def test_closing_the_handle_of_a_poll_ends_nothing(api):
    handle, port = device(api)
    client, _, _ = pair(api)
    begun = api.kernel32.executive.now
    _, one = poll(api, handle, (client, afd.RECEIVE), milliseconds=500)
    api.kernel32.CloseHandle(handle)
    assert api.kernel32.GetQueuedCompletionStatus(port, 5000)[3] == 1
    assert (one.status, one.found) == (status.TIMEOUT, [])
    assert api.kernel32.executive.now - begun >= 500 * MILLISECOND


@fact(25)
@simulated
def test_nor_does_closing_the_socket_that_it_was_made_on(api):
    client, server, _ = pair(api)
    other = udp(api)
    _, one = poll(api, other, (client, afd.RECEIVE), milliseconds=500)
    api.ws2_32.closesocket(other)
    api.kernel32.Sleep(100)
    assert one.status == status.PENDING
    api.ws2_32.send(server, b"x")
    api.kernel32.Sleep(100)
    assert (one.status, one.found) == (status.SUCCESS, [(0, afd.RECEIVE, 0)])


@simulated
def test_what_is_so_ends_a_poll_at_once_and_posts_a_packet(api):
    handle, port = device(api)
    client, server, _ = pair(api)
    ended, one = poll(api, handle, (server, afd.RECEIVE), (client, afd.SEND | afd.RECEIVE), address=9)
    assert (ended, one.found) == (True, [(1, afd.SEND, 0)])
    assert packets(api, port) == [(0, 0, 7, 9)]


@simulated
def test_states_of_a_connection(api):
    handle, _ = device(api)
    fresh = tcp(api)
    assert told(api, handle, fresh) == 0
    client, server, listener = pair(api)
    assert told(api, handle, listener) == 0
    assert told(api, handle, client) == afd.CONNECT | afd.SEND
    api.ws2_32.send(server, b"x")
    api.kernel32.Sleep(10)
    assert told(api, handle, client) == afd.CONNECT | afd.SEND | afd.RECEIVE
    api.ws2_32.shutdown(server, 1)
    api.kernel32.Sleep(10)
    assert told(api, handle, client) == afd.CONNECT | afd.SEND | afd.RECEIVE | afd.DISCONNECT
    api.ws2_32.recv(client, 10)
    assert told(api, handle, client) == afd.CONNECT | afd.SEND | afd.DISCONNECT
    reset(api, server)
    api.kernel32.Sleep(10)
    assert told(api, handle, client) & afd.ABORT
    connected(api)
    api.kernel32.Sleep(10)
    assert told(api, handle, listener) == afd.ACCEPT


@simulated
def test_a_refused_connection_says_why(api):
    handle, port = device(api)
    s = nonblocking(api, bound(api, tcp(api)))
    api.ws2_32.connect(s, (LOOPBACK, 9))
    _, one = poll(api, handle, (s, afd.SEND | afd.CONNECT_FAIL))
    assert api.kernel32.GetQueuedCompletionStatus(port, 60_000)[3] == 1
    assert one.found == [(0, afd.CONNECT_FAIL, status.CONNECTION_REFUSED)]


@simulated
def test_datagrams(api):
    handle, port = device(api)
    s = bound(api, udp(api), (LOOPBACK, 53))
    assert told(api, handle, s) == afd.SEND
    assert packets(api, port) == [(0, 0, 7, 1)]
    _, one = poll(api, handle, (s, afd.RECEIVE))
    api.ws2_32.sendto(udp(api), b"x", 0, (LOOPBACK, 53))
    assert packets(api, port) == [(0, 0, 7, 1)]
    assert one.found == [(0, afd.RECEIVE, 0)]


@simulated
def test_an_accept_wakes_a_poll(api):
    handle, port = device(api)
    listener = listening(api)
    _, one = poll(api, handle, (listener, afd.ACCEPT))
    later(api, 10, lambda: connected(api))
    assert packets(api, port) == [(0, 0, 7, 1)]
    assert one.found == [(0, afd.ACCEPT, 0)]


@simulated
def test_cancelling(api):
    handle, port = device(api)
    client, server, _ = pair(api)
    _, one = poll(api, handle, (client, afd.RECEIVE))
    _, two = poll(api, handle, (server, afd.RECEIVE), address=2)
    assert api.kernel32.CancelIoEx(handle, one)
    assert packets(api, port) == [(995, 0, 7, 1)]
    assert (one.status, two.status) == (status.CANCELLED, status.PENDING)
    assert not api.kernel32.CancelIoEx(handle, one)
    assert api.kernel32.GetLastError() == NOT_FOUND
    assert api.kernel32.CancelIoEx(handle)
    assert packets(api, port) == [(995, 0, 7, 2)]


@simulated
def test_an_exclusive_poll_takes_the_place_of_another(api):
    handle, port = device(api)
    client, server, _ = pair(api)
    _, first = poll(api, handle, (client, afd.RECEIVE), exclusive=True)
    _, other = poll(api, handle, (client, afd.RECEIVE), address=3)
    _, second = poll(api, handle, (client, afd.RECEIVE), exclusive=True, address=2)
    assert (first.status, first.found) == (status.SUCCESS, [])
    api.ws2_32.send(server, b"x")
    assert packets(api, port) == [(0, 0, 7, 1), (0, 0, 7, 3), (0, 0, 7, 2)]
    assert other.found == second.found == [(0, afd.RECEIVE, 0)]


@simulated
def test_room_to_send_wakes_a_poll(api):
    handle, port = device(api)
    client, server, _ = pair(api)
    nonblocking(api, client)
    while api.ws2_32.send(client, bytes(60_000)) > 0:
        api.kernel32.Sleep(1)
    _, one = poll(api, handle, (client, afd.SEND))
    assert packets(api, port) == []
    while packets(api, port, 0) == [] and api.ws2_32.recv(server, 60_000):
        api.kernel32.Sleep(1)
    assert one.found == [(0, afd.SEND, 0)]
