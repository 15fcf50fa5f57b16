"""`--pcap`: what tshark makes of the packets of a run."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = """
import socket
listener = socket.create_server(("", 8000))
connection, _ = listener.accept()
with connection:
    while data := connection.recv(4096):
        connection.sendall(data[::-1])
listener.close()
"""
CLIENT = """
import socket, time
time.sleep(1)
with socket.create_connection(("machine1", 8000)) as connection:
    for size in (1, 100, 1000, 3000):
        connection.sendall(b"x" * size)
        received = 0
        while received < size:
            received += len(connection.recv(4096))
"""


@pytest.mark.debian
def test_a_run_over_two_machines_is_read_by_tshark_without_a_flag(tmp_path):
    tshark = shutil.which("tshark")
    if tshark is None:
        if os.environ.get("NOTSOCK_DEBIAN"):
            pytest.fail("tshark is missing")
        pytest.skip("tshark is not installed")
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "client.py").write_text(CLIENT)
    command = ["run", "server.py", "--and", "machine2:client.py", "--pcap", "out.pcapng", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["findings"] == []

    def read(display_filter):
        return subprocess.run(
            [tshark, "-r", "out.pcapng", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
             "-Y", display_filter],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        ).stdout.splitlines()  # fmt: skip

    assert len(read("tcp")) > 10
    assert read("_ws.malformed || tcp.checksum.status == Bad || ip.checksum.status == Bad") == []
    assert read("tcp.analysis.flags") == []


TLS_SERVER = """
import socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE)
with socket.create_server(("", 443)) as listener:
    connection, _ = listener.accept()
with context.wrap_socket(connection, server_side=True) as peer:
    peer.sendall(peer.recv(1000).upper())
"""
TLS_CLIENT = """
import socket, ssl, time
time.sleep(1)
context = ssl.create_default_context(cafile=CERTIFICATE)
with context.wrap_socket(socket.create_connection(("machine1", 443)), server_hostname="machine1") as connection:
    connection.sendall(b"hidden words")
    assert connection.recv(1000) == b"HIDDEN WORDS"
"""


@pytest.mark.debian
def test_a_capture_brings_the_keys_of_its_tls_connections(tmp_path):
    tshark = shutil.which("tshark")
    if tshark is None:
        if os.environ.get("NOTSOCK_DEBIAN"):
            pytest.fail("tshark is missing")
        pytest.skip("tshark is not installed")
    certificate = str(Path(__file__).parents[2] / "examples" / "tls" / "localhost.pem")
    (tmp_path / "server.py").write_text(f"CERTIFICATE = {certificate!r}\n{TLS_SERVER}")
    (tmp_path / "client.py").write_text(f"CERTIFICATE = {certificate!r}\n{TLS_CLIENT}")
    command = ["run", "server.py", "--and", "machine2:client.py", "--pcap", "out.pcapng"]
    done = subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    read = subprocess.run(
        [tshark, "-r", "out.pcapng", "-q", "-z", "follow,tls,ascii,0", "-z", "follow,tls,ascii,1"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "hidden words" in read
    assert "HIDDEN WORDS" in read
    assert b"hidden words" not in (tmp_path / "out.pcapng").read_bytes()
