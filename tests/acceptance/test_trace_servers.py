"""Healthy servers out of Debian's packages, on loopback and under load: no errors and no warnings are found."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

PACKAGES = (
    "strace redis-server memcached nginx-light lighttpd haproxy curl openssh-server postgresql gunicorn caddy wrk"
)
"""Debian packages that these tests need."""

pytestmark = [pytest.mark.debian, pytest.mark.slow]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find(program):
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    assert path, f"{program} is missing: apt-get install {PACKAGES}"
    return path


class Traced:
    """A server under ``notsock trace``; left with SIGTERM to the server, never to strace."""

    def __init__(self, folder, port, command, *options):
        self.port = port
        self.report = folder / "report.json"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "notsock.cli.main", "trace", "--json", "-o", str(self.report), *options, "--",
             find(command[0]), *map(str, command[1:])],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            assert time.monotonic() < until, "the server did not come up"
            assert self.process.poll() is None
            time.sleep(0.05)

    def stop(self, number=signal.SIGTERM):
        """Stop the server; return what was found."""
        self.process.send_signal(number)
        self.process.wait(30)
        return json.loads(self.report.read_text())


def in_threads(count, work):
    failures = []

    def guarded():
        try:
            work()
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def fetch(port):
    for _ in range(40):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert answer.read()


def talk(port, request, enough):
    for _ in range(40):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for _ in range(5):
                connection.sendall(request)
                assert enough in connection.recv(4096)


def redis(folder, port):
    return ["redis-server", "--port", port, "--save", "", "--dir", folder]


def memcached(folder, port):
    return ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", port, "-t", "4"]


def nginx(folder, port):
    (folder / "index.html").write_text("hello")
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"worker_processes 2; daemon off; pid {folder}/pid; error_log {folder}/error.log; user root;\n"
        f"events {{ worker_connections 512; }}\nhttp {{ access_log off; {paths}\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    return ["nginx", "-c", folder / "nginx.conf"]


def lighttpd(folder, port):
    (folder / "index.html").write_text("hello")
    (folder / "lighttpd.conf").write_text(
        f'server.document-root = "{folder}"\nserver.port = {port}\nserver.bind = "127.0.0.1"\n'
        'index-file.names = ("index.html")\n'
    )
    return ["lighttpd", "-D", "-f", folder / "lighttpd.conf"]


def haproxy(folder, port):
    (folder / "index.html").write_text("hello")
    (folder / "haproxy.cfg").write_text(
        "global\n  nbthread 4\ndefaults\n  mode http\n  timeout client 5s\n  timeout connect 5s\n  timeout server 5s\n"
        f"frontend in\n  bind 127.0.0.1:{port}\n  http-request return status 200 content-type text/plain string ok\n"
    )
    return ["haproxy", "-db", "-f", folder / "haproxy.cfg"]


def gunicorn(folder, port):
    (folder / "app.py").write_text("def app(environ, start):\n    start('200 OK', [])\n    return [b'hello']\n")
    return ["gunicorn", "-w", "4", "-b", f"127.0.0.1:{port}", "--chdir", folder, "app:app"]


def caddy(folder, port):
    """A static server in Go; Debian has none in Rust."""
    (folder / "index.html").write_text("hello")
    return ["caddy", "file-server", "--root", folder, "--listen", f"127.0.0.1:{port}"]


def postgres_program(name):
    return str(max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))


def postgresql(folder, port):
    """It refuses to run as root."""
    folder.chmod(0o777)
    for above in folder.parents[:3]:
        with contextlib.suppress(OSError):
            above.chmod(above.stat().st_mode | 0o755)
    data, nobody = folder / "data", ["runuser", "-u", "nobody", "--"]
    subprocess.run(
        [*nobody, postgres_program("initdb"), "-D", data, "-U", "tester", "-A", "trust", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    options = ["-p", port, "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]
    return [*nobody, postgres_program("postgres"), "-D", data, *options]


def bench_postgresql(port):
    common = [postgres_program("pgbench"), "-h", "127.0.0.1", "-p", str(port), "-U", "tester"]
    until = time.monotonic() + 20
    while subprocess.run([*common, "-i", "-q", "postgres"], stderr=subprocess.DEVNULL, check=False).returncode:
        assert time.monotonic() < until
        time.sleep(0.2)
    for options in (["-c", "8", "-j", "2", "-t", "50"], ["-C", "-c", "4", "-t", "20"]):
        subprocess.run([*common, *options, "postgres"], check=True, capture_output=True)


def sshd(folder, port):
    Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "keys").write_text((folder / "client.pub").read_text())
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/keys\n"
        f"PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nMaxStartups 100\n"
        "Subsystem sftp internal-sftp\nForceCommand internal-sftp\n"
    )
    (folder / "ssh_config").write_text(
        f"Host *\nPort {port}\nUser root\nIdentityFile {folder}/client\nStrictHostKeyChecking no\n"
        f"UserKnownHostsFile {folder}/known\nLogLevel ERROR\n"
    )
    SSH["config"] = str(folder / "ssh_config")
    return ["sshd", "-D", "-e", "-f", folder / "sshd_config"]


SSH = {}


def log_in(port):
    """Fetch a file, without a shell: bash itself closes its pipes twice where its profile has pipelines."""
    del port
    for _ in range(4):
        done = subprocess.run(
            ["sftp", "-F", SSH["config"], "-b", "-", "127.0.0.1"], input="get /etc/hostname /dev/null\n",
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def load_with_wrk(port):
    done = subprocess.run(
        [find("wrk"), "-t2", "-c20", "-d3", f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True
    )
    assert "requests in" in done.stdout


SERVERS = {
    "redis": (redis, lambda port: talk(port, b"PING\r\n", b"PONG")),
    "memcached": (memcached, lambda port: talk(port, b"version\r\n", b"VERSION")),
    "nginx": (nginx, fetch),
    "lighttpd": (lighttpd, fetch),
    "haproxy": (haproxy, fetch),
    "gunicorn": (gunicorn, load_with_wrk),
    "caddy": (caddy, load_with_wrk),
    "postgresql": (postgresql, bench_postgresql),
    "sshd": (sshd, log_in),
}
ALONE = {"gunicorn", "caddy", "postgresql"}
"""Servers whose load brings its own threads."""


@pytest.mark.parametrize("options", [(), ("--io",)], ids=["lifetimes", "io"])
@pytest.mark.parametrize("name", SERVERS)
def test_a_healthy_server_under_load_has_no_findings(name, options, tmp_path):
    port = free_port()
    command, load = SERVERS[name]
    server = Traced(tmp_path, port, command(tmp_path, port), *options)
    try:
        in_threads(1 if name in ALONE else 6, lambda: load(port))
        time.sleep(1.2)
    finally:
        report = server.stop()
    worse = [finding for finding in report["findings"] if finding["severity"] != "note"]
    assert worse == []
    assert report["not_understood"] == 0
    assert report["calls"] > 100


def test_wrk_has_no_findings(tmp_path):
    port = free_port()
    command = nginx(tmp_path, port)
    with subprocess.Popen([find(command[0]), *map(str, command[1:])], stdout=subprocess.DEVNULL) as server:
        try:
            time.sleep(1)
            done = subprocess.run(
                [sys.executable, "-m", "notsock.cli.main", "trace", "--io", "--json", "-o", "report.json", "--",
                 find("wrk"), "-t2", "-c20", "-d2", f"http://127.0.0.1:{port}/"],
                cwd=tmp_path, timeout=60, check=False, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        finally:
            server.terminate()
    report = json.loads((tmp_path / "report.json").read_text())
    assert done.returncode == 0
    assert [finding for finding in report["findings"] if finding["severity"] != "note"] == []


def test_curl_has_no_findings(tmp_path):
    (tmp_path / "file").write_text("x" * 100_000)
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        try:
            time.sleep(1)
            done = subprocess.run(
                [sys.executable, "-m", "notsock.cli.main", "trace", "--io", "--json", "-o", "report.json", "--",
                 find("curl"), "-s", "-o", "/dev/null", *[f"http://127.0.0.1:{port}/file"] * 5],
                cwd=tmp_path, timeout=60, check=False,
            )  # fmt: skip
        finally:
            server.terminate()
    report = json.loads((tmp_path / "report.json").read_text())
    assert done.returncode == 0
    assert [finding for finding in report["findings"] if finding["severity"] != "note"] == []
