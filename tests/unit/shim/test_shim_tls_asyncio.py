"""Unmodified asyncio with TLS on both Windows loops, and the standard library's clients and servers that use it."""

import pytest
from shim_runs import program, run
from tls_certificates import Authority

LOOPS = ["ProactorEventLoop", "SelectorEventLoop"]
HEAD = """
import asyncio, http.client, http.server, smtplib, socket, socketserver, ssl, sys, threading, time, urllib.request
def go(main, loop):
    with asyncio.Runner(loop_factory=getattr(asyncio, loop)) as runner:
        return runner.run(main)
def serving():
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(CERT)
    return made
def asking():
    return ssl.create_default_context(cafile=CA)
"""


@pytest.fixture(params=LOOPS)
def loop(request):
    return request.param


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def source(authority):
    certificate = authority.issue("server")

    def make(text):
        body = "\n".join(line[4:] for line in text.splitlines())
        return f"CA, CERT = {authority.ca!r}, {certificate!r}\n{HEAD}{body}"

    return make


STREAMS = """
    async def handle(reader, writer):
        print(writer.get_extra_info("cipher")[1])
        while data := await reader.readline():
            writer.write(data.upper())
            await writer.drain()
        writer.close()
        await writer.wait_closed()
        done.set()
    async def main():
        global done
        done = asyncio.Event()
        async with await asyncio.start_server(handle, "127.0.0.1", 8000, ssl=serving()):
            await done.wait()
    go(main(), {loop!r})
"""


def test_streams(source, loop):
    client = source(f"""
    async def main():
        await asyncio.sleep(1)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", 8000, ssl=asking(), server_hostname="localhost")
        for word in (b"one", b"two" * 10000):
            writer.write(word + b"\\n")
            await writer.drain()
            print(len(await reader.readline()))
        print(writer.get_extra_info("peercert")["subjectAltName"][0], writer.get_extra_info("ssl_object").version())
        writer.close()
        await writer.wait_closed()
    go(main(), {loop!r})
    """)
    said = run(source(STREAMS.format(loop=loop)), client)
    assert (said.errors, said.ending, said.codes) == ("", "FINISHED", [0, 0])
    assert said.text(1, "p1").splitlines() == ["TLSv1.3"]
    assert said.text(1, "p2").splitlines() == ["4", "30001", "('DNS', 'localhost') TLSv1.3"]


def test_start_tls_on_a_connection_that_began_in_plain_text(source, loop):
    server = source(f"""
    async def handle(reader, writer):
        print(await reader.readline())
        writer.write(b"go ahead\\n")
        await writer.drain()
        await writer.start_tls(serving())
        print(await reader.readline())
        writer.write(b"hidden too\\n")
        await reader.read()
        writer.close()
        done.set()
    async def main():
        global done
        done = asyncio.Event()
        async with await asyncio.start_server(handle, "127.0.0.1", 8000):
            await done.wait()
    go(main(), {loop!r})
    """)
    client = source(f"""
    async def main():
        await asyncio.sleep(1)
        reader, writer = await asyncio.open_connection("127.0.0.1", 8000)
        writer.write(b"STARTTLS\\n")
        print(await reader.readline())
        await writer.start_tls(asking(), server_hostname="localhost")
        writer.write(b"hidden\\n")
        print(await reader.readline())
        writer.close()
        await writer.wait_closed()
    go(main(), {loop!r})
    """)
    said = run(server, client)
    assert (said.errors, said.ending, said.codes) == ("", "FINISHED", [0, 0])
    assert said.text(1, "p1").splitlines() == ["b'STARTTLS\\n'", "b'hidden\\n'"]
    assert said.text(1, "p2").splitlines() == ["b'go ahead\\n'", "b'hidden too\\n'"]


def test_a_certificate_that_nobody_trusts(source, loop):
    client = source(f"""
    async def main():
        await asyncio.sleep(1)
        try:
            await asyncio.open_connection("localhost", 8000, ssl=True)
        except ssl.SSLCertVerificationError as error:
            print(error.verify_message)
    go(main(), {loop!r})
    """)
    server = source(f"""
    async def main():
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 8000, ssl=serving()):
            await asyncio.sleep(5)
    go(main(), {loop!r})
    """)
    said = run(server, client)
    assert said.text(1) == "unable to get local issuer certificate\n"


def test_the_same_bytes_in_every_run(source, loop):
    client = source(f"""
    async def main():
        await asyncio.sleep(1)
        reader, writer = await asyncio.open_connection("127.0.0.1", 8000, ssl=asking(), server_hostname="localhost")
        writer.write(b"word\\n")
        print(await reader.readline())
        writer.close()
        await writer.wait_closed()
    go(main(), {loop!r})
    """)
    programs = [program(source(STREAMS.format(loop=loop))), program(client)]
    wires = []
    for _ in range(4):
        seen = []
        run(*programs, tap=lambda link, now, packet, seen=seen: seen.append((link, now, tuple(packet))))
        wires.append(seen)
    assert len(wires[0]) > 10
    assert all(wire == wires[0] for wire in wires)


def test_a_threading_https_server_and_urllib(source):
    server = source("""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"page of " + self.path.encode())
        def log_message(self, *_): pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler) as server:
        server.socket = serving().wrap_socket(server.socket, server_side=True)
        threading.Timer(20, server.shutdown).start()
        server.serve_forever()
    """)
    client = source("""
    time.sleep(1)
    for name in "ab":
        with urllib.request.urlopen(f"https://localhost:8000/{name}", context=asking()) as answer:
            print(answer.read())
    kept = http.client.HTTPSConnection("localhost", 8000, context=asking())
    kept.request("GET", "/c")
    print(kept.getresponse().read())
    kept.close()
    """)
    said = run(server, client)
    assert (said.errors, said.codes) == ("", [0, 0])
    assert said.text(1).splitlines() == ["b'page of /a'", "b'page of /b'", "b'page of /c'"]
