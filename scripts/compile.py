"""Compile the busiest modules of the machine and of the readers with mypyc, in a copy of the package.

`python scripts/compile.py [FOLDER]` puts a whole `notsock` into FOLDER (default `build/compiled`), with extension
modules beside the Python files that they were made from; `PYTHONPATH=FOLDER` then runs that form.  It needs a C
compiler and Python's headers.  `NOTSOCK_COMPILE=1 pip install .` does the same for an installation.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = (
    "afd/device.py",
    "afd/endpoint.py",
    "afd/requests.py",
    "executive/actors.py",
    "executive/executive.py",
    "net/host.py",
    "net/links.py",
    "objects/completion_port.py",
    "objects/console.py",
    "objects/handle_table.py",
    "objects/kernel_object.py",
    "objects/manager.py",
    "objects/named_pipe.py",
    "objects/process.py",
    "objects/registered_wait.py",
    "objects/section.py",
    "readers/holdings.py",
    "readers/sieve.py",
    "readers/strace/closing.py",
    "readers/strace/fold.py",
    "readers/strace/lifetimes.py",
    "readers/strace/lines.py",
    "readers/strace/opening.py",
    "readers/strace/passing.py",
    "readers/strace/processes.py",
    "readers/strace/reader.py",
    "readers/strace/sockets.py",
    "readers/strace/using.py",
    "readers/tables.py",
    "readers/wine/calls.py",
    "readers/wine/lifetimes.py",
    "readers/wine/reader.py",
    "readers/wine/server.py",
    "readers/wine/tables.py",
    "readers/words.py",
    "tcp/arrival.py",
    "tcp/congestion.py",
    "tcp/connection.py",
    "tcp/lifecycle.py",
    "tcp/reassembly.py",
    "tcp/sending.py",
    "tcp/timers.py",
    "trace/recorder.py",
    "winsock/ws2_32.py",
)
"""What an echo runs through, and what a line of a log does.

Nothing that a program under test subclasses, and nothing that a test replaces.
"""


def compile_into(folder: Path) -> Path:
    """Make a compiled copy of the package in ``folder``; return that folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "src" / "notsock", folder / "notsock", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "mypyc", *(f"notsock/{module}" for module in MODULES)]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | {"MYPYPATH": str(folder)}
    )
    if done.returncode:
        sys.exit(f"mypyc failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    shutil.rmtree(folder / "build", ignore_errors=True)
    return folder


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "compiled"
    print(compile_into(target.resolve()))
