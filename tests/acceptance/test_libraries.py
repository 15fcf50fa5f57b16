"""A library that this environment happens to have, run as its probe runs it: nothing real is made or asked.

`make test-probes` does so for every library; requests comes with the tools that make the site.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def probe(server, client, seed="0", **environment):
    """Run a probe under a hash seed; return what it reports."""
    command = [sys.executable, str(ROOT / "scripts" / "run_probe.py"), "--schedules", "3", server, client]
    done = subprocess.run(
        command, cwd=ROOT / "probes", capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONHASHSEED": seed} | environment,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("variant", ["plain", "tls"])
def test_requests_reaches_nothing_real(variant):
    first = probe("http_server.py", "requests_client.py", "1", PROBE=variant)
    assert first["passed"], first
    assert first["said"] == "76800 bytes"
    assert first["leaks"] == {}
    assert first["schedules"] == 3


def kernel_saw(*programs, **environment):
    command = [sys.executable, str(ROOT / "scripts" / "strace_probe.py"), sys.executable, *programs]
    done = subprocess.run(
        command, cwd=ROOT / "probes", capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONHASHSEED": "1"} | environment,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.debian
@pytest.mark.parametrize("variant", ["plain", "tls"])
def test_the_kernel_sees_nothing_real_either(variant):
    assert kernel_saw("http_server.py", "requests_client.py", PROBE=variant) == {}


@pytest.mark.debian
def test_the_kernel_would_see_what_c_code_makes(tmp_path):
    """A C function of the real system that no audit event tells of, called by a host module of ours."""
    (tmp_path / "strace_leak.py").write_text(
        "import ctypes, os\n"
        "from notsock.shim import here\n"
        "def act(*_):\n"
        "    os.close(ctypes.CDLL(None).socket(2, 1, 0))\n"
        "    ctypes.CDLL(None).getrandom(ctypes.create_string_buffer(4), 4, 0)\n"
        "    open('/etc/hosts').close()\n"
    )
    script = (ROOT / "scripts" / "run_probe.py").read_text()
    leaky = script.replace("        begun = time", "        __import__('strace_leak').act()\n        begun = time", 1)
    assert leaky != script
    (tmp_path / "scripts").mkdir()
    (tmp_path / "probes").mkdir()
    (tmp_path / "scripts" / "run_probe.py").write_text(leaky)
    (tmp_path / "scripts" / "strace_probe.py").write_text((ROOT / "scripts" / "strace_probe.py").read_text())
    (tmp_path / "probes" / "one.py").write_text("print('passed: nothing')\n")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "scripts" / "strace_probe.py"), sys.executable, "one.py"],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert json.loads(done.stdout) == {"socket": 1, "getrandom": 1, "open /etc/hosts": 1}, done.stderr


def test_the_watch_sees_what_is_real(tmp_path):
    (tmp_path / "leak.py").write_text("print('passed: nothing')\n")
    real = tmp_path / "run.py"
    script = (ROOT / "scripts" / "run_probe.py").read_text()
    real.write_text(script.replace("    with watch:\n", "    with watch:\n        __import__('socket').socket()\n"))
    done = subprocess.run(
        [sys.executable, str(real), str(tmp_path / "leak.py")], capture_output=True, text=True, check=True
    )
    assert "socket.__new__" in json.loads(done.stdout)["leaks"]


def test_packages_of_the_active_environment_are_found(tmp_path):
    version = "python{}.{}".format(*sys.version_info)
    packages = tmp_path / "venv" / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    (packages / "only_there.py").write_text("value = 7\n")
    (tmp_path / "main.py").write_text("import only_there\nprint(only_there.value)\n")
    command = [sys.executable, "-m", "notsock.cli.main", "run", str(tmp_path / "main.py")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"VIRTUAL_ENV": str(tmp_path / "venv")}
    )
    assert done.stdout.splitlines()[0] == "7", done.stdout + done.stderr
