"""Run CPython's and trio's own tests in simulated processes and write docs/conformance.md.

    make_conformance.py [--jobs 2] [--again] [--page] [3.12 3.13] [test_socket trio trio._core._tests.test_io ...]

Each interpreter gets two environments under build/, one with trio; what has been run is kept there, so that a stopped
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

from judges import page, results  # noqa: E402
from judges.suites import SUITES, TRIO, suite_of  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: E402

VERSIONS = ("3.12", "3.13")
LIBRARIES = ROOT / "probes" / "requirements.lock"
MODULE_SECONDS_MAX = 1800


def interpreter(version, suite):
    """Return the Python of an environment that has what the simulation and a suite need; make it if need be."""
    home = results.CACHE / f"{'trio' if suite is TRIO else 'python'}-{version}"
    python = home / "bin" / "python"
    if not python.exists():
        base = _of_pyenv(version) or shutil.which(f"python{version}")
        if base is None:
            sys.exit(f"there is no python{version}; install it, or name another version")
        subprocess.run([base, "-m", "venv", home], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r"]
        subprocess.run([*install, LIBRARIES if suite is TRIO else _lock()], check=True)
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
    """Say whether an interpreter has a module of tests, without running any of it but the package around it."""
    package, *path = module.split(".")
    where = f"import importlib.util as u; print(u.find_spec({package!r}).submodule_search_locations[0])"
    home = Path(subprocess.run([python, "-c", where], check=True, capture_output=True, text=True).stdout.strip())
    return home.joinpath(*path).with_suffix(".py").exists()


def run(version, python, module):
    """Run one module under one interpreter."""
    out = results.path_of(version, module)
    out.parent.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(TESTS)]), "PYTHONHASHSEED": "0"}
    if suite_of(module) is TRIO:
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [python, "-m", "judges.driver", module, out]
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
        for suite in SUITES:
            chosen = [module for module in suite.modules if not names or _is_named(module, suite, names)]
            python = interpreter(version, suite) if chosen else None
            left = [module for module in chosen if again or not results.path_of(version, module).exists()]
            todo += [(version, python, module) for module in left if has(python, module)]
    columns = TextColumn("{task.description:48}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    wrong = []
    with Progress(*columns) as progress, ThreadPoolExecutor(jobs) as pool:
        bar = progress.add_task("tests", total=len(todo))
        futures = {pool.submit(run, *work): work for work in todo}
        for future in as_completed(futures):
            version, _, module = futures[future]
            progress.update(bar, advance=1, description=f"{version} {module.removeprefix('test.')}")
            wrong += filter(None, [future.result()])
    return wrong


def _is_named(module, suite, names):
    """Say whether a module is among the names: in full, by its last part, or by its suite."""
    last = module.rpartition(".")[2]
    return any(name in {module, last if suite is not TRIO else module, suite.title.lower()} for name in names)


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
