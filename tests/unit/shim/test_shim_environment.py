"""Which variables of the environment a program asks for, and what is kept of their values."""

import pytest

from notsock.executive.strategy import FirstReady
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner
from notsock.shim.environment import Block, digests, noting, values

BLOCK = {"A": "1", "B": "2", "C": "3"}


def asked(use):
    names = {}
    with noting(names):
        use(Block(BLOCK))
    return list(names)


@pytest.mark.parametrize(
    ("use", "names"),
    [
        (lambda block: block["B"], ["B"]),
        (lambda block: block["A"], ["A"]),
        (lambda block: [block[name] for name in block], []),
        (lambda block: [block[name] for name in block if name > "A"], ["B", "C"]),
        (lambda block: ([block[name] for name in block], block["C"]), ["C"]),
        (lambda block: dict(block.items()), []),
        (lambda block: block == BLOCK, []),
    ],
)
def test_what_is_asked_for_by_name_is_noted(use, names):
    assert asked(use) == names


def test_what_is_not_there_is_asked_for_too():
    def use(block):
        with pytest.raises(KeyError):
            block["Z"]

    assert asked(use) == ["Z"]


def test_nobody_reads_a_value_from_its_digest_and_a_change_shows(monkeypatch):
    monkeypatch.setenv("PASSWORD", "correct horse")
    monkeypatch.delenv("NOT_THERE", raising=False)
    first = digests(["PASSWORD", "NOT_THERE", "PYTEST_CURRENT_TEST", "COLUMNS"])
    assert list(first) == ["NOT_THERE", "PASSWORD"]
    assert (first["NOT_THERE"], len(first["PASSWORD"])) == ("", 4)
    monkeypatch.setenv("PASSWORD", "battery staple")
    assert digests(["PASSWORD"]) != {"PASSWORD": first["PASSWORD"]}
    assert values(["PASSWORD", "NOT_THERE"]) == {"NOT_THERE": None, "PASSWORD": "battery staple"}


PROGRAM = """
import os, subprocess, sys
before = os.environ.copy()
for name in ("ONE", "THREE"):
    os.environ.get(name)
os.getenv("TWO", "")
"FOUR" in os.environ
os.environ["MADE_HERE"] = "x"
subprocess.run([sys.executable, "-c", "import os; os.environ.get('OF_THE_CHILD')"])
subprocess.run("echo %OF_THE_SHELL%", shell=True)
"""


def test_a_program_and_its_children_are_noted_in_every_run(tmp_path, monkeypatch):
    monkeypatch.setenv("BESIDE", "nobody asks for it")
    (tmp_path / "program.py").write_text(PROGRAM)
    runner = Runner(Program((Part(str(tmp_path / "program.py")),)), Options())
    seen = []
    for _ in range(3):
        runner.asked.clear()
        runner(FirstReady())
        seen.append(set(runner.asked))
    assert {"ONE", "TWO", "THREE", "FOUR", "OF_THE_CHILD", "OF_THE_SHELL"} <= seen[0]
    assert "BESIDE" not in seen[0]
    assert {"ONE", "TWO", "THREE", "FOUR", "OF_THE_CHILD", "OF_THE_SHELL"} <= seen[2]
