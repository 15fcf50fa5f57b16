"""Linux's lifetimes: who holds what after each call, seen through what is found and, as important, what is not."""

import pytest
from readers_logs import EXEC, THREAD, findings, found, notes, read, ticks

EBADF = "-1 EBADF (Bad file descriptor)"
END = "\n100 exit_group(0) = ?\n100 +++ exited with 0 +++\n"
CLONE_THREAD = f"100 clone(child_stack=0x7f, flags={THREAD}) = 101\n"
FORK = "100 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 200\n"


def opens(number, call="socket(AF_INET, SOCK_STREAM, 0)", pid=100):
    return f"{pid} {call} = {number}\n"


def closes(number, pid=100, result="0"):
    return f"{pid} close({number}) = {result}\n"


# ---- every way in which a number comes to mean something ---------------------------------------------------------

OPENINGS = {
    "socket": "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0) = 7",
    "accept": "accept(3, NULL, NULL) = 7",
    "accept4": 'accept4(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("1.2.3.4")}, [16], 0) = 7',
    "dup": "dup(0) = 7",
    "dup2": "dup2(0, 7) = 7",
    "dup3": "dup3(0, 7, O_CLOEXEC) = 7",
    "fcntl": "fcntl(0, F_DUPFD, 5) = 7",
    "fcntl cloexec": "fcntl(0, F_DUPFD_CLOEXEC, 5) = 7",
    "open": 'open("/etc/hosts", O_RDONLY) = 7',
    "openat": 'openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 7',
    "creat": 'creat("/tmp/x", 0644) = 7',
    "pipe": "pipe([7, 8]) = 0",
    "pipe2": "pipe2([6, 7], O_CLOEXEC) = 0",
    "socketpair": "socketpair(AF_UNIX, SOCK_STREAM, 0, [7, 8]) = 0",
    "socketpair -yy": "socketpair(AF_UNIX, SOCK_STREAM, 0, [6<UNIX:[1]>, 7<UNIX:[2]>]) = 0",
    "epoll_create1": "epoll_create1(EPOLL_CLOEXEC) = 7",
    "eventfd2": "eventfd2(0, EFD_CLOEXEC) = 7",
    "pidfd_open": "pidfd_open(100, 0) = 7",
    "pidfd_getfd": "pidfd_getfd(5, 3, 0) = 7",
    "memfd_create": 'memfd_create("x", 0) = 7',
    "recvmsg": "recvmsg(4, {msg_control=[{cmsg_len=20, cmsg_type=SCM_RIGHTS, cmsg_data=[7]}]}, 0) = 1",
}  # fmt: skip


@pytest.mark.parametrize("way", OPENINGS)
def test_a_number_opened_in_any_way_and_closed_twice(way):
    log = EXEC + f"100 {OPENINGS[way]}\n" + closes(7) + closes(7, result=EBADF) + END
    assert read(log).not_understood == 0
    assert found(log) == {"closed-twice"}


@pytest.mark.parametrize("way", OPENINGS)
def test_a_number_opened_again_in_any_way_is_no_double_close(way):
    log = EXEC + opens(7) + closes(7) + f"100 {OPENINGS[way]}\n" + closes(7) + END
    assert found(log) == set()


def test_a_single_thread_that_repeats_its_last_close_can_do_no_harm():
    twice = closes(7, result=EBADF) + END
    assert severities(EXEC + opens(7) + closes(7) + twice) == ["note"]
    assert severities(EXEC + opens(7) + closes(7) + opens(9) + closes(9) + twice) == ["error"]
    assert severities(EXEC + CLONE_THREAD + opens(7) + closes(7) + twice) == ["error"]


def severities(log):
    return [finding.severity.value for finding in findings(log)]


def test_a_number_that_was_never_open_is_nobodys_fault():
    assert found(EXEC + closes(7, result=EBADF) + END) == set()


def test_a_close_that_was_interrupted_has_closed():
    interrupted = closes(7, result="-1 EINTR (Interrupted system call)")
    assert found(EXEC + opens(7) + interrupted + opens(7) + closes(7)) == set()


def test_a_sweep_over_all_numbers_is_no_double_close():
    log = EXEC + opens(5) + closes(5)
    assert found(log + "".join(closes(number, result=EBADF) for number in range(3, 20)) + END) == set()
    log += "".join(closes(number, result=EBADF) for number in range(3, 6))
    assert found(log + END) == {"closed-twice"}


def test_close_range_closes_silently():
    log = EXEC + opens(5) + opens(6) + "100 close_range(3, 4294967295, 0) = 0\n"
    assert found(log + closes(5, result=EBADF) + END) == set()
    marked = EXEC + opens(5) + "100 close_range(3, 4294967295, CLOSE_RANGE_CLOEXEC) = 0\n"
    assert found(marked + closes(5) + closes(5, result=EBADF) + END) == {"closed-twice"}


def test_dup2_closes_what_was_there():
    log = EXEC + opens(5) + "100 dup2(0, 5) = 5\n" + closes(5) + END
    assert found(log) == set()


# ---- threads and processes ----------------------------------------------------------------------------------------


def test_threads_share_their_numbers():
    log = EXEC + opens(5) + CLONE_THREAD + closes(5, 101) + closes(5, result=EBADF) + END
    (finding,) = findings(log)
    assert finding.rule == "closed-twice"
    assert [moment.thread for moment in finding.history] == [
        "thread 100 of server[100]", "thread 101 of server[100]", "thread 100 of server[100]",
    ]  # fmt: skip


def test_processes_do_not():
    log = EXEC + opens(5) + FORK + closes(5, 200) + closes(5) + END + "200 +++ exited with 0 +++\n"
    assert found(log) == set()


def test_a_child_may_be_heard_before_its_clone_returns():
    begun = "100 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n"
    log = EXEC + opens(5) + begun + closes(5, 200) + "100 <... clone resumed>) = 200\n" + closes(5) + END
    assert found(log) == set()
    assert found(log.replace("SIGCHLD", THREAD).replace(closes(5) + END, closes(5, result=EBADF) + END)) == {
        "closed-twice"
    }


def test_a_process_id_that_comes_back_is_another_process():
    log = EXEC + FORK + opens(9, pid=200) + closes(9, 200) + "200 +++ exited with 0 +++\n" + FORK
    assert found(log + closes(9, 200, EBADF) + "200 exit(0) = ?\n200 +++ exited with 0 +++\n" + END) == set()


def test_exec_closes_what_is_marked():
    log = EXEC + opens(5, "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0)") + opens(6)
    log += '100 execve("/bin/other", ["other"], 0x7ffe /* 3 vars */) = 0\n'
    assert found(log + opens(5) + closes(5) + closes(6) + END) == set()
    assert found(log + closes(6) + closes(6, result=EBADF) + END) == {"closed-twice"}
    assert found(log + closes(5, result=EBADF) + END) == set()


@pytest.mark.parametrize("mark", ["fcntl(5, F_SETFD, FD_CLOEXEC) = 0", "ioctl(5, FIOCLEX) = 0"])
def test_marks_are_kept_until_exec(mark):
    listener = "100 1.1 socket(AF_INET, SOCK_STREAM, 0) = 5\n100 1.2 listen(5, 5) = 0\n"
    start = '200 1.4 execve("/bin/helper", ["helper"], 0x7ffe /* 3 vars */) = 0\n'
    fork = FORK.replace("100 ", "100 1.3 ")
    log = EXEC + listener + fork + start + ticks(2, 9)
    assert found(log) == {"inherited-listener"}
    assert found(log.replace(fork, f"100 1.25 {mark}\n{fork}")) == set()
    assert found(log.replace(ticks(2, 9), "200 1.5 accept(5, NULL, NULL) = 6\n" + ticks(2, 9))) == set()


def test_vfork_copies_the_table():
    log = EXEC + opens(5) + "100 vfork( <unfinished ...>\n" + closes(5, 200)
    log += '200 execve("/bin/true", ["true"], 0x7ffe /* 3 vars */ <unfinished ...>\n100 <... vfork resumed>) = 200\n'
    assert found(log + "200 <... execve resumed>) = 0\n" + closes(5) + END) == set()


def test_unshare_leaves_the_shared_table():
    log = EXEC + opens(5) + CLONE_THREAD + "101 unshare(CLONE_FILES) = 0\n" + closes(5, 101) + closes(5) + END
    assert found(log) == set()


# ---- the order of lines -------------------------------------------------------------------------------------------


def test_a_number_may_be_handed_out_before_its_close_is_seen_to_return():
    log = EXEC + opens(5) + CLONE_THREAD + "100 close(5 <unfinished ...>\n" + opens(5, pid=101)
    log += "100 <... close resumed>) = 0\n"
    assert found(log + closes(5, 101) + END) == set()
    assert found(log + closes(5, 101) + closes(5, 101, EBADF) + "101 +++ exited with 0 +++\n" + END) == {"closed-twice"}


def test_a_close_that_began_before_the_victim_was_opened_did_not_mean_it():
    log = EXEC + opens(5) + CLONE_THREAD + closes(5) + "100 close(5 <unfinished ...>\n" + opens(5, pid=101)
    log += "100 <... close resumed>) = 0\n"
    (finding,) = findings(log + END)
    assert (finding.rule, finding.severity.value) == ("stale-close", "error")


def test_a_close_that_hit_an_object_before_its_opening_was_seen_to_return():
    log = EXEC + opens(5) + CLONE_THREAD + closes(5) + "101 accept(3 <unfinished ...>\n" + closes(5)
    log += "101 <... accept resumed>, NULL, NULL) = 5\n"
    assert found(log + closes(5, 101, EBADF) + "101 +++ exited with 0 +++\n" + END) == {"stale-close"}


# ---- stale closes -------------------------------------------------------------------------------------------------


def test_a_stale_close_is_found_when_the_owner_misses_its_object():
    log = EXEC + CLONE_THREAD + opens(5) + closes(5) + opens(5, pid=101) + closes(5)
    (finding,) = findings(log + closes(5, 101, EBADF) + "101 +++ exited with 0 +++\n" + END)
    assert (finding.rule, finding.severity.value) == ("stale-close", "error")
    assert "thread 101" in finding.consequence


def test_a_descriptor_handed_over_to_be_closed_is_no_stale_close():
    log = EXEC + CLONE_THREAD
    for _ in range(5):
        log += opens(5) + closes(5, 101)
    assert found(log + opens(5, pid=101) + closes(5) + END) == set()


def test_io_uring_is_said_to_hide_calls_and_nothing_is_judged():
    log = EXEC + "100 io_uring_setup(8, {flags=0}) = 4\n" + opens(5) + closes(5) + closes(5, result=EBADF) + END
    assert found(log) == set()
    assert any("io_uring" in remark for remark in read(log).remarks)


# ---- passing descriptors ------------------------------------------------------------------------------------------


def rights(call, number, *, via):
    control = f"[{{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[{number}]}}]"
    return f"100 {call}({via}, {{msg_iovlen=1, msg_control={control}, msg_controllen=24}}, 0) = 1\n"


def test_a_passed_descriptor_is_the_same_object():
    log = EXEC + "100 socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0\n" + opens(5)
    log += rights("sendmsg", 5, via=3) + closes(5) + rights("recvmsg", 6, via=4) + closes(6) + closes(6, result=EBADF)
    (finding,) = findings(log + END)
    assert [moment.role for moment in finding.history] == ["passed to this process here", "closed here first",
                                                           "closed here again"]  # fmt: skip
    assert finding.object.startswith("socket")


def test_a_descriptor_whose_sender_is_unknown_is_said_to_be():
    reading = read(EXEC + rights("recvmsg", 6, via=4) + closes(6) + END)
    assert any("sender" in remark for remark in reading.remarks)


# ---- what is left open --------------------------------------------------------------------------------------------

ACCEPTED = (
    "100 1.1 socket(AF_INET, SOCK_STREAM, 0) = 3\n100 1.2 listen(3, 5) = 0\n"
    '100 1.3 accept(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("1.2.3.4")}, [16]) = 5\n'
)


def test_a_connection_that_an_idle_child_kept_to_its_end():
    log = EXEC + ACCEPTED + FORK.replace("100 ", "100 1.4 ") + '100 1.5 write(5, "x", 1) = 1\n100 1.6 close(5) = 0\n'
    assert found(log + "200 9.0 +++ exited with 0 +++\n") == {"leaked-duplicate"}
    assert found(log + "200 2.0 +++ exited with 0 +++\n") == set()
    assert found(log + '200 3.0 write(5, "x", 1) = 1\n200 9.0 +++ exited with 0 +++\n') == set()
    assert found(log.replace("100 1.6 close", "100 1.55 shutdown(5, SHUT_RDWR) = 0\n100 1.6 close")
                 + "200 9.0 +++ exited with 0 +++\n") == set()  # fmt: skip


def test_without_reads_and_writes_nothing_is_said_of_idle_copies():
    log = EXEC + ACCEPTED + FORK.replace("100 ", "100 1.4 ") + "100 1.6 close(5) = 0\n"
    reading = read(log + "200 9.0 +++ exited with 0 +++\n")
    assert found(log + "200 9.0 +++ exited with 0 +++\n") == set()
    assert any("reads and writes" in remark for remark in reading.remarks)


def piled(count):
    text = EXEC + "100 1.1 socket(AF_INET, SOCK_STREAM, 0) = 3\n100 1.2 listen(3, 5) = 0\n"
    for number in range(5, 5 + count):
        address = f'{{sa_family=AF_INET, sin_port=htons({number}), sin_addr=inet_addr("1.2.3.4")}}'
        text += f"100 2.0 accept(3, {address}, [16]) = {number}\n"
        text += f'100 2.1 recvfrom({number}, "", 10, 0, NULL, NULL) = 0\n'
    return text


def test_connections_whose_peers_have_closed_pile_up():
    assert found(piled(6) + ticks(2.2, 5)) == {"half-closed-pile"}
    assert found(piled(4) + ticks(2.2, 5)) == set()
    assert found(piled(6) + ticks(2.2, 2.5)) == set()
    closed = "".join(f"100 2.2 close({number}) = 0\n" for number in range(5, 11))
    assert found(piled(6) + closed + ticks(2.3, 5)) == set()


def test_a_number_that_stays_in_an_epoll_set():
    log = EXEC + ACCEPTED + "100 1.4 epoll_create1(0) = 9\n100 1.5 dup(5) = 6\n"
    add = "100 1.6 epoll_ctl(9, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=5}}) = 0\n"
    remove = "100 1.7 epoll_ctl(9, EPOLL_CTL_DEL, 5, NULL) = 0\n"
    gone = "100 1.8 close(5) = 0\n"
    assert found(log + add + gone + ticks(2, 5)) == {"watched-after-close"}
    assert found(log + add + remove + gone + ticks(2, 5)) == set()
    assert found(log + add + gone + "100 1.9 close(6) = 0\n" + ticks(2, 5)) == set()


def test_a_connection_left_open_is_a_note():
    assert notes(EXEC + ACCEPTED + "100 2.0 +++ exited with 0 +++\n") == {"left-open"}
    assert notes(EXEC + ACCEPTED + "100 2.0 +++ exited with 1 +++\n") == set()


def test_a_process_without_descriptors_left():
    assert found(EXEC + "100 1.1 socket(AF_INET, SOCK_STREAM, 0) = -1 EMFILE (Too many open files)\n") == {"exhausted"}


# ---- ports ----------------------------------------------------------------------------------------------------------


def owner(pid, program):
    return (
        f'{pid} 1.1 execve("/bin/{program}", ["x"], 0x7ffe /* 3 vars */) = 0\n'
        f"{pid} 1.2 socket(AF_INET, SOCK_STREAM, 0) = 3\n"
        f"{pid} 1.3 setsockopt(3, SOL_SOCKET, SO_REUSEPORT, [1], 4) = 0\n"
        f'{pid} 1.4 bind(3, {{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}}, 16) = 0\n'
        f"{pid} 1.5 listen(3, 5) = 0\n"
    )


def test_two_owners_of_a_port():
    assert found(owner(100, "one") + owner(200, "other")) == {"shared-port"}
    assert found(owner(100, "one") + owner(200, "one")) == set()
    assert notes(owner(100, "one") + owner(200, "one")) == {"shared-port"}
    assert found(owner(100, "one") + "100 1.6 close(3) = 0\n" + owner(200, "other")) == set()


# ---- how much is kept -----------------------------------------------------------------------------------------------


def test_a_cause_is_told_once_and_counted():
    log = EXEC + (opens(5) + closes(5) + closes(5, result=EBADF)) * 1000 + END
    assert len(findings(log)) == 1
    assert read(log).repeated == {"closed-twice": 1000}


def test_a_double_close_is_told_when_its_thread_waits_or_time_has_passed():
    log = EXEC + "100 2.0 socket(AF_INET, SOCK_STREAM, 0) = 5\n100 2.1 close(5) = 0\n"
    log += f"100 2.1 close(5) = {EBADF}\n"
    assert found(log) == set()  # it could be the beginning of a loop over all numbers
    assert found(log + "100 2.1 accept(3,  <unfinished ...>\n") == {"closed-twice"}
    assert found(log + ticks(2.1, 2.5, pid=101)) == set()
    assert found(log + ticks(2.1, 5.0, pid=101)) == {"closed-twice"}
