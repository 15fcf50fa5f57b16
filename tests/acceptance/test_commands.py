"""The command as a person types it: output, exit status, and one clear line for whatever is wrong."""

import dataclasses
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from notsock.cli.main import main
from notsock.explore.replay_file import load, save

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture
def notsock(tmp_path):
    """Run the command in an empty folder; return (exit status, output, errors)."""

    def run(*arguments, timeout=120, env=None):
        done = subprocess.run(
            [sys.executable, "-m", "notsock.cli.main", *map(str, arguments)],
            cwd=tmp_path, capture_output=True, text=True, timeout=timeout, check=False,
            env=os.environ | {"COLUMNS": "100"} | (env or {}),
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    run.folder = tmp_path
    return run


def program(folder, text, name="program.py"):
    path = folder / name
    path.write_text(text)
    return path


# ---- what it is for ---------------------------------------------------------------------------------------------


def test_check_finds_shows_and_replays(notsock):
    status, output, errors = notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4-sp1,nt4-sp2")
    assert (status, errors) == (1, "")
    assert "two-owners" in output
    assert "Q142634" in output
    (replay,) = (notsock.folder / ".notsock" / "findings").glob("*two-owners*.json")
    assert f"notsock replay .notsock/findings/{replay.name}" in " ".join(output.split())

    status, output, errors = notsock("replay", replay)
    assert (status, errors) == (1, "")
    assert "The same run, event for event" in output

    status, output, errors = notsock("replay", replay, "--windows", "nt4-sp2")
    assert (status, errors) == (0, "")
    assert "nt4-sp2" in output

    status, output, errors = notsock("netstat", replay)
    assert (status, errors) == (0, "")
    assert "Active Connections" in output


def test_check_is_silent_about_the_mended_twin(notsock):
    status, output, _ = notsock("check", EXAMPLES / "two_services_fixed.py", "--windows", "nt4-sp1", "--json")
    assert status == 0
    (release,) = json.loads(output)["releases"]
    assert release["findings"] == []


def test_check_json_has_the_promised_shape(notsock):
    status, output, _ = notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4", "--json")
    assert status == 1
    result = json.loads(output)
    (release,) = result["releases"]
    assert result["program"].endswith("two_services.py")
    assert {"release", "schedules", "exhausted", "findings"} <= release.keys()
    for finding in release["findings"]:
        assert {"rule", "severity", "object", "article", "schedule", "story", "replay"} <= finding.keys()


def test_run_shows_output_and_netstat(notsock):
    path = program(
        notsock.folder,
        "import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 8080))\ns.listen()\nprint('listening')\ninput()\n",
    )
    status, output, _ = notsock("run", path)
    assert status in (0, 1)
    assert "listening" in output
    assert "Active Connections" in output


def test_run_json_has_the_promised_shape(notsock):
    path = program(notsock.folder, "import socket\nsocket.socket().close()\n")
    status, output, _ = notsock("run", path, "--json")
    assert status == 0
    assert {"digest", "exit", "events", "findings", "netstat"} <= json.loads(output).keys()


def test_a_further_program_is_another_process_on_another_machine(notsock):
    program(
        notsock.folder,
        "import socket\ns = socket.create_server(('', 8000))\nc, a = s.accept()\nprint('from', a[0])\n"
        "c.close()\ns.close()\n",
        "server.py",
    )
    program(
        notsock.folder,
        "import socket, time\ntime.sleep(1)\nsocket.create_connection(('machine1', 8000)).close()\n",
        "client.py",
    )
    status, output, _ = notsock("run", "server.py", "--and", "machine2:client.py")
    assert status == 0
    assert "from 10.0.0.2" in output


def test_kb_json_has_the_promised_shape(notsock):
    status, output, _ = notsock("kb", "Q185727", "--json", "--windows", "nt4-sp3,nt4-sp4")
    assert status == 0
    cells = json.loads(output)
    assert [(cell["release"], cell["claim"], cell["observed"]) for cell in cells] == [
        ("nt4-sp3", "affected", "affected"),
        ("nt4-sp4", "clean", "clean"),
    ]
    for cell in cells:
        wanted = {"article", "release", "claim", "observed", "schedules", "exhausted", "grounds", "evidence"}
        assert cell.keys() == wanted


def test_netstat_as_json_has_the_rows_that_are_printed(notsock):
    notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4-sp1,11", "--quiet")
    (replay,) = (notsock.folder / ".notsock" / "findings").glob("*two-owners*.json")
    status, output, errors = notsock("netstat", replay, "--at", "200", "--json")
    assert (status, errors) == (0, "")
    (machine,) = json.loads(output)
    assert (machine["machine"], machine["release"]) == ("machine1", "nt4-sp1")
    assert {"protocol": "UDP", "local": "0.0.0.0:161", "remote": "*:*", "state": ""} in machine["sockets"]
    status, printed, errors = notsock("netstat", replay, "--at", "200", "--quiet")
    assert (status, errors) == (0, "")
    columns = [[value for value in row.values() if value] for row in machine["sockets"]]
    assert [line.split() for line in printed.splitlines()] == columns


def test_what_is_quiet_prints_what_was_found_and_no_more(notsock):
    shouting = program(notsock.folder, "import socket\nsocket.socket().bind(('', 80))\nprint('hello')\n")
    assert notsock("run", shouting, "--quiet") == (0, "", "")
    check = notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4-sp1", "--quiet")
    (replay,) = (notsock.folder / ".notsock" / "findings").glob("*two-owners*.json")
    status, output, errors = notsock("replay", replay, "--quiet")
    assert (status, errors) == (1, "")
    assert output.splitlines()[0] == check[1].splitlines()[0]
    assert "The same run" not in output
    assert notsock("replay", replay, "--windows", "nt4-sp2", "--quiet") == (0, "", "")


def test_a_replay_that_is_another_run_says_so_even_if_quiet(notsock):
    notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4-sp1", "--quiet")
    (replay,) = (notsock.folder / ".notsock" / "findings").glob("*two-owners*.json")
    file = load(replay)
    save(replay, dataclasses.replace(file, digest="0" * len(file.digest)))
    status, _, errors = notsock("replay", replay, "--quiet")
    assert status == 2
    assert errors.startswith("notsock: Not the same run")


def test_compare_says_quietly_where_two_runs_part(notsock):
    status, output, _ = notsock("compare", EXAMPLES / "two_services.py", "--windows", "nt4-sp1,nt4-sp2", "--quiet")
    assert status == 1
    head, *sides = output.splitlines()
    assert head.startswith("The runs are the same for ")
    assert [line.split()[0] for line in sides] == ["nt4-sp1", "nt4-sp2"]


def test_lists_are_quietly_names(notsock):
    for command in ("releases", "rules"):
        names = notsock(command, "--quiet")[1].splitlines()
        listed = json.loads(notsock(command, "--json")[1])
        assert names == [each["release" if command == "releases" else "name"] for each in listed]
    assert notsock("rules", "stale-close", "--quiet")[1].count("\n") == 1
    assert notsock("releases", "nt4-sp2", "--quiet")[1].splitlines() == [
        row["says"] for row in json.loads(notsock("releases", "nt4-sp2", "--json")[1])[0]["rows"]
    ]


def test_kb_of_one_article_is_quietly_a_line_a_release(notsock):
    status, output, _ = notsock("kb", "Q142634", "--windows", "nt4-sp1,nt4-sp2", "--quiet")
    assert status == 0
    assert [line.split()[:2] for line in output.splitlines()] == [["nt4-sp1", "affected"], ["nt4-sp2", "clean"]]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the sockets of Linux are asked for")
def test_this_machines_sockets_as_json(notsock):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        status, output, errors = notsock("netstat", "--live", "--json")
        assert (status, errors) == (0, "")
        local = f"127.0.0.1:{listener.getsockname()[1]}"
        (found,) = [each for each in json.loads(output)["sockets"] if each["local"] == local]
        assert found["state"] == "LISTENING"
        assert os.getpid() in [holder["pid"] for holder in found["held_by"]]
        assert local not in notsock("netstat", "--live", "--quiet")[1]


def test_releases_lists_and_cites(notsock):
    status, output, _ = notsock("releases")
    assert status == 0
    assert "nt4-sp3" in output
    status, output, _ = notsock("releases", "nt4-sp3")
    assert status == 0
    assert "Q185727" in output


# ---- what people do wrong ---------------------------------------------------------------------------------------


def one_line(errors, *words):
    assert "Traceback" not in errors
    lines = errors.strip().splitlines()
    assert len(lines) == 1, errors
    for word in words:
        assert word in lines[0], lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "nothing.py"], ["nothing.py", "No such file"]),
        (["run", "nothing.py"], ["nothing.py", "No such file"]),
        (["replay", "nothing.json"], ["nothing.json", "No such file"]),
        (["kb", "Q1"], ["Q1"]),
        (["releases", "nt9"], ["nt9", "nt4-sp3"]),
        (["check", "x.py", "--windows", "vista9"], ["vista9"]),
        (["check", "x.py", "--faults", "loss=200%"], ["loss=200%"]),
        (["check", "x.py", "--faults", "rain=1%"], ["rain"]),
        (["check", "x.py", "--for", "soon"], ["soon"]),
    ],
)
def test_a_wrong_word_is_told_in_one_line(notsock, arguments, words):
    status, _, errors = notsock(*arguments)
    assert status == 2
    one_line(errors, *words)


def test_a_program_that_is_not_python(notsock):
    path = program(notsock.folder, "this is (not python\n")
    status, _, errors = notsock("check", path)
    assert status == 2
    one_line(errors, "program.py", "line 1")


def test_binary_junk_as_a_program(notsock):
    path = notsock.folder / "junk.py"
    path.write_bytes(bytes(range(256)))
    status, _, errors = notsock("check", path)
    assert status == 2
    one_line(errors, "junk.py")


def test_a_program_that_raises_ends_with_its_own_traceback_and_a_note(notsock):
    path = program(notsock.folder, "raise ValueError('mine')\n")
    status, output, errors = notsock("run", path)
    assert status == 0
    assert "ValueError: mine" in errors + output
    assert "notsock/" not in errors


def test_a_program_that_exits_with_a_code(notsock):
    path = program(notsock.folder, "import sys\nsys.exit(7)\n")
    status, output, _ = notsock("run", path, "--json")
    assert status == 0
    assert json.loads(output)["exit"][0]["code"] == 7


@pytest.mark.slow
def test_a_loop_without_a_call_is_ended_with_a_reason(notsock):
    path = program(notsock.folder, "while True:\n    pass\n")
    status, _, errors = notsock("run", path, timeout=60)
    assert status == 2
    one_line(errors, "without a call")


def test_a_deadlock_is_a_finding(notsock):
    path = program(
        notsock.folder,
        "import threading\na, b = threading.Lock(), threading.Lock()\n"
        "def one():\n    with a:\n        with b: pass\n"
        "def two():\n    with b:\n        with a: pass\n"
        "t = [threading.Thread(target=f) for f in (one, two)]\n[x.start() for x in t]\n[x.join() for x in t]\n",
    )
    status, output, _ = notsock("check", path, "--json")
    assert status == 1
    assert {finding["rule"] for finding in json.loads(output)["releases"][0]["findings"]} == {"deadlock"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import os\nos.fork()\n", ["fork"]),
        ("import subprocess\nsubprocess.run(['true'])\n", ["not model"]),
        ("import winsound\n", ["not model"]),
    ],
)
def test_what_is_not_modelled_is_refused_by_name(notsock, text, words):
    path = program(notsock.folder, text)
    _, output, errors = notsock("run", path)
    for word in words:
        assert word in output + errors


def damaged(path, how):
    text = path.read_text()
    if how == "truncated":
        path.write_text(text[: len(text) // 2])
    elif how == "edited":
        path.write_text(text.replace('"seed": 0', '"seed": 1'))
    else:
        path.write_text("{}")


@pytest.mark.parametrize("how", ["truncated", "edited", "empty"])
def test_a_damaged_replay_file_is_refused(notsock, how):
    notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4-sp1")
    (replay,) = (notsock.folder / ".notsock" / "findings").glob("*two-owners*.json")
    damaged(replay, how)
    status, _, errors = notsock("replay", replay)
    assert status == 2
    one_line(errors, replay.name)


def test_a_replay_of_changed_source_names_the_file(notsock):
    path = program(notsock.folder, (EXAMPLES / "two_services.py").read_text(), "mine.py")
    notsock("check", path, "--windows", "nt4-sp1")
    (replay,) = (notsock.folder / ".notsock" / "findings").glob("*two-owners*.json")
    path.write_text(path.read_text() + "\n# changed\n")
    status, _, errors = notsock("replay", replay)
    assert status == 2
    one_line(errors, "mine.py", "changed")


# ---- watch ------------------------------------------------------------------------------------------------------


def test_watch_without_a_terminal_and_with_bad_files_says_so_in_one_line(notsock):
    notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4-sp1", "--quiet")
    (replay,) = (notsock.folder / ".notsock" / "findings").glob("*.json")
    status, output, errors = notsock("watch", replay)
    assert (status, output) == (2, "")
    assert errors == "notsock: watch needs a terminal; notsock replay --step prints the run event by event\n"
    bad = program(notsock.folder, '{"format": "notsock-replay"', "bad.json")
    none = notsock.folder / "none.json"
    for path, why in ((bad, "truncated"), (none, "No such file"), (notsock.folder, "directory")):
        status, output, errors = notsock("watch", path)
        assert (status, output, errors.count("\n")) == (2, "", 1)
        assert why in errors


@pytest.mark.debian
def test_watch_in_a_terminal_of_eighty_columns(notsock):
    tmux = shutil.which("tmux")
    if tmux is None:
        if os.environ.get("NOTSOCK_DEBIAN"):
            pytest.fail("tmux is missing")
        pytest.skip("tmux is not installed")
    notsock("check", EXAMPLES / "two_services.py", "--windows", "nt4-sp1", "--quiet")
    (replay,) = (notsock.folder / ".notsock" / "findings").glob("*.json")
    server = [tmux, "-S", str(notsock.folder / "tmux")]
    command = shlex.join([sys.executable, "-m", "notsock.cli.main", "watch", str(replay)])
    subprocess.run([*server, "new-session", "-d", "-x", "80", "-y", "24", command], cwd=notsock.folder, check=True)
    try:
        shown = wait_for(lambda: screen(server), lambda text: "claimed here as well" in text)
        assert "UDP 0.0.0.0:161 has two owners" in shown
        subprocess.run([*server, "send-keys", "Home"], check=True)
        shown = wait_for(lambda: screen(server), lambda text: "event 1 of" in text)
        assert "machine machine1 comes up" in shown
        subprocess.run([*server, "send-keys", "q"], check=True)
        wait_for(lambda: subprocess.run([*server, "has-session"], capture_output=True, check=False).returncode, bool)
    finally:
        subprocess.run([*server, "kill-server"], capture_output=True, check=False)


def screen(server):
    return subprocess.run([*server, "capture-pane", "-p"], capture_output=True, text=True, check=False).stdout


def wait_for(look, good, seconds=60):
    until = time.monotonic() + seconds
    while not good(seen := look()):
        assert time.monotonic() < until, seen
        time.sleep(0.1)
    return seen


def test_shells_are_told_how_to_complete(notsock):
    for shell in ("bash", "zsh", "fish"):
        status, output, errors = notsock("completion", shell)
        assert (status, errors) == (0, "")
        assert "_NOTSOCK_COMPLETE" in output
    asked = {"_NOTSOCK_COMPLETE": "bash_complete", "COMP_WORDS": "notsock wa", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from notsock.cli.main import main; main(prog_name='notsock')"],
        env=os.environ | asked, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "plain,watch\n"


# ---- help -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_commands_help_has_examples_that_it_takes_and_its_exit_status(name):
    command = main.commands[name]
    text = command.get_help(click.Context(command, info_name=f"notsock {name}", max_content_width=100))
    examples = re.findall(rf"^.*\bnotsock {name}\b(?!.*\[OPTIONS\])([^)>#\n]*)", text, re.MULTILINE)
    assert examples
    assert "\\b" not in text
    for example in examples:
        command.make_context(name, shlex.split(example))
    assert "Exit status: 0" in text or "Exit status: the command's" in text
    assert "\n\n  " in text.partition("Usage:")[2]
    assert all(len(line) <= 100 for line in text.splitlines())


ASKS = """
import os, socket
number = socket.socket().detach()
socket.close(number)
if os.environ.get("PROBE") == "tls":
    try: socket.close(number)
    except OSError: pass
"""


def test_a_finding_of_another_environment_says_which_variable_it_was(notsock, tmp_path):
    (tmp_path / "asks.py").write_text(ASKS)
    there, here = {"PROBE": "tls"}, {"PROBE": "plain"}
    assert notsock("check", "asks.py", env=there)[0] == 1
    (path,) = tmp_path.glob(".notsock/findings/*.json")
    status, output, _ = notsock("replay", path, env=here)
    assert status == 2
    assert "(made with another value of PROBE)" in output
    status, output, _ = notsock("check", "asks.py", env=here)
    assert status == 0
    assert output.startswith("does not fail here, made with another value of PROBE: socket #3 was closed twice")
    errors = notsock("compare", path, path, env=here)[2]
    assert set(errors.splitlines()) == {
        f"notsock: {path}: made with another value of PROBE: here it is not the run that was recorded"
    }
    assert "The same run, event for event" in notsock("replay", path, env=there)[1]
    assert not notsock("compare", path, path, env=there)[2]
