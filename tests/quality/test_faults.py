"""Faults are drawn like the schedule: each breaks what relies on its absence; no story keeps one without need."""

import pytest

from notsock.programs.checking import Effort, check, replay
from notsock.programs.options import Options, parse_faults
from notsock.programs.program import Part, Program

SERVER = """
import socket, sys
listener = None
try:
    listener = socket.create_server(("0.0.0.0", 700))
    listener.settimeout(60)
    connection, _ = listener.accept()
    connection.settimeout(60)
    data = connection.recv(100)
    if data:
        connection.sendall(data.upper())
    connection.close()
except OSError:
    pass
if listener is not None:
    listener.close()
"""

CLIENT = """
import socket, time
time.sleep(1)
try:
    with socket.create_connection(("machine1", 700), timeout=PATIENCE) as s:
        s.sendall(b"hello")
        answer = s.recv(100)
except OSError as error:
    answer = repr(error).encode()
HANDLED
"""
RELIES = CLIENT.replace("HANDLED", 'assert answer == b"HELLO", answer')
COPES = CLIENT.replace("HANDLED", "")

DATAGRAMS = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 700))
s.settimeout(30)
got = []
try:
    while True:
        got.append(s.recv(100))
except TimeoutError:
    pass
s.close()
assert JUDGED, got
"""
SENDER = """
import socket, time
time.sleep(1)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(3):
    s.sendto(b"%d" % n, ("machine1", 700))
s.close()
"""


def checked(folder, server, client, faults, schedules=150):
    (folder / "server.py").write_text(server)
    (folder / "client.py").write_text(client)
    program = Program((Part(str(folder / "server.py")), Part(str(folder / "client.py"), (), "machine2")))
    conditions, mishaps = parse_faults(faults)
    options = Options(conditions=conditions, faults=mishaps)
    return check(program, options, Effort("random", schedules), store=folder / "store")


def uncaught(result):
    return [each for each in result.discoveries if each.finding.rule == "uncaught"]


TCP = [
    ("kill=3%", "process server is killed"),
    ("crash=3%/5s", "machine1 crashes"),
    ("partition=10%/300s", "the network parts machine1 and machine2"),
    ("backlog=30%", "the backlog of machine1 port 700 is full"),
    ("nobufs=30%", "finds no buffers"),
]


@pytest.mark.parametrize(("faults", "said"), TCP, ids=[faults for faults, _ in TCP])
def test_a_fault_is_found_named_and_replayed_and_copes_who_copes(tmp_path, faults, said):
    patience = "0.3" if "backlog" in faults else "90"  # whoever waits longer asks again
    relies, copes = (text.replace("PATIENCE", patience) for text in (RELIES, COPES))
    found = uncaught(checked(tmp_path, SERVER, relies, faults))
    stories = ["\n".join(each.story) for each in found]
    assert any(said in story for story in stories), stories
    for each in found:
        assert len(each.schedule.verdicts()) == 1, each.story
        assert replay(each.replay).same
    assert not uncaught(checked(tmp_path, SERVER, copes, faults))


def test_nothing_happens_without_faults(tmp_path):
    assert not uncaught(checked(tmp_path, SERVER, RELIES.replace("PATIENCE", "90"), ""))


LINKS = [
    ("loss=10%", "len(got) == 3", "the network loses packet"),
    ("duplicate=10%", "len(got) == 3", "twice"),
    ("reorder=10%", "got == sorted(got)", "behind later ones"),
    ("partition=10%/20s", "len(got) == 3", "the network parts machine1 and machine2"),
]


@pytest.mark.parametrize(("faults", "judged", "said"), LINKS, ids=[faults for faults, _, _ in LINKS])
def test_what_befalls_datagrams_is_found_and_named(tmp_path, faults, judged, said):
    (found,) = uncaught(checked(tmp_path, DATAGRAMS.replace("JUDGED", judged), SENDER, faults))
    assert said in "\n".join(found.story)
    assert len(found.schedule.verdicts()) == 1
    harmless = "set(got) <= {b'0', b'1', b'2'}"
    assert not uncaught(checked(tmp_path, DATAGRAMS.replace("JUDGED", harmless), SENDER, faults))


HANDLES = """
import socket
made = []
try:
    for n in range(40):
        made.append(socket.socket())
except OSError as error:
    assert error.winerror == 10024, error
assert len(made) == 40, len(made)
"""


def test_a_handle_table_near_its_limit_refuses_sockets(tmp_path):
    assert uncaught(checked(tmp_path, HANDLES, "", "handles=20", 3))
    assert not uncaught(checked(tmp_path, HANDLES, "", "handles=100", 3))


def test_a_finding_that_needs_no_fault_keeps_none(tmp_path):
    client = CLIENT.replace("HANDLED", "1 / 0").replace("PATIENCE", "90")
    (found,) = uncaught(checked(tmp_path, SERVER, client, "loss=20%,kill=2%,delay=1ms..9ms"))
    assert not found.schedule.verdicts()


def test_a_crashed_machine_answers_with_a_reset_when_it_is_back(tmp_path):
    client = """
import socket, time
time.sleep(1)
s = socket.create_connection(("machine1", 700), timeout=90)
seen = ""
try:
    while True:
        s.sendall(b"x")
        time.sleep(1)
except OSError as error:
    seen = error.winerror
s.close()
assert seen != 10054, "the peer is back and knows nothing"
"""
    server = """
import socket, time
listener = socket.create_server(("0.0.0.0", 700))
connection, _ = listener.accept()
for n in range(30):
    time.sleep(1)
    connection.recv(10)
connection.close()
listener.close()
"""
    stories = ["\n".join(each.story) for each in uncaught(checked(tmp_path, server, client, "crash=2%/3s", 60))]
    assert any("machine1 crashes" in story for story in stories), stories
