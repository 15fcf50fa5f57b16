"""TCP as programs meet it: how long things take, what broken connections say, how much there may be of them."""

import pytest
from windows_scene import (
    AF_INET,
    AF_INET6,
    LOOPBACK,
    ONE,
    bound,
    connected,
    error,
    later,
    listening,
    nonblocking,
    option,
    pair,
    run,
    simulated,
    tcp,
)

from notsock.explore.strategies.random import Random
from notsock.net.links import Conditions
from notsock.releases.catalogue import RELEASES, profile_of
from notsock.trace.events import Packet, PacketMoved
from notsock.values.durations import HOUR, MILLISECOND, MINUTE, SECOND
from notsock.winsock import constants as c

SERVER = {AF_INET: "10.0.0.1", AF_INET6: "fd00::1"}
CLIENT = {AF_INET: "10.0.0.2", AF_INET6: "fd00::2"}


def echo(api, family):
    """Serve one connection on port 7 of every address."""
    w = api.ws2_32
    listener = listening(api, ("::" if family == AF_INET6 else "0.0.0.0", 7), family=family)
    s, peer = w.accept(listener)
    while data := w.recv(s, 4096):
        w.send(s, data)
    w.closesocket(s)
    w.closesocket(listener)
    return peer


def ask(api, host, data):
    """Send data to the echo server of a host, half-close, return everything that comes back."""
    w = api.ws2_32
    api.kernel32.Sleep(10)
    s = connected(api, (host, 7))
    assert w.send(s, data) == len(data)
    w.shutdown(s, c.SD_SEND)
    got = b""
    while more := w.recv(s, 4096):
        got += more
    assert error(api, more) == 0
    w.closesocket(s)
    return got


@pytest.mark.parametrize("family", [AF_INET, AF_INET6])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(),
        Conditions(delay_min_ns=20 * MILLISECOND, delay_max_ns=20 * MILLISECOND),
        Conditions(delay_min_ns=5 * MILLISECOND, delay_max_ns=50 * MILLISECOND),
        Conditions(loss=50, duplication=50),
        Conditions(delay_min_ns=MILLISECOND, delay_max_ns=30 * MILLISECOND, loss=30, duplication=30),
    ],
    ids=["healthy", "delay", "reordering", "loss", "everything"],
)
def test_an_echo_over_any_link(family, apart, conditions):
    data = bytes(range(256)) * 150
    heard = {}

    def server(api):
        heard["peer"] = echo(api, family)

    def client(api):
        host = SERVER[family] if apart else ("::1" if family == AF_INET6 else LOOPBACK)
        heard["data"] = ask(api, host, data)

    outcome = run(server, client, apart=apart, conditions=conditions, strategy=Random(7))
    assert heard["data"] == data
    lost = sum(isinstance(e, PacketMoved) and e.what == Packet.LOST for _, e in outcome.trace)
    assert bool(lost) == (apart and conditions.loss > 0)
    assert heard["peer"][0] == (CLIENT[family] if apart else "::1" if family == AF_INET6 else LOOPBACK)


# ---- how long a connect takes --------------------------------------------------------------------------------------


def attempt(release, address, before=None):
    """Return (code, nanoseconds) of a blocking connect."""
    seen = []

    def client(api):
        began = api.executive.now
        family = AF_INET6 if ":" in address[0] else AF_INET
        seen.append(error(api, api.ws2_32.connect(tcp(api, family), address)))
        seen.append(api.executive.now - began)

    run(client, lambda api: None, release=release, apart=True, before=before)
    return tuple(seen)


def test_a_refused_connect_takes_its_retries():
    assert attempt("11", (LOOPBACK, 9)) == (10061, 2 * SECOND)
    assert attempt("11", ("10.0.0.2", 9)) == (10061, 2 * SECOND)
    assert attempt("11", ("fd00::2", 9)) == (10061, 2 * SECOND)


def test_a_refused_connect_on_nt():
    """Q175523: three more attempts."""
    assert attempt("nt4-sp3", ("10.0.0.2", 9)) == (10061, 1500 * MILLISECOND)


@pytest.mark.parametrize("host", ["10.0.0.77", "fd00::77"])
def test_an_address_nobody_has(host):
    assert attempt("11", (host, 80)) == (10060, 21 * SECOND)


@pytest.mark.parametrize(("release", "seconds"), [("2000", 21), ("nt4-sp3", 45)])
def test_an_address_nobody_has_on_nt(release, seconds):
    """Q223450: 3 + 6 + 12 s; Q200770's three retries: 24 s more."""
    assert attempt(release, ("10.0.0.77", 80)) == (10060, seconds * SECOND)


def test_a_machine_beyond_a_partition():
    def cut(system):
        system.network.partition(*(machine.host for machine in system.machines), True)

    assert attempt("11", ("10.0.0.2", 80), cut) == (10060, 21 * SECOND)


def test_a_lost_syn_is_repeated():
    """The link heals while the attempt goes on."""

    def client(api):
        network = api.machine.system.network
        hosts = [machine.host for machine in api.machine.system.machines]
        network.partition(*hosts, True)
        later(api, 1500, lambda: network.partition(*hosts, False))
        connected(api, ("10.0.0.2", 7))
        assert api.executive.now == 3 * SECOND

    def server(api):
        api.ws2_32.accept(listening(api, ("0.0.0.0", 7)))

    run(client, server, apart=True)


# ---- connections that break ----------------------------------------------------------------------------------------


def broken(talk):
    """Run ``talk(api, socket, cut, heal)`` in a client whose server only reads."""

    def server(api):
        s, _ = api.ws2_32.accept(listening(api, ("0.0.0.0", 7)))
        while api.ws2_32.recv(s, 100):
            pass

    def client(api):
        api.kernel32.Sleep(10)
        network = api.machine.system.network
        hosts = [machine.host for machine in api.machine.system.machines]
        s = connected(api, ("10.0.0.1", 7))
        talk(api, s, lambda: network.partition(*hosts, True), lambda: network.partition(*hosts, False))
        other = api.machine.system.processes[0]
        other.machine.end_process(other, 0)

    run(server, client, apart=True)


def test_data_that_is_never_acknowledged():
    def talk(api, s, cut, heal):
        cut()
        began = api.executive.now
        assert api.ws2_32.send(s, b"lost") == 4
        assert error(api, api.ws2_32.recv(s, 1)) == 10053
        assert 5 * SECOND < api.executive.now - began < 2 * MINUTE
        assert error(api, api.ws2_32.send(s, b"x")) == 10053

    broken(talk)


def test_the_other_end_finds_out_when_it_speaks_again():
    """The server has given up meanwhile, so the client's data is answered by a reset."""

    def server(api):
        s, _ = api.ws2_32.accept(listening(api, ("0.0.0.0", 7)))
        api.kernel32.Sleep(1000)
        api.ws2_32.send(s, b"lost")
        assert error(api, api.ws2_32.recv(s, 1)) == 10053

    def client(api):
        api.kernel32.Sleep(10)
        network = api.machine.system.network
        hosts = [machine.host for machine in api.machine.system.machines]
        s = connected(api, ("10.0.0.1", 7))
        api.kernel32.Sleep(500)
        network.partition(*hosts, True)
        api.kernel32.Sleep(5 * 60_000)
        network.partition(*hosts, False)
        assert api.ws2_32.send(s, b"x") == 1
        assert error(api, api.ws2_32.recv(s, 1)) == 10054

    run(server, client, apart=True)


def test_an_idle_connection_does_not_notice():
    def talk(api, s, cut, heal):
        cut()
        assert api.ws2_32.select([s], [], [], 10 * HOUR) == ([], [], [])

    broken(talk)


def test_keep_alive_notices():
    """Two hours, then ten probes a second apart; 10052 to the call in progress, 10054 later (Microsoft)."""

    def talk(api, s, cut, heal):
        assert api.ws2_32.setsockopt(s, c.SOL_SOCKET, c.SO_KEEPALIVE, ONE) == 0
        cut()
        began = api.executive.now
        assert error(api, api.ws2_32.recv(s, 1)) == 10052
        assert api.executive.now - began == 2 * HOUR + 10 * SECOND
        assert error(api, api.ws2_32.recv(s, 1)) == 10054
        assert error(api, api.ws2_32.send(s, b"x")) == 10054

    broken(talk)


@pytest.mark.parametrize("how", ["options", "ioctl"])
def test_keep_alive_with_times_of_its_own(how):
    def talk(api, s, cut, heal):
        w = api.ws2_32
        if how == "ioctl":
            assert w.WSAIoctl(s, c.SIO_KEEPALIVE_VALS, (1, 60_000, 5_000)) == 0
        else:
            for name, value in ((c.TCP_KEEPIDLE, 60), (c.TCP_KEEPINTVL, 5)):
                assert w.setsockopt(s, c.IPPROTO_TCP, name, value.to_bytes(4, "little")) == 0
                assert option(api, s, c.IPPROTO_TCP, name) == value
            assert w.setsockopt(s, c.SOL_SOCKET, c.SO_KEEPALIVE, ONE) == 0
        assert option(api, s, c.SOL_SOCKET, c.SO_KEEPALIVE) == 1
        api.kernel32.Sleep(10 * 60_000)
        cut()
        began = api.executive.now
        assert error(api, w.recv(s, 1)) == 10052
        assert 50 * SECOND <= api.executive.now - began <= 120 * SECOND

    broken(talk)


def test_keep_alive_asked_for_before_the_connection():
    def server(api):
        listener = bound(api, tcp(api), ("0.0.0.0", 7))
        api.ws2_32.setsockopt(listener, c.SOL_SOCKET, c.SO_KEEPALIVE, ONE)
        api.ws2_32.listen(listener)
        s, _ = api.ws2_32.accept(listener)
        assert error(api, api.ws2_32.recv(s, 1)) == 10052

    def client(api):
        api.kernel32.Sleep(10)
        s = tcp(api)
        api.ws2_32.setsockopt(s, c.SOL_SOCKET, c.SO_KEEPALIVE, ONE)
        assert api.ws2_32.connect(s, ("10.0.0.1", 7)) == 0
        api.kernel32.Sleep(10)
        api.machine.system.network.partition(*(machine.host for machine in api.machine.system.machines), True)
        assert error(api, api.ws2_32.recv(s, 1)) == 10052

    run(server, client, apart=True)


# ---- the backlog ---------------------------------------------------------------------------------------------------


def backlog_of(release, asked):
    """Return how many connections a listener takes that nobody accepts from; the next one is refused."""
    taken = []

    def scene(api):
        listener = listening(api, backlog=asked)
        for _ in range(asked + 1):
            s = nonblocking(api, tcp(api))
            api.ws2_32.connect(s, (LOOPBACK, 8000))
            _, writable, failed = api.ws2_32.select([], [s], [s])
            if failed:
                assert option(api, s, c.SOL_SOCKET, c.SO_ERROR) == 10061
                break
            taken.append(writable)
        if len(taken) <= asked:
            accepted, _ = api.ws2_32.accept(listener)
            assert accepted != -1
            connected(api)

    run(scene, release=release)
    return len(taken)


@pytest.mark.parametrize(
    ("release", "asked", "taken"),
    [("11", 3, 3), ("11", 1000, 200), ("nt4-sp3", 200, 200), ("nt3.51", 200, 100), ("nt3.5", 150, 100), ("98", 50, 5)],
)
def test_the_backlog_and_what_overflows_it(release, asked, taken):
    """Q113576, Q127144: a limit each; beyond it a SYN is answered by RST, so the attempt is refused."""
    assert backlog_of(release, asked) == taken


def test_a_backlog_of_nothing_is_one():
    assert backlog_of("11", 0) == 1


# ---- dynamic ports -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "first", "last"),
    [(r.name, *((49152, 65535) if r.name == "11" else (1025, 5000))) for r in RELEASES],
)
def test_dynamic_ports_go_up_from_the_first(release, first, last):
    assert profile_of(release).dynamic_ports == (first, last)

    @simulated(release=release)
    def scene(api):
        ports = []
        for _ in range(3):
            s = bound(api, tcp(api))
            ports.append(api.ws2_32.getsockname(s)[1])
            api.ws2_32.closesocket(s)
        assert ports == [first, first + 1, first + 2]

    scene()


def test_dynamic_ports_run_out_in_time_wait():
    """Q149532: 3,976 connections closed within four minutes, then 10055, and four minutes later it works again."""

    @simulated(release="nt4-sp3")
    def scene(api):
        w = api.ws2_32
        listener = listening(api)
        for _ in range(3976):
            client = connected(api)
            server, _ = w.accept(listener)
            w.closesocket(client)
            assert w.recv(server, 1) == b""
            w.closesocket(server)
        assert error(api, w.connect(tcp(api), (LOOPBACK, 8000))) == 10055
        assert error(api, w.bind(tcp(api), (LOOPBACK, 0))) == 10055
        api.kernel32.Sleep(241_000)
        connected(api)

    scene()


# ---- many at once --------------------------------------------------------------------------------------------------


def test_a_thousand_connections_at_once():
    @simulated
    def scene(api):
        w = api.ws2_32
        listener = listening(api)
        clients, servers = [], []
        for _ in range(1000):
            clients.append(connected(api))
            servers.append(w.accept(listener)[0])
        assert len({*clients, *servers}) == 2000
        for number, s in enumerate(clients):
            w.send(s, number.to_bytes(4, "little"))
        w.closesocket(clients[-1])
        assert [int.from_bytes(w.recv(s, 4), "little") for s in servers] == list(range(1000))
        assert w.select(servers[:512], [], [], 0) == ([], [], [])
        assert w.select(servers[512:], [], []) == ([servers[-1]], [], [])

    scene()


@simulated
def test_a_small_receive_buffer_is_a_small_window(api):
    w = api.ws2_32
    listener = bound(api, tcp(api), (LOOPBACK, 8000))
    w.setsockopt(listener, c.SOL_SOCKET, c.SO_RCVBUF, (4096).to_bytes(4, "little"))
    w.listen(listener)
    client = connected(api)
    server, _ = w.accept(listener)
    w.send(client, bytes(10_000))
    api.kernel32.Sleep(100)
    assert w.ioctlsocket(server, c.FIONREAD) == 4096
    assert w.recv(server, 10_000, c.MSG_WAITALL) == bytes(10_000)


@simulated
def test_without_delay_small_writes_leave_at_once(api):
    w = api.ws2_32
    client, server, _ = pair(api)
    w.send(client, b"a")
    w.send(client, b"b")
    api.kernel32.Sleep(1)
    assert w.recv(server, 10) == b"a", "Nagle holds the second back"
    w.setsockopt(client, c.IPPROTO_TCP, c.TCP_NODELAY, ONE)
    assert w.recv(server, 10) == b"b"
    w.send(client, b"c")
    w.send(client, b"d")
    api.kernel32.Sleep(1)
    assert w.recv(server, 10) == b"cd"
