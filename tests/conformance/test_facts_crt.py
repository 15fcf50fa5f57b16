"""Facts 75 to 79: the C runtime, its threads, and handles."""

import pytest
from windows_facts import fact
from windows_scene import error, later, nonblocking, pair, simulated, tcp, udp

from notsock.winsock import constants as c

EBADF, EINVAL = 9, 22


def errno(api):
    return api.executive.current.errno


@fact(75)
@simulated
def test_two_descriptors_on_one_handle(api):
    """Fact 75."""
    crt, s = api.crt, udp(api)
    first, second = crt._open_osfhandle(s), crt._open_osfhandle(s)
    assert crt._close(first) == 0
    assert not api.kernel32.GetFileType(s)
    for descriptor in (second, first, second):
        assert crt._close(descriptor) == -1
        assert errno(api) == EBADF


@fact(76)
@simulated
def test_no_descriptor_for_a_bad_handle(api):
    """Fact 76."""
    s = udp(api)
    api.ws2_32.closesocket(s)
    for number in (-1, s):
        assert api.crt._open_osfhandle(number) == -1
        assert errno(api) == EBADF


@fact(77)
@pytest.mark.parametrize(
    ("begin", "end", "closed"),
    [
        ("_beginthread", None, True),
        ("_beginthread", "_endthread", True),
        ("_beginthread", "ExitThread", False),
        ("_beginthread", "_endthreadex", False),
        ("_beginthreadex", None, False),
        ("_beginthreadex", "_endthreadex", False),
        ("_beginthreadex", "ExitThread", False),
    ],
)
@simulated
def test_who_closes_a_threads_handle(api, begin, end, closed):
    """Fact 77."""
    ends = {None: int, "ExitThread": api.kernel32.ExitThread}

    def body():
        (ends.get(end) or getattr(api.crt, end))()

    handle = getattr(api.crt, begin)(body)
    api.kernel32.Sleep(100)
    assert bool(api.kernel32.CloseHandle(handle)) != closed


@fact(78)
@simulated
def test_closing_what_is_no_handle(api):
    """Fact 78."""
    k = api.kernel32
    for number in (0, 0xDEAD, 0x7FFFFFFF):
        assert not k.CloseHandle(number)
        assert k.GetLastError() == 6
    for pseudo in (-1, -2, 0xFFFFFFFFFFFFFFFF):
        assert k.CloseHandle(pseudo)


@fact(79)
@simulated
def test_an_overlapped_socket_is_no_file(api):
    """Fact 79."""
    client, _, _ = pair(api)
    descriptor = api.crt._open_osfhandle(client)
    assert api.crt._read(descriptor, 10) is None
    assert errno(api) == EINVAL
    assert api.crt._write(descriptor, b"x") == -1
    assert errno(api) == EINVAL


@fact(79)
@simulated
def test_another_socket_is_a_file_that_waits(api):
    """Fact 79: even when it is non-blocking, for which recv keeps answering 10035 meanwhile."""
    w = api.ws2_32
    w.setsockopt(-1, c.SOL_SOCKET, c.SO_OPENTYPE, b"\x20\0\0\0")
    client, server, _ = pair(api)
    descriptor = api.crt._open_osfhandle(nonblocking(api, client))
    assert api.crt._write(descriptor, b"written") == 7
    assert w.recv(server, 10) == b"written"
    codes = []
    later(
        api, 100, lambda: codes.append(w.recv(client, 10) or w.WSAGetLastError()), lambda: w.send(server, b"read")
    )
    assert api.crt._read(descriptor, 10) == b"read"
    assert codes == [10035]


@simulated
def test_a_duplicated_descriptor_has_a_handle_of_its_own(api):
    crt, s = api.crt, udp(api)
    first = crt._open_osfhandle(s)
    second = crt._dup(first)
    assert crt._get_osfhandle(second) != s
    assert crt._close(first) == 0
    assert api.kernel32.GetFileType(crt._get_osfhandle(second)) == 3
    assert crt._close(second) == 0
    assert crt._get_osfhandle(second) == -1
    assert errno(api) == EBADF


@simulated
def test_a_recycled_number_is_closed_for_another(api):
    """A descriptor closes what its number means by then: here somebody else's socket."""
    w = api.ws2_32
    s = tcp(api)
    descriptor = api.crt._open_osfhandle(s)
    w.closesocket(s)
    victim = tcp(api)
    assert victim == s
    assert api.crt._close(descriptor) == 0
    assert error(api, w.getsockopt(victim, c.SOL_SOCKET, c.SO_TYPE)) == 10038


@simulated
def test_protected_handles_do_not_close(api):
    k = api.kernel32
    event = k.CreateEvent()
    assert k.SetHandleInformation(event, 2, 2)
    assert not k.CloseHandle(event)
    assert k.GetLastError() == 6
    assert k.SetEvent(event)
    assert k.SetHandleInformation(event, 2, 0)
    assert k.CloseHandle(event)
