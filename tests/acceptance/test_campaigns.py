"""Campaigns as a person runs them: local processes, a real Dask cluster, Ctrl-C, and workers that are killed."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTSOCK = [sys.executable, "-m", "notsock.cli.main"]

COUNTER = """
import socket, threading
listener = socket.create_server(("127.0.0.1", 0))
seen = []
def client(n):
    with socket.create_connection(listener.getsockname()) as s:
        s.sendall(bytes([n]))
threads = [threading.Thread(target=client, args=(n,)) for n in range(3)]
for thread in threads: thread.start()
for thread in threads:
    connection, _ = listener.accept()
    with connection:
        seen.append(connection.recv(1)[0])
for thread in threads: thread.join()
if seen == [2, 0, 1]:
    number = socket.socket().detach()
    socket.close(number)
    try: socket.close(number)
    except OSError: pass
listener.close()
"""


def check(folder, *arguments, program="program.py", timeout=120):
    return subprocess.run(
        [*NOTSOCK, "check", program, *arguments],
        cwd=folder, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


def found(done):
    (release,) = json.loads(done.stdout)["releases"]
    return release


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "program.py").write_text(COUNTER)
    return tmp_path


def essence(release):
    """What must be the same, whoever did the work."""
    findings = [(each["rule"], each["schedule"], each["count"], each["story"]) for each in release["findings"]]
    return release["schedules"], release["verdict"], findings


def test_a_campaign_comes_to_the_same_with_any_number_of_workers(folder):
    arguments = ("--json", "--schedules", "300", "--seed", "5", "--anew")
    one, two, three = (found(check(folder, *arguments, "--jobs", str(jobs))) for jobs in (1, 2, 3))
    assert essence(one) == essence(two) == essence(three)
    assert [each["rule"] for each in one["findings"]] == ["closed-twice"]
    assert one["findings"][0]["count"] > 1


def test_a_campaign_that_has_seen_everything_says_so(folder):
    done = check(folder, "--jobs", "2", "--preemptions", "0", "--windows", "nt4-sp2", "--json",
                 program=str(EXAMPLES / "two_services_fixed.py"))  # fmt: skip
    assert found(done)["verdict"] == "exhausted up to 0 preemptions"
    assert done.returncode == 0


class Started:
    """A command under way."""

    def __init__(self, folder, *arguments, program="program.py"):
        self.process = subprocess.Popen(
            [*NOTSOCK, "check", program, *arguments],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def workers(self):
        """The processes that search, once one is there."""
        for _ in range(600):
            children = psutil.Process(self.process.pid).children(recursive=True)
            workers = [child for child in children if "notsock.campaign.worker" in " ".join(child.cmdline())]
            if workers:
                return workers
            time.sleep(0.05)
        raise AssertionError("no worker began")

    def ended(self):
        out, err = self.process.communicate(timeout=120)
        return subprocess.CompletedProcess((), self.process.returncode, out, err)


def wait_for(condition, what):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(what)


def test_ctrl_c_gives_what_was_found_so_far_and_leaves_nobody_behind(folder):
    started = Started(folder, "--jobs", "2", "--schedules", "10000000", "--json")
    workers = started.workers()
    wait_for(lambda: list(folder.glob(".notsock/findings/*.json")), "nothing was found")
    started.process.send_signal(signal.SIGINT)
    done = started.ended()
    assert done.returncode == 1, done.stderr
    release = found(done)
    assert release["verdict"] == "stopped"
    assert [each["rule"] for each in release["findings"]] == ["closed-twice"]
    wait_for(lambda: not any(worker.is_running() for worker in workers), "a worker was left behind")


def test_the_work_of_a_worker_that_is_killed_is_done_by_another(folder):
    arguments = ("--schedules", "1500", "--json", "--anew")
    quiet = found(check(folder, *arguments, "--jobs", "1"))
    started = Started(folder, *arguments, "--jobs", "2")
    started.workers()[0].kill()
    done = started.ended()
    assert "a worker died; others did the work again" in done.stderr
    assert essence(found(done)) == essence(quiet)


def test_a_program_that_kills_its_workers_is_told_in_one_line(folder):
    (folder / "program.py").write_text(
        "import os, signal, sys\n"
        "def scenario(system):\n"
        "    if 'notsock.campaign.worker' in open('/proc/self/cmdline').read():\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    process = system.machine().process('p')\n"
        "    @process.thread\n"
        "    def main(api):\n"
        "        api.ws2_32.WSAStartup()\n"
    )
    done = check(folder, "--jobs", "2")
    assert done.returncode == 2
    assert done.stderr == "notsock: the program ends the workers that run it: 3 in a row (killed by SIGKILL)\n"


# ---- one check after the other ----------------------------------------------------------------------------------

LONG = """
import socket, threading
def opens():
    for _ in range(8): socket.socket().close()
threads = [threading.Thread(target=opens, name=f"t{n}") for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def learned(folder):
    """What the corpus knows of the one program in it."""
    (path,) = folder.glob(".notsock/coverage/*.json")
    return json.loads(path.read_bytes())


@pytest.mark.parametrize("jobs", [(), ("--jobs", "2")])
def test_whoever_is_killed_while_it_searches_leaves_what_it_has_learned(folder, jobs):
    (folder / "program.py").write_text(LONG)
    before = 0
    for turn in range(4):
        started = Started(folder, *jobs, "--schedules", "10000000")
        wait_for(lambda: list(folder.glob(".notsock/coverage/*.json")), "nothing was kept")
        wait_for(lambda: learned(folder)["schedules"] > before, "nothing more was kept")  # noqa: B023 - used at once
        time.sleep(0.07 * turn)
        os.killpg(started.process.pid, signal.SIGKILL)
        started.process.communicate()
        after = learned(folder)["schedules"]
        assert after > before
        before = after
    done = check(folder, *jobs, "--schedules", "5")
    assert not done.stderr
    assert f"Windows 11 continues from {before:,} schedules of earlier checks, " in done.stdout


def test_a_campaign_goes_on_where_earlier_checks_stopped_with_any_number_of_workers(folder):
    (folder / "program.py").write_text(LONG)
    first = check(folder, "--schedules", "60")
    assert "continues" not in first.stdout
    results, left = [], []
    for jobs in ("1", "2", "3"):
        copy = folder.parent / f"copy{jobs}"
        shutil.copytree(folder, copy)
        results.append(found(check(copy, "--schedules", "120", "--json", "--jobs", jobs)))
        left.append(learned(copy))
    assert results[0]["continued"]["schedules"] == 60
    assert results[0]["continued"]["kept"] > 0
    assert essence(results[0]) == essence(results[1]) == essence(results[2])
    assert left[0] == left[1] == left[2]
    assert left[0]["schedules"] == 180


def test_ctrl_c_leaves_what_was_learned_to_the_next_check(folder):
    (folder / "program.py").write_text(LONG)
    started = Started(folder, "--schedules", "10000000", "--json")
    wait_for(lambda: list(folder.glob(".notsock/coverage/*.json")), "nothing was kept")
    started.process.send_signal(signal.SIGINT)
    schedules = found(started.ended())["schedules"]
    done = check(folder, "--schedules", "5")
    assert f"continues from {schedules:,} schedules of earlier checks" in done.stdout


# ---- Dask -------------------------------------------------------------------------------------------------------


class Cluster:
    """A scheduler and two workers, each a process of its own."""

    def __init__(self, folder):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard",
                                    "--no-show")  # fmt: skip
        self.workers = [self.start_worker() for _ in range(2)]

    def start(self, what, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + what, *arguments],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def start_worker(self):
        return self.start("worker", f"tcp://127.0.0.1:{self.port}", "--no-nanny", "--nthreads", "1", "--no-dashboard",
                          "--local-directory", str(self.folder))  # fmt: skip

    def searching(self):
        """The Dask workers beside which something searches."""
        return [worker for worker in self.workers if psutil.Process(worker.pid).children()]

    def end(self):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("dask"))
    yield made
    made.end()


def engine(cluster):
    return ("--engine", f"dask://127.0.0.1:{cluster.port}")


def test_a_dask_cluster_comes_to_the_same_though_a_worker_is_killed(folder, cluster):
    arguments = ("--schedules", "6000", "--json", "--anew")
    here = found(check(folder, *arguments, "--jobs", "1"))
    started = Started(folder, *arguments, *engine(cluster))
    wait_for(lambda: len(cluster.searching()) == 2, "the workers did not begin")
    time.sleep(1)  # until they are known to have
    cluster.workers[0].kill()
    done = started.ended()
    assert re.search(r"(a worker|\d workers) died; others did the work again", done.stderr), done.stderr
    assert essence(found(done)) == essence(here)


def test_a_dask_scheduler_that_goes_away_is_told_and_what_was_found_is_kept(folder, cluster):
    started = Started(folder, "--schedules", "10000000", *engine(cluster))
    wait_for(lambda: list(folder.glob(".notsock/findings/*.json")), "nothing was found")
    cluster.scheduler.kill()
    done = started.ended()
    assert f"the Dask scheduler at 127.0.0.1:{cluster.port} went away: what was found until then follows" in done.stderr
    assert "closed-twice" in done.stdout
    assert done.returncode == 1


def test_a_dask_scheduler_that_is_not_there_is_told_in_one_line(folder):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = check(folder, "--engine", f"dask://127.0.0.1:{port}")
    assert (done.returncode, done.stderr) == (2, f"notsock: no Dask scheduler answers at 127.0.0.1:{port}\n")


def test_a_local_dask_cluster_is_made_where_none_is_named(folder):
    done = check(folder, "--engine", "dask", "--jobs", "1", "--schedules", "100", "--json")
    assert not done.stderr
    assert found(done)["schedules"] == 100


@pytest.mark.parametrize("name", ["threads", "dask:", "dask://", "dusk://127.0.0.1:1"])
def test_an_engine_that_there_is_not_is_told_in_one_line(folder, name):
    done = check(folder, "--engine", name)
    assert done.returncode == 2
    assert done.stderr == f"notsock: --engine {name!r} is not one of processes, dask and dask://HOST:PORT\n"
