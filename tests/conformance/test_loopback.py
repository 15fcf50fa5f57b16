"""Loopback: on the current Windows what was sent has arrived when the call returns; of older ones nothing is known.

No document says so. CPython's ``test_selectors`` and trio's ``test_io`` run on real Windows with every change of
theirs, and look at one end of a pair right after a call on the other.
"""

import pytest
from windows_scene import bound, nonblocking, pair, run, simulated, udp

from notsock.explore.strategies.random import Random
from notsock.net.links import in_a_turn, in_the_call
from notsock.releases.catalogue import RELEASES, profile_of


@simulated
def test_what_was_sent_is_readable_at_once(api):
    w = api.ws2_32
    client, server, _ = pair(api)
    w.send(client, b"x")
    assert w.select([server], [], [], 0)[0] == [server]
    assert w.recv(nonblocking(api, server), 10) == b"x"


@simulated
def test_both_ends_are_ready_after_one_send(api):
    w = api.ws2_32
    client, server, _ = pair(api)
    w.send(client, b"x")
    assert w.select([server], [client], [], 10**9)[:2] == ([server], [client])


@simulated
def test_a_full_socket_has_room_as_soon_as_the_peer_has_read(api):
    w = api.ws2_32
    client, server, _ = pair(api)
    for s in (client, server):
        nonblocking(api, s)
    while w.send(client, bytes(65536)) > 0:
        pass
    assert w.select([], [client], [], 0)[1] == []
    assert w.select([], [client], [], 60 * 10**9)[1] == []  # and nothing that time brings changes it
    while w.recv(server, 65536):
        pass
    assert w.select([], [client], [], 0)[1] == [client]


@simulated
def test_a_datagram_and_a_close_arrive_at_once(api):
    w = api.ws2_32
    one, other = bound(api, udp(api)), nonblocking(api, bound(api, udp(api)))
    w.sendto(one, b"x", 0, w.getsockname(other))
    assert w.recv(other, 10) == b"x"
    client, server, _ = pair(api)
    w.closesocket(client)
    assert w.recv(nonblocking(api, server), 10) == b""


def _looks_at_once(answers):
    def main(api):
        w = api.ws2_32
        client, server, _ = pair(api)
        w.send(client, b"x")
        answers.add(bool(w.select([server], [], [], 0)[0]))

    return main


@pytest.mark.parametrize("release", [release.name for release in RELEASES])
def test_older_releases_may_take_their_time(release):
    answers = set()
    for seed in range(40):
        run(_looks_at_once(answers), release=release, strategy=Random(seed))
    assert profile_of(release).loopback is (in_the_call if release == "11" else in_a_turn)
    assert answers == ({True} if release == "11" else {True, False})

