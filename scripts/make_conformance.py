"""Run CPython's own tests in a simulated process and write docs/conformance.md.

    make_conformance.py [--jobs 2] [--again] [--page] [3.12 3.13] [test_socket ...]

Each interpreter gets an environment of its own under build/; what has been run is kept there, so that a stopped
campaign goes on where it was, and ``--again`` with the names of modules runs those anew.  ``--page`` only writes the
page.  Exit status 1 when a failure has no reason in docs/conformance.toml, or a reason names a test that passes.
"""

import argparse
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests" / "conformance"
sys.path.insert(0, str(TESTS))

from cpython_tests import page, results  # noqa: E402
from cpython_tests.suites import modules  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: E402

VERSIONS = ("3.12", "3.13")
MODULE_SECONDS_MAX = 1800


def interpreter(version):
    """Return the Python of an environment that has what the simulation needs; make it if need be."""
    home = results.CACHE / f"python-{version}"
    python = home / "bin" / "python"
    if not python.exists():
        base = _of_pyenv(version) or shutil.which(f"python{version}")
        if base is None:
            sys.exit(f"there is no python{version}; install it, or name another version")
        subprocess.run([base, "-m", "venv", home], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", _lock()]
        subprocess.run(install, check=True)
    return python


def _of_pyenv(version):
    found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    return found[-1] if found else None


def _lock():
    """Return a requirements file with the only package that the simulation itself needs."""
    lines = (ROOT / "requirements.lock").read_text().splitlines(keepends=True)
    start = next(place for place, line in enumerate(lines) if line.startswith("greenlet=="))
    end = next((place for place in range(start + 1, len(lines)) if not lines[place].startswith(" ")), len(lines))
    path = results.CACHE / "requirements.txt"
    path.write_text("".join(lines[start:end]))
    return path


def has(python, module):
    """Say whether an interpreter's Lib/test has a module."""
    where = "import test, pathlib; print(pathlib.Path(test.__file__).parent)"
    home = Path(subprocess.run([python, "-c", where], check=True, capture_output=True, text=True).stdout.strip())
    return home.joinpath(*module.split(".")[1:]).with_suffix(".py").exists()


def run(version, python, module):
    """Run one module under one interpreter."""
    out = results.path_of(version, module)
    out.parent.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(TESTS)]), "PYTHONHASHSEED": "0"}
    command = [python, "-m", "cpython_tests.driver", module, out]
    try:
        done = subprocess.run(
            command, env=environment, timeout=MODULE_SECONDS_MAX, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{version} {module}: not done in {MODULE_SECONDS_MAX} s"
    if done.returncode:
        return f"{version} {module}: {done.stderr.strip().splitlines()[-1]}"
    return None


def campaign(versions, names, again, jobs):
    """Run what has to be run, with a line that shows how far it is; return what went wrong."""
    todo = []
    for version in versions:
        python = interpreter(version)
        for module in modules():
            wanted = not names or module.rpartition(".")[2] in names
            if wanted and has(python, module) and (again or not results.path_of(version, module).exists()):
                todo.append((version, python, module))
    columns = TextColumn("{task.description:48}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    wrong = []
    with Progress(*columns) as progress, ThreadPoolExecutor(jobs) as pool:
        bar = progress.add_task("CPython's tests", total=len(todo))
        futures = {pool.submit(run, *work): work for work in todo}
        for future in as_completed(futures):
            version, _, module = futures[future]
            progress.update(bar, advance=1, description=f"{version} {module.removeprefix('test.')}")
            wrong += filter(None, [future.result()])
    return wrong


def main():
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="run anew what has been run")
    parser.add_argument("--page", action="store_true", help="run nothing, write the page")
    parser.add_argument("what", nargs="*", help="versions and modules")
    options = parser.parse_args()
    versions = [word for word in options.what if word[0].isdigit()] or list(VERSIONS)
    names = [word for word in options.what if not word[0].isdigit()]
    results.CACHE.mkdir(parents=True, exist_ok=True)
    wrong = [] if options.page else campaign(versions, names, options.again, options.jobs)
    page.PAGE.write_text(page.page(VERSIONS))
    wrong += page.complaints(VERSIONS)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
