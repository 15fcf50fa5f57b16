"""A quick part of what ``make conformance`` runs in full: CPython's own tests, in a simulated process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from judges import page, reasons, results

HERE = Path(__file__).parent
VERSION = "{}.{}".format(*sys.version_info[:2])
QUICK = {"test_timeout": 7, "test_poplib": 16, "test_docxmlrpc": 9, "test_asyncio.test_locks": 50}
"""Modules that take a second, and how many of their tests pass at least."""


@pytest.mark.parametrize("module", QUICK)
def test_what_has_no_reason_to_fail_passes(module, tmp_path):
    pytest.importorskip("test.support", reason="this Python was installed without its own tests")
    out = tmp_path / "out.json"
    subprocess.run(
        [sys.executable, "-m", "judges.driver", f"test.{module}", out], cwd=HERE, check=True, timeout=300
    )
    found = json.loads(out.read_text())["results"]
    failed = results.failures(found)
    known = reasons.read()
    assert {test: text for test, text in failed.items() if reasons.reason_of(known, VERSION, test) is None} == {}
    assert results.counts(found)[0] >= QUICK[module]


def test_a_failure_without_a_reason_and_a_reason_without_a_failure_are_complaints(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "CACHE", tmp_path)
    monkeypatch.setattr(reasons, "FILE", tmp_path / "reasons.toml")
    reasons.FILE.write_text('[[reason]]\nwhy = "It cannot."\ntests = ["test_queue.A.one", "3.13: test_queue.A.two"]\n')
    path = results.path_of("3.12", "test.test_queue")
    path.parent.mkdir()
    verdicts = {"one": ["pass", ""], "two": ["fail", "Traceback\nValueError: no"], "three": ["skip", "not here"]}
    path.write_text(json.dumps({"results": {f"test.test_queue.A.{name}": v for name, v in verdicts.items()}}))
    assert list(page.complaints(["3.12"])) == [
        "3.12: test.test_queue.A.two fails, and no reason names it: ValueError: no",
        "3.12: a reason names test_queue.A.one, which passes",
    ]
    assert "**1 of 2 pass (50.0 %)**, 1 skipped" in page.page(["3.12"])


def test_a_test_that_hangs_is_named_and_the_others_run(tmp_path):
    source = """
        import unittest
        class Cases(unittest.TestCase):
            def test_a(self): pass
            def test_b(self):
                import threading
                threading.Event().wait()
            def test_c(self): self.skipTest("why")
            def test_d(self): self.fail("no")
        """
    (tmp_path / "cases.py").write_text("\n".join(line[8:] for line in source.splitlines()))
    out = tmp_path / "out.json"
    subprocess.run(
        [sys.executable, "-m", "judges.driver", "cases", out],
        cwd=HERE, check=True, timeout=300, env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    found = json.loads(out.read_text())["results"]
    assert {test: verdict for test, (verdict, _) in found.items()} == {
        "cases.Cases.test_a": "pass",
        "cases.Cases.test_b": "hang",
        "cases.Cases.test_c": "skip",
        "cases.Cases.test_d": "fail",
    }
    assert "DEADLOCK" in found["cases.Cases.test_b"][1]
