"""Nothing real leaks into what a program computes: the same output in every launch, run and process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import datetime as dt
import email.utils
import os
import random
import secrets
import ssl
import string
import tempfile
import threading
import time
import uuid

print(os.urandom(8).hex(), random.random(), random.SystemRandom().random(), random.Random().random())
print(secrets.token_hex(8), secrets.choice(string.ascii_letters), secrets.randbelow(1000))
print(uuid.uuid1(), uuid.uuid4(), uuid.getnode())
print(ssl.RAND_bytes(8).hex(), ssl.RAND_status())
print(time.time(), time.time_ns(), time.monotonic(), time.perf_counter(), time.process_time(), time.thread_time())
print(time.ctime(), tuple(time.localtime()), time.strftime("%c %Z"), time.tzname)
print(dt.datetime.now(), dt.datetime.now(dt.UTC), dt.datetime.today(), dt.date.today())
print(dt.datetime.fromtimestamp(0), dt.date.fromtimestamp(0), dt.datetime.now().astimezone())
print(dt.datetime(2026, 1, 1).timestamp(), dt.datetime.strptime("2026-02-03", "%Y-%m-%d"))
print(email.utils.formatdate(localtime=True), email.utils.localtime(), email.utils.make_msgid())
print(tempfile.mktemp(), tempfile.NamedTemporaryFile().name)
print(threading.get_ident(), threading.get_native_id(), os.getpid())
with open("made.txt", "w") as file:
    file.write("x")
print(os.stat("made.txt").st_mtime, os.stat("made.txt").st_size)
for kind in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(kind)
    context.check_hostname = False
    connection = context.wrap_bio(incoming, outgoing, server_side=kind == ssl.PROTOCOL_TLS_SERVER)
    try:
        connection.do_handshake()
    except ssl.SSLError as error:
        print(type(error).__name__, outgoing.read().hex())
"""
"""Prints everything in the standard library that a real process takes from its clock, its card or its entropy."""

SCRIPT = """
import sys
from notsock.shim.python_process import PythonProgram
from notsock.system import System
program = PythonProgram(source=sys.argv[1])
for number in range(int(sys.argv[2])):
    system = System(seed=7)
    for name in ("one", "two"):
        program.start(system.machine(), name=name)
    outcome = system.run()
    assert outcome.ending.name == "FINISHED"
    assert {stream for _, stream, _ in system.output} == {1}, system.output
    for process in system.processes:
        print(b"".join(data for one, _, data in system.output if one is process).decode().replace("\\n", "|"))
"""


def launches(runs, hash_seed, zone, folder):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, PROGRAM, str(runs)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT / "src"), "TZ": zone},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return launches(20, "0", "UTC", tmp_path_factory.mktemp("first"))


def test_the_same_in_the_second_and_the_twentieth_run_of_a_process(first):
    assert len(first) == 40
    assert set(first[::2]) == {first[0]}
    assert set(first[1::2]) == {first[1]}


@pytest.mark.parametrize(("hash_seed", "zone"), [("1", "Asia/Tokyo"), ("4711", "America/New_York")])
def test_the_same_in_every_launch(first, hash_seed, zone, tmp_path):
    assert launches(2, hash_seed, zone, tmp_path) == first[:4]


def test_two_processes_draw_different_numbers_at_one_virtual_time(first):
    one, two = (line.split("|") for line in first[:2])
    assert not set(one[:4]) & set(two[:4])
    assert one[6].startswith("2026-01-01 00:00:00")
    assert all(lines[7].startswith("1970-01-01 00:00:00 1970-01-01 2026-01-01 00:00:00") for lines in (one, two))
