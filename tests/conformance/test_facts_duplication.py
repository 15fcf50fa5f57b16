"""Facts 16 and 17: duplicates."""

import pytest
from windows_facts import fact
from windows_scene import LOOPBACK, bound, connected, copy, error, listening, pair, run, simulated, tcp, udp

from notsock.winsock import constants as c


@fact(16)
@simulated
def test_a_duplicate_reads_what_is_sent_to_the_source(api):
    """Fact 16."""
    w = api.ws2_32
    source = bound(api, udp(api), (LOOPBACK, 5000))
    info = w.WSADuplicateSocket(source, api.process_id)
    assert (info.family, info.type, info.protocol) == (2, 2, 17)
    duplicate = w.WSASocket(0, 0, 0, info)
    assert duplicate not in (-1, source)
    w.sendto(udp(api), b"hello", 0, (LOOPBACK, 5000))
    assert w.recvfrom(duplicate, 100)[0] == b"hello"


@fact(17)
@simulated
def test_a_duplicate_made_before_bind_does_not_see_it(api):
    """Fact 17."""
    w = api.ws2_32
    source = udp(api)
    early = w.WSASocket(0, 0, 0, w.WSADuplicateSocket(source, api.process_id))
    bound(api, source, (LOOPBACK, 5000))
    late = w.WSASocket(0, 0, 0, w.WSADuplicateSocket(source, api.process_id))
    assert error(api, w.recvfrom(early, 100)) == 10022
    w.sendto(udp(api), b"hello", 0, (LOOPBACK, 5000))
    assert w.recvfrom(late, 100)[0] == b"hello"


def test_a_duplicate_in_another_process_keeps_the_connection_open():
    ends = {}

    def server(api):
        w, k = api.ws2_32, api.kernel32
        listener = listening(api)
        s, _ = w.accept(listener)

        def child(child_api):
            child_api.ws2_32.WSAStartup()
            child_api.kernel32.Sleep(10)
            number = child_api.ws2_32.WSASocket(0, 0, 0, ends["info"])
            child_api.kernel32.Sleep(1000)
            child_api.ws2_32.send(number, b"from the child")
            child_api.ws2_32.closesocket(number)

        process, process_id = k.CreateProcess("child", child)
        ends["info"] = w.WSADuplicateSocket(s, process_id)
        w.closesocket(s)
        k.WaitForSingleObject(process)

    def client(api):
        api.kernel32.Sleep(10)
        s = connected(api)
        assert api.ws2_32.recv(s, 100) == b"from the child"
        assert api.ws2_32.recv(s, 100) == b""

    run(server, client)


def test_a_duplicate_nobody_opens_lives_until_its_process_ends():
    """The handle is made in the target at once."""

    def server(api):
        w, k = api.ws2_32, api.kernel32
        listener = listening(api)
        s, _ = w.accept(listener)
        process, process_id = k.CreateProcess("idle", lambda child: child.kernel32.Sleep(5000))
        assert w.WSADuplicateSocket(s, process_id) is not None
        w.closesocket(s)
        k.WaitForSingleObject(process)

    def client(api):
        api.kernel32.Sleep(10)
        s = connected(api)
        began = api.executive.now
        assert error(api, api.ws2_32.recv(s, 100)) == 10054, "the end of a process resets"
        assert api.executive.now - began > 4_900_000_000

    run(server, client)


@simulated
def test_options_and_mode_belong_to_the_object(api):
    w = api.ws2_32
    client, server, _ = pair(api)
    number = copy(api, client)
    w.setsockopt(client, c.SOL_SOCKET, c.SO_KEEPALIVE, b"\1\0\0\0")
    assert w.getsockopt(number, c.SOL_SOCKET, c.SO_KEEPALIVE) == b"\1\0\0\0"
    w.ioctlsocket(number, c.FIONBIO, 1)
    assert error(api, w.recv(client, 10)) == 10035
    w.shutdown(number, c.SD_SEND)
    assert error(api, w.send(client, b"x")) == 10058
    assert w.recv(server, 10) == b""


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@simulated
def test_the_peer_sees_the_end_when_the_last_handle_is_closed(api, order):
    w = api.ws2_32
    client, server, _ = pair(api)
    handles = (client, copy(api, client))
    w.closesocket(handles[order[0]])
    assert w.select([server], [], [], 0) == ([], [], [])
    w.closesocket(handles[order[1]])
    assert w.recv(server, 10) == b""


@simulated
def test_a_wrong_process_and_a_used_description(api):
    w = api.ws2_32
    s = tcp(api)
    info = w.WSADuplicateSocket(s, api.process_id)
    assert type(info).from_bytes(info.to_bytes()) == info
    assert w.WSASocket(0, 0, 0, info) != -1
    assert error(api, w.WSASocket(0, 0, 0, info)) == 10022
