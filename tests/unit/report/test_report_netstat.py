"""netstat prints what there was, as each release does."""

import pytest

from notsock.report.netstat import STATES, Row, render, table
from notsock.system import System
from notsock.tcp.states import State
from notsock.trace.calls import Call
from notsock.trace.events import Entered


def scene(release="11"):
    system = System(release=release)
    machine = system.machine()
    server, client = machine.process("server"), machine.process("client")

    @server.thread
    def serve(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("0.0.0.0", 8000))
        w.listen(listener)
        datagrams = w.socket(2, 2)
        w.bind(datagrams, ("127.0.0.1", 53))
        connection, _ = w.accept(listener)
        w.recv(connection, 10)
        api.kernel32.Sleep(1000)
        for s in (connection, listener, datagrams):
            w.closesocket(s)

    @client.thread
    def ask(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(10)
        s = w.socket()
        w.connect(s, ("127.0.0.1", 8000))
        w.closesocket(s)

    return system


def before_third_last(trace, call):
    return [at for at, event in trace if isinstance(event, Entered) and event.call == call][-3]


def lines(release, **how):
    trace = scene(release).run().trace
    rows = table(trace, before_third_last(trace, Call.CLOSESOCKET), 1)
    return render(rows, lists_listeners=how.get("listeners", True), lists_owners=how.get("owners", False))


def test_a_current_release_with_owners():
    assert lines("11", owners=True) == [
        "Active Connections",
        "",
        "  Proto  Local Address          Foreign Address        State           PID",
        "  TCP    0.0.0.0:8000           0.0.0.0:0              LISTENING       1000",
        "  TCP    127.0.0.1:8000         127.0.0.1:49152        CLOSE_WAIT      1000",
        "  TCP    127.0.0.1:49152        127.0.0.1:8000         FIN_WAIT_2      1004",
        "  UDP    127.0.0.1:53           *:*                                    1000",
    ]


def test_columns_are_where_q297534_has_them():
    header = lines("2000")[2]
    assert [header.index(word) for word in ("Proto", "Local", "Foreign", "State")] == [2, 9, 32, 55]


def test_an_old_release_lists_no_listeners():
    assert not any("LISTENING" in line for line in lines("nt4", listeners=False))
    assert any("CLOSE_WAIT" in line for line in lines("nt4", listeners=False))


def test_at_the_end_only_waiting_is_left():
    assert [row.state for row in table(scene().run().trace)] in ([], ["TIME_WAIT"])


def test_a_restart_forgets_everything():
    system = System()
    machine = system.machine()
    process = machine.process()

    @process.thread
    def main(api):
        api.ws2_32.WSAStartup()
        api.ws2_32.bind(api.ws2_32.socket(2, 2), ("0.0.0.0", 53))

    outcome = system.run()
    assert table(outcome.trace) == []


def test_states_are_the_machines():
    assert all(STATES[state].replace("LISTENING", "LISTEN") == state.name for state in State)


@pytest.mark.parametrize("address", ["[fd00::1]:80", "10.0.0.1:80"])
def test_long_addresses_push_the_columns(address):
    row = Row(1, "TCP", "[2001:db8:1111:2222:3333:4444:5555:6666]:65535", address, "ESTABLISHED", 4)
    assert render([row], lists_listeners=True, lists_owners=True)[3].split() == [
        "TCP", row.local, address, "ESTABLISHED", "4",
    ]  # fmt: skip
