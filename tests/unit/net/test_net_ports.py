"""Ports: which one is free, who is found behind one, and who is in whose way."""

from itertools import product

import pytest

from notsock.net.claiming import first_entered, last_entered
from notsock.net.ports import AddressObject
from notsock.net.sharing import Sharing, by_both, by_newcomer
from notsock.system import System
from notsock.values.status import ACCESS_DENIED, ADDRESS_ALREADY_EXISTS, SUCCESS, TOO_MANY_ADDRESSES

TCP, UDP = 6, 17


class Listener:
    """As much of an endpoint as a claim needs."""

    ident = 1
    listening = True


@pytest.fixture
def machine():
    return System(release="2000").machine()


def address(machine, host="0.0.0.0", port=0, protocol=TCP, sharing=Sharing.NONE, dual=False):
    process = machine.processes[0] if machine.processes else machine.create_process("p", None)
    return AddressObject(protocol, host, port, Listener(), process, sharing, dual)


def test_every_pair_of_wishes_has_an_answer():
    for answer in (by_both, by_newcomer):
        for first, first_all, second, second_all in product(Sharing, (True, False), Sharing, (True, False)):
            assert answer(first, first_all, second, second_all) in (SUCCESS, ADDRESS_ALREADY_EXISTS, ACCESS_DENIED)


def test_dynamic_ports_wrap_around_and_run_out(machine):
    ports = machine.host.ports
    taken = [address(machine) for _ in range(3976)]
    assert [ports.claim(wanted) for wanted in taken] == [SUCCESS] * 3976
    assert sorted(wanted.port for wanted in taken) == list(range(1025, 5001))
    assert ports.claim(address(machine)) == TOO_MANY_ADDRESSES
    assert ports.claim(address(machine, protocol=UDP)) == SUCCESS
    ports.leave(taken[100])
    again = address(machine)
    assert ports.claim(again) == SUCCESS
    assert again.port == taken[100].port


def test_a_connection_keeps_a_dynamic_port_in_use(machine):
    ports = machine.host.ports
    ports.hold(1025)
    wanted = address(machine)
    assert ports.claim(wanted) == SUCCESS
    assert wanted.port == 1026
    ports.drop(1025)
    assert not ports.in_use(TCP, 1025)


def test_one_address_beats_all_addresses(machine):
    ports = machine.host.ports
    everything, one = address(machine, port=80), address(machine, "10.0.0.1", 80)
    assert ports.claim(everything) == ports.claim(one) == SUCCESS
    assert ports.behind(TCP, "10.0.0.1", 80, True) is one
    assert ports.behind(TCP, "127.0.0.1", 80, True) is everything
    assert ports.behind(UDP, "10.0.0.1", 80, True) is None
    one.endpoint.listening = False
    assert ports.behind(TCP, "10.0.0.1", 80, True) is everything
    assert ports.behind(TCP, "10.0.0.1", 80, False) is one


def test_a_dual_stack_wildcard_covers_ipv4(machine):
    ports = machine.host.ports
    plain, dual = address(machine, "::", 80), address(machine, "::", 81, dual=True)
    assert ports.claim(plain) == ports.claim(dual) == SUCCESS
    assert ports.behind(TCP, "127.0.0.1", 80, True) is None
    assert ports.behind(TCP, "::1", 80, True) is plain
    assert ports.behind(TCP, "127.0.0.1", 81, True) is dual


def test_whose_turn_it_is_among_equals():
    assert first_entered([1, 2, 3]) == 1
    assert last_entered([1, 2, 3]) == 3
