"""Whatever a link does short of cutting the wire, the bytes of a stream arrive, whole and in order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from notsock.explore.strategies.random import Random
from notsock.net.links import Conditions
from notsock.system import System
from notsock.trace.events import Ending

MILLISECOND = 1_000_000

CONDITIONS = st.builds(
    lambda least, spread, loss, duplication: Conditions(least, least + spread, loss, duplication),
    st.integers(0, 200 * MILLISECOND),
    st.integers(0, 200 * MILLISECOND),
    st.integers(0, 100),
    st.integers(0, 200),
)
WRITES = st.lists(st.integers(1, 30_000), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(
    conditions=CONDITIONS,
    writes=WRITES,
    reads=st.integers(1, 20_000),
    release=st.sampled_from(("11", "2000", "nt4-sp3", "nt4", "98")),
    seed=st.integers(0, 1000),
)
def test_bytes_survive_any_wire(conditions, writes, reads, release, seed):
    """One machine sends and half-closes, the other sends everything back; both close gracefully."""
    chunks = [bytes((place + n) & 255 for n in range(size)) for place, size in enumerate(writes)]
    got = []
    system = System(release=release, conditions=conditions, strategy=Random(seed))

    def server(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket(2, 1, 0)
        assert w.bind(listener, ("0.0.0.0", 7)) == 0
        assert w.listen(listener, 5) == 0
        s, _ = w.accept(listener)
        while data := w.recv(s, reads):
            assert w.send(s, data) == len(data)
        assert data == b"", w.WSAGetLastError()
        w.closesocket(s)
        api.kernel32.Sleep(600_000)

    def reader(api, s):
        while data := api.ws2_32.recv(s, reads):
            got.append(data)
        assert data == b"", api.ws2_32.WSAGetLastError()

    def client(api):
        w = api.ws2_32
        w.WSAStartup()
        s = w.socket(2, 1, 0)
        while w.connect(s, ("10.0.0.1", 7)) < 0:
            assert w.WSAGetLastError() in (10060, 10061)
        thread = api.kernel32.CreateThread(lambda: reader(api, s))
        for chunk in chunks:
            assert w.send(s, chunk) == len(chunk), w.WSAGetLastError()
        w.shutdown(s, 1)
        api.kernel32.WaitForSingleObject(thread)
        w.closesocket(s)

    system.machine().process("server").thread(server)
    system.machine().process("client").thread(client)
    assert system.run().ending is Ending.FINISHED
    assert system.errors == []
    assert b"".join(got) == b"".join(chunks)
