"""``notsock inspect`` and ``notsock trace`` as a person types them, with whatever a person may have lying about."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LOG = """\
100 1700000000.000001 execve("/usr/bin/server", ["server"], 0x7ffe /* 30 vars */) = 0
100 1700000000.050000 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 101
100 1700000000.100000 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
100 1700000000.200000 close(3) = 0
100 1700000000.300000 close(3) = -1 EBADF (Bad file descriptor)
100 1700000000.400000 +++ exited with 0 +++
"""
CLEAN = "\n".join(line for line in LOG.split("\n") if "EBADF" not in line)


@pytest.fixture
def notsock(tmp_path):
    """Run the command in an empty folder; return (exit status, output, errors)."""

    def run(*arguments, data=None, env=None):
        done = subprocess.run(
            [sys.executable, "-m", "notsock.cli.main", *map(str, arguments)],
            cwd=tmp_path, capture_output=True, input=data, timeout=100, check=False,
            env=os.environ | {"COLUMNS": "100"} | (env or {}),
        )  # fmt: skip
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    run.folder = tmp_path
    return run


# ---- logs -------------------------------------------------------------------------------------------------------


def test_inspect_shows_the_lines_of_the_log(notsock):
    (notsock.folder / "my.log").write_text(LOG)
    status, output, errors = notsock("inspect", "my.log")
    assert (status, errors) == (1, "")
    assert "error: socket #3 was closed twice: 3 no longer meant anything" in output
    assert "at my.log:5 in close(3) = -1 EBADF (Bad file descriptor)" in output
    assert "6 lines, 5 calls that matter, 0 not understood: 1 finding" in output
    assert "not applicable: " in output


def test_inspect_of_a_clean_log(notsock):
    (notsock.folder / "my.log").write_text(CLEAN)
    status, output, errors = notsock("inspect", "my.log")
    assert (status, errors) == (0, "")
    assert "nothing found" in output
    assert notsock("inspect", "-q", "my.log") == (0, "", "")


def test_inspect_as_json(notsock):
    (notsock.folder / "my.log").write_text(LOG)
    status, output, _ = notsock("inspect", "--json", "my.log")
    report = json.loads(output)
    assert status == 1
    assert [finding["rule"] for finding in report["findings"]] == ["closed-twice"]
    assert report["verdicts"]["closed-twice"] == "found"
    assert report["verdicts"]["stale-close"] == "clean"
    assert report["verdicts"]["half-closed-pile"] == "not applicable"


@pytest.mark.parametrize("packed", [False, True])
def test_inspect_reads_standard_input(notsock, packed):
    data = LOG.encode()
    status, output, _ = notsock("inspect", "-", data=gzip.compress(data) if packed else data)
    assert status == 1
    assert "at -:5 in close(3)" in output


def test_inspect_finds_the_files_of_each_process(notsock):
    for pid in (100, 200):
        lines = [line.partition(" ")[2] + (" <0.000010>" if " = " in line else "") for line in LOG.split("\n")]
        (notsock.folder / f"my.log.{pid}").write_text("\n".join(lines))
    status, output, _ = notsock("inspect", "my.log")
    assert status == 1
    assert "12 lines" in output


def test_files_without_durations_have_no_order_and_nothing_is_said_of_double_closes(notsock):
    for pid in (100, 200):
        (notsock.folder / f"my.log.{pid}").write_text("\n".join(line.partition(" ")[2] for line in LOG.split("\n")))
    status, output, _ = notsock("inspect", "my.log")
    assert status == 0
    assert "not known" in output


def test_a_finding_of_a_log_is_explained_by_a_program_that_is_searched(notsock):
    (notsock.folder / "my.log").write_text(LOG)
    _, output, _ = notsock("inspect", "my.log")
    kept = output.partition("notsock explain ")[2].partition("\n")[0]
    status, output, errors = notsock("explain", kept, "-o", "again.py", "--schedules", "100")
    assert (status, errors) == (1, "")
    assert "traced: socket #3 was closed twice" in output
    assert "as traced: again.py: 1 schedule, exhausted: closed-twice" in output
    assert "mended: again_mended.py: 1 schedule, exhausted: nothing found" in output
    assert notsock("check", "again.py", "-q")[0] == 1
    assert notsock("check", "again_mended.py", "-q")[0] == 0
    status, output, _ = notsock("explain", kept, "--json")
    report = json.loads(output)
    assert report["found_again"]
    assert [program["found"] for program in report["programs"]] == [["closed-twice"], []]


def test_what_cannot_be_explained(notsock):
    (notsock.folder / "junk").write_text("{}")
    for name in ("junk", "nowhere"):
        status, _, errors = notsock("explain", name)
        assert status == 2
        assert errors.count("\n") == 1


# ---- bad input --------------------------------------------------------------------------------------------------


def test_a_log_that_does_not_exist(notsock):
    assert notsock("inspect", "nowhere") == (2, "", "notsock: nowhere does not exist\n")
    (notsock.folder / "folder").mkdir()
    status, _, errors = notsock("inspect", "folder")
    assert status == 2
    assert errors.startswith("notsock: folder cannot be read")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (LOG.encode() + b"\xff" * 5000, 1),
        (b"\xff" * 5000 + b"\n" + LOG.encode(), 1),
        (b"100 close(" + b"9" * 50_000 + b") = 0\n", 0),
        (b"100 <... close resumed>\n+++ \n--- \n<unfinished ...>\n[pid \n[pid]\n", 0),
        (b'write(1, "x", 1x) = 1\n', 0),
    ],
    ids=range(5),
)
def test_junk_in_a_log_is_counted_and_never_a_traceback(notsock, data, expected):
    (notsock.folder / "junk").write_bytes(data)
    status, output, errors = notsock("inspect", "junk")
    assert (status, errors) == (expected, "")
    assert "not understood" in output


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "junk is empty"), (b"\0", "its one line"), (b"\n\n\n", "none of its 3 lines"), (b"\xff\n" * 5, "5 lines"),
        (bytes(range(256)) * 50, "lines is a call"), (b"\x1f\x8b\x08junk", "is empty"), (b"x" * (8 << 20), "one line"),
        (b"(" * 100_000, "one line"), (b"#include <x.h>\nint main(void) { close(3); return f(x) == 3; }\n", "2 lines"),
        (b"import os\nos.close(3)\nprint(os.getpid())\n", "3 lines"), (b"12:00:00 server: started (pid 7)\n", "line"),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_log_at_all_is_refused_in_one_line(notsock, data, why):
    (notsock.folder / "junk").write_bytes(data)
    status, output, errors = notsock("inspect", "junk")
    assert (status, output) == (2, "")
    assert errors.startswith("notsock: junk is ")
    assert why in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--json", "junk.1"], ["-q", "junk.1"], ["junk"], ["-"]])
def test_what_is_no_log_is_refused_however_it_is_read(notsock, arguments):
    (notsock.folder / "junk.1").write_text("junk\n")
    status, output, errors = notsock("inspect", *arguments, data=b"junk\n")
    assert (status, output) == (2, "")
    assert " is no log of strace, or of Wine" in errors


def test_a_log_of_calls_that_do_not_matter_is_a_log(notsock):
    (notsock.folder / "my.log").write_text("brk(NULL)  = 0x5\nwait4(-1,  <unfinished ...>\n+++ exited with 0 +++\n")
    status, output, errors = notsock("inspect", "my.log")
    assert (status, errors) == (0, "")
    assert "3 lines, 0 calls that matter, 0 not understood: nothing found" in output


def test_a_log_among_the_programs_own_output_is_a_log(notsock):
    (notsock.folder / "my.log").write_text("starting\n" * 5000 + LOG)
    assert notsock("inspect", "my.log")[0] == 1


def test_one_endless_line_takes_no_memory(notsock):
    path = notsock.folder / "long"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20));"
    code = f"{limited} from notsock.cli.main import main; main(['inspect', 'long'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=notsock.folder, capture_output=True, text=True, timeout=100, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "notsock: long is no log of strace, or of Wine: its one line is no call\n"


def test_hostile_names_steer_no_terminal(notsock):
    hostile = LOG.replace("/usr/bin/server", "/usr/bin/\x1b]0;owned\x07<script>").replace("SOCK_STREAM", "\x1b[31m")
    (notsock.folder / "log").write_bytes(hostile.encode())
    status, output, _ = notsock("inspect", "log")
    assert status == 1
    assert "\x1b" not in output
    assert "\x07" not in output
    assert "\\x1b" in output


def test_a_clock_that_jumps_back_is_no_error(notsock):
    (notsock.folder / "log").write_text(LOG.replace("1700000000.300000", "1600000000.300000"))
    status, output, errors = notsock("inspect", "log")
    assert (status, errors) == (1, "")
    assert "closed-twice" in output


def test_process_ids_of_another_namespace_are_followed_by_what_they_do(notsock):
    log = LOG.replace(
        "100 1700000000.200000",
        "100 1700000000.110000 clone(child_stack=NULL, flags=SIGCHLD) = 7\n"
        "4711 1700000000.120000 close(3) = 0\n100 1700000000.200000",
    )
    (notsock.folder / "log").write_text(log)
    status, output, _ = notsock("inspect", "log")
    assert status == 1
    assert "1 finding" in output


# ---- strace -----------------------------------------------------------------------------------------------------


def test_trace_needs_something_to_trace(notsock):
    status, _, errors = notsock("trace")
    assert status == 2
    assert errors.count("\n") == 1


def pretend(folder, script):
    """Put a strace of our own into PATH."""
    path = folder / "bin" / "strace"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"PATH": f"{path.parent}:/usr/bin:/bin"}


def test_strace_is_missing(notsock):
    status, output, errors = notsock("trace", "--", "true", env={"PATH": str(notsock.folder)})
    assert (status, output) == (2, "")
    assert errors == "notsock: strace is not installed (on Debian and Ubuntu: apt-get install strace)\n"


@pytest.mark.parametrize("said", ["strace -- version 4.26", "strace -- version UNKNOWN", ""])
def test_strace_is_too_old(notsock, said):
    status, _, errors = notsock("trace", "--", "true", env=pretend(notsock.folder, f"echo '{said}'"))
    assert status == 2
    assert "is too old" in errors
    assert "5.3 or later" in errors


def test_no_permission_to_attach(notsock):
    script = (
        'test "$1" = -V && { echo "strace -- version 6.1"; exit; }\n'
        'echo "strace: attach: ptrace(PTRACE_SEIZE, 1): Operation not permitted" >&2; exit 1'
    )
    status, output, errors = notsock("trace", "--attach", os.getpid(), env=pretend(notsock.folder, script))
    assert (status, output) == (2, "")
    assert errors == (
        "notsock: cannot attach: strace: attach: ptrace(PTRACE_SEIZE, 1): Operation not permitted\n"
    )  # fmt: skip


def test_what_is_to_be_run_or_attached_to_is_not_there(notsock):
    environment = pretend(notsock.folder, 'echo "strace -- version 6.1"')
    assert notsock("trace", "--", "no-such-command", env=environment)[::2] == (
        2, "notsock: no-such-command is no command that can be run\n",
    )  # fmt: skip
    assert notsock("trace", "--attach", "4194303", env=environment)[::2] == (
        2, "notsock: there is no process 4194303\n",
    )  # fmt: skip


# ---- Wine -------------------------------------------------------------------------------------------------------


def program_for(machine, folder):
    """Write as much of a Windows program as says which processor it is for."""
    head = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + machine.to_bytes(2, "little") + bytes(200)
    (folder / "program.exe").write_bytes(head)


def pretend_wine(folder, said="wine-8.0 (Debian 8.0)"):
    for name, script in (("wine64", f"echo '{said}'"), ("wineserver", "true")):
        path = folder / "wine" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    return {"PATH": f"{folder / 'wine'}:/usr/bin:/bin"}


def test_a_program_that_wine_is_not_asked_to_run(notsock):
    environment = pretend_wine(notsock.folder)
    program_for(0x14C, notsock.folder)
    assert notsock("trace", "--wine", "--", "program.exe", env=environment)[::2] == (
        2, "notsock: program.exe is a 32-bit program: only 64-bit ones can be traced\n",
    )  # fmt: skip
    program_for(0xAA64, notsock.folder)
    assert "another processor (machine 0xaa64)" in notsock("trace", "--wine", "--", "program.exe", env=environment)[2]
    (notsock.folder / "program.exe").write_text("#!/bin/sh\n")
    assert "is no program for Windows" in notsock("trace", "--wine", "--", "program.exe", env=environment)[2]
    assert "cannot be read" in notsock("trace", "--wine", "--", "nowhere.exe", env=environment)[2]


def test_wine_is_too_old(notsock):
    environment = pretend_wine(notsock.folder, "wine-6.0.3 (Debian 6.0.3)")
    status, _, errors = notsock("trace", "--wine", "--", "program.exe", env=environment)
    assert status == 2
    assert "too old (6.0)" in errors
    assert "apt-get install" in errors


@pytest.mark.skipif(Path("/usr/lib/wine").exists(), reason="Wine is there, wherever PATH leads")
def test_wine_is_missing(notsock):
    status, _, errors = notsock("trace", "--wine", "--", "program.exe", env={"PATH": str(notsock.folder)})
    assert status == 2
    assert errors.startswith("notsock: Wine is not installed (on Debian 12")


def test_options_that_are_of_no_use_with_wine(notsock):
    for options in (["--io"], ["--stacks"]):
        assert notsock("trace", "--wine", *options, "--", "x.exe")[0] == 2


@pytest.mark.debian
class TestWithStrace:
    """The real strace."""

    def test_output_input_and_status_are_the_programs(self, notsock):
        status, output, errors = notsock("trace", "-q", "--", "sh", "-c", "cat; echo to stderr >&2; exit 7", data=b"in")
        assert (status, output, errors) == (7, "in", "to stderr\n")

    def test_a_program_that_is_killed(self, notsock):
        assert notsock("trace", "-q", "--", "sh", "-c", "kill -9 $$")[0] == 128 + 9

    def test_the_report_goes_where_it_is_told(self, notsock):
        status, output, errors = notsock("trace", "-o", "report", "--", "true")
        assert (status, output, errors) == (0, "", "")
        assert "nothing found" in (notsock.folder / "report").read_text()
        assert notsock("trace", "-o", "no/where", "--", "true")[0] == 2

    def test_the_program_inherits_nothing_of_ours(self, notsock):
        assert shutil.which("strace")
        status, output, _ = notsock("trace", "-q", "--", "ls", "/proc/self/fd")
        assert status == 0
        assert output.split() == ["0", "1", "2", "3"]

    def test_ctrl_c_lets_go_of_an_attached_program_and_reports(self, notsock):
        code = (
            "import os, socket, threading, time\n"
            "threading.Thread(target=time.sleep, args=(30,), daemon=True).start()\nprint('up', flush=True)\n"
            "while True:\n s = socket.socket(); os.close(s.fileno())\n"
            " try: s.close()\n except OSError: pass\n time.sleep(0.1)\n"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as victim:
            try:
                assert victim.stdout.readline()
                with subprocess.Popen(
                    [sys.executable, "-m", "notsock.cli.main", "trace", "--attach", str(victim.pid)],
                    cwd=notsock.folder, stderr=subprocess.PIPE,
                ) as tracer:  # fmt: skip
                    until = time.monotonic() + 30
                    while "TracerPid:\t0" in Path(f"/proc/{victim.pid}/status").read_text():
                        assert time.monotonic() < until
                        time.sleep(0.05)
                    time.sleep(1)
                    tracer.send_signal(signal.SIGINT)
                    _, errors = tracer.communicate(timeout=20)
                assert tracer.returncode == 1
                assert b"closed-twice" in errors
                time.sleep(0.3)
                assert victim.poll() is None
            finally:
                victim.kill()

    def test_native_stacks(self, notsock):
        program = (
            "import os\nfd, other = os.dup(0), os.dup(0)\nos.close(fd)\nos.close(other)\n"
            "try:\n os.close(fd)\nexcept OSError: pass\n"
        )
        status, _, errors = notsock("trace", "--stacks", "--", os.path.realpath(sys.executable), "-S", "-c", program)
        assert status == 1
        assert "close+0x" in errors
