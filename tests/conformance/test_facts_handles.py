"""Facts 4 to 15: which numbers are sockets."""

import pytest
from windows_facts import fact
from windows_scene import ANY, LOOPBACK, bound, copy, error, listening, pair, simulated, tcp, udp

from notsock.objects.kernel_object import FileObject
from notsock.winsock import constants as c


def file(api):
    return api.manager.create(api, FileObject(api.manager.ident(), None))


@fact(4)
@simulated
def test_listen_on_garbage(api):
    """Fact 4."""
    for number in (0, 0xDEAD, 0xDEADBEEF, -1):
        assert error(api, api.ws2_32.listen(number, 5)) == 10038


@fact(5)
@simulated
def test_getpeername_judges_the_handle_first(api):
    """Fact 5."""
    assert error(api, api.ws2_32.getpeername(0)) == 10038
    assert error(api, api.ws2_32.getpeername(tcp(api))) == 10057


@fact(6)
@simulated
def test_duplicating_looks_at_the_socket_then_at_the_process(api):
    """Fact 6."""
    w = api.ws2_32
    assert error(api, w.WSADuplicateSocket(0, 0)) == 10038
    assert error(api, w.WSADuplicateSocket(0, api.process_id)) == 10038
    s = tcp(api)
    assert error(api, w.WSADuplicateSocket(s, 0)) == 10022
    assert error(api, w.WSADuplicateSocket(s, 0xFFFFFFFF)) == 10022


@fact(7)
@simulated
def test_a_file_has_no_options_but_one(api):
    """Fact 7."""
    w = api.ws2_32
    number = file(api)
    for name in (c.SO_REUSEADDR, c.SO_TYPE, c.SO_ERROR, c.SO_LINGER, c.SO_RCVBUF):
        assert error(api, w.getsockopt(number, c.SOL_SOCKET, name)) == 10038
    assert error(api, w.getsockopt(number, c.IPPROTO_TCP, c.TCP_NODELAY)) == 10038
    assert error(api, w.getsockopt(number, c.SOL_SOCKET, c.SO_OPENTYPE)) == 0


@fact(9)
@simulated
def test_a_copied_handle_sends_and_closes(api):
    """Fact 9."""
    w = api.ws2_32
    client, server, _ = pair(api)
    number = copy(api, client)
    assert w.send(number, b"over a copy") == 11
    assert w.recv(server, 100) == b"over a copy"
    receiver = bound(api, udp(api))
    sender = copy(api, udp(api))
    assert w.sendto(sender, b"also", 0, w.getsockname(receiver)) == 4
    assert w.recv(receiver, 100) == b"also"
    assert w.closesocket(number) == 0
    assert w.send(client, b"still open") == 10


@fact(11)
@simulated
def test_closesocket_leaves_an_event_open(api):
    """Fact 11."""
    event = api.kernel32.CreateEvent()
    assert error(api, api.ws2_32.closesocket(event)) == 10038
    assert api.kernel32.SetEvent(event)


@fact(12)
@simulated
def test_select_refuses_a_file_in_any_set(api):
    """Fact 12."""
    number, good = file(api), udp(api)
    for sets in (([number], [good], []), ([], [good, number], []), ([], [good], [number])):
        assert error(api, api.ws2_32.select(*sets, 0)) == 10038


@fact(13)
@simulated
def test_select_takes_a_copied_handle(api):
    """Fact 13."""
    w = api.ws2_32
    client, server, _ = pair(api)
    w.send(server, b"x")
    number = copy(api, client)
    assert w.select([number], [], []) == ([number], [], [])
    assert w.select([number], [number], [number]) == ([number], [number], [])


@fact(15)
@pytest.mark.parametrize(("release", "inherited"), [("11", True), ("nt4-sp3", True), ("98", False)])
def test_a_new_socket_is_inheritable(release, inherited):
    """Fact 15; on Windows 9x it is not (Q150523)."""

    @simulated(release=release)
    def scene(api):
        k = api.kernel32
        assert k.GetHandleInformation(tcp(api)) == (1 if inherited else 0)
        number = api.ws2_32.WSASocket(2, 1, 0, None, c.WSA_FLAG_NO_HANDLE_INHERIT)
        assert k.GetHandleInformation(number) == 0

    scene()


@simulated
def test_a_child_uses_an_inherited_listener(api):
    w, k = api.ws2_32, api.kernel32
    listener = listening(api, (LOOPBACK, 8000))
    heard = []

    def child(child_api):
        child_api.ws2_32.WSAStartup()
        s, _ = child_api.ws2_32.accept(listener)
        heard.append(child_api.ws2_32.recv(s, 100))
        child_api.ws2_32.closesocket(s)

    process, _ = k.CreateProcess("child", child, inherit_handles=True)
    w.closesocket(listener)
    k.Sleep(10)
    client = tcp(api)
    assert w.connect(client, (LOOPBACK, 8000)) == 0, "the child keeps it open"
    w.send(client, b"hello")
    k.WaitForSingleObject(process)
    assert heard == [b"hello"]
    other = tcp(api)
    assert error(api, w.connect(other, (LOOPBACK, 8000))) == 10061
    assert w.bind(tcp(api), (ANY, 8000)) == 0


@simulated
def test_tagged_numbers_are_handles_but_not_sockets(api):
    w, k = api.ws2_32, api.kernel32
    s = tcp(api)
    for tag in (1, 2, 3):
        assert error(api, w.getsockopt(s | tag, c.SOL_SOCKET, c.SO_TYPE)) == 10038
        assert k.GetHandleInformation(s | tag) == 1
    assert k.GetFileType(s | 1) == 3
    assert k.CloseHandle(s | 3)
    assert error(api, w.getsockopt(s, c.SOL_SOCKET, c.SO_TYPE)) == 10038


@simulated
def test_the_number_freed_last_is_handed_out_first(api):
    w, k = api.ws2_32, api.kernel32
    first, second, third = tcp(api), tcp(api), tcp(api)
    for s in (second, first, third):
        w.closesocket(s)
    assert [k.CreateEvent(), tcp(api), tcp(api)] == [third, first, second]
