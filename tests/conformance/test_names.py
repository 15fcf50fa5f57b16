"""getaddrinfo and getnameinfo over the system's own hosts."""

import pytest
from windows_scene import run, simulated

from notsock.winsock import constants as c


def addresses(api, name, **asked):
    found = api.ws2_32.getaddrinfo(name, 80, **asked)
    return [entry[4][0] for entry in found] if isinstance(found, list) else found


@simulated
def test_localhost_is_ipv6_first(api):
    assert addresses(api, "localhost") == ["::1", "127.0.0.1"]
    assert addresses(api, "LOCALHOST.", family=2) == ["127.0.0.1"]
    assert addresses(api, "localhost", family=23) == ["::1"]


@simulated(release="nt4-sp3")
def test_without_ipv6(api):
    assert addresses(api, "localhost") == ["127.0.0.1"]
    assert addresses(api, "machine1") == ["10.0.0.1"]
    assert api.ws2_32.socket(23, 1, 0) == -1
    assert api.ws2_32.WSAGetLastError() == 10047


def test_machines_know_each_other_by_name():
    def main(api):
        assert addresses(api, api.ws2_32.gethostname()) == addresses(api, "")
        assert addresses(api, "machine2") == ["10.0.0.2", "fd00::2"]
        assert addresses(api, "Machine2.example.org", family=2) == ["10.0.0.2"]
        assert addresses(api, "machine3") == 11001

    run(main, main, apart=True)


@simulated
def test_numbers_are_names(api):
    assert addresses(api, "192.168.1.1") == ["192.168.1.1"]
    assert addresses(api, "FD00:0::0:9") == ["fd00::9"]
    assert addresses(api, "::ffff:1.2.3.4") == ["::ffff:1.2.3.4"]
    assert addresses(api, "localhost", flags=c.AI_NUMERICHOST) == 11001
    assert addresses(api, "10.0.0.1", family=23) == 11001


@simulated
def test_nobody_in_particular(api):
    assert addresses(api, None) == ["::1", "127.0.0.1"]
    assert addresses(api, None, flags=c.AI_PASSIVE) == ["::", "0.0.0.0"]
    assert addresses(api, "localhost", family=99) == 10047


@pytest.mark.parametrize(("service", "port"), [("http", 80), ("443", 443), (8080, 8080), (None, 0), ("FTP", 21)])
def test_services(service, port):
    @simulated
    def scene(api):
        found = api.ws2_32.getaddrinfo("127.0.0.1", service, 0, 1, 0, 0)
        assert [entry[4][1] for entry in found] == [port]
        assert api.ws2_32.getaddrinfo("127.0.0.1", "no-such-service") == 10109

    scene()


@simulated
def test_types_that_were_asked_for(api):
    kinds = [entry[1:3] for entry in api.ws2_32.getaddrinfo("127.0.0.1", 80, 0, 1)]
    assert [kind for kind, _ in kinds] == [1]
    assert api.ws2_32.getaddrinfo("127.0.0.1", 80)[0][1:3] == (0, 0)
    assert api.ws2_32.getaddrinfo("machine1", 80, flags=c.AI_CANONNAME)[0][3] == "machine1"


@simulated
def test_the_names_of_addresses(api):
    w = api.ws2_32
    assert w.getnameinfo(("10.0.0.1", 80)) == ("machine1", "http")
    assert w.getnameinfo(("127.0.0.1", 80), c.NI_NUMERICHOST | c.NI_NUMERICSERV) == ("127.0.0.1", "80")
    assert w.getnameinfo(("10.9.9.9", 12345)) == ("10.9.9.9", "12345")
    assert w.getnameinfo(("10.9.9.9", 80), c.NI_NAMEREQD) == 11001
