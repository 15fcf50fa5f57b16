"""TLS as programs meet it: over blocking sockets and both loops, old and new releases, lossy links, any schedule."""

import hashlib
from pathlib import Path

import pytest

from notsock.explore.strategies.random import Random
from notsock.net.links import Conditions
from notsock.shim.python_process import PythonProgram
from notsock.system import System

CERTIFICATE = str(Path(__file__).parents[2] / "examples" / "tls" / "localhost.pem")
HEAD = f"""
import asyncio, hashlib, socket, ssl, sys, time
CERTIFICATE, WHERE, SIZE = {CERTIFICATE!r}, ("10.0.0.1", 4433), 100_000
def serving():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(CERTIFICATE)
    return made
def asking():
    return ssl.create_default_context(cafile=CERTIFICATE)
DATA = bytes(number * number % 251 for number in range(SIZE))
"""
BLOCKING = (
    """
with socket.create_server(WHERE) as listener:
    plain, _ = listener.accept()
with serving().wrap_socket(plain, server_side=True) as peer:
    got = b""
    while len(got) < SIZE:
        got += peer.recv(65536)
    peer.sendall(hashlib.sha256(got).hexdigest().encode())
    peer.recv(1)
""",
    """
time.sleep(1)
with asking().wrap_socket(socket.create_connection(WHERE), server_hostname="machine1") as mine:
    mine.sendall(DATA)
    print(mine.recv(100).decode())
""",
)
STREAMS = (
    """
async def handle(reader, writer):
    writer.write(hashlib.sha256(await reader.readexactly(SIZE)).hexdigest().encode())
    await writer.drain()
    await reader.read()
    writer.close()
    done.set()
async def main():
    global done
    done = asyncio.Event()
    async with await asyncio.start_server(handle, *WHERE, ssl=serving()):
        await done.wait()
with asyncio.Runner(loop_factory=asyncio.LOOP) as runner:
    runner.run(main())
""",
    """
async def main():
    await asyncio.sleep(1)
    reader, writer = await asyncio.open_connection(*WHERE, ssl=asking(), server_hostname="machine1")
    writer.write(DATA)
    print((await reader.readexactly(64)).decode())
    writer.close()
    await writer.wait_closed()
with asyncio.Runner(loop_factory=asyncio.LOOP) as runner:
    runner.run(main())
""",
)
EXPECTED = hashlib.sha256(bytes(number * number % 251 for number in range(100_000))).hexdigest()


BOTH_WAYS = (
    """
with socket.create_server(WHERE) as listener:
    plain, _ = listener.accept()
with serving().wrap_socket(plain, server_side=True) as peer:
    for _ in range(3):
        peer.sendall(peer.recv(100))
    peer.recv(1)
""",
    """
import threading
time.sleep(1)
with asking().wrap_socket(socket.create_connection(WHERE), server_hostname="machine1") as mine:
    def listen():
        heard = b""
        while len(heard) < 300:
            heard += mine.recv(100)
        print(hashlib.sha256(heard).hexdigest())
    listener = threading.Thread(target=listen)
    listener.start()
    for _ in range(3):
        mine.sendall(DATA[:100])
    listener.join()
""",
)


def programs(server, client, loop=""):
    return [PythonProgram(source=HEAD + text.replace("LOOP", loop)) for text in (server, client)]


def printed(pair, release, number=1, **options):
    """Run a server and a client on a machine each; return what the client printed."""
    system = System(release, strategy=Random(5, number), **options)
    for program in pair:
        program.start(system.machine())
    outcome = system.run()
    assert [data for _, stream, data in system.output if stream == 2] == []
    assert outcome.ending.name == "FINISHED"
    return b"".join(data for _, _, data in system.output).decode().split()


@pytest.mark.parametrize("release", ["95", "98", "nt3.51", "nt4-sp3", "11"])
def test_blocking_sockets_on_every_kind_of_release(release):
    pair = programs(*BLOCKING)
    assert [printed(pair, release, number) for number in range(1, 4)] == [[EXPECTED]] * 3


@pytest.mark.parametrize(
    ("loop", "release"),
    [
        ("ProactorEventLoop", "nt4-sp3"),
        ("ProactorEventLoop", "11"),
        ("SelectorEventLoop", "98"),
        ("SelectorEventLoop", "11"),
    ],
)
def test_both_loops(loop, release):
    pair = programs(*STREAMS, loop)
    assert [printed(pair, release, number) for number in range(1, 4)] == [[EXPECTED]] * 3


@pytest.mark.parametrize("text", [BLOCKING, STREAMS], ids=["blocking", "streams"])
def test_a_link_that_loses_packets(text):
    pair = programs(*text, "ProactorEventLoop")
    assert printed(pair, "11", conditions=Conditions(loss=50)) == [EXPECTED]


def test_a_thread_reads_while_another_writes():
    """OpenSSL's reading sends nothing of what another thread is about to write."""
    pair = programs(*BOTH_WAYS)
    expected = [hashlib.sha256(bytes(number * number % 251 for number in range(100)) * 3).hexdigest()]
    assert [printed(pair, "11", number) for number in range(1, 31)] == [expected] * 30
