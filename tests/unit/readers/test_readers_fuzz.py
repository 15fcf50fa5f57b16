"""Whatever a log contains: no error of ours, and a cut log says nothing that the whole one takes back."""

import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from readers_logs import EXEC, THREAD
from readers_wine_logs import MODULES, WineLife, closes, opened

from notsock.readers.judging import judge_reading
from notsock.readers.source import LINE_MAX, Splitter
from notsock.readers.strace.reader import Reader
from notsock.readers.wine.reader import Reader as WineReader
from notsock.readers.words import address

PIDS_WORDS = (["100", "101", "102", "200", "", "[pid 100]", "[pid  101]", "99999999999", "-1"])
NUMBER_WORDS = (["0", "2", "3", "4", "5", "6", "7", "5<socket:[12]>", "-1", "x", "4294967295", ""])
RESULT_WORDS = (
    ["0", "3", "4", "5", "6", "7", "-1 EBADF (Bad file descriptor)", "-1 EMFILE (x)", "? ERESTARTSYS (x)", "?",
     "101", "102", "200", "0x1", "", "5<TCP:[1.2.3.4:5->6.7.8.9:1]>"]
)  # fmt: skip
ARGUMENTS_WORDS = (
    [
        "", "NULL", "AF_INET, SOCK_STREAM, 0", "F_DUPFD, 3", "F_DUPFD_CLOEXEC, 3", "F_SETFD, FD_CLOEXEC", "FIOCLEX",
        "EPOLL_CTL_ADD, 5, {}", "EPOLL_CTL_DEL, 5, NULL", "[3, 4]", "AF_UNIX, SOCK_STREAM, 0, [5, 6]", "SIGCHLD",
        THREAD, "SOL_SOCKET, SO_REUSEPORT, [1], 4", '{sa_family=AF_INET, sin_port=htons(80), inet_addr("1.2.3.4")}',
        "{msg_control=[{cmsg_type=SCM_RIGHTS, cmsg_data=[5, 6]}]}", "100, CLOSE_RANGE_CLOEXEC", "7, 0",
        '"/bin/x", ["x"]', '"a = b", 3', '"\x1b[31m", 3', "SHUT_RDWR", "CLONE_FILES",
    ]
)  # fmt: skip
CALLS_WORDS = ([*sorted(Reader()._lifetimes.handlers), "getpid", "futex", "x y", ""])
ENDS_WORDS = (["", "", "", " <unfinished ...>", " <0.000010>"])
TIMES_WORDS = (["", "1.5 ", "12:00:00 ", "1700000000.000001 ", "0.000001 ", "9e99 ", "1:2:x ", "(+ 0.1) "])
PIDS = st.sampled_from(PIDS_WORDS)
NUMBER = st.sampled_from(NUMBER_WORDS)
RESULT = st.sampled_from(RESULT_WORDS)
ARGUMENTS = st.sampled_from(ARGUMENTS_WORDS)
CALLS = st.sampled_from(CALLS_WORDS)
ENDS = st.sampled_from(ENDS_WORDS)
TIMES = st.sampled_from(TIMES_WORDS)
LINE_PIECES = (PIDS_WORDS, TIMES_WORDS, CALLS_WORDS, NUMBER_WORDS, ARGUMENTS_WORDS, RESULT_WORDS, ENDS_WORDS)
"""What a line of strace is made of, for the longer run of scripts/fuzz_readers.py as well."""


@st.composite
def lines(draw):
    shape = draw(st.integers(0, 9))
    pid, stamp = draw(PIDS), draw(TIMES)
    if shape == 0:
        return draw(st.text(max_size=60))
    if shape == 1:
        return f"{pid} {stamp}<... {draw(CALLS)} resumed>{draw(ARGUMENTS)}) = {draw(RESULT)}"
    if shape == 2:
        ends = ["exited with 0", "killed by SIGKILL", "superseded by execve in pid 101", "exited with x", ""]
        return f"{pid} {stamp}+++ {draw(st.sampled_from(ends))} +++"
    if shape == 3:
        return f" > /usr/lib/x.so({draw(st.text(max_size=5))}+0x1) [0x{draw(st.sampled_from(['1', 'z', 'ff']))}]"
    if shape == 4:
        return f"{pid} {stamp}{draw(CALLS)}({draw(ARGUMENTS)} <unfinished ...>"
    arguments = ", ".join(filter(None, (draw(NUMBER), draw(ARGUMENTS))))
    return f"{pid} {stamp}{draw(CALLS)}({arguments}) = {draw(RESULT)}{draw(ENDS)}"


@settings(max_examples=300, deadline=None)
@given(st.lists(lines(), max_size=60))
def test_no_log_is_an_error(log):
    reader = Reader()
    reader.feed(log)
    reading = reader.finish()
    for finding in judge_reading(reading).findings:
        finding.to_json()


WINE_WORDS = (
    r"""
0024:~|0028:~|1.000:0020:0024:|1.000:0060:0028:|Call~|Ret~~|ws2_32.closesocket(|00000030|) ret=140001000|-1|ffffffff
() retval=00000000 ret=140001000|KERNEL32.CloseHandle(|msvcrt._close(|00000003|msvcrt._open_osfhandle(|ws2_32.socket(
open_file_object(~|open_file_object() = 0 { handle=0030 }|filename=L"\\Device\\Afd"|close_handle( handle=0030 )
close_handle() = 0|new_thread( process=ffffffff )|new_thread() = 0 { tid=0028, handle=0034 }|new_process( flags=4 )
new_process() = 0 { pid=0060, handle=0038 }|dup_handle() = 0 { handle=003c }|*killed* exit_code=0|*process killed*
dup_handle( src_process=ffffffff, src_handle=0030, dst_process=0038, options=00000003 )|ws2_32.WSACleanup(|}| )|zz|=|{
ioctl( code=00120324, async={handle=0030}|ioctl( code=00012003, async={handle=0030}, in_data={|ws2_32.WSAStartup(
ioctl() = 0 { out_data={02,00,1f,90,7f,00,00,01|msvcrt._beginthread(|get_async_result( user_arg=1 )|0028:~
trace:loaddll:build_module Loaded L"Z:\\a.exe" at 0000000140000000: native|@|@|@|@|@
""".replace("~", " ").replace("\n", "|").replace("@", "\n").strip("|").split("|")
)
"""What Wine's logs are made of, for putting together at random."""
WINE_PIECES = st.sampled_from(WINE_WORDS)


@settings(max_examples=300, deadline=None)
@given(st.lists(WINE_PIECES, max_size=120))
def test_no_log_of_wine_is_an_error(pieces):
    reader = WineReader(other=lambda line: None)
    reader.feed("".join(pieces).split("\n"))
    for finding in judge_reading(reader.finish()).findings:
        finding.to_json()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=20), st.integers(1, 50))
def test_no_bytes_are_an_error(chunks, size):
    whole = b"\n".join(chunks)
    for reader in (Reader(), WineReader()):
        splitter = Splitter()
        for place in range(0, len(whole), size):
            reader.feed(splitter.feed(whole[place : place + size]))
        reader.finish()


def life(seed, count):
    """Return a log of threads that open, close, pass on and fork at random, many of them wrongly."""
    chance = random.Random(seed)
    tables = {"100": set(range(3)), "200": set(range(3))}
    members = {"100": ["100", "101"], "200": ["200"]}
    log = EXEC.strip().split("\n")
    log.append(f"100 1.1 clone(child_stack=0x7f, flags={THREAD}) = 101")
    log.append("100 1.1 clone(child_stack=NULL, flags=SIGCHLD) = 200")
    now = 2.0
    for _ in range(count):
        now += chance.random() * 0.1
        process = chance.choice(["100", "100", "200"])
        pid, taken = chance.choice(members[process]), tables[process]
        head = f"{pid} {now:.4f}"
        number = chance.randrange(3, 9)
        if chance.random() < 0.5:
            free = next(each for each in range(3, 2000) if each not in taken)
            taken.add(free)
            call = chance.choice(["socket(AF_INET, SOCK_STREAM, 0)", "accept(3, NULL, NULL)", "dup(0)"])
            log.append(f"{head} {call} = {free}")
        elif chance.random() < 0.7:
            log.append(f"{head} close({number}) = " + ("0" if number in taken else "-1 EBADF (Bad file descriptor)"))
            taken.discard(number)
        else:
            ok = "1" if number in taken else "-1 EBADF (Bad file descriptor)"
            log.append(f'{head} write({number}, "x", 1) = {ok}')
    return log


def told(log, make=Reader):
    """Return what was noticed, in that order, and the findings by rule and cause."""
    reader = make()
    reader.feed(log)
    reading = reader.finish()
    found = {(finding.rule, finding.key) for finding in judge_reading(reading).findings}
    return digests(reading), found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 600))
def test_what_a_cut_log_says_begins_what_the_whole_one_says(seed, cut):
    log = life(seed, 600)
    part, found_in_part = told(log[:cut])
    whole, found = told(log)
    assert whole[: len(part)] == part
    assert found_in_part <= found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 600))
@example(379006, 464)  # the object whose copy was closed twice is closed through a stale number behind the cut
def test_what_a_cut_log_of_wine_says_begins_what_the_whole_one_says(seed, cut):
    log = WineLife(seed).log(600)
    part, found_in_part = told(log[:cut], WineReader)
    whole, found = told(log, WineReader)
    assert [rule for rule, _ in whole[: len(part)]] == [rule for rule, _ in part]
    assert found_in_part <= found


def digests(reading):
    return [(each.rule, each.trace.digest) for each in reading.excerpts]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 300))
def test_it_does_not_matter_in_what_pieces_a_log_arrives(seed, size):
    log = life(seed, 400)
    whole, pieces = Reader(), Reader()
    whole.feed(log)
    for place in range(0, len(log), size):
        pieces.feed(log[place : place + size])
    assert digests(whole.finish()) == digests(pieces.finish())


HOSTILE_TIMES = ["9" * 300, "99999999999999999999.5", "99:99:99", "1e9", "-5", "\xb2", "1.0\xed0"]


@pytest.mark.parametrize("stamp", HOSTILE_TIMES)
def test_a_time_that_no_clock_shows_is_none(stamp):
    once = f"100 {stamp} socket(AF_INET, SOCK_STREAM, 0) = 3\n100 {stamp} close(3) = 0\n"
    again = f"100 {stamp} close(3) = -1 EBADF (x)\n100 {stamp} +++ exited with 0 +++"
    _, found = told(("100 1.5 close(9) = 0\n" + once + again).split("\n"))
    assert {rule for rule, _ in found} == {"closed-twice"}


@pytest.mark.parametrize("stamp", HOSTILE_TIMES)
def test_wine_has_no_such_times_either(stamp):
    log = (MODULES + opened("0030") + closes("0030") + closes("0030", inside=None)).strip().split("\n")
    line = f"{stamp}:0020:0024:Call ws2_32.send(00000030,0021) ret=140001000"
    reader = WineReader(other=lambda line: None)
    reader.feed([line, *log[:4], *[line] * 300, *log[4:]])
    assert {finding.rule for finding in judge_reading(reader.finish()).findings} == {"closed-twice"}


PIECES_OF_LONG_LINES = [
    "9", "1.234", "0024:", "[1<", "(", "{", " ", '"', "\\", "sin_port=htons(1)", "cmsg_type=SCM_RIGHTS, cmsg_data=[",
    'sun_path="', " = ", "(+ ", "<1.1", "<... ", "+++ ", 'Loaded L"', "handle=", "in_data={", "00,", ", ", "5, ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES_OF_LONG_LINES)
def test_no_line_takes_long(piece):
    """Every reader is done with a line of the greatest length in time, whatever it repeats: there are a few of each."""
    long = (piece * LINE_MAX)[:LINE_MAX]
    linux = [f"100 1.0 {call}(3, {long}) = 3" for call in ("pipe", "bind", "recvmsg", "accept4", "close", "execve")]
    wine = ["1.000:0020:0024:Call ws2_32.", "1.000:0020:0024:trace:loaddll:build_module ", "0024: ioctl( ", "0024: x"]
    begun = time.process_time()
    for make, lines in ((Reader, [*linux, long]), (WineReader, [*(head + long for head in wine), long])):
        reader = make()
        reader.feed([*MODULES.split("\n"), *lines, *(f"{head}{long}) = 0" for head in wine)])
        reader.finish()
    list(map(address, [*linux, long]))
    assert time.process_time() - begun < 20


HUGE = "9" * 40


@pytest.mark.parametrize(
    "line",
    [f"100 {HUGE}:0:0 close(4) = 0", f"100 +++ exited with {HUGE} +++", f"100 dup(3) = {HUGE}",
     f"100 dup(3) = 0x{HUGE}",
     f'100 bind(3, {{sa_family=AF_INET, sin_port=htons({HUGE}), sin_addr=inet_addr("0.0.0.0")}}, 16) = 0',
     f"100 close({HUGE}) = 0", f"100 fcntl(3, F_DUPFD, 0) = {HUGE}", f"100 clone(flags=SIGCHLD) = {HUGE}"],
)  # fmt: skip
def test_a_number_that_no_system_has_is_no_error(line):
    socket, closes, again = "100 socket(AF_INET, SOCK_STREAM, 0) = 3", "100 close(3) = 0", "100 close(3) = -1 EBADF (x)"
    for log in ([socket, line, closes, again, line, "100 exit(0) = ?"], [line, socket, closes, line, again, line]):
        told([*log, f"100 +++ exited with {HUGE} +++", "100 +++ exited with 0 +++"])


@pytest.mark.parametrize("number", [HUGE, "f" * 16, "f" * 8])
def test_a_handle_that_wine_has_not_is_no_error(number):
    log = MODULES + opened(number) + closes(number) + closes(number, inside=None) + opened(number)
    told([*log.strip().split("\n"), f"0024: *killed* exit_code={HUGE}", "0024: *killed* exit_code=0"], WineReader)
