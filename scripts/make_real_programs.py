"""Makes docs/real-programs.md: what notsock, valgrind and strace's own output say of the same small programs.

`python scripts/make_real_programs.py [NAME ...]` runs the named programs, or all, and leaves the rows of the others as
they are; the file is written after each.  Needs Debian's strace, valgrind, gcc and perl.  The programs are those of
tests/acceptance/trace_programs.py.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "acceptance"))

from trace_programs import PROGRAMS

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "real-programs.md"
TIMEOUT = 300
HEAD = """# Real programs, three tools

`scripts/make_real_programs.py` makes this table: small programs with one fault each (their sources are in
`tests/acceptance/trace_programs.py`), some with threads or forks, each run once under every tool. *valgrind* is
`--track-fds=yes`, version {version}: it lists what is open at the end, beyond what was inherited, and does not speak of
descriptors closed twice. *strace* is what its log shows to somebody who looks for errors: calls that failed with EBADF.

| program | fault | notsock trace | valgrind | strace |
|---|---|---|---|---|
"""


def command_of(name, language, source, folder):
    """Return how the faulty program is run."""
    text = source.replace("FAULT", "1")
    if language != "c":
        (folder / name).write_text(text)
        return [os.path.realpath(sys.executable) if language == "python" else "perl", str(folder / name)]
    (folder / "program.c").write_text(text)
    subprocess.run(["gcc", "-g", "-O1", "-pthread", "program.c", "-o", name], cwd=folder, check=True)
    return [str(folder / name)]


def run(line, folder):
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False)


def by_notsock(command, io, folder):
    options = ["--io"] if io else []
    run([sys.executable, "-m", "notsock.cli.main", "trace", "--json", "-o", "r.json", *options, "--", *command], folder)
    found = json.loads((folder / "r.json").read_text())["findings"]
    told = sorted({f"{each['severity']}: {each['rule']}" for each in found if each["severity"] != "note"})
    return ", ".join(told) + (" (`--io`)" if io else "")


def by_valgrind(command, folder):
    done = run(["valgrind", "--track-fds=yes", "--trace-children=no", *command], folder)
    left = re.findall(r"Open (?:AF_\S+ )?(?:socket|file descriptor) \d+: ?(.*)", done.stderr)
    inherited = done.stderr.count("<inherited from parent>")
    errors = re.search(r"ERROR SUMMARY: (\d+) errors", done.stderr)
    said = f"{max(0, len(left) - inherited)} open at exit" if len(left) > inherited else "nothing"
    return said if errors is None or errors[1] == "0" else f"{said}; {errors[1]} errors"


def by_strace(command, folder):
    run(["strace", "-f", "-o", "s.log", "-e", "trace=desc,network", *command], folder)
    count = len(re.findall(r" = -1 EBADF", (folder / "s.log").read_text(errors="replace")))
    return f"{count} × EBADF" if count else "nothing"


def row_of(name):
    """Run a program under every tool; return its row."""
    language, source, io, _ = PROGRAMS[name]
    with TemporaryDirectory() as place:
        folder = Path(place)
        command = command_of(name, language, source, folder)
        cells = (by_notsock(command, io, folder), by_valgrind(command, folder), by_strace(command, folder))
    fault = name.rpartition("-")[0].replace("-", " ")
    return f"| {name} ({language}) | {fault} | {' | '.join(cells)} |"


def main(names):
    """Write the table."""
    version = run(["valgrind", "--version"], ROOT).stdout.strip().removeprefix("valgrind-")
    kept = re.findall(r"^(\| (\S+) \(.*)$", TABLE.read_text(), re.MULTILINE)
    rows = {name: row for row, name in kept}
    for name in names or PROGRAMS:
        rows[name] = row_of(name)
        print(rows[name], flush=True)
        told = [rows[each] for each in PROGRAMS if each in rows]
        TABLE.write_text(HEAD.format(version=version) + "\n".join(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
