"""A server and so many client processes (the first argument): prints the seconds and the bytes of memory they took.

A program of its own, that imports only what a run needs: the memory is what a crowd takes, not what the bench does.
"""

import os
import sys
import time
from pathlib import Path

from notsock.executive.strategy import FirstReady
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner

PROGRAMS = Path(__file__).parent / "programs"


def main(count):
    begun = time.perf_counter()
    server = Part(str(PROGRAMS / "crowd_server.py"), (str(count),))
    runner = Runner(Program((server, *(Part(str(PROGRAMS / "crowd_client.py")),) * count)), Options(), once=True)
    processes = runner.run(FirstReady()).system.processes
    seconds = time.perf_counter() - begun
    assert len(processes) == count + 1
    assert {process.exit_code for process in processes} == {0}
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    sys.stdout.write(f"{seconds} {pages * os.sysconf('SC_PAGE_SIZE')}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
