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


@pytest.fixture
def tshark():
    """Return where tshark is; without it skip, or fail where it must be there."""
    found = shutil.which("tshark")
    if found is None:
        if os.environ.get("NOTSOCK_DEBIAN"):
            pytest.fail("tshark is missing")
        pytest.skip("tshark is not installed")
    return found


@pytest.mark.debian
def test_a_run_over_two_machines_is_read_by_tshark_without_a_flag(tmp_path, tshark):
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
def test_a_capture_brings_the_keys_of_its_tls_connections(tmp_path, tshark):
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


HTTP_SERVER = """
import http.server, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, words):
        self.send_response(200 if words else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)
    def do_GET(self):
        self.answer(b"hello" if self.path == "/hello" else b"")
    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).upper())
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("", PORT), Handler)
if PORT == 443:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
for _ in range(3):
    server.handle_request()
server.server_close()
"""
HTTP_CLIENT = """
import ssl, time, urllib.error, urllib.request
time.sleep(1)
context = ssl.create_default_context(cafile=CERTIFICATE) if PORT == 443 else None
root = ("https" if context else "http") + "://machine1"
assert urllib.request.urlopen(root + "/hello", context=context).read() == b"hello"
assert urllib.request.urlopen(root + "/shout", b"words " * 1000, context=context).read() == b"WORDS " * 1000
try:
    urllib.request.urlopen(root + "/nowhere", context=context)
except urllib.error.HTTPError as error:
    assert error.code == 404
    error.close()
"""


@pytest.mark.debian
@pytest.mark.parametrize("port", [80, 443], ids=["plain", "inside-tls"])
def test_wiresharks_dissectors_see_requests_and_responses(tmp_path, tshark, port):
    certificate = str(Path(__file__).parents[2] / "examples" / "tls" / "localhost.pem")
    known = f"CERTIFICATE, PORT = {certificate!r}, {port}\n"
    (tmp_path / "server.py").write_text(known + HTTP_SERVER)
    (tmp_path / "client.py").write_text(known + HTTP_CLIENT)
    command = ["run", "server.py", "--and", "machine2:client.py", "--pcap", "out.pcapng"]
    done = subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout

    def read(*fields):
        return subprocess.run(
            [tshark, "-r", "out.pcapng", "-Y", fields[0], "-T", "fields", *(f"-e{field}" for field in fields)],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip

    requests = read("http.request.method", "http.request.uri", "http.host")
    assert requests == ["GET", "/hello", "machine1", "POST", "/shout", "machine1", "GET", "/nowhere", "machine1"]
    assert read("http.response.code", "http.content_length") == ["200", "5", "200", "6000", "404", "0"]
