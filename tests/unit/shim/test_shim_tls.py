"""Unmodified ``ssl`` over blocking and non-blocking sockets: the real OpenSSL on the simulated Winsock."""

import datetime as dt
import sys

import pytest
from shim_runs import program, run
from tls_certificates import Authority

VERSIONS = ["TLSv1_2", "TLSv1_3"]
TELLS_RESETS = sys.version_info >= (3, 12, 3) or (3, 11, 9) <= sys.version_info < (3, 12)

HEAD = """
import errno, os, select, socket, ssl, struct, sys, threading, time
def context(server, version=None, cert=CERT, ca=CA):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(ca)
    if server:
        made.load_cert_chain(cert)
    if version:
        made.minimum_version = made.maximum_version = getattr(ssl.TLSVersion, version)
    return made
def listen():
    return socket.create_server(("127.0.0.1", 8000))
def connect(made=None, name="localhost", **named):
    time.sleep(1)
    return (made or context(False)).wrap_socket(
        socket.create_connection(("127.0.0.1", 8000)), server_hostname=name, **named)
def attempt(action):
    try:
        return action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def certificate(authority):
    return authority.issue("server")


@pytest.fixture
def source(authority, certificate):
    """Return a program's source with the paths of certificates put in."""

    def make(text, **paths):
        names = {"CA": authority.ca, "CERT": certificate} | paths
        body = "\n".join(line[4:] for line in text.splitlines())
        return "\n".join(f"{name} = {value!r}" for name, value in names.items()) + HEAD + body

    return make


def healthy(*programs, **options):
    """Run programs to their healthy end; return what the last one printed."""
    said = run(*programs, **options)
    assert (said.errors, said.ending, set(said.codes)) == ("", "FINISHED", {0})
    return said.text(1, f"p{len(programs)}").splitlines()


ECHO = """
    with listen() as listener:
        plain, _ = listener.accept()
    with context(True).wrap_socket(plain, server_side=True) as peer:
        while data := peer.recv(1000):
            peer.sendall(data.upper())
        peer.unwrap()
"""


# ---- blocking --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_two_processes_talk(source, version):
    client = source(f"""
    with connect(context(False, {version!r})) as mine:
        print(mine.version(), mine.cipher()[1], mine.server_hostname, mine.session_reused, mine.pending())
        print(mine.getpeercert()["subjectAltName"])
        for word in (b"one", b"two" * 2000):
            mine.sendall(word)
            left = len(word)
            while left:
                left -= len(mine.recv(1 << 14))
            print(left)
        mine.unwrap().close()
    """)
    named = version.replace("_", ".")
    assert healthy(source(ECHO), client) == [
        f"{named} {named} localhost False 0",
        "(('DNS', 'localhost'), ('IP Address', '127.0.0.1'))",
        "0",
        "0",
    ]


def test_a_socket_that_is_unwrapped_goes_on_in_plain_text(source):
    server = source("""
    with listen() as listener:
        plain, _ = listener.accept()
    peer = context(True).wrap_socket(plain, server_side=True)
    peer.sendall(b"secret")
    plain = peer.unwrap()
    plain.sendall(b"open")
    print(plain.recv(10))
    """)
    client = source("""
    mine = connect()
    print(mine.recv(100))
    plain = mine.unwrap()
    print(type(plain).__name__, plain.recv(4))
    plain.sendall(b"bye")
    """)
    assert healthy(server, client) == ["b'secret'", "SSLSocket b'open'"]


def test_select_sees_the_record_that_openssl_has_not_read(source):
    server = source("""
    with listen() as listener:
        plain, _ = listener.accept()
    peer = context(True).wrap_socket(plain, server_side=True)
    peer.sendall(b"a" * 30)
    peer.sendall(b"b" * 30)
    peer.recv(1)
    """)
    client = source("""
    mine = connect()
    time.sleep(1)
    for _ in range(2):
        print(bool(select.select([mine], [], [], 1)[0]), mine.recv(10), mine.pending(), mine.recv(100), mine.pending())
    print(select.select([mine], [], [], 1)[0])
    mine.sendall(b"x")
    """)
    assert healthy(server, client) == [
        "True b'aaaaaaaaaa' 20 b'aaaaaaaaaaaaaaaaaaaa' 0",
        "True b'bbbbbbbbbb' 20 b'bbbbbbbbbbbbbbbbbbbb' 0",
        "[]",
    ]


def test_alpn_sni_and_channel_bindings(source, authority):
    other = authority.issue("other", hosts=("other.example",))
    server = source("""
    def choose(connection, name, asked):
        print(type(connection).__name__, name, asked is made)
        connection.context = second
    made, second = context(True), context(True, cert=OTHER)
    for each in (made, second):
        each.set_alpn_protocols(["h2", "http/1.1"])
    made.sni_callback = choose
    with listen() as listener:
        plain, _ = listener.accept()
    with made.wrap_socket(plain, server_side=True) as peer:
        print(peer.selected_alpn_protocol(), peer.get_channel_binding("tls-unique").hex())
        print(len(peer.shared_ciphers()) > 0, peer.server_side, peer.compression())
        peer.recv(1)
    """, OTHER=other)
    client = source("""
    made = context(False, "TLSv1_2")
    made.set_alpn_protocols(["http/1.1", "spdy"])
    with connect(made, "other.example") as mine:
        print(mine.selected_alpn_protocol(), mine.get_channel_binding("tls-unique").hex())
        mine.send(b"x")
    """)
    said = run(server, client)
    assert said.errors == ""
    told, mine = said.text(1, "p1").splitlines(), said.text(1, "p2").splitlines()
    assert told[0] == "SSLSocket other.example True"
    assert told[1] == mine[0]
    assert mine[0].startswith("http/1.1 ")
    assert len(mine[0].split()[1]) == 24
    assert told[2] == "True True None"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_is_used_again_until_it_is_too_old(source, version):
    server = source("""
    made = context(True)
    listener = listen()
    for _ in range(3):
        plain, _ = listener.accept()
        with made.wrap_socket(plain, server_side=True) as peer:
            peer.sendall(b"%d" % peer.session_reused)
            peer.recv(1)
    """)
    client = source(f"""
    made = context(False, {version!r})
    session = None
    for wait in (0, 5, 8000):
        time.sleep(wait)
        with connect(made, session=session) as mine:
            print(mine.recv(1), mine.session_reused, mine.session.timeout, int(mine.session.time))
            session = mine.session
            mine.sendall(b"x")
    """)
    lines = [line.split() for line in healthy(server, client)]
    start = 1_767_225_600
    assert [line[:2] for line in lines] == [["b'0'", "False"], ["b'1'", "True"], ["b'0'", "False"]]
    assert int(lines[0][3]) == start + 1
    assert int(lines[2][3]) == start + 8008


def test_client_certificates_also_after_the_handshake(source, authority):
    client_certificate = authority.issue("client")
    server = source("""
    made = context(True)
    made.post_handshake_auth = True
    made.verify_mode = ssl.CERT_REQUIRED
    with listen() as listener:
        plain, _ = listener.accept()
    with made.wrap_socket(plain, server_side=True) as peer:
        print(peer.getpeercert())
        peer.verify_client_post_handshake()
        peer.sendall(b"who?")
        peer.recv(1)
        print(peer.getpeercert()["subject"])
    """)
    client = source("""
    made = context(False)
    made.post_handshake_auth = True
    made.load_cert_chain(MINE)
    with connect(made) as mine:
        print(mine.recv(10))
        mine.sendall(b"x")
    """, MINE=client_certificate)
    said = run(server, client)
    assert (said.errors, said.codes) == ("", [0, 0])
    assert said.text(1, "p1").splitlines() == ["None", "((('commonName', 'client'),),)"]


# ---- certificates and time -------------------------------------------------------------------------------------------


def span(first, last):
    return tuple(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) for text in (first, last))


@pytest.mark.parametrize(
    ("first", "last", "verdict"),
    [
        ("2025-12-31", "2026-01-02", "ok"),
        ("2020-01-01", "2025-12-31", "certificate has expired"),
        ("2026-01-02", "2040-01-01", "certificate is not yet valid"),
        ("2020-01-01", "2026-01-01T00:00:30", "ok"),
        ("2026-01-01T00:00:30", "2040-01-01", "certificate is not yet valid"),
    ],
)
def test_certificates_are_checked_against_virtual_time(source, authority, first, last, verdict):
    path = authority.issue("timed", span=span(first, last))
    server = source("""
    with listen() as listener:
        plain, _ = listener.accept()
    print(attempt(lambda: context(True, cert=TIMED).wrap_socket(plain, server_side=True).recv(1)))
    """, TIMED=path)
    client = source("""
    try:
        with connect() as mine:
            mine.sendall(b"x")
    except ssl.SSLCertVerificationError as error:
        print(error.verify_message, error.verify_code > 0, error.reason)
    else:
        print("ok")
    """)
    assert healthy(server, client) == ["ok" if verdict == "ok" else f"{verdict} True CERTIFICATE_VERIFY_FAILED"]


def test_a_certificate_expires_while_the_program_sleeps(source, authority):
    path = authority.issue("short", span=span("2020-01-01", "2026-01-01T00:00:30"))
    server = source("""
    listener, made = listen(), context(True, cert=TIMED)
    for _ in range(2):
        plain, _ = listener.accept()
        attempt(lambda: made.wrap_socket(plain, server_side=True).recv(1))
    """, TIMED=path)
    client = source("""
    made = context(False)
    print(attempt(lambda: connect(made).version()))
    time.sleep(60)
    print(attempt(lambda: connect(made).version()).partition(" (")[0])
    """)
    assert healthy(server, client) == [
        "TLSv1.3",
        "SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired",
    ]


def test_the_wrong_name_is_refused_and_the_server_hears_of_it(source):
    server = source("""
    with listen() as listener:
        plain, _ = listener.accept()
    print(attempt(lambda: context(True).wrap_socket(plain, server_side=True).recv(1)).partition(" (")[0])
    """)
    client = source("""
    mine = connect(name="elsewhere.example", do_handshake_on_connect=False)
    print(attempt(mine.do_handshake).partition(" (")[0])
    time.sleep(1)  # so that the alert gets there before the reset that unread records make
    """)
    said = run(server, client)
    assert said.text(1, "p1").strip() == "SSLError: [SSL: SSLV3_ALERT_BAD_CERTIFICATE] sslv3 alert bad certificate"
    assert said.text(1, "p2").strip().endswith("Hostname mismatch, certificate is not valid for 'elsewhere.example'.")


# ---- time-outs, non-blocking, errors ---------------------------------------------------------------------------------


def test_time_outs(source):
    server = source("""
    listener = listen()
    first, _ = listener.accept()
    second, _ = listener.accept()
    peer = context(True).wrap_socket(second, server_side=True)
    time.sleep(100)
    """)
    client = source("""
    mine = context(False).wrap_socket(socket.socket(), server_hostname="localhost", do_handshake_on_connect=False)
    time.sleep(1)
    mine.connect(("127.0.0.1", 8000))
    mine.settimeout(2)
    began = time.monotonic()
    print(attempt(mine.do_handshake).rpartition(":")[2], round(time.monotonic() - began))
    other = connect()
    other.settimeout(3)
    for action in (lambda: other.recv(1), lambda: [other.send(b"x" * 100000) for _ in range(100)], other.unwrap):
        began = time.monotonic()
        print(attempt(action), round(time.monotonic() - began))
    """)
    assert healthy(server, client) == [
        " The handshake operation timed out 2",
        "TimeoutError: The read operation timed out 3",
        "TimeoutError: The write operation timed out 3",
        "TimeoutError: The write operation timed out 3",
    ]


NONBLOCKING = """
    waits = {"read": 0, "write": 0}
    def retry(sock, action):
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                waits["read"] += 1
                select.select([sock], [], [])
            except ssl.SSLWantWriteError:
                waits["write"] += 1
                select.select([], [sock], [])
"""


def test_a_non_blocking_socket_says_what_it_waits_for(source):
    server = source(NONBLOCKING + """
    with listen() as listener:
        plain, _ = listener.accept()
    plain.setblocking(False)
    peer = context(True).wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    retry(peer, peer.do_handshake)
    time.sleep(5)
    got = b""
    while len(got) < 1_000_000:
        got += retry(peer, lambda: peer.recv(65536))
    print(got == bytes(range(250)) * 4000, waits["read"] > 0)
    retry(peer, lambda: peer.send(b"done"))
    retry(peer, peer.unwrap)
    """)
    client = source(NONBLOCKING + """
    mine = connect()
    mine.setblocking(False)
    data = memoryview(bytes(range(250)) * 4000)
    print(attempt(lambda: mine.recv(10)).partition(" (")[0])
    print(retry(mine, lambda: mine.send(data)))
    print(waits["write"] > 0, retry(mine, lambda: mine.recv(10)), waits["read"] > 0)
    retry(mine, mine.unwrap)
    """)
    said = run(server, client)
    assert (said.errors, said.codes) == ("", [0, 0])
    assert said.text(1, "p1").splitlines() == ["True True"]
    assert said.text(1, "p2").splitlines() == [
        "SSLWantReadError: The operation did not complete",
        "1000000",
        "True b'done' True",
    ]


def test_the_end_of_the_stream_without_a_farewell(source):
    server = source("""
    listener = listen()
    for _ in range(2):
        plain, _ = listener.accept()
        peer = context(True).wrap_socket(plain, server_side=True)
        peer.close()
    """)
    client = source("""
    print(connect().recv(10))
    mine = connect(suppress_ragged_eofs=False)
    for _ in range(2):
        print(attempt(lambda: mine.recv(10)).partition(" (_ssl")[0])
    """)
    assert healthy(server, client) == [
        "b''",
        "SSLEOFError: [SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol",
        "SSLEOFError: EOF occurred in violation of protocol",
    ]


def test_resets_are_windows_own(source):
    server = source("""
    def reset(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh", 1, 0))
        sock.close()
    listener = listen()
    reset(listener.accept()[0])
    for _ in range(2):
        plain, _ = listener.accept()
        peer = context(True).wrap_socket(plain, server_side=True)
        reset(peer)
    """)
    client = source("""
    print(attempt(connect))
    for action in (lambda mine: mine.recv(10), lambda mine: mine.unwrap()):
        mine = connect(suppress_ragged_eofs=False)
        time.sleep(1)
        print(attempt(lambda: action(mine)).partition(" (_ssl")[0])
    """)
    reset = "ConnectionResetError: [WinError 10054] An existing connection was forcibly closed by the remote host"
    eof = "SSLEOFError: EOF occurred in violation of protocol"
    assert healthy(server, client) == [reset, reset if TELLS_RESETS else eof, reset]


def test_a_peer_that_speaks_no_tls(source):
    server = source("""
    listener = listen()
    plain, _ = listener.accept()
    plain.sendall(b"220 welcome to the wrong port\\r\\n")
    plain.recv(1000)
    plain, _ = listener.accept()
    print(attempt(lambda: context(True).wrap_socket(plain, server_side=True)).partition(" (_ssl")[0])
    """)
    client = source("""
    print(attempt(connect).partition(" (_ssl")[0])
    plain = socket.create_connection(("127.0.0.1", 8000))
    plain.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
    plain.recv(100)
    """)
    said = run(server, client)
    assert said.text(1, "p1").strip() == "SSLError: [SSL: HTTP_REQUEST] http request"
    assert said.text(1, "p2").strip() == "SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number"


def test_a_socket_that_is_gone_or_closed(source):
    assert healthy(source("""
    made = context(False)
    mine = made.wrap_socket(socket.socket(), server_hostname="localhost", do_handshake_on_connect=False)
    print(mine._sslobj, attempt(lambda: mine.do_handshake()), attempt(lambda: mine.read(1)))
    print(attempt(lambda: made._wrap_socket(object(), False)))
    """))[1:] == ["TypeError: _wrap_socket() argument 'sock' must be _socket.socket, not object"]


# ---- the machine's files ---------------------------------------------------------------------------------------------


def test_certificates_come_from_the_machines_files(source, certificate):
    printed = healthy(source("""
    copied = "/tmp/notsock-copied.pem"
    with open(CERT) as there, open(copied, "w") as here:
        here.write(there.read())
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(copied)
    os.remove(copied)
    print(attempt(lambda: made.load_cert_chain(copied)))
    print(attempt(lambda: made.load_cert_chain(CA)).partition(" (")[0])
    print(ssl.enum_certificates("ROOT"), ssl.get_default_verify_paths().openssl_cafile)
    os.environ.pop("SSL_CERT_FILE", None)
    print(ssl.create_default_context().cert_store_stats())
    os.environ["SSL_CERT_FILE"] = CA
    print(ssl.create_default_context().cert_store_stats())
    """))
    assert printed == [
        "FileNotFoundError: [Errno 2] No such file or directory",
        "SSLError: [SSL] PEM lib",
        "[] C:\\Program Files\\Common Files\\SSL/cert.pem",
        "{'x509': 0, 'crl': 0, 'x509_ca': 0}",
        "{'x509': 1, 'crl': 0, 'x509_ca': 1}",
    ]


# ---- determinism -----------------------------------------------------------------------------------------------------


def wire(*programs, **options):
    """Run programs; return every byte that crossed the network, and the outcome."""
    seen = []
    said = run(*programs, tap=lambda link, now, packet: seen.append((link, now, tuple(packet))), **options)
    return seen, said


def test_every_byte_of_a_handshake_is_the_same_in_every_run(source):
    server = source("""
    listener, made = listen(), context(True)
    for _ in range(2):
        plain, _ = listener.accept()
        with made.wrap_socket(plain, server_side=True) as peer:
            peer.sendall(peer.recv(100))
    """)
    client = source("""
    made, session = context(False), None
    for _ in range(2):
        with connect(made, session=session) as mine:
            mine.sendall(ssl.RAND_bytes(8))
            print(mine.recv(100).hex(), mine.session_reused)
            session = mine.session
    """)
    programs = [program(server), program(client)]
    first, told = wire(*programs)
    assert told.text(1).count("\n") == 2
    for _ in range(5):
        again, said = wire(*programs)
        assert again == first
        assert said.digest == told.digest
    other, said = wire(*programs, seed=2)
    assert other != first
    assert said.text(1) != told.text(1)


SECRETS = (
    "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "EXPORTER_SECRET",
    "SERVER_TRAFFIC_SECRET_0", "CLIENT_TRAFFIC_SECRET_0",
)  # fmt: skip


def test_the_key_log_of_a_context_is_a_file_of_the_machine(source):
    client = source("""
    with open("/tmp/notsock-keys.txt", "w") as before:
        before.write("# before\\n")
    made = context(False)
    print(made.keylog_filename)
    made.keylog_filename = "/tmp/notsock-keys.txt"
    print(made.keylog_filename, attempt(lambda: setattr(context(False), "keylog_filename", "/no/such/folder")))
    with connect(made) as mine:
        mine.sendall(b"x")
        print(mine.recv(1))
        with open("/tmp/notsock-keys.txt") as log:
            print(*sorted(line.split()[0] for line in log))
        print(os.stat("/tmp/notsock-keys.txt").st_size > 500)
        mine.unwrap()
    """)
    for tap in (None, lambda *_: None):
        assert healthy(source(ECHO), client, tap=tap) == [
            "None",
            "/tmp/notsock-keys.txt FileNotFoundError: [Errno 2] No such file or directory: '/no/such/folder'",
            "b'X'",
            "# " + " ".join(sorted(SECRETS)),
            "True",
        ]


def test_keys_are_kept_while_packets_are_captured_and_change_nothing(source):
    client = source("""
    with connect() as mine:
        mine.sendall(b"x")
        print(mine.recv(1))
        mine.unwrap()
    """)
    programs = [program(source(ECHO)), program(client)]
    plain = run(*programs)
    assert plain.system.tls_keys() == b""
    for _ in range(2):
        _, captured = wire(*programs)
        assert captured.digest == plain.digest
        assert captured.system.tls_keys().count(b"_TRAFFIC_SECRET_0 ") == 2
