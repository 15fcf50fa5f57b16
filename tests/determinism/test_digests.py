"""The same seed makes the same digest: in another process, under another hash seed, on another Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = [
    ROOT / "bench" / "programs" / "twenty_calls.py",
    ROOT / "examples" / "perl_close.py",
    HERE / "asyncio_sets.py",
]
SCRIPT = """
import sys
from notsock.explore.strategies.random import Random
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner

runner = Runner(Program((Part(sys.argv[1]),)), Options(release=sys.argv[2], seed=7))
for number in range(1, 6):
    print(runner(Random(7, number)).digest)
"""


SCENARIO = """
from notsock.explore.strategies.random import Random
from notsock.kb import article_named
from notsock.system import System

for number in range(1, 6):
    system = System("nt4", strategy=Random(3, number))
    article_named("Q142634").deciding.build(system)
    print(system.run().digest)
"""


def digests(python, program, release, hash_seed, folder):
    done = subprocess.run(
        [python, "-c", SCRIPT, str(program), release],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_digests_do_not_depend_on_process_folder_or_hash_seed(program, tmp_path):
    release = "11" if program.stem == "asyncio_sets" else "nt4-sp3"
    one = digests(sys.executable, program, release, "0", tmp_path)
    other = digests(sys.executable, program, release, "12345", ROOT)
    assert len(set(one)) > 1
    assert one == other


def other_pythons():
    """Other interpreters that have notsock's libraries, beside the one that runs the tests."""
    for version in ("3.11", "3.12", "3.13"):
        if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
            continue
        folder = ROOT / f".venv{version.replace('.', '')}" / "bin" / "python"
        found = str(folder) if folder.exists() else shutil.which(f"python{version}")
        if found and _has_libraries(found):
            yield found


def _has_libraries(python):
    done = subprocess.run([python, "-c", "import greenlet, click, rich"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("program", PROGRAMS[:1], ids=lambda path: path.stem)
def test_a_scenario_has_the_same_digest_on_every_python(program, tmp_path):
    pythons = list(other_pythons())
    if not pythons:
        pytest.skip("only one Python with notsock's libraries is here")
    seen = {
        subprocess.run([python, "-c", SCENARIO], capture_output=True, text=True, check=True, cwd=tmp_path,
                       env=os.environ | {"PYTHONPATH": str(ROOT / "src")}).stdout
        for python in (sys.executable, *pythons)
    }  # fmt: skip
    assert len(seen) == 1
