"""`make bench`: the figures of docs/performance.md, as ratios measured in one run.

Each comparison runs its two sides in turn, pinned to one core, and quotes the median of each and of the ratio.
`--write` puts the table into docs/performance.md; `--quick` takes fewer rounds.
"""

import argparse
import contextlib
import gc
import os
import ssl
import statistics
import subprocess
import sys
import time
from pathlib import Path

import campaigns
from lost_update import rows as of_the_lost_update
from machine import describe
from reduction import rows as of_the_search
from rich.console import Console
from rich.table import Table
from simloop_beside import rows as of_simloop
from tracing import rows as of_real_programs

from notsock.executive.strategy import FirstReady
from notsock.explore.plan import PLANS, DepthFirst
from notsock.explore.search import search
from notsock.kb import article_named
from notsock.kb.observe import Trial
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner
from notsock.system import System

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"


def simulated_seconds(program, count):
    """Run a program once under `notsock run`'s settings, trace, digest and rules included."""
    runner = Runner(Program((Part(str(PROGRAMS / program), (str(count),)),)), Options())
    runner(FirstReady())
    gc.collect()
    gc.freeze()
    begun = time.perf_counter()
    runner(FirstReady())
    seconds = time.perf_counter() - begun
    gc.unfreeze()
    return seconds


def real_seconds(program, count):
    """Run the same program on the real loopback, in a process of its own, without its start-up."""
    code = (
        "import sys, time, runpy\n"
        "import asyncio, socket, threading\n"
        "path, count = sys.argv[1:]\n"
        "sys.argv = [path, count]\n"
        "begun = time.perf_counter()\n"
        "runpy.run_path(path, run_name='__main__')\n"
        "print(time.perf_counter() - begun)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(PROGRAMS / program), str(count)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def against_loopback(program, count, rounds):
    """Return (simulated per second, real per second, ratio), each a median over rounds run in turn."""
    simulated, real = [], []
    for _ in range(rounds):
        simulated.append(count / simulated_seconds(program, count))
        real.append(count / real_seconds(program, count))
    ratios = [ours / theirs for ours, theirs in zip(simulated, real, strict=True)]
    return statistics.median(simulated), statistics.median(real), statistics.median(ratios)


def tls_connections(count, rounds):
    """Return (TLS connections per second, handshakes per second of OpenSSL alone over memory, the ratio)."""
    ours, alone = [], []
    for _ in range(rounds):
        ours.append(count / simulated_seconds("tls_connections.py", count))
        alone.append(count / _handshake_seconds(count))
    ratios = [mine / theirs for mine, theirs in zip(ours, alone, strict=True)]
    return statistics.median(ours), statistics.median(alone), statistics.median(ratios)


def _handshake_seconds(count):
    certificate = HERE.parent / "examples" / "tls" / "localhost.pem"
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(certificate)
    client.load_verify_locations(certificate)
    begun = time.perf_counter()
    for _ in range(count):
        there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
        asking = client.wrap_bio(back, there, server_hostname="localhost")
        serving = server.wrap_bio(there, back, server_side=True)
        for side in (asking, serving, asking, serving):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return time.perf_counter() - begun


def article_rate(number, release, rounds):
    """Return (schedules, schedules per second) of an article's deciding scenario, searched exhaustively."""
    scenario = article_named(number).deciding
    rates = []
    for _ in range(rounds):
        result = search(Trial(scenario, release), DepthFirst())
        rates.append(result.schedules / result.seconds)
    assert result.exhausted
    return result.schedules, statistics.median(rates)


def program_rate(schedules, rounds):
    """Return schedules per second of an unmodified two-thread program of about twenty calls."""
    runner = Runner(Program((Part(str(PROGRAMS / "twenty_calls.py")),)), Options())
    rates = []
    for _ in range(rounds):
        result = search(runner, DepthFirst(), schedules=schedules)
        rates.append(result.schedules / result.seconds)
    return statistics.median(rates)


def pair_rate(name, schedules, rounds, *arguments):
    """Return schedules per second of a server and a client, two processes."""
    server, client = (str(PROGRAMS / f"{name}_{side}.py") for side in ("server", "client"))
    return _rate(Runner(Program((Part(server), Part(client, arguments))), Options()), schedules, rounds)


def children_rate(schedules, rounds):
    """Return schedules per second of a program that spawns a child by multiprocessing and hears from it."""
    return _rate(Runner(Program((Part(str(PROGRAMS / "spawned_child.py")),)), Options()), schedules, rounds)


def _rate(runner, schedules, rounds):
    for _ in range(3):  # what the first runs import is imported
        runner(FirstReady())
    rates = []
    for _ in range(rounds):
        result = search(runner, PLANS["random"](1), schedules=schedules)
        rates.append(result.schedules / result.seconds)
    return statistics.median(rates)


def crowd(count):
    """Return the seconds and the MB that a server and `count` client processes take, from reading their files on."""
    done = subprocess.run([sys.executable, HERE / "crowd.py", str(count)], check=True, capture_output=True, text=True)
    seconds, resident = map(float, done.stdout.split())
    return seconds, resident / 1e6


def transfer(mebibytes):
    """Return the seconds that sending so much to another thread takes, and the MiB in use after it and after 1 MiB."""
    code = (
        f"import sys; sys.path.insert(0, {str(HERE)!r}); import run\n"
        "run.simulated_seconds('transfer.py', 1); least = run._resident()\n"
        f"print(run.simulated_seconds('transfer.py', {mebibytes}), run._resident(), least)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    seconds, resident, least = map(float, done.stdout.split())
    return seconds, resident / 2**20, least / 2**20


def many(count, rounds):
    """Return (round trips per second, bytes per connection) with `count` connections open, one client going round."""
    system = System()
    machine = system.machine()
    server, client = machine.process("server"), machine.process("client")
    taken = {}

    @server.thread
    def serve(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("127.0.0.1", 80))
        w.listen(listener, 200)
        connections = [w.accept(listener)[0] for _ in range(count)]
        for place in range(rounds):
            s = connections[place % count]
            w.send(s, w.recv(s, 32))
        api.kernel32.Sleep(1000)  # the end of this process closes every connection: not while the client measures

    @client.thread
    def ask(api):
        w = api.ws2_32
        w.WSAStartup()
        connections = []
        before = _resident()
        for _ in range(count):
            s = w.socket()
            assert w.connect(s, ("127.0.0.1", 80)) == 0
            connections.append(s)
        api.kernel32.Sleep(1000)
        taken["bytes"] = (_resident() - before) / count
        begun = time.perf_counter()
        for place in range(rounds):
            s = connections[place % count]
            w.send(s, b"x" * 32)
            w.recv(s, 32)
        taken["seconds"] = time.perf_counter() - begun

    system.executive.recorder.pack()
    system.run()
    assert not system.errors, system.errors
    return rounds / taken["seconds"], taken["bytes"]


def memory_of(count):
    """Return the bytes that a connection takes, both ends, in a process that has not had memory to spare before."""
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import run; print(run.many({count}, 10)[1])"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def _resident():
    """Return the bytes of memory that this process has in use."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def time_wait(count):
    """Return the real seconds that `count` ports in TIME_WAIT take to pass, on a release of 240 seconds."""
    system = System("nt4")
    machine = system.machine()
    server, client = machine.process("server"), machine.process("client")
    taken = {}

    @server.thread
    def serve(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("127.0.0.1", 80))
        w.listen(listener, 200)
        for _ in range(count):
            s, _ = w.accept(listener)
            w.recv(s, 1)
            w.closesocket(s)

    @client.thread
    def ask(api):
        w = api.ws2_32
        w.WSAStartup()
        for _ in range(count):
            s = w.socket()
            assert w.connect(s, ("127.0.0.1", 80)) == 0, w.WSAGetLastError()
            w.closesocket(s)
        begun = time.perf_counter()
        api.kernel32.Sleep(250_000)
        taken["seconds"] = time.perf_counter() - begun
        taken["left"] = len(machine.host.connections)

    system.run()
    assert not system.errors, system.errors
    assert taken["left"] == 0, taken
    return taken["seconds"]


def measure(quick):
    rounds = 3 if quick else 7
    ours, theirs, ratio = against_loopback("echo.py", 20_000, rounds)
    yield "blocking echo, round trips/s", f"{ours:,.0f}", f"{theirs:,.0f} real loopback", f"{ratio:.2f}x", ">= 1.2x"
    ours, theirs, ratio = against_loopback("connections.py", 3_000, rounds)
    yield "connect + accept + close, /s", f"{ours:,.0f}", f"{theirs:,.0f} real loopback", f"{ratio:.2f}x", ">= 1.0x"
    ours, theirs, ratio = against_loopback("asyncio_echo.py", 5_000, rounds)
    beside = f"{theirs:,.0f} real loopback"
    yield "asyncio streams echo, round trips/s", f"{ours:,.0f}", beside, f"{ratio:.2f}x", ">= 1.0x"
    ours, theirs, ratio = against_loopback("tls_echo.py", 5_000, rounds)
    yield "TLS echo, round trips/s", f"{ours:,.0f}", f"{theirs:,.0f} real loopback", f"{ratio:.2f}x", ""
    ours, theirs, ratio = tls_connections(200, rounds)
    yield "TLS connections/s", f"{ours:,.0f}", f"{theirs:,.0f} OpenSSL alone", f"{ratio:.2f}x", ""
    for number in ("Q142634", "Q155738"):
        schedules, rate = article_rate(number, "nt4", rounds)
        yield f"{number}, schedules/s", f"{rate:,.0f}", f"{schedules:,} schedules, exhausted", "", ">= 8,000"
    yield "two threads, 20 calls, schedules/s", f"{program_rate(2_000, rounds):,.0f}", "", "", ">= 3,000"
    rate = pair_rate("twenty_trips", 500, rounds)
    yield "two processes, 20 round trips, schedules/s", f"{rate:,.0f}", "", "", ">= 600"
    rate = pair_rate("asyncio_trips", 100, rounds)
    yield "the same over asyncio's streams, schedules/s", f"{rate:,.0f}", "", "", ">= 250"
    rate = pair_rate("requests", 50, rounds, "3")
    yield "requests with http.server, 3 requests, schedules/s", f"{rate:,.0f}", "", "", ">= 150"
    rate = pair_rate("requests", 50, rounds, "20")
    yield "requests with http.server, 20 requests, schedules/s", f"{rate:,.0f}", "", "", ""
    yield from of_simloop(rounds)
    yield "a multiprocessing child, schedules/s", f"{children_rate(100, rounds):,.0f}", "", "", ""
    seconds, megabytes = crowd(500)
    yield "500 client processes and a server", f"{seconds:.2f} s", f"{megabytes:.0f} MB", "", "< 2 s, < 200 MB"
    seconds, mebibytes, least = transfer(1024)
    beside = f"{mebibytes:.0f} MiB of memory, {least:.0f} for 1 MiB"
    yield "1 GiB through one connection", f"{seconds:.2f} s", beside, "", "bounded"
    sizes = (10, 100, 1_000, 10_000)
    measured = {size: [many(size, 20_000) for _ in range(1 if quick else 3)] for size in sizes}
    best = {size: statistics.median(rate for rate, _ in runs) for size, runs in measured.items()}
    for size in sizes[1:]:
        fall = 1 - best[size] / best[10]
        beside = f"{best[10]:,.0f} with 10"
        yield f"{size:,} connections, round trips/s", f"{best[size]:,.0f}", beside, f"-{fall:.0%}", "< 20 %"
    one, two, ratio = campaigns.workers(5_000 if quick else 20_000, 1 if quick else 3)
    yield "campaign of two workers, schedules/s", f"{two:,.0f}", f"{one:,.0f} of one", f"{ratio:.2f}x", ">= 1.8x"
    early, late = campaigns.memory(20_000 if quick else 1_000_000)
    yield "memory of two workers, 1,000,000 schedules", f"{late:.0f} MiB", f"{early:.0f} after a tenth", "", "flat"
    memory = memory_of(10_000)
    yield "memory per connection, both ends", f"{memory / 1024:.1f} KiB", "", "", "<= 4 KiB"
    yield "3,976 ports through TIME_WAIT (240 s)", f"{time_wait(3976):.2f} s", "", "", "< 1 s"
    yield from of_the_search()
    yield from of_the_lost_update(3)
    yield from of_real_programs(quick)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--quick", action="store_true")
    wanted = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    console = Console(width=140)
    console.print(describe())
    table = Table("what", "notsock", "beside it", "ratio", "goal", box=None, pad_edge=False)
    rows = []
    for row in measure(wanted.quick):
        rows.append(row)
        console.print("  ".join(row), style="dim")
        table.add_row(*row)
    console.print()
    console.print(table)
    if wanted.write:
        write(rows)


def write(rows):
    path = HERE.parent / "docs" / "performance.md"
    head, mark, _ = path.read_text(encoding="utf-8").partition("<!-- measured -->\n")
    lines = [f"{describe()}; medians.", "", "| what | notsock | beside it | ratio | goal |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    path.write_text(head + mark + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
