"""The machine's own sockets, from a /proc that the test writes."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from notsock.cli.live import live
from notsock.cli.main import main
from notsock.readers.proc import Holder, snapshot, worth_a_look

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


class Proc:
    """A /proc of our own."""

    def __init__(self, root):
        self.root = root
        (root / "net").mkdir()
        (root / "sys/net/ipv4").mkdir(parents=True)
        (root / "sys/net/ipv4/ip_local_port_range").write_text("40000\t40009\n")
        for name in ("tcp", "tcp6", "udp", "udp6"):
            (root / "net" / name).write_text(HEADER)

    def socket(self, local, remote, state, inode, table="tcp"):
        with (self.root / "net" / table).open("a") as file:
            file.write(f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 0 0 {inode} 1\n")

    def process(self, pid, name, *inodes, limit="1024"):
        folder = self.root / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(f"{name}\n")
        (folder / "limits").write_text(f"Limit  Soft  Hard\nMax open files            {limit}    4096   files\n")
        for number, inode in enumerate(inodes):
            (folder / "fd" / str(number)).symlink_to(f"socket:[{inode}]")
        (folder / "fd" / "99").symlink_to("/dev/null")

    def looks(self):
        return worth_a_look(snapshot(self.root))


@pytest.fixture
def proc(tmp_path):
    return Proc(tmp_path)


def test_a_line_of_the_table(proc):
    proc.socket("0100007F:1F90", "00000000:0000", "0A", 7)
    proc.socket("B80D01200000000000000000" + "01000000:0050", "00000000000000000000000000000000:0000", "0A", 8, "tcp6")
    proc.socket("00000000:0035", "00000000:0000", "07", 9, "udp")
    proc.process(10, "server", 7)
    first, second, third = snapshot(proc.root).sockets
    assert (first.local, first.remote, first.state) == ("127.0.0.1:8080", "*:*", "LISTENING")
    assert first.holders == (Holder(10, "server"),)
    assert second.local == "[2001:db8::1]:80"
    assert (third.protocol, third.state, third.holders) == ("udp", "", ())


def test_a_healthy_machine_needs_no_look(proc):
    proc.socket("0100007F:1F90", "00000000:0000", "0A", 7)
    proc.process(10, "server", 7)
    proc.process(11, "server", 7)
    assert proc.looks() == []


@pytest.mark.parametrize(("state", "name"), [("08", "CLOSE_WAIT"), ("05", "FIN_WAIT_2")])
def test_half_closed_connections_pile_up(proc, state, name):
    for inode in range(1, 7):
        proc.socket("0100007F:1F90", f"0100007F:{inode:04X}", state, inode)
    proc.process(10, "server", *range(1, 7))
    (line,) = proc.looks()
    assert line.startswith(f"server[10] has 6 connections in {name}: ")


def test_a_listener_that_another_program_has_inherited(proc):
    proc.socket("00000000:1F90", "00000000:0000", "0A", 7)
    proc.process(10, "server", 7)
    proc.process(11, "helper", 7)
    (line,) = proc.looks()
    assert "0.0.0.0:8080 is held by different programs: server[10], helper[11]" in line


def test_two_owners_of_a_port(proc):
    proc.socket("00000000:1F90", "00000000:0000", "0A", 7)
    proc.socket("00000000:1F90", "00000000:0000", "0A", 8)
    proc.process(10, "server", 7)
    proc.process(11, "other", 8)
    assert proc.looks() == ["tcp 0.0.0.0:8080 has 2 owners: other[11], server[10]"]


def test_a_process_near_its_limit(proc):
    proc.process(10, "server", *range(1, 9), limit="10")
    proc.process(11, "free", *range(1, 9), limit="unlimited")
    assert proc.looks() == ["server[10] has 9 of 10 descriptors"]


def test_dynamic_ports_that_run_out(proc):
    for port in range(40000, 40009):
        proc.socket(f"0100007F:{port:04X}", "0100007F:0050", "01", port)
    assert proc.looks() == ["9 of 10 dynamic tcp ports of 127.0.0.1 are in use"]


def test_lines_that_cannot_be_read_and_names_that_steer_terminals(proc, capsys):
    with (proc.root / "net" / "tcp").open("a") as file:
        file.write("junk\n   0: xx:yy 00:00 0A\n\n")
    proc.socket("0100007F:1F90", "00000000:0000", "0A", 7)
    proc.process(10, "\x1b[31mred", 7)
    assert live(watch=False, root=proc.root) == 0
    output = capsys.readouterr().out
    assert "\x1b" not in output
    assert "127.0.0.1:8080" in output


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
