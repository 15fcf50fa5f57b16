"""Logs to be read at random: those of the tests, changed in a few places, and lines put together from pieces.

The logs of the tests have every form of line that a reader knows (stacks, halves of calls, rights in messages, lines of
relay and server ...) and everything that can be found, so what is made of them comes further than noise does.  They are
taken down while the tests run, for most of them are put together there.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from readers_wine_logs import WineLife
from test_readers_fuzz import LINE_PIECES, WINE_WORDS, life

from notsock.readers.strace import reader as strace_reader
from notsock.readers.wine import reader as wine_reader

TESTS = Path(__file__).parents[1] / "tests" / "unit" / "readers"
TAKEN_DOWN = ("test_readers_lifetimes.py", "test_readers_forms.py", "test_readers_wine.py")
LINES_MAX = 18
"""Lines of one input."""
OF_STRACE = r"""
100 1.0 execve("/usr/bin/server", ["server"], 0x7ffe /* 30 vars */) = 0
100 1.1 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 101
101 1.2 socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 3
101 1.2 unshare(CLONE_FILES) = 0
101 1.3 bind(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("0.0.0.0")}, 16) = 0
100 1.4 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7f, stack_size=0x9000}, 88 <unfinished ...>
200 1.4 execve("/bin/sh", ["sh"], 0x7ffe /* 30 vars */) = 0
100 1.4 <... clone3 resumed>) = 200
101 1.5 execve("/usr/bin/other", ["other"], 0x7ffe /* 30 vars */ <pid changed to 100 ...>
100 1.5 +++ superseded by execve in pid 101 +++
100 1.5 <... execve resumed>) = 0
100 1.6 getsockname(3, {sa_family=AF_INET6, sin6_port=htons(53), inet_pton(AF_INET6, "::1", &sin6_addr)}, [28]) = 0
100 1.7 pidfd_open(200, 0) = 4
100 1.7 pidfd_getfd(4, 3, 0) = 5
100 1.8 shutdown(5, SHUT_WR) = 0
100 1.8 close_range(3, 4294967295, CLOSE_RANGE_UNSHARE|CLOSE_RANGE_CLOEXEC) = 0
100 1.9 io_uring_setup(8, {flags=0, sq_thread_cpu=0, sq_thread_idle=0}) = 6
[pid   200] 1.9 close(3) = 0
200 1.9 +++ killed by SIGKILL +++
100 1.9 +++ exited with 0 +++
""".strip().split("\n")
OF_WINE = r"""
1.000:0020:0024:trace:loaddll:build_module Loaded L"Z:\\app.exe" at 0000000140000000: native
1.100:0020:0024:Call ws2_32.WSAStartup(00000202,0011f000) ret=140001000
1.100:0020:0024:Ret  ws2_32.WSAStartup() retval=00000000 ret=140001000
1.200:0020:0024:Call ws2_32.bind(00000030,0011f000,00000010) ret=140001000
0024: open_file_object( access=c0100000, attributes=00000002, filename=L"\\Device\\Afd" )
0024: open_file_object() = 0 { handle=0030 }
0024: ioctl( code=00120320, async={handle=0030,event=0000}, in_data={02,00,00,00,01,00,00,00,06,00,00,00,00,00,00,00} )
0024: ioctl() = 0 { wait=0000, options=00000000, out_data={} }
0024: ioctl( code=00012003, async={handle=0030,event=0034}, in_data={00,00,00,00,02,00,1f,90,00,00,00,00} )
0024: ioctl() = 0 { wait=0034, options=00000000, out_data={02,00,1f,90,7f,00,00,01,00,00,00,00,00,00,00,00} }
0024: ioctl( code=0001200b, async={handle=0030,event=0034}, in_data={00,00,00,00,05,00,00,00,00,00,00,00} )
0024: ioctl( code=00120324, async={handle=0030,event=0034,iosb=0011f0,user=0011f0}, in_data={} )
0024: ioctl() = PENDING { wait=0034, options=00000000, out_data={} }
0024: get_async_result( user_arg=0011f0 )
0024: get_async_result() = 0 { out_data={38,00,00,00} }
0024: ioctl( code=00120328, async={handle=0030,event=0034}, in_data={38,00,00,00,00,00,00,00} )
0024: ioctl( code=0012032c, async={handle=0030,event=0034}, in_data={00,00,00,00,01,00,00,00,02,00,1f,90,7f,00,00,01} )
0024: ioctl( code=00120330, async={handle=0030,event=0034}, in_data={02,00,00,00} )
0024: ioctl( code=001203a8, async={handle=0030,event=0034}, in_data={01,00,00,00} )
0024: ioctl( code=0001202f, async={handle=0030,event=0034}, in_data={} )
0024: set_handle_info( handle=0030, flags=00000000, mask=00000001 )
0024: set_handle_info() = 0 { old_flags=1 }
0024: open_process( pid=0060, access=001fffff, attributes=00000000 )
0024: open_process() = 0 { handle=003c }
0024: dup_handle( src_process=ffffffff, src_handle=0030, dst_process=003c, access=0, attributes=2, options=00000003 )
0024: dup_handle() = 0 { handle=0040 }
0060: *killed* exit_code=1
1.900:0020:0024:Call msvcrt._endthreadex(00000000) ret=140001000
1.900:0020:0024:Call ws2_32.WSACleanup() ret=140001000
0024: *killed* exit_code=0
""".strip().split("\n")
"""Lines of what the logs of those tests have not."""
_TOKEN = re.compile(r"(0x[0-9a-f]+|\d+|[a-z_]{3,}(?=\()|(?<=handle=)[0-9a-f]+)")
NUMBERS = "0 1 2 3 4 5 6 7 8 30 34 38 0030 0034 100 101 200 -1 4294967295 99999999999999 0x30 0xffffffff x \xb2".split()
HOSTILE = (
    "\x1b]0;title\x07", "\x1b[31m", "<script>alert(1)</script>", "\x00", "\xff\xfe", '"', " = ", "(", ")", "[", "{",
    "<", " <unfinished ...>", "<... close resumed>", " > ", "+++ exited with 0 +++", "[pid  101] ", "9" * 400, "%s%n",
    "+++ superseded by execve in pid 101 +++", "../../etc/passwd", "ret=", "handle=", "=", ",", ", " * 40,
    " = -1 EBADF (x)", "1.5 ", "\xb2",
)  # fmt: skip


def taken_down():
    """Return the logs that the tests have the readers read, by system; they run in another process, uncompiled."""
    code = "import fuzz_logs, sys; print(fuzz_logs.take_down(), file=sys.stderr)"
    path = os.pathsep.join([str(Path(__file__).parent), str(TESTS)])
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stderr.splitlines()[-1])


def take_down():
    """Run the tests, and return what the readers were given, as JSON."""
    logs = {"strace": [], "wine": []}
    for name, reader in (("strace", strace_reader.Reader), ("wine", wine_reader.Reader)):

        def feed(self, lines, original=reader.feed, kept=logs[name]):
            lines = list(lines)
            kept.append(_without_ticks(lines))
            original(self, lines)

        reader.feed = feed
    tests = [str(TESTS / name) for name in TAKEN_DOWN]
    if pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "filterwarnings=", *tests]):
        sys.exit("the tests of the readers fail")
    return json.dumps({name: sorted(filter(None, kept)) for name, kept in logs.items()})


def _without_ticks(lines):
    """Leave out what only lets time pass, but for one line in a hundred: a fuzzed reader looks at its clock often."""
    return [line for place, line in enumerate(lines) if "getpid()" not in line or place % 100 == 0]


class Corpus:
    """What inputs are made of: logs by system, and their lines cut where something can be put in the place of it."""

    def __init__(self):
        logs = taken_down()
        self.strace = logs["strace"] + [OF_STRACE] * 3 + [life(seed, 200) for seed in range(12)]
        self.wine = logs["wine"] + [OF_WINE] * 3 + [WineLife(seed).log(200) for seed in range(12)]
        self.tokens = {line: _TOKEN.split(line) for log in self.strace + self.wine for line in log}

    def log(self, chance, *, wine):
        """Return a few lines of a log, changed in some places."""
        logs = self.wine if wine else self.strace
        log = chance.choice(logs)
        lines = log[:LINES_MAX]
        if chance.random() < 0.3:
            start = int(chance.random() * max(1, len(log) - 3))
            lines = log[:3] + log[max(3, start) : start + 3 + int(chance.random() * LINES_MAX)]
        for _ in range(int(chance.random() * 5)):
            self._change(chance, lines, logs)
        return lines

    def _change(self, chance, lines, logs):
        """Change one thing of a log that is not empty, or grow one that is."""
        if not lines:
            lines.append(chance.choice(chance.choice(logs)))
            return
        place, kind = int(chance.random() * len(lines)), chance.random()
        line = lines[place]
        if kind < 0.45:
            lines[place] = self._other_word(chance, line)
        elif kind < 0.6:
            lines.insert(place, chance.choice(chance.choice(logs)))
        elif kind < 0.7:
            del lines[place]
        elif kind < 0.8:
            lines.append(line)
        elif kind < 0.87:
            lines[place] = line[: int(chance.random() * len(line))]
        elif kind < 0.93:
            cut = int(chance.random() * (len(line) + 1))
            lines[place] = line[:cut] + chance.choice(HOSTILE) + line[cut:]
        elif "(" in line and " = " in line:
            self._halve(chance, lines, place)

    def _other_word(self, chance, line):
        """Put another number, or another call, in the place of one."""
        tokens = self.tokens.get(line)
        if tokens is None or len(tokens) < 2:
            return line
        changed = list(tokens)
        place = 1 + 2 * int(chance.random() * (len(tokens) // 2))
        changed[place] = chance.choice(NUMBERS if changed[place][:1].isdigit() else LINE_PIECES[2])
        return "".join(changed)

    def _halve(self, chance, lines, place):
        """Let a call stand on two lines, the second of them somewhere behind."""
        line = lines[place]
        head, _, tail = line.partition("(")
        begin, _, name = head.rpartition(" ")
        cut = int(chance.random() * len(tail))
        lines[place] = f"{head}({tail[:cut]} <unfinished ...>"
        behind = place + 1 + int(chance.random() * (len(lines) - place))
        lines.insert(behind, f"{begin} <... {name} resumed>{tail[cut:]}")


def pieces_of_strace(chance):
    """Return lines of strace's, more or less."""
    pids, times, calls, numbers, arguments, results, ends = LINE_PIECES
    lines = []
    for _ in range(1 + int(chance.random() * LINES_MAX)):
        words = ", ".join(filter(None, (chance.choice(numbers), chance.choice(arguments))))
        head = f"{chance.choice(pids)} {chance.choice(times)}"
        shape = chance.random()
        if shape < 0.7:
            lines.append(f"{head}{chance.choice(calls)}({words}) = {chance.choice(results)}{chance.choice(ends)}")
        elif shape < 0.8:
            lines.append(f"{head}{chance.choice(calls)}({words} <unfinished ...>")
        elif shape < 0.9:
            lines.append(f"{head}<... {chance.choice(calls)} resumed>{words}) = {chance.choice(results)}")
        elif shape < 0.95:
            lines.append(f"{head}+++ exited with {chance.choice('012x')} +++")
        else:
            lines.append("".join(chance.choices(WINE_WORDS + calls, k=4)))
    return lines


def pieces_of_wine(chance):
    """Return lines of Wine's, more or less."""
    return "".join(chance.choices(WINE_WORDS, k=5 + int(chance.random() * 60))).split("\n")
