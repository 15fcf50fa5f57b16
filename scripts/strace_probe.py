"""Run a probe under strace; print what the kernel saw it make or ask for, from its first import to its last schedule.

    strace_probe.py PYTHON server.py client.py

Audit events (scripts/run_probe.py) say what Python was asked for; this is what C code did as well.  Prints a JSON
object of counts, which is empty where nothing real was touched.
"""

import collections
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from run_probe import BEGINS, ENDS

ROOT = Path(__file__).parents[1]
CALLS = "socket,socketpair,connect,accept4,clone,clone3,fork,vfork,getrandom,open,openat,access,faccessat,faccessat2"
CALL = re.compile(r"^\d+ +(\w+)\((.*)$")
LOOK_UPS = re.compile(r"/etc/(hosts|host\.conf|resolv\.conf|nsswitch\.conf|gai\.conf|services)|/dev/u?random")
TIME_LIMIT_SECONDS = 600


def seen(python, programs, environment, schedules=1):
    """Return how often a probe made a real socket, thread or process, drew real entropy or looked a name up."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "strace.txt")
        command = ["strace", "-f", "-qq", "-s", "256", "-e", f"trace={CALLS}", "-o", str(log)]
        command += [str(python), str(ROOT / "scripts" / "run_probe.py"), "--schedules", str(schedules), *programs]
        subprocess.run(
            command, cwd=ROOT / "probes", env=environment, capture_output=True, check=True, timeout=TIME_LIMIT_SECONDS
        )
        return count(log.read_text(errors="replace").splitlines())


def count(lines):
    """Count what matters in a log, between the two marks that the probe's runner leaves."""
    found, on = collections.Counter(), False
    for line in lines:
        call = CALL.match(line)
        if call is None:
            continue
        name, arguments = call.groups()
        if BEGINS in arguments or ENDS in arguments:
            on = BEGINS in arguments
        elif on and name.startswith(("open", "access", "faccess")):
            look_up = LOOK_UPS.search(arguments)
            if look_up and name.startswith("open"):
                found[f"open {look_up[0]}"] += 1
        elif on:
            found[name] += 1
    return dict(found)


def main():
    python, *programs = sys.argv[1:]
    print(json.dumps(seen(python, programs, dict(os.environ))))


if __name__ == "__main__":
    main()
