"""Facts 8 to 10, 18, 19, 26 to 30, 56, 57, 59, 63 and 74: overlapped requests and completion ports."""

import pytest
from windows_facts import fact
from windows_scene import (
    LOOPBACK,
    bound,
    connected,
    copy,
    error,
    later,
    listening,
    option,
    pair,
    reset,
    simulated,
    tcp,
    udp,
)

from notsock.objects.io_request import Request
from notsock.values import status
from notsock.winsock import constants as c

PENDING = 997


def port_for(api, *sockets, key=7):
    """Return a completion port to which sockets are tied."""
    port = api.kernel32.CreateIoCompletionPort(-1)
    for s in sockets:
        assert api.kernel32.CreateIoCompletionPort(s, port, key) == port
    return port


def packets(api, port):
    """Return all packets that come within a while."""
    found = []
    while (packet := api.kernel32.GetQueuedCompletionStatus(port, 100)) is not None:
        found.append(packet)
    assert api.kernel32.GetLastError() == 258
    return found


def receiving(api, s, size=16, address=1):
    """Begin to receive; return the pending request."""
    request = Request(address)
    assert error(api, api.ws2_32.WSARecv(s, size, 0, request)) == PENDING
    return request


def accepting(api, listener, size=0, address=1):
    """Begin to accept; return (the pending request, the socket that is to be the connection)."""
    s, request = tcp(api), Request(address)
    assert error(api, api.ws2_32.AcceptEx(listener, s, size, request)) == PENDING
    return request, s


@fact(8)
@simulated
def test_a_result_is_asked_for_by_the_socket_itself(api):
    client, _, _ = pair(api)
    request = Request(1)
    assert api.ws2_32.WSASend(client, b"x", 0, request) == 0
    assert api.ws2_32.WSAGetOverlappedResult(client, request) == 1
    assert error(api, api.ws2_32.WSAGetOverlappedResult(copy(api, client), request)) == 10038


@fact(9)
@simulated
def test_an_overlapped_send_takes_a_copy(api):
    client, server, _ = pair(api)
    assert api.ws2_32.WSASend(copy(api, client), b"x", 0, Request()) == 0
    assert api.ws2_32.recv(server, 1) == b"x"


@fact(10)
@simulated
def test_sending_on_an_event_is_no_socket(api):
    event = api.kernel32.CreateEvent()
    assert error(api, api.ws2_32.WSASend(event, b"", 0, Request())) == 10038
    assert error(api, api.ws2_32.WSASend(-1, b"", 0, Request())) == 10038


@fact(18)
@simulated
def test_a_duplicate_completes_to_the_port_of_its_source(api):
    client, server, _ = pair(api)
    port = port_for(api, server)
    info = api.ws2_32.WSADuplicateSocket(server, api.process_id)
    duplicate = api.ws2_32.WSASocket(-1, -1, -1, info)
    request = receiving(api, duplicate, address=0x40)
    api.ws2_32.send(client, b"data")
    assert packets(api, port) == [(0, 4, 7, 0x40)]
    assert request.data == b"data"


@fact(19)
@pytest.mark.parametrize("source_first", [True, False])
@simulated
def test_an_accept_lives_as_long_as_any_handle(api, source_first):
    listener = listening(api)
    port = port_for(api, listener)
    info = api.ws2_32.WSADuplicateSocket(listener, api.process_id)
    duplicate = api.ws2_32.WSASocket(-1, -1, -1, info)
    accepting(api, duplicate)
    first, second = (listener, duplicate) if source_first else (duplicate, listener)
    api.ws2_32.closesocket(first)
    assert packets(api, port) == []
    api.ws2_32.closesocket(second)
    assert packets(api, port) == [(995, 0, 7, 1)]


@fact(26)
@pytest.mark.parametrize("close", ["closesocket", "CloseHandle"])
@simulated
def test_a_stream_receive_killed_by_a_close_is_aborted(api, close):
    client, _, _ = pair(api)
    port = port_for(api, client)
    request = receiving(api, client)
    (api.ws2_32.closesocket if close == "closesocket" else api.kernel32.CloseHandle)(client)
    assert packets(api, port) == [(1236, 0, 7, 1)]
    assert request.status == status.CONNECTION_ABORTED


@fact(27)
@simulated
def test_a_datagram_receive_killed_by_a_close_is_cancelled(api):
    s = bound(api, udp(api))
    port = port_for(api, s)
    request = Request(1)
    assert error(api, api.ws2_32.WSARecvFrom(s, 16, 0, request)) == PENDING
    api.ws2_32.closesocket(s)
    assert packets(api, port) == [(995, 0, 7, 1)]
    assert request.status == status.CANCELLED


@fact(28)
@simulated
def test_an_accept_killed_by_its_listener_is_cancelled_once(api):
    listener = listening(api)
    port = port_for(api, listener)
    request, _ = accepting(api, listener)
    api.ws2_32.closesocket(listener)
    assert packets(api, port) == [(995, 0, 7, 1)]
    assert request.status == status.CANCELLED


@fact(29)
@simulated
def test_an_accept_killed_by_its_socket_after_the_connection(api):
    listener = listening(api)
    port = port_for(api, listener)
    request, s = accepting(api, listener, size=16)
    connected(api)
    assert packets(api, port) == []
    api.ws2_32.closesocket(s)
    assert [packet[0] for packet in packets(api, port)] == [1236]
    assert request.status == status.CONNECTION_ABORTED


@fact(30)
@simulated
def test_closing_an_idle_socket_posts_nothing(api):
    client, server, _ = pair(api)
    port = port_for(api, client, server)
    api.ws2_32.closesocket(client)
    api.kernel32.CloseHandle(server)
    assert packets(api, port) == []


@fact(56)
@simulated
def test_a_disconnect_ends_the_sending_direction(api):
    client, server, _ = pair(api)
    assert api.ws2_32.DisconnectEx(client, Request()) == 0
    assert api.ws2_32.DisconnectEx(client, Request()) == 0
    assert api.ws2_32.recv(server, 1) == b""
    api.ws2_32.send(server, b"still")
    assert api.ws2_32.recv(client, 9) == b"still"
    assert error(api, api.ws2_32.connect(client, (LOOPBACK, 8000))) == 10056
    assert error(api, api.ws2_32.DisconnectEx(tcp(api), Request())) == 10057


@fact(57)
@simulated
def test_a_reset_ends_a_waiting_receive(api):
    client, server, _ = pair(api)
    port = port_for(api, client)
    request = receiving(api, client)
    reset(api, server)
    assert packets(api, port) == [(64, 0, 7, 1)]
    assert request.status == status.CONNECTION_RESET
    assert option(api, client, c.SOL_SOCKET, c.SO_ERROR) == 0


@fact(59)
@simulated
def test_a_call_that_fails_at_once_queues_nothing(api):
    fresh = tcp(api)
    client, server, _ = pair(api)
    port = port_for(api, fresh, client)
    assert error(api, api.ws2_32.WSARecv(fresh, 16, 0, Request(1))) == 10057
    reset(api, server)
    api.kernel32.Sleep(10)
    assert error(api, api.ws2_32.WSASend(client, b"x", 0, Request(2))) == 10054
    assert packets(api, port) == []


@fact(63)
@simulated
def test_a_time_out_spares_an_overlapped_receive(api):
    client, server, _ = pair(api)
    api.ws2_32.setsockopt(client, c.SOL_SOCKET, c.SO_RCVTIMEO, (100).to_bytes(4, "little"))
    assert error(api, api.ws2_32.recv(client, 1)) == 10060
    request = receiving(api, client)
    api.kernel32.Sleep(1000)
    assert request.status == status.PENDING
    api.ws2_32.send(server, b"late")
    api.kernel32.Sleep(1)
    assert request.data == b"late"


@fact(74)
@simulated
def test_what_accept_ex_refuses(api):
    listener = listening(api)
    assert error(api, api.ws2_32.AcceptEx(tcp(api), tcp(api), 0, Request())) == 10022
    assert error(api, api.ws2_32.AcceptEx(listener, 0xDEAD, 0, Request())) == 10038
    assert error(api, api.ws2_32.AcceptEx(listener, connected(api), 0, Request())) == 10022


@simulated
def test_requests_end_in_the_order_in_which_they_began(api):
    client, server, _ = pair(api)
    port = port_for(api, client)
    requests = [receiving(api, client, size=2, address=count) for count in range(3)]
    later(api, 10, lambda: api.ws2_32.send(server, b"abcde"))
    assert [packet[3] for packet in packets(api, port)] == [0, 1, 2]
    assert [request.data for request in requests] == [b"ab", b"cd", b"e"]


@simulated
def test_a_request_can_be_cancelled(api):
    client, server, _ = pair(api)
    port = port_for(api, client)
    first, second = receiving(api, client, address=1), receiving(api, client, address=2)
    assert api.kernel32.CancelIoEx(client, first)
    assert packets(api, port) == [(995, 0, 7, 1)]
    api.ws2_32.send(server, b"x")
    assert packets(api, port) == [(0, 1, 7, 2)]
    assert second.data == b"x"
    assert not api.kernel32.CancelIoEx(client, second)
    assert api.kernel32.GetLastError() == 1168
