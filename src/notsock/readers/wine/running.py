"""Runs a Windows program under Wine, with the relay log and the wineserver's trace in one file, and reads that.

The prefix is a private one, so that nothing of the person's own Wine is touched, and its registry says which functions
are traced.  The wineserver starts first and is warmed up by a program that is not traced: otherwise Wine's own services
would start, and be traced, with the first.  All of Wine runs on one processor: each call is a round trip to the
wineserver, and seven times as fast there.
"""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from notsock.readers.running import Traced, TraceError, arriving, log_file, signals, status_of
from notsock.readers.source import Splitter
from notsock.readers.wine.calls import relay_include
from notsock.readers.wine.reader import Reader

OLDEST = 8
"""The first Wine whose logs were read."""
HOW_TO_GET = "on Debian 12 and later: apt-get install --no-install-recommends wine64"
_DEBIAN = Path("/usr/lib/wine")
"""Where Debian's wine64 has its programs, without links in PATH."""
_CHANNELS = "-all,+relay,+timestamp,+pid,+loaddll"
_X86_64, _I386 = 0x8664, 0x14C


def trace(command: Sequence[str], *, copy: BinaryIO | None = None) -> Traced:
    """Run a Windows program to its end, and its children; ``copy`` gets the log."""
    wine, server = find_wine()
    _check(Path(command[0]))
    with _prefix(wine, server) as environment, log_file() as (log, source):
        reader, splitter = Reader(f"trace of {Path(command[0]).name}", other=_own_output), Splitter()
        with _server(server, environment, log, source, wine):
            # running what the person named is what this is for
            with _one_processor():
                program = subprocess.Popen(  # noqa: S603
                    [wine, *command], stderr=log, env=environment | {"WINEDEBUG": _CHANNELS}
                )

            def interrupted(number: int) -> None:
                if number == signal.SIGTERM or program.poll() is not None:
                    reader.give_up()
                    with suppress(ProcessLookupError):
                        program.terminate()

            with signals(interrupted):
                over = lambda: program.poll() is not None and not reader.alive  # noqa: E731 - it is one thought
                for data in arriving(source, over, copy):
                    reader.feed(splitter.feed(data))
        reader.cut = splitter.cut
    return Traced(reader.finish(), status_of(program))


def _own_output(line: str) -> None:
    """Pass on what the program wrote to its standard error."""
    sys.stderr.buffer.write(line.encode("latin-1") + b"\n")
    sys.stderr.buffer.flush()


# ---- Wine -----------------------------------------------------------------------------------------------------------


def find_wine() -> tuple[str, str]:
    """Return the paths of Wine's loader and of its server, of a version that will do."""
    wine = shutil.which("wine64") or shutil.which(_DEBIAN / "wine64") or shutil.which("wine")
    beside = [Path(wine).resolve().parent] if wine is not None else []
    names = [str(folder / name) for folder in (*beside, _DEBIAN) for name in ("wineserver64", "wineserver")]
    server = next(filter(None, map(shutil.which, [*names, "wineserver"])), None)
    if wine is None or server is None:
        raise TraceError(f"Wine is not installed ({HOW_TO_GET})")
    done = subprocess.run([wine, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found above
    found = re.search(r"wine-(\d+)\.(\d+)", done.stdout)
    if found is None or int(found[1]) < OLDEST:
        version = f"{found[1]}.{found[2]}" if found else "of unknown version"
        raise TraceError(f"{wine} is too old ({version}): Wine {OLDEST} or later is needed ({HOW_TO_GET})")
    return wine, server


def _check(program: Path) -> None:
    """Refuse what is no 64-bit Windows program, in a clear line (the PE header: Microsoft's PE format, COFF header)."""
    try:
        with program.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise TraceError(f"{program} cannot be read: {error.strerror}") from None
    place = int.from_bytes(head[60:64], "little")
    if head[:2] != b"MZ" or head[place : place + 4] != b"PE\0\0":
        raise TraceError(f"{program} is no program for Windows")
    machine = int.from_bytes(head[place + 4 : place + 6], "little")
    if machine == _I386:
        raise TraceError(f"{program} is a 32-bit program: only 64-bit ones can be traced")
    if machine != _X86_64:
        raise TraceError(f"{program} is for another processor (machine {machine:#x})")


@contextmanager
def _one_processor() -> Iterator[None]:
    """Have what is started here run on one processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _server(server: str, environment: dict[str, str], log: int, source: int, wine: str) -> Iterator[None]:
    """Run the wineserver, warmed up, with its trace in the log; what it writes until then is of no interest."""
    with _one_processor():
        process = subprocess.Popen(  # noqa: S603 - found above
            [server, "-f", "-p", "-d1"], stderr=log, env=environment, start_new_session=True
        )
        warm = subprocess.Popen(  # noqa: S603
            [wine, "cmd", "/c", "exit"], env=environment, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        for _ in arriving(source, lambda: warm.poll() is not None):
            pass
        if process.poll() is not None:
            raise TraceError(f"{server} ended at once, with status {process.returncode}")
        yield
    finally:
        killer = subprocess.Popen([server, "-k"], env=environment, stderr=subprocess.DEVNULL)  # noqa: S603
        for _ in arriving(source, lambda: process.poll() is not None and killer.poll() is not None):
            pass


# ---- the prefix -----------------------------------------------------------------------------------------------------


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "notsock"


@contextmanager
def _prefix(wine: str, server: str) -> Iterator[dict[str, str]]:
    """Make the private prefix ready and keep others from it; yield the environment for it."""
    done = subprocess.run([wine, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - found before
    folder = _cache() / done.stdout.split()[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise TraceError(f"{folder} cannot be written: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another trace under Wine")
            fcntl.flock(lock, fcntl.LOCK_EX)
        environment = os.environ | {
            "WINEPREFIX": str(folder / "prefix"), "WINEARCH": "win64", "WINEDEBUG": "-all", "WINESERVER": server,
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
        }  # fmt: skip
        if not _is_ready(folder):
            _make(folder, wine, server, environment)
        yield environment


def _say(words: str) -> None:
    sys.stderr.write(f"notsock: {words}\n")
    sys.stderr.flush()


def _is_ready(folder: Path) -> bool:
    try:
        return (folder / "include").read_text() == relay_include()
    except OSError:
        return False


def _set(key: str, name: str, value: str) -> list[str]:
    """Return the command that sets a value in the registry."""
    return ["reg", "add", key, "/f", "/t", "REG_SZ", "/v", name, "/d", value]


def _make(folder: Path, wine: str, server: str, environment: dict[str, str]) -> None:
    """Make the prefix, and have its registry say which functions are traced."""
    _say(f"preparing Wine in {folder} (once: some 20 s, 700 MB)")
    for arguments in (
        ["wineboot", "--init"],
        _set(r"HKCU\Software\Wine\Debug", "RelayInclude", relay_include()),
        _set(r"HKCU\Software\Wine", "Version", "win10"),
    ):
        done = subprocess.run(  # noqa: S603 - found before
            [wine, *arguments], env=environment, capture_output=True, text=True, check=False, start_new_session=True
        )
        if done.returncode:
            shutil.rmtree(folder / "prefix", ignore_errors=True)
            why = (done.stderr or done.stdout).strip().rpartition("\n")[2]
            raise TraceError(f"Wine's prefix cannot be made: {why or f'status {done.returncode}'}")
    for option in ("-k", "-w"):
        subprocess.run([server, option], env=environment, check=False, stderr=subprocess.DEVNULL)  # noqa: S603
    (folder / "include").write_text(relay_include())
