"""The seam of who may tear an endpoint down (Q198663, Q229658), and the count of sockets."""

import pytest

from notsock.afd.lifetime import always, if_provider_attached
from notsock.system import System


class Side:
    """As much of a process and of an endpoint as the seam looks at."""

    def __init__(self, provider=False, alive=True, creator=None):
        self.provider = provider
        self.alive = alive
        self.creator = creator


@pytest.mark.parametrize(
    ("provider", "creator_alive", "answer"),
    [(True, True, True), (True, False, True), (False, True, False), (False, False, True)],
)
def test_who_may_tear_down(provider, creator_alive, answer):
    endpoint = Side(creator=Side(alive=creator_alive))
    assert always(endpoint, Side(provider)) is True
    assert if_provider_attached(endpoint, Side(provider)) is answer


@pytest.mark.parametrize("release", ["11", "nt4-sp3", "98"])
def test_sockets_are_counted_until_they_are_gone(release):
    """Sockets that were closed count until TCP has forgotten them, accepted or not."""
    system = System(release=release)
    counts = []

    def main(api):
        w, host = api.ws2_32, api.machine.host
        w.WSAStartup()
        listener = w.socket(2, 1, 0)
        w.bind(listener, ("127.0.0.1", 80))
        w.listen(listener, 5)
        clients = [w.socket(2, 1, 0) for _ in range(3)]
        for s in clients:
            assert w.connect(s, ("127.0.0.1", 80)) == 0
        accepted, _ = w.accept(listener)
        counts.append(host.tcp_sockets)
        w.closesocket(clients[0])
        assert w.recv(accepted, 1) == b""
        w.closesocket(accepted)
        api.kernel32.Sleep(100)
        counts.append(host.tcp_sockets)
        w.closesocket(listener)
        api.kernel32.Sleep(100)
        for s in clients[1:]:
            w.closesocket(s)
        counts.append(host.tcp_sockets)
        api.kernel32.Sleep(300_000)
        counts.append(host.tcp_sockets)

    system.machine().process().thread(main)
    system.run()
    assert system.errors == []
    assert counts == [5, 4, 1, 0]
    assert system.machines[0].host.connections == {}
    assert system.machines[0].host.ports.claims() == []
