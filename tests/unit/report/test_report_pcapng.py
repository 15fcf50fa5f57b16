"""Captures: their bytes are right, and tshark finds nothing to complain about."""

import io
import json
import os
import shutil
import struct
import subprocess

import pytest

from notsock.report.json_report import check_json, finding_json, release_json
from notsock.report.pcapng import PcapngWriter, checksum
from notsock.system import System

TO4 = ("10.0.0.2", 80, "10.0.0.1", 49152)
TO6 = ("fd00::2", 80, "fd00::1", 49152)


def blocks(data):
    """Yield (kind, body) of every block, checking its two lengths."""
    place = 0
    while place < len(data):
        kind, length = struct.unpack_from("<II", data, place)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, place + length - 4) == (length,)
        yield kind, data[place + 8 : place + length - 4]
        place += length


def packet(thing):
    file = io.BytesIO()
    writer = PcapngWriter(file)
    writer.interface(1, "a>b")
    writer.packet(1, 5_000_000_007, thing)
    *_, (kind, body) = blocks(file.getvalue())
    assert kind == 6
    interface, high, low, captured, original = struct.unpack_from("<IIIII", body)
    assert (interface, high << 32 | low, captured) == (0, 5_000_000_007, original)
    return body[20 : 20 + captured]


def test_a_syn_has_true_headers():
    data = packet((TO4, 1000, 0, 2, 65535, b"", 1460))
    assert data[0] == 0x45
    assert struct.unpack_from(">H", data, 2) == (44,)
    assert checksum(data[:20]) == 0
    assert data[12:20] == bytes([10, 0, 0, 1, 10, 0, 0, 2])
    assert struct.unpack_from(">HHII", data, 20) == (49152, 80, 1000, 0)
    assert data[40:44] == b"\x02\x04\x05\xb4"
    assert checksum(data[12:20] + struct.pack(">HH", 6, 24) + data[20:]) == 0


@pytest.mark.parametrize("data", [b"", b"x", b"xyz" * 100])
def test_checksums_over_ipv6(data):
    whole = packet((TO6, 1, 2, 24, 100, data, 0))
    assert whole[0] >> 4 == 6
    assert checksum(whole[8:40] + struct.pack(">II", len(whole) - 40, 6) + whole[40:]) == 0


def test_the_json_has_the_shape_that_was_promised():
    class Told:
        def to_json(self):
            return {"rule": "r", "severity": "note", "object": "o", "article": None}

    whole = check_json("p.py", [release_json("11", 3, True, [finding_json(Told(), 2, ["a"], "notsock replay x")])])
    found = whole["releases"][0]["findings"][0]
    assert {"rule", "severity", "object", "article", "schedule", "story", "replay"} <= set(found)
    json.dumps(whole)


# ---- what tshark says -----------------------------------------------------------------------------------------


def tshark(path, *words):
    tool = shutil.which("tshark")
    if tool is None:
        assert not os.environ.get("NOTSOCK_DEBIAN"), "tshark is missing"
        pytest.skip("tshark is not installed")
    done = subprocess.run(
        [tool, "-r", str(path), "-n", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
         "-o", "ip.check_checksum:TRUE", *words],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.splitlines()


def captured(system, path):
    packets = []
    system.network.tap = lambda link, now, thing: packets.append((link, now, thing))
    outcome = system.run()
    assert system.errors == []
    with path.open("wb") as file:
        writer = PcapngWriter(file, comment="a test")
        for link in system.network.links:
            writer.interface(link.number, link.name)
        for number, thing in enumerate(packets):
            writer.packet(*thing, comment="the first" if number == 0 else "")
    return outcome, len(packets)


def talk(release="11", *, apart=False, size=5000, rounds=5, wide=False):
    system = System(release=release)
    first = system.machine()
    second = system.machine() if apart else first
    host = first.host.addresses[wide] if apart else ("::1" if wide else "127.0.0.1")
    family = 23 if wide else 2
    server, client = first.process("server"), second.process("client")

    @server.thread
    def serve(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket(family)
        w.bind(listener, (host, 8000))
        w.listen(listener, 5)
        for _ in range(3):
            connection, _ = w.accept(listener)
            while data := w.recv(connection, 4096):
                w.send(connection, data)
            w.closesocket(connection)
        w.closesocket(listener)

    @client.thread
    def ask(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(10)
        for _ in range(3):
            s = w.socket(family)
            assert w.connect(s, (host, 8000)) == 0
            for _ in range(rounds):
                w.send(s, b"x" * size)
                left = size
                while left:
                    left -= len(w.recv(s, 4096))
                api.kernel32.Sleep(300)
            w.closesocket(s)
        datagrams = w.socket(family, 2)
        w.sendto(datagrams, b"nobody there", 0, (host, 9))
        w.recvfrom(datagrams, 100)
        w.closesocket(datagrams)

    return system


FIELDS = (
    "_ws.malformed", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.code", "icmpv6.type",
    "tcp.analysis.flags", "tcp.analysis.window_update", "tcp.analysis.zero_window", "tcp.analysis.window_full",
    "frame.comment", "frame.interface_name",
)  # fmt: skip


def dissected(system, path):
    """Return what tshark says of each packet of a run, by field."""
    _, count = captured(system, path)
    rows = tshark(path, "-T", "fields", "-E", "separator=|", *(word for name in FIELDS for word in ("-e", name)))
    assert len(rows) == count
    found = [dict(zip(FIELDS, row.split("|"), strict=True)) for row in rows]
    assert not any(row["_ws.malformed"] for row in found)
    for name in FIELDS[1:4]:
        assert "0" not in {row[name] for row in found}
    return found


@pytest.mark.debian
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("size", [1, 5000])
def test_on_a_lossless_link_tshark_flags_nothing(tmp_path, apart, wide, size):
    rows = dissected(talk(apart=apart, size=size, wide=wide), tmp_path / "out.pcapng")
    assert not any(row["tcp.analysis.flags"] for row in rows)
    assert sum(row["icmp.code"] == "3" or row["icmpv6.type"] == "1" for row in rows) == 1
    assert rows[0]["frame.comment"] == "the first"
    assert all(row["frame.interface_name"].startswith("machine") for row in rows)


@pytest.mark.debian
@pytest.mark.parametrize("release", ["11", "2000", "nt4"])
@pytest.mark.parametrize("apart", [False, True])
def test_more_than_a_window_of_data_shows_flow_control_and_nothing_worse(tmp_path, release, apart):
    rows = dissected(talk(release, apart=apart, size=40_000, rounds=2), tmp_path / "out.pcapng")
    for row in rows:
        control = any(row[f"tcp.analysis.{what}"] for what in ("window_update", "zero_window", "window_full"))
        assert control or not row["tcp.analysis.flags"]
