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
