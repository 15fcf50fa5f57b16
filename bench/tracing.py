"""Figures of real programs: what tracing costs them, and how fast a log is read.

    python bench/tracing.py [--quick]

prints them alone; a quick run reads a sixteenth of a GiB instead of a whole one, and says so.
"""

import argparse
import os
import random
import re
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

HERE = Path(__file__).parent
ROOT = HERE.parent
PROGRAMS = HERE / "programs"
PROCESSORS = os.sched_getaffinity(0)
"""All of them: a traced program, its tracer and the reader run side by side."""
TIMED = (
    "import sys, time, runpy\nimport socket, threading\npath, count = sys.argv[1:]\nsys.argv = [path, count]\n"
    "begun = time.perf_counter()\nrunpy.run_path(path, run_name='__main__')\n"
    "sys.stdout.write('seconds %r\\n' % (time.perf_counter() - begun))\n"
)
INSPECT = (
    "import atexit, sys\n"
    "atexit.register(lambda: sys.stderr.write(open('/proc/self/status').read()))\n"
    "from notsock.cli.main import main\nmain()\n"
)
"""The command, which tells at its end how much memory it had at most."""
NOTSOCK = [sys.executable, "-m", "notsock.cli.main", "trace", "-q", "-o", "/dev/null"]


def seconds(program, count, *before):
    """Return the seconds that a program takes without its start, with `before` in front of its command."""
    command = [*before, os.path.realpath(sys.executable), "-c", TIMED, str(PROGRAMS / program), str(count)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=folder)
    return float(done.stdout.rpartition("seconds ")[2])


def slowdowns(program, count, rounds, *forms):
    """Return by round how many times slower a program is with each form in front of it; all run in turn."""
    found = []
    for _ in range(rounds):
        alone = seconds(program, count)
        found.append([seconds(program, count, *form) / alone for form in forms])
    return found


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


def in_form(path, call):
    """Return what a call of this module comes to, in a process of its own that has notsock from a folder."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(path), str(HERE)])}
    done = subprocess.run(
        [sys.executable, "-c", f"import tracing; print(tracing.{call})"],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    return float(done.stdout)


def compiled(folder):
    """Compile a copy of the package into a folder; return its path, None where there is no compiler."""
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / "compile.py"), folder], check=False,
                          capture_output=True)  # fmt: skip
    return Path(folder) if done.returncode == 0 else None


def write_log(path, size):
    """Write so many bytes of a log that has one fault, at its end; return the number of lines."""
    block = log_lines(300_000, io=True)
    first, more = ("\n".join(lines).encode() + b"\n" for lines in (block, block[9:]))
    fault = (
        b"100 1700000998.0 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 900\n100 1700000999.0 close(900) = 0\n"
        b"100 1700000999.1 close(900) = -1 EBADF (Bad file descriptor)\n100 1700000999.2 +++ exited with 0 +++\n"
    )
    count = 0
    with path.open("wb") as file:
        file.write(first)
        while file.tell() < size:
            file.write(more)
            count += 1
        file.write(fault)
    return len(block) + count * (len(block) - 9) + 4


def page_seconds(log, forms):
    """Return the seconds in which each form of notsock makes a page of the findings in a log, and the MiB it takes."""
    found = []
    for path in forms:
        command = [sys.executable, "-c", INSPECT, "inspect", "-q", log, "--report", f"{log}.html"]
        begun = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(log).parent,
                              env=os.environ | {"PYTHONPATH": str(path)})  # fmt: skip
        took = time.perf_counter() - begun
        assert done.returncode == 1, done.stderr
        assert "was closed twice" in Path(f"{log}.html").read_text()
        found.append((took, int(re.search(r"VmHWM:\s+(\d+) kB", done.stderr)[1]) / 1024))
    return found


def rows(quick):
    """Yield the rows of the table."""
    rounds = 1 if quick else 7
    with tempfile.TemporaryDirectory() as folder:
        forms = [ROOT / "src", *filter(None, [compiled(f"{folder}/compiled")])]
        yield from _of_reading(rounds, forms)
        yield "memory from 1 to 10 million lines", f"+{growth(2 if quick else 10):.0f} MiB", "", "", "flat"
        yield from _of_pages(Path(folder) / "log", forms, 16 if quick else 1)
    strace = shutil.which("strace")
    if strace is None:
        return
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, PROCESSORS)
    try:
        yield from _of_tracing(rounds, strace)
    finally:
        os.sched_setaffinity(0, pinned)


def _of_reading(rounds, forms):
    for io, what in ((True, "with reads and writes"), (False, "lifetimes only")):
        rates = [in_form(path, f"reading({rounds}, io={io})") for path in forms]
        beside = f"{rates[1]:,.0f} compiled" if rates[1:] else ""
        ratio = f"{rates[1] / rates[0]:.1f}x" if rates[1:] else ""
        yield f"reading a log {what}, lines/s", f"{rates[0]:,.0f}", beside, ratio, ">= 400,000"


def _of_pages(log, forms, part):
    """The page of a log of 1 GiB, or of a part of it: then the time is multiplied."""
    lines = write_log(log, 2**30 // part)
    (took, memory), *other = page_seconds(str(log), forms)
    what = f"page from a log of 1 GiB ({lines * part / 1e6:.1f} million lines, {memory:.0f} MiB of memory)"
    if part > 1:
        what = f"{what}, {part} times that of 1/{part} GiB"
    beside = f"{other[0][0] * part:.0f} s compiled" if other else ""
    yield what, f"{took * part:.0f} s", beside, "", "< 60 s"


def _of_tracing(rounds, strace):
    steady = slowdowns("echo.py", 30_000, rounds, [*NOTSOCK, "--"])
    yield "steady traffic, traced", "", "untraced", f"{_median(steady, 0):.2f}x", "<= 1.10x"
    alone = [strace, "--seccomp-bpf", *arguments(io=False, stacks=False), "-o", "/dev/null", "--"]
    churn = slowdowns("connections.py", 1_500, rounds, alone, [*NOTSOCK, "--"], [*NOTSOCK, "--python", "--"])
    beside = f"{_median(churn, 0):.1f}x strace alone"
    for place, what, goal in ((1, "connections, traced", "<= 1.10x"), (2, "connections, traced with --python", "")):
        ratio = statistics.median(each[place] / each[0] for each in churn)
        yield what, f"{_median(churn, place):.1f}x", beside, f"{ratio:.2f}x", goal


def _median(rounds, place):
    return statistics.median(each[place] for each in rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    for row in rows(parser.parse_args().quick):
        print(" | ".join(row), flush=True)
