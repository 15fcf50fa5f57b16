"""Facts 20 to 23: closing a socket on which another thread waits."""

import pytest
from windows_facts import fact
from windows_scene import LOOPBACK, bound, error, fill, later, listening, pair, run, simulated, tcp, udp

from notsock.explore.strategies.random import Random
from notsock.winsock import constants as c
from notsock.winsock.ws2_32 import WSAPOLLFD


@fact(20)
@simulated
def test_a_blocked_accept_fails(api):
    """Fact 20."""
    listener = listening(api)
    later(api, 10, lambda: api.ws2_32.closesocket(listener))
    assert error(api, api.ws2_32.accept(listener)) == 10004


@fact(21)
@pytest.mark.parametrize("kind", ["listening", "connected"])
@simulated
def test_a_blocked_select_names_what_it_would_read(api, kind):
    """Fact 21."""
    client, _, listener = pair(api)
    s = listener if kind == "listening" else client
    later(api, 10, lambda: api.ws2_32.closesocket(s))
    assert api.ws2_32.select([s], [], []) == ([s], [], [])


@fact(22)
@simulated
def test_a_blocked_select_for_exceptions_fails(api):
    """Fact 22."""
    client, _, _ = pair(api)
    later(api, 10, lambda: api.ws2_32.closesocket(client))
    assert error(api, api.ws2_32.select([], [], [client])) == 10038


@fact(23)
@simulated
def test_a_blocked_poll_says_not_valid(api):
    """Fact 23."""
    client, _, _ = pair(api)
    entry = WSAPOLLFD(client, c.POLLIN)
    later(api, 10, lambda: api.ws2_32.closesocket(client))
    assert api.ws2_32.WSAPoll([entry], 1) == 1
    assert entry.revents == c.POLLNVAL


@pytest.mark.parametrize("close", ["closesocket", "CloseHandle"])
@simulated
def test_a_blocked_recv_is_aborted(api, close):
    """What overlapped receives end with (fact 26); for a blocking one nothing is pinned."""
    client, server, _ = pair(api)
    call = api.ws2_32.closesocket if close == "closesocket" else api.kernel32.CloseHandle
    later(api, 10, lambda: call(client))
    assert error(api, api.ws2_32.recv(client, 10)) == 10053
    expected = 0 if close == "closesocket" else 10054
    assert error(api, api.ws2_32.recv(server, 10)) == expected


@simulated
def test_a_blocked_recvfrom_is_cancelled(api):
    s = bound(api, udp(api))
    later(api, 10, lambda: api.ws2_32.closesocket(s))
    assert error(api, api.ws2_32.recvfrom(s, 10)) == 10004


@simulated
def test_a_blocked_connect_is_cancelled(api):
    s = tcp(api)
    later(api, 10, lambda: api.ws2_32.closesocket(s))
    assert error(api, api.ws2_32.connect(s, ("10.0.0.77", 80))) == 10004


@simulated
def test_a_blocked_send_is_aborted(api):
    client, _, _ = pair(api)
    fill(api, client)
    later(api, 10, lambda: api.ws2_32.closesocket(client))
    assert error(api, api.ws2_32.send(client, b"x")) == 10053


@simulated
def test_a_close_that_lingers_is_over_when_another_thread_closes_too(api):
    """The second close does not cut the first one's data off."""
    w = api.ws2_32
    client, server, _ = pair(api)
    w.setsockopt(client, c.SOL_SOCKET, c.SO_LINGER, b"\1\0\x3c\0")
    data = bytes(300_000)
    w.send(client, data)
    later(api, 0, lambda: w.closesocket(client))
    api.kernel32.Sleep(100)
    api.kernel32.CloseHandle(client)
    assert error(api, w.recv(server, 1)) in (0, 10054), "CloseHandle may reset, nothing else happens"


@pytest.mark.parametrize("release", ["11", "nt4"])
@pytest.mark.parametrize("other", ["closesocket", "bind"])
def test_a_bind_in_the_middle_of_which_something_happens(release, other):
    """Closed meanwhile: 10038, and the port is free; bound by another thread meanwhile: one of the two, 10022."""
    seen = set()
    for seed in range(40):
        codes = []

        def scene(api, codes=codes):
            w = api.ws2_32
            s = tcp(api)
            act = (lambda: w.closesocket(s)) if other == "closesocket" else (lambda: w.bind(s, (LOOPBACK, 81)))
            thread = api.kernel32.CreateThread(lambda: codes.append(error(api, act())))
            codes.append(error(api, w.bind(s, (LOOPBACK, 80))))
            api.kernel32.WaitForSingleObject(thread)
            w.closesocket(s)
            assert api.machine.host.ports.claims() == []

        run(scene, release=release, strategy=Random(seed))
        seen.add(tuple(sorted(codes)))
    assert seen == ({(0, 0), (0, 10038)} if other == "closesocket" else {(0, 10022)})


@pytest.mark.parametrize("release", ["11", "nt4"])
def test_a_process_that_ends_in_the_middle_of_a_bind_leaves_no_claim(release):
    for seed in range(40):

        def scene(api):
            child = api.kernel32.CreateProcess("child", lambda api: bound(api, tcp(api), (LOOPBACK, 80)))[0]
            child_api = api.machine.processes[-1]
            child_api.ws2_32.started = 1
            api.kernel32.TerminateProcess(child, 1)
            assert api.machine.host.ports.claims() == []
            bound(api, tcp(api), (LOOPBACK, 80))

        run(scene, release=release, strategy=Random(seed))
