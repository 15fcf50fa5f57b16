"""Every form that strace gives a line: the same double close is found in each of them."""

import gzip

import pytest
from readers_logs import EXEC, THREAD, findings, found, read

from notsock.readers import words
from notsock.readers.source import LogError, Splitter, batches, open_log
from notsock.readers.strace import lines
from notsock.readers.strace.each_process import files_of, merged
from notsock.readers.strace.reader import Reader

PLAIN = """
    socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    close(3)                                = 0
    close(3)                                = -1 EBADF (Bad file descriptor)
    exit_group(0)                           = ?
    +++ exited with 0 +++
"""

FORMS = {
    "plain": PLAIN,
    "pid": """
    1234  socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    1234  close(3)                          = 0
    1234  close(3)                          = -1 EBADF (Bad file descriptor)
    1234  +++ exited with 0 +++
    """,
    "-t": """
    1234  12:00:00 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    1234  12:00:00 close(3) = 0
    1234  12:00:01 close(3) = -1 EBADF (Bad file descriptor)
    1234  12:00:01 +++ exited with 0 +++
    """,
    "-tt without pids": """
    12:00:00.000001 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    12:00:00.000002 close(3) = 0
    12:00:01.000003 close(3) = -1 EBADF (Bad file descriptor)
    12:00:01.000004 +++ exited with 0 +++
    """,
    "-ttt": """
    1234 1700000000.000001 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    1234 1700000000.000002 close(3) = 0
    1234 1700000001.000003 close(3) = -1 EBADF (Bad file descriptor)
    1234 1700000001.000004 +++ exited with 0 +++
    """,
    "-r": """
    1234       0.000000 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    1234       0.000110 close(3) = 0
    1234       1.000090 close(3) = -1 EBADF (Bad file descriptor)
    1234       0.000090 +++ exited with 0 +++
    """,
    "-t -r": """
    1234 12:00:00 (+     0.000000) socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    1234 12:00:00 (+     0.000110) close(3) = 0
    1234 12:00:01 (+     1.000090) close(3) = -1 EBADF (Bad file descriptor)
    1234 12:00:01 (+     0.000090) +++ exited with 0 +++
    """,
    "-T": """
    socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3 <0.000021>
    close(3)                                = 0 <0.000009>
    close(3)                                = -1 EBADF (Bad file descriptor) <0.000009>
    +++ exited with 0 +++
    """,
    "-y": """
    socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<socket:[1234]>
    close(3<socket:[1234]>)                 = 0
    close(3)                                = -1 EBADF (Bad file descriptor)
    +++ exited with 0 +++
    """,
    "-yy": """
    socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[1234]>
    close(3<TCP:[127.0.0.1:80->127.0.0.1:4242]>) = 0
    close(3)                                = -1 EBADF (Bad file descriptor)
    +++ exited with 0 +++
    """,
    "[pid]": """
    socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 1235
    strace: Process 1235 attached
    [pid  1235] getpid() = 1235
    [pid  1234] close(3)                    = 0
    [pid  1235] close(3)                    = 0
    [pid  1234] close(3)                    = -1 EBADF (Bad file descriptor)
    [pid  1235] +++ exited with 0 +++
    --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=1235} ---
    +++ exited with 0 +++
    """,
    "unfinished and resumed": """
    100 socket(AF_INET, SOCK_STREAM, IPPROTO_IP <unfinished ...>
    101 getpid() = 101
    100 <... socket resumed>) = 3
    100 close(3 <unfinished ...>
    101 getpid() = 101
    100 <... close resumed>) = 0
    100 close(3 <unfinished ...>
    101 getpid() = 101
    100 <... close resumed>) = -1 EBADF (Bad file descriptor)
    100 +++ exited with 0 +++
    """,
    "the old way of resuming": """
    100 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    100 close(3 <unfinished ...>
    101 getpid() = 101
    100 <... close resumed> )             = 0
    100 close(3)                          = -1 EBADF (Bad file descriptor)
    100 +++ exited with 0 +++
    """,
    "a restarted accept": """
    100 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    100 accept(3, NULL, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
    100 --- SIGCHLD {si_signo=SIGCHLD} ---
    100 accept(3, NULL, NULL) = 4
    100 close(4) = 0
    100 close(4) = -1 EBADF (Bad file descriptor)
    100 exit_group(0) = ?
    100 +++ exited with 0 +++
    """,
    "killed": """
    100 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
    100 close(3) = 0
    100 close(3) = -1 EBADF (Bad file descriptor)
    100 +++ killed by SIGSEGV (core dumped) +++
    """,
}


def test_a_python_program_names_its_frames():
    marks = '100 openat(AT_FDCWD, "/notsock.frames/close;/app/server.py:12:stop;junk;/app/x.py:7:<module>", O_RDONLY)'
    absent = f"{marks} = -1 ENOENT (No such file or directory)\n"
    log = EXEC + "100 socket(AF_INET, SOCK_STREAM, 0) = 5\n" + absent + "100 close(5) = 0\n"
    again = "100 close(5) = -1 EBADF (Bad file descriptor)\n100 +++ exited with 0 +++\n"
    (finding,) = findings(log + absent + again)
    assert [(each.file, each.line, each.function) for each in finding.history[-1].stack[1:]] == [
        ("/app/server.py", 12, "stop"), ("/app/x.py", 7, "<module>"),
    ]  # fmt: skip
    other = log.replace("frames/close;", "frames/accept;") + again
    assert all(len(moment.stack) == 1 for moment in findings(other)[0].history)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_understood(form):
    assert read(FORMS[form]).not_understood == 0
    assert {finding.rule for finding in findings(FORMS[form])} == {"closed-twice"}


def test_native_stacks_are_shown_with_each_moment():
    (finding,) = findings("""
    socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
     > /usr/lib/x86_64-linux-gnu/libc.so.6(socket+0x7) [0x10fd17]
     > /home/me/program(opens+0x12) [0x1159]
    close(3)                                = 0
     > /usr/lib/x86_64-linux-gnu/libc.so.6(close+0x10) [0x100000]
    close(3)                                = -1 EBADF (Bad file descriptor)
     > /home/me/program(main+0x40) [0x1199]
     > [anon] no parentheses here
    +++ exited with 0 +++
    """)
    opened, closed, again = finding.history
    assert [str(place) for place in opened.stack] == [
        "log:1 in socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3",
        "/usr/lib/x86_64-linux-gnu/libc.so.6:1113367 in socket+0x7",
        "/home/me/program:4441 in opens+0x12",
    ]
    assert closed.stack[1].function == "close+0x10"
    assert again.stack[1].function == "main+0x40"


def test_times_are_those_of_the_log():
    for form in ("-t", "-tt without pids", "-ttt", "-r", "-t -r"):
        (finding,) = findings(FORMS[form])
        assert round(finding.history[-1].time_ns / 1e9) == 1, form


def test_a_beginning_that_is_missing_is_counted():
    reading = read("""
    100 <... accept4 resumed>{sa_family=AF_INET}, [16], SOCK_CLOEXEC) = 5
    100 close(5) = 0
    """)
    assert (reading.halves, reading.not_understood) == (1, 0)


def test_what_is_not_understood_is_counted():
    reading = read("""
    100 close(3) = 0
    100 close(what) = 0
    100 close(99999999999999999999) = 0
    \x00\xff\x1b[31m junk
    100 pipe2([3], 0) = 0
    100 epoll_ctl(4) = 0
    100 socket(AF_INET, SOCK_STREAM, 0
    """)
    assert reading.not_understood == 6
    assert reading.lines == 7


# ---- files ------------------------------------------------------------------------------------------------------


def through(path):
    reader, splitter = Reader("log"), Splitter()
    with open_log(str(path)) as file:
        for batch in batches(file, splitter, str(path)):
            reader.feed(batch)
    reader.cut = splitter.cut
    return reader.finish()


def test_gzip_is_unpacked_and_may_be_cut(tmp_path):
    path = tmp_path / "log.gz"
    packed = gzip.compress(("\n".join(line.strip() for line in PLAIN.split("\n")) * 500).encode())
    path.write_bytes(packed)
    whole = through(path)
    assert whole.lines > 2000
    path.write_bytes(packed[: len(packed) // 2])
    assert 0 < through(path).lines < whole.lines
    path.write_bytes(packed[:40] + b"junk" + packed[44:])
    through(path)


def test_a_log_that_stops_in_the_middle_of_a_line_is_read_up_to_there(tmp_path):
    path = tmp_path / "log"
    path.write_text("socket(AF_INET, SOCK_STREAM, 0) = 3\nclose(3) = 0\nclose(3) = -1 EBADF (Bad fi")
    reading = through(path)
    assert (reading.lines, reading.cut, reading.not_understood) == (2, 1, 0)


def test_an_endless_line_is_cut_and_forgotten():
    splitter = Splitter()
    for _ in range(40):
        assert all(len(line) <= 1 << 16 for line in splitter.feed(b"x" * (1 << 20)))
    assert splitter.feed(b"\nclose(3) = 0\n") == ["close(3) = 0"]
    assert splitter.cut == 1


def test_bytes_that_are_no_text_are_no_error(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(bytes(range(256)) * 100)
    assert through(path).not_understood


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LogError, match="nowhere cannot be read"), open_log(str(tmp_path / "nowhere")):
        pass


def test_a_file_for_each_process_is_merged_in_order_of_return(tmp_path):
    (tmp_path / "log.100").write_text(
        "10.000000 socket(AF_INET, SOCK_STREAM, 0) = 3 <0.000010>\n"
        f"10.100000 clone(child_stack=NULL, flags={THREAD}) = 101 <0.000010>\n"
        "10.400000 close(3) = -1 EBADF (Bad file descriptor) <0.000010>\n"
        "10.500000 +++ exited with 0 +++\n"
    )
    (tmp_path / "log.101").write_text("10.200000 close(3) = 0 <0.000010>\n10.300000 +++ exited with 0 +++\n")
    paths = files_of(str(tmp_path / "log"))
    assert [path.name for path in paths] == ["log.100", "log.101"]
    text = "\n".join(line for batch in merged(paths, []) for line in batch)
    assert found(text) == {"closed-twice"}


# ---- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", (0, "")), ("5", (5, "")), ("5<socket:[1]>", (5, "")), ("0x1 (flags FD_CLOEXEC)", (1, "")),
        ("-1 EBADF (Bad file descriptor)", (-1, "EBADF")), ("? ERESTARTSYS (To be restarted)", (-1, "ERESTARTSYS")),
        ("?", (-1, "?")), ("5 <0.000012>", (5, "")), ("-1 EBADF (Bad file descriptor) <0.1>", (-1, "EBADF")),
    ],
)  # fmt: skip
def test_results(text, expected):
    assert lines.result(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16', ("10.0.0.1", 80)),
        ('3, {sa_family=AF_INET6, sin6_port=htons(81), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &s)}',
         ("::1", 81)),
        ('3, {sa_family=AF_UNIX, sun_path="/run/\\"x"}, 9', ('"/run/\\"x"', -1)),
        ("3, NULL, NULL", None),
    ],
)  # fmt: skip
def test_addresses(text, expected):
    assert words.address(text) == expected
