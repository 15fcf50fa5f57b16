"""The machine's own sockets: its tables, what deserves a look, and our own listener among them."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from notsock.cli.live import show
from notsock.cli.main import main
from notsock.readers.proc import Holder, Snapshot, Socket, half_closed, snapshot, table, worth_a_look

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
SERVER, OTHER = Holder(10, "server"), Holder(11, "other")


def line(local, remote, state, inode):
    return f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 0 0 {inode} 1\n"


def listener(*holders, inode=7, port=8080):
    return Socket("tcp", "0.0.0.0", port, "*:*", "LISTENING", inode, holders)


def seen(*sockets, limits=(), dynamic=(40000, 40009)):
    return Snapshot(sockets, tuple(limits), dynamic)


def piled(state, count):
    return seen(*(Socket("tcp", "127.0.0.1", 80, f"1.2.3.4:{n}", state, n, (SERVER,)) for n in range(1, count + 1)))


def test_the_kernels_tables(tmp_path):
    path = tmp_path / "tcp"
    ours = line("0100007F:1F90", "00000000:0000", "0A", 7)
    theirs = line("B80D01200000000000000000" + "01000000:0050", "0" * 32 + ":0000", "08", 8)
    path.write_text(HEADER + ours + "junk\n   0: xx:yy 00:00 0A\n\n" + theirs)
    assert list(table(path, tcp=True)) == [
        ("127.0.0.1", 8080, "*:*", "LISTENING", 7), ("2001:db8::1", 80, "*:*", "CLOSE_WAIT", 8),
    ]  # fmt: skip
    assert list(table(tmp_path / "nowhere", tcp=True)) == []


def test_a_healthy_machine_needs_no_look():
    assert worth_a_look(seen(listener(SERVER, Holder(12, "server")))) == []


@pytest.mark.parametrize("state", ["CLOSE_WAIT", "FIN_WAIT_2"])
def test_half_closed_connections_pile_up(state):
    (said,) = worth_a_look(piled(state, 6))
    assert said.startswith(f"server[10] has 6 connections in {state}: ")
    assert worth_a_look(piled(state, 4)) == []
    assert worth_a_look(piled(state, 9), piled(state, 6))[0].endswith("(+3)")


def test_a_listener_that_another_program_has_inherited():
    (said,) = worth_a_look(seen(listener(SERVER, OTHER)))
    assert "0.0.0.0:8080 is held by different programs: server[10], other[11]" in said


def test_two_owners_of_a_port():
    assert worth_a_look(seen(listener(SERVER), listener(OTHER, inode=8))) == [
        "tcp 0.0.0.0:8080 has 2 owners: other[11], server[10]"
    ]


def test_a_process_near_its_limit():
    limits = [(SERVER, 9, 10), (OTHER, 9, 0), (Holder(12, "free"), 2, 10)]
    assert worth_a_look(seen(limits=limits)) == ["server[10] has 9 of 10 descriptors"]


def test_dynamic_ports_that_run_out():
    sockets = [Socket("tcp", "127.0.0.1", 40000 + n, "127.0.0.1:80", "ESTABLISHED", n, ()) for n in range(9)]
    assert worth_a_look(seen(*sockets)) == ["9 of 10 dynamic tcp ports of 127.0.0.1 are in use"]


def test_names_steer_no_terminal():
    console = Console(record=True, width=200)
    show(console, seen(listener(Holder(10, "\x1b[31mred"))))
    text = console.export_text()
    assert "\x1b" not in text
    assert "0.0.0.0:8080" in text


PILE = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
for _ in range(3):
    socket.create_connection(listener.getsockname()).close()
kept = [listener.accept()[0] for _ in range(3)]
time.sleep(0.2)
print(*(each.fileno() for each in kept), flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux")
def test_connections_that_their_peers_have_closed_are_found_by_descriptor():
    with subprocess.Popen([sys.executable, "-c", PILE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as victim:
        numbers = [int(word) for word in victim.stdout.readline().split()]
        expected = [(victim.pid, number) for number in numbers]
        until = time.monotonic() + 20
        while sorted(found[:2] for found in half_closed([victim.pid, 4194303])) != expected:
            assert time.monotonic() < until
            time.sleep(0.05)
        victim.stdin.close()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux")
def test_we_see_ourselves():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (ours,) = [each for each in snapshot().sockets if each.port == port]
        assert [holder.pid for holder in ours.holders] == [os.getpid()]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux")
def test_our_own_listener_is_in_the_table():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = CliRunner().invoke(main, ["netstat", "--live"], env={"COLUMNS": "200"})
        assert done.exit_code == 0
        assert f"127.0.0.1:{port}" in done.output


def test_live_and_a_replay_file_exclude_each_other():
    for arguments in (["netstat"], ["netstat", "x", "--live"], ["netstat", "x", "--watch"]):
        assert CliRunner().invoke(main, arguments).exit_code == 2
