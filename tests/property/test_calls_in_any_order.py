"""Whatever several threads call on whatever numbers, in whatever order: it fails as Windows fails, never as Python."""

from hypothesis import given, settings
from hypothesis import strategies as st

from notsock.executive.executive import Budget
from notsock.explore.strategies.random import Random
from notsock.system import System
from notsock.winsock import constants as c
from notsock.winsock.ws2_32 import WSAPOLLFD

LOOPBACK = "127.0.0.1"
NUMBERS = tuple(range(0x64, 0x64 + 4 * 6, 4))
NON_BLOCKING = 1

CALLS = {
    "socket": lambda api, n: api.ws2_32.socket(2, 1, 0),
    "udp": lambda api, n: api.ws2_32.socket(2, 2, 0),
    "event": lambda api, n: api.kernel32.CreateEvent(),
    "bind": lambda api, n: api.ws2_32.bind(n, (LOOPBACK, 8000)),
    "bind-any": lambda api, n: api.ws2_32.bind(n, ("0.0.0.0", 0)),
    "listen": lambda api, n: api.ws2_32.listen(n, 1),
    "accept": lambda api, n: api.ws2_32.accept(n),
    "connect": lambda api, n: api.ws2_32.connect(n, (LOOPBACK, 8000)),
    "send": lambda api, n: api.ws2_32.send(n, bytes(3000)),
    "fill": lambda api, n: api.ws2_32.send(n, bytes(100_000)),
    "sendto": lambda api, n: api.ws2_32.sendto(n, b"x", 0, (LOOPBACK, 8000)),
    "recv": lambda api, n: api.ws2_32.recv(n, 1000),
    "recvfrom": lambda api, n: api.ws2_32.recvfrom(n, 1000),
    "shutdown-in": lambda api, n: api.ws2_32.shutdown(n, c.SD_RECEIVE),
    "shutdown-out": lambda api, n: api.ws2_32.shutdown(n, c.SD_SEND),
    "closesocket": lambda api, n: api.ws2_32.closesocket(n),
    "CloseHandle": lambda api, n: api.kernel32.CloseHandle(n),
    "duplicate": lambda api, n: api.kernel32.DuplicateHandle(-1, n, -1),
    "share": lambda api, n: opened(api, api.ws2_32.WSADuplicateSocket(n, api.process_id)),
    "descriptor": lambda api, n: api.crt._open_osfhandle(n),
    "_close": lambda api, n: api.crt._close(3 + (n >> 2) % 4),
    "select": lambda api, n: api.ws2_32.select([n], [n], [n], 10_000_000),
    "poll": lambda api, n: api.ws2_32.WSAPoll([WSAPOLLFD(n, c.POLLIN)], 1, 10),
    "nonblocking": lambda api, n: api.ws2_32.ioctlsocket(n, c.FIONBIO, 1),
    "linger": lambda api, n: api.ws2_32.setsockopt(n, c.SOL_SOCKET, c.SO_LINGER, b"\1\0\1\0"),
    "reset": lambda api, n: api.ws2_32.setsockopt(n, c.SOL_SOCKET, c.SO_LINGER, b"\1\0\0\0"),
    "error": lambda api, n: api.ws2_32.getsockopt(n, c.SOL_SOCKET, c.SO_ERROR),
    "names": lambda api, n: (api.ws2_32.getsockname(n), api.ws2_32.getpeername(n)),
    "cleanup": lambda api, n: (api.ws2_32.WSACleanup(), api.ws2_32.WSAStartup()),
}
THREADS = st.lists(
    st.lists(st.tuples(st.sampled_from(sorted(CALLS)), st.sampled_from(NUMBERS)), max_size=14), min_size=1, max_size=3
)


def opened(api, info):
    return info and api.ws2_32.WSASocket(0, 0, 0, info)


@settings(max_examples=150, deadline=None)
@given(threads=THREADS, seed=st.integers(0, 100), release=st.sampled_from(("11", "nt4-sp3", "nt3.51", "98")))
def test_no_order_of_calls_breaks_the_machine(threads, seed, release):
    """A connected pair is there to begin with; afterwards everything is given back."""
    system = System(release=release, strategy=Random(seed), budget=Budget(time_max_ns=3600 * 1_000_000_000))
    process = system.machine().process()
    process.process.ws2_32.WSAStartup()

    def main(api):
        w = api.ws2_32
        listener, client = w.socket(2, 1, 0), w.socket(2, 1, 0)
        w.bind(listener, (LOOPBACK, 8000))
        w.listen(listener, 5)
        w.connect(client, (LOOPBACK, 8000))
        w.accept(listener)
        w.bind(w.socket(2, 2, 0), (LOOPBACK, 8000))
        for calls in threads:
            api.kernel32.CreateThread(lambda calls=calls: [CALLS[name](api, number) for name, number in calls])
        api.kernel32.Sleep(60_000)
        api.kernel32.ExitProcess(0)

    process.thread(main)
    system.machine().process().thread(lambda api: api.kernel32.Sleep(1000_000))
    system.run()
    assert system.errors == []
    host = system.machines[0].host
    assert host.ports.claims() == []
    assert host.connections == {}
    assert host.tcp_sockets == 0
