"""Real programs in C, Perl and Python under ``notsock trace``: each fault is found, each mended twin is clean."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from trace_programs import PROGRAMS

PACKAGES = "strace gcc libc6-dev perl procps"
"""Debian packages that these tests need."""

pytestmark = [pytest.mark.debian, pytest.mark.slow]


@pytest.fixture
def run(tmp_path):
    """Trace a program; return (status, report)."""
    for tool in ("strace", "gcc", "perl"):
        assert shutil.which(tool), f"{tool} is missing: apt-get install {PACKAGES}"

    def traced(language, source, fault, *options):
        source = source.replace("FAULT", str(fault))
        if language == "c":
            (tmp_path / "program.c").write_text(source)
            command = [str(tmp_path / "program")]
            subprocess.run(["gcc", "-O1", "-pthread", "program.c", "-o", *command], cwd=tmp_path, check=True)
        else:
            (tmp_path / "program").write_text(source)
            command = [os.path.realpath(sys.executable) if language == "python" else "perl", str(tmp_path / "program")]
        report = tmp_path / "report.json"
        done = subprocess.run(
            [sys.executable, "-m", "notsock.cli.main", "trace", "--json", "-o", str(report), *options, "--", *command],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.stderr == ""
        return done.returncode, json.loads(report.read_text())

    return traced


@pytest.mark.parametrize("name", ["double-close-python", "pile-of-the-kernels-python"])
def test_python_frames(name, run):
    _, source, _, expected = PROGRAMS[name]
    status, report = run("python", source, 1, "--python")
    assert status == 1
    (finding,) = [each for each in report["findings"] if each["severity"] != "note"]
    assert finding["rule"] in expected
    opened = next(moment for moment in finding["history"] if moment["role"] in ("opened here", "accepted here"))
    lines = source.split("\n")
    (place,) = {frame["line"] for frame in opened["stack"] if frame["file"].endswith("/program")}
    assert "socket.socket()" in lines[place - 1] or "accept()" in lines[place - 1]
    if name == "double-close-python":
        closed = [moment for moment in finding["history"] if moment["role"].startswith("closed here")]
        assert [moment["stack"][1]["function"] for moment in closed] == ["work", "close"]


def test_a_program_that_names_its_frames_does_what_it_did(tmp_path):
    """Its own sitecustomize runs, sockets are what they were, and its children are named as well."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.was_here = True\n")
    (tmp_path / "program.py").write_text(
        "import os, socket, subprocess, sys\nassert sys.was_here\na, b = socket.socketpair()\nc = a.dup()\n"
        "assert type(c) is socket.socket\nos.close(os.dup(0))\nos.dup2(0, 50)\nwith a, b, c: pass\n"
        "s = socket.create_server(('127.0.0.1', 0))\nd = socket.create_connection(s.getsockname())\n"
        "e, _ = s.accept()\nn = e.fileno()\nprint(n == e.detach())\nos.close(n)\nwith s, d: pass\n"
        "try:\n os.close(99)\nexcept OSError as error: print(error.errno)\n"
        "subprocess.run([sys.executable, '-c', 'import socket; socket.socket().close()'], check=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", "trace", "--python", "-q", "--",
         os.path.realpath(sys.executable), "program.py"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n9\n", "")


@pytest.mark.parametrize("fault", [1, 0], ids=["faulty", "mended"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_fault_is_found_and_its_mended_twin_is_clean(name, fault, run):
    language, source, io, expected = PROGRAMS[name]
    status, report = run(language, source, fault, *(["--io"] if io else []))
    found = {finding["rule"] for finding in report["findings"] if finding["severity"] != "note"}
    assert report["not_understood"] == 0
    assert found == (expected if fault else set()), report["findings"]
    assert status == (1 if fault else 0)
    for finding in report["findings"]:
        assert all(moment["stack"] for moment in finding["history"]), finding
