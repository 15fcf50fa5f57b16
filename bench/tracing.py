"""Figures of real programs: what tracing costs them, and how fast a log is read."""

import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from notsock.readers.judging import judge_reading
from notsock.readers.strace.reader import Reader
from notsock.readers.strace.tracing import arguments

PROGRAMS = Path(__file__).parent / "programs"
PROCESSORS = os.sched_getaffinity(0)
"""All of them: a traced program, its tracer and the reader run side by side."""
TIMED = (
    "import sys, time, runpy\nimport socket, threading\npath, count = sys.argv[1:]\nsys.argv = [path, count]\n"
    "begun = time.perf_counter()\nrunpy.run_path(path, run_name='__main__')\n"
    "sys.stdout.write('seconds %r\\n' % (time.perf_counter() - begun))\n"
)
NOTSOCK = [sys.executable, "-m", "notsock.cli.main", "trace", "-q", "-o", "/dev/null"]


def seconds(program, count, *before):
    """Return the seconds that a program takes without its start, with `before` in front of its command."""
    command = [*before, os.path.realpath(sys.executable), "-c", TIMED, str(PROGRAMS / program), str(count)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=folder)
    return float(done.stdout.rpartition("seconds ")[2])


def slowdown(program, count, rounds, *before):
    """Return how many times slower a program is with `before` in front: the median of rounds run in turn."""
    return statistics.median(seconds(program, count, *before) / seconds(program, count) for _ in range(rounds))


def log_lines(count, *, io):
    """Return lines as strace writes them of a busy server with eight threads, with reads and writes or without."""
    chance = random.Random(1)
    head = "1700000000.000100"
    lines = [
        f'100 {head} execve("/usr/bin/server", ["server"], 0x7ffe /* 30 vars */) = 0',
        f"100 {head} socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3",
        *(f"100 {head} clone(flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = {pid}" for pid in range(101, 108)),
    ]
    now, taken, held = 1700000000.001, {0, 1, 2, 3}, []
    while len(lines) < count:
        now += 0.00002
        pid = chance.randrange(100, 108)
        if len(held) >= 50 and chance.random() < 0.5:
            number, pid = held.pop(chance.randrange(len(held)))
            taken.discard(number)
            lines.append(f"{pid} {now:.6f} close({number}) = 0")
            continue
        number = next(each for each in range(4, 1000) if each not in taken)
        taken.add(number)
        held.append((number, pid))
        peer = f'{{sa_family=AF_INET, sin_port=htons({chance.randrange(1024, 65000)}), sin_addr=inet_addr("10.0.0.1")}}'
        lines.append(f"{pid} {now:.6f} accept4(3, {peer}, [16], SOCK_CLOEXEC) = {number}")
        lines.append(f"{pid} {now:.6f} setsockopt({number}, SOL_TCP, TCP_NODELAY, [1], 4) = 0")
        for _ in range(3 if io else 0):
            lines.append(f'{pid} {now:.6f} recvfrom({number}, "GET / HTTP/1.1\\r\\n"..., 4096, 0, NULL, NULL) = 78')
            lines.append(f'{pid} {now:.6f} sendto({number}, "HTTP/1.1 200 OK\\r"..., 230, 0, NULL, 0) = 230')
    lines += [f"{pid} {now:.6f} close({number}) = 0" for number, pid in held]
    return lines


def reading(rounds, *, io):
    """Return lines read a second of processor time, splitting left out."""
    lines = log_lines(300_000, io=io)
    rates = []
    for _ in range(rounds):
        reader, begun = Reader(), time.process_time()
        for place in range(0, len(lines), 4096):
            reader.feed(lines[place : place + 4096])
        judge_reading(reader.finish())
        rates.append(len(lines) / (time.process_time() - begun))
    return statistics.median(rates)


def growth(millions):
    """Return by how much memory grows, in MiB, from the first million lines to so many."""
    reader, block = Reader(), log_lines(100_000, io=True)
    after_one = 0
    for number in range(millions * 10):
        reader.feed(block[9:] if number else block)
        if number == 9:
            after_one = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - after_one) / 1024


def rows(quick):
    """Yield the rows of the table."""
    rounds = 1 if quick else 5
    for io, what in ((True, "with reads and writes"), (False, "lifetimes only")):
        rate = reading(rounds, io=io)
        yield f"reading a log {what}, lines/s", f"{rate:,.0f}", "", "", ">= 400,000"
    yield "memory from 1 to 10 million lines", f"+{growth(2 if quick else 10):.0f} MiB", "", "", "flat"
    strace = shutil.which("strace")
    if strace is None:
        return
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, PROCESSORS)
    try:
        steady = slowdown("echo.py", 30_000, rounds, *NOTSOCK, "--")
        yield "steady traffic, traced", "", "untraced", f"{steady:.2f}x", "<= 1.10x"
        alone = slowdown("connections.py", 1_500, rounds, strace, "--seccomp-bpf",
                         *arguments(io=False, stacks=False), "-o", "/dev/null", "--")  # fmt: skip
        churn = slowdown("connections.py", 1_500, rounds, *NOTSOCK, "--")
        beside = f"{alone:.1f}x strace alone"
        yield "connections, traced", f"{churn:.1f}x", beside, f"{churn / alone:.2f}x", "<= 1.10x"
        python = slowdown("connections.py", 1_500, rounds, *NOTSOCK, "--python", "--")
        yield "connections, traced with --python", f"{python:.1f}x", beside, f"{python / alone:.2f}x", ""
    finally:
        os.sched_setaffinity(0, pinned)
