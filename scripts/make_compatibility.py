"""Write docs/compatibility.md anew: run every probe of probes/ and say what came of it.

`python scripts/make_compatibility.py` (after `make probes`) runs each probe twice, under two hash seeds, with the
libraries of probes/.venv, and a third time under strace; `--check` writes nothing and fails where a probe does worse
than the page says; names pick probes, whose rows alone are written.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path

import strace_probe

from notsock.shim.policy import EXTENSIONS, Take

ROOT = Path(__file__).parents[1]
PROBES = ROOT / "probes"
PAGE = ROOT / "docs" / "compatibility.md"

TIME_LIMIT_SECONDS = 240
HEAD = """# Compatibility

*Made by `scripts/make_compatibility.py` from the programs in `probes/`; do not edit.*

Each row is a small real program: a server and a client in two simulated processes, with the library as it is
installed, on the simulated Windows 11 ({python}). A client checks every answer, in every schedule. *Works* means:
it came to its end in all of them, the same schedule gave the same trace twice, another launch under another hash
seed gave it too, and neither Python's audit nor strace saw a real socket, thread, process, name look-up or random
number. *Found* names the rules that spoke:
a library's own leaks are findings like any other. First run: with imports, for both processes. Both figures are from
a shared machine; compare rows, not machines. On CPython 3.12.1 and 3.13.0 no row does worse (`--check --python`, three
schedules each, 2026-11-25).

| library | verdict | what was seen, or why not | found | first run | schedules/s | versions |
|---|---|---|---|---|---|---|
"""
FENCED = """
## Refused by name

These make sockets, threads or stacks of their own in C, where no simulation reaches; an import says so. A C
extension that is not named here is run, each process with a copy of its own.

| package | why, and what runs in its place |
|---|---|
"""


@dataclass(frozen=True)
class Probe:
    """One row: what it shows, its two programs, the environment that picks a variant, and a known exception."""

    title: str
    packages: str
    server: str
    client: str
    environment: dict[str, str] = field(default_factory=dict)
    exception: str = ""

    @property
    def name(self) -> str:
        return re.sub(r"\W+", "-", self.title.lower()).strip("-")

    @property
    def programs(self) -> list[str]:
        return [f"{self.server}.py", f"{self.client}.py"]

    def environment_under(self, hash_seed: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        return {**kept, "PYTHONHASHSEED": hash_seed, **self.environment}

    @property
    def tls(self) -> "Probe":
        return Probe(
            f"{self.title}, TLS", self.packages, self.server, self.client, {**self.environment, "PROBE": "tls"}
        )


def both(*arguments: object, **named: object) -> list[Probe]:
    """Return a probe and its TLS variant."""
    plain = Probe(*arguments, **named)
    return [plain, plain.tls]


FASTAPI = {"PROBE_FRAMEWORK": "fastapi"}
REAL = [
    *both("requests", "requests urllib3", "http_server", "requests_client"),
    *both("urllib3", "urllib3", "http_server", "urllib3_client"),
    *both("httpx", "httpx httpcore anyio", "http_server", "httpx_client"),
    *both("httpcore", "httpcore h11", "http_server", "httpcore_client"),
    *both("aiohttp", "aiohttp yarl multidict", "aiohttp_server", "aiohttp_client"),
    *both("uvicorn with Starlette", "uvicorn starlette", "uvicorn_server", "asgi_client"),
    Probe("uvicorn with FastAPI", "uvicorn fastapi pydantic", "uvicorn_server", "asgi_client", FASTAPI),
    *both("hypercorn with Starlette", "hypercorn starlette", "hypercorn_server", "asgi_client"),
    *both("Werkzeug's server", "werkzeug", "werkzeug_server", "wsgi_client"),
    *both("Flask's development server", "flask werkzeug click", "flask_server", "wsgi_client"),
    Probe("waitress", "waitress", "waitress_server", "wsgi_client"),
    *both("tornado", "tornado", "tornado_server", "tornado_client"),
    Probe("Twisted, select reactor", "twisted zope.interface", "twisted_server", "twisted_client"),
    Probe(
        "Twisted, select reactor, TLS", "twisted pyopenssl cryptography", "twisted_server", "twisted_client",
        {"PROBE": "tls"},
    ),
    Probe("Twisted, IOCP reactor", "twisted", "twisted_server", "twisted_client", {"PROBE_REACTOR": "iocp"}),
    *both("trio, on AFD polls", "trio cffi", "trio_server", "trio_client"),
    *both("anyio on asyncio", "anyio", "anyio_server", "anyio_client"),
    Probe("anyio on trio", "anyio trio", "anyio_server", "anyio_client", {"PROBE_BACKEND": "trio"}),
    *both("websockets", "websockets", "websockets_server", "websockets_client"),
    Probe("paramiko, both ends", "paramiko cryptography", "paramiko_server", "paramiko_client"),
    Probe("PyMySQL", "pymysql", "pymysql_server", "pymysql_client"),
    *both("pg8000", "pg8000", "pg8000_server", "pg8000_client"),
    Probe("redis-py", "redis", "redis_server", "redis_client"),
    Probe("dnspython", "dnspython", "dnspython_server", "dnspython_client"),
    Probe("zeroconf", "zeroconf ifaddr", "zeroconf_server", "zeroconf_client"),
    Probe(
        "rpyc", "rpyc plumbum", "rpyc_server", "rpyc_client",
        exception="it sends an exception with the repr of its methods, which has addresses",
    ),
    Probe("multiprocessing.managers", "", "managers_server", "managers_client"),
    Probe("Pyro5", "pyro5 serpent", "pyro5_server", "pyro5_client"),
]
"""The probes, in the order of the page."""


def run(probe: Probe, python: Path, schedules: int, hash_seed: str) -> dict[str, object]:
    """Run a probe once, in a process of its own; return what it printed."""
    command = [str(python), str(ROOT / "scripts" / "run_probe.py"), "--schedules", str(schedules), *probe.programs]
    try:
        done = subprocess.run(
            command, cwd=PROBES, env=probe.environment_under(hash_seed), capture_output=True, text=True, check=False,
            timeout=TIME_LIMIT_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"passed": False, "errors": f"not done after {TIME_LIMIT_SECONDS} s", "rules": []}
    try:
        result: dict[str, object] = json.loads(done.stdout)
    except ValueError:
        return {"passed": False, "errors": done.stderr or done.stdout, "rules": []}
    return result


def kernel_saw(probe: Probe, python: Path) -> dict[str, int]:
    """Return what strace saw a probe make or ask for of the real system."""
    try:
        return strace_probe.seen(python, probe.programs, probe.environment_under("1"))
    except (subprocess.SubprocessError, OSError) as error:
        return {f"strace: {error}": 1}


def verdict(probe: Probe, first: dict[str, object], second: dict[str, object]) -> tuple[str, str]:
    """Return (works, works with an exception, fenced, fails; why)."""
    problems = []
    fenced = re.search(r"(?:notsock[: ]|No module named \S+ \().*", str(first.get("errors", "")))
    if not first["passed"]:
        if fenced:
            return "fenced", fenced[0]
        if not first.get("said"):
            return "fails", str(first.get("errors", "")).strip().rpartition("\n")[2] or ", ".join(first["rules"])
        if not first.get("repeats"):
            problems.append("two runs of one schedule differ, so check refuses it and run takes it")
        problems += [f"in another schedule: {text}" for text in first["uncaught"]]
    elif first.get("digest") != second.get("digest"):
        problems.append("another hash seed gives another trace (the notsock command fixes it)")
    if first.get("leaks"):
        problems.append(f"reached the real system: {', '.join(first['leaks'])}")
    if probe.exception:
        problems.append(probe.exception)
    if problems:
        return "works, with an exception", "; ".join(problems)
    return "works", str(first.get("said", ""))


def versions(probe: Probe, installed: dict[str, str]) -> str:
    return ", ".join(f"{name} {installed.get(normal(name), '?')}" for name in probe.packages.split())


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def row(probe: Probe, first: dict[str, object], second: dict[str, object], installed: dict[str, str]) -> str:
    """Return a probe's row of the page."""
    word, why = verdict(probe, first, second)
    rate = f"{first['per_second']:.1f}" if first.get("per_second") else ""
    begun = f"{first['first_seconds']:.1f} s" if first.get("first_seconds") else ""
    rules = ", ".join(first.get("rules") or ())
    why = why.replace("|", "\\|").replace(str(PROBES), "probes")
    return f"| {probe.title} | {word} | {why} | {rules} | {begun} | {rate} | {versions(probe, installed)} |"


def site_of(python: Path) -> dict[str, str]:
    """Return the versions that a Python's environment has installed."""
    done = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {normal(one.metadata["Name"]): one.version for one in distributions(path=[done.stdout.strip()])}


def known() -> dict[str, str]:
    """Return the word that the page has for each probe."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {title.strip(): word.strip() for title, word in rows}


def page(rows: list[str], python: str) -> str:
    """Return the whole page."""
    fenced = [
        f"| {name} | {why} |" for name, (take, why) in sorted(EXTENSIONS.items(), key=lambda each: each[0].lower())
        if take is Take.FENCE
    ]  # fmt: skip
    return HEAD.format(python=python) + "\n".join(rows) + "\n" + FENCED + "\n".join(fenced) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these probes (part of a name)")
    parser.add_argument("--python", type=Path, default=PROBES / ".venv" / "bin" / "python")
    parser.add_argument("--schedules", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--check", action="store_true")
    wanted = parser.parse_args()
    if not wanted.python.exists():
        print("the libraries are not installed: make probes", file=sys.stderr)
        return 2
    installed = site_of(wanted.python)
    chosen = [probe for probe in REAL if not wanted.names or any(name in probe.name for name in wanted.names)]
    before = known() if wanted.check else {}
    rows, worse = [], []
    with concurrent.futures.ThreadPoolExecutor(wanted.jobs) as pool:
        runs = [
            (
                probe,
                pool.submit(run, probe, wanted.python, wanted.schedules, "1"),
                pool.submit(run, probe, wanted.python, 1, "2"),
                pool.submit(kernel_saw, probe, wanted.python),
            )
            for probe in chosen
        ]
        for probe, first, second, saw in runs:
            first.result().setdefault("leaks", {}).update(saw.result())
            word, why = verdict(probe, first.result(), second.result())
            rows.append(row(probe, first.result(), second.result(), installed))
            print(f"{probe.title}: {word} ({why})", flush=True)
            if wanted.check and word != before.get(probe.title) and word != "works":
                worse.append(probe.title)
                print(first.result().get("errors", ""))
    if wanted.check:
        print(f"{len(worse)} of {len(chosen)} probes do worse than docs/compatibility.md says")
        return int(bool(worse))
    if wanted.names:
        text = PAGE.read_text(encoding="utf-8")
        for each in rows:
            text = re.sub(rf"^{re.escape(each[: each.index('|', 2)])}\|.*$", lambda _: each, text, flags=re.MULTILINE)  # noqa: B023
        PAGE.write_text(text, encoding="utf-8")
    else:
        done = subprocess.run([str(wanted.python), "-V"], capture_output=True, text=True, check=True)
        PAGE.write_text(page(rows, done.stdout.strip().replace("Python", "CPython")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
