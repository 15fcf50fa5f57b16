"""Programs that strain an interpreter: each ends as it would on Windows, without a word of ours."""

import os
import subprocess
import sys
import textwrap

import pytest

SENDING = """
    import socket, sys, threading
    CHUNKS = int(sys.argv[1]) << 4
    def serve(listener):
        connection, _ = listener.accept()
        with connection:
            for _ in range(CHUNKS): connection.sendall(bytes(1 << 16))
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener,)).start()
    client = socket.create_connection(listener.getsockname())
    total = 0
    while data := client.recv(1 << 16): total += len(data)
    client.close(); listener.close()
    print(total >> 20, "MiB")
    """
STRAINING = """
    import threading, time
    def down(n): return down(n + 1)
    try: down(0)
    except RecursionError as error: print("recursion:", error)
    class Bad:
        def __del__(self): raise ValueError("in a finalizer")
    Bad()
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    try: import win32api
    except ModuleNotFoundError as error: print(error)
    print("over")
    """


def run(folder, source, *arguments):
    """Run a program; return its exit status, what it printed, and how many KiB of memory that took."""
    (folder / "program.py").write_text(textwrap.dedent(source))
    with (folder / "printed").open("wb") as printed:
        actions = [(os.POSIX_SPAWN_DUP2, printed.fileno(), 1), (os.POSIX_SPAWN_DUP2, printed.fileno(), 2)]
        command = [sys.executable, "-c", "from notsock.cli.main import main; main()", "run", str(folder / "program.py")]
        child = os.posix_spawn(sys.executable, [*command, "--", *arguments], os.environ, file_actions=actions)
        _, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), (folder / "printed").read_text(), used.ru_maxrss


def test_a_large_transfer_takes_no_more_memory_than_a_small_one(tmp_path):
    small, large = (run(tmp_path, SENDING, mib) for mib in ("4", "1024"))  # two seconds of processor time
    assert small[:2][0] == large[0] == 0
    assert ("4 MiB" in small[1], "1024 MiB" in large[1]) == (True, True)
    assert large[2] - small[2] < 32 << 10


def test_recursion_finalizers_daemons_and_missing_packages(tmp_path):
    status, printed, _ = run(tmp_path, STRAINING)
    assert status == 0
    assert "recursion: maximum recursion depth exceeded" in printed
    assert "Exception ignored in: <function Bad.__del__" in printed
    assert "ValueError: in a finalizer" in printed
    assert "No module named 'win32api'" in printed
    assert "over" in printed
    assert "notsock/" not in printed


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import win32api", "No module named 'win32api' (part of pywin32, whose DLLs are Windows' own; "),
        ("import gone.entirely", "No module named 'gone'"),
        ("import built", "No module named 'built' (built.cp39-win_amd64.pyd is there, which was built for another "),
        ("import gevent", "notsock does not run gevent: it replaces sockets and threads with its own; "),
        ("import ctypes; ctypes.windll.user32.MessageBoxW(0, '', '', 0)", "user32.MessageBoxW is not modelled: "),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_what_cannot_run_is_not_called_clean(command, line, said, tmp_path):
    (tmp_path / "built.cp39-win_amd64.pyd").write_bytes(b"MZ")
    (tmp_path / "gevent.py").touch()
    (tmp_path / "program.py").write_text(line)
    done = subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", command, "-q", "program.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    refused = [each for each in done.stderr.splitlines() if each.startswith("notsock: ")]
    assert (done.returncode, len(refused)) == (2, 1)
    assert refused[0].startswith(f"notsock: program/main could not go on: {said}")


def test_a_missing_module_that_the_program_copes_with_is_nothing_to_say(tmp_path):
    status, printed, _ = run(tmp_path, "try: import win32api\nexcept ImportError: print('without')\n")
    assert (status, printed.splitlines()[0]) == (0, "without")
