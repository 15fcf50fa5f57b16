"""From a log to a finding's file, to a simulated program: it has the fault, and mended it has it not."""

import json
import random
from contextlib import suppress

import pytest
from readers_logs import EXEC, read, ticks
from test_readers_lifetimes import ACCEPTED, CLONE_THREAD, EBADF, END, FORK, closes, opens, owner, piled
from test_readers_wine import MODULES, crt_closes, descriptor, opened, server_close
from test_readers_wine import THREAD as BEGUN
from test_readers_wine import call as wine_call
from test_readers_wine import closes as wine_closes

from notsock.programs.checking import Effort, check
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.readers.bridge.finding_file import FindingFileError, keep, load
from notsock.readers.bridge.scenario import FOUND_AS, write
from notsock.readers.judging import judge_reading
from notsock.readers.wine.reader import Reader as WineReader

LISTENER = "100 1.1 socket(AF_INET, SOCK_STREAM, 0) = 5\n100 1.2 listen(5, 5) = 0\n"
START = '200 1.4 execve("/bin/helper", ["helper"], 0x7ffe /* 3 vars */) = 0\n'
TORN = (
    opens(5) + CLONE_THREAD + "101 recvfrom(5,  <unfinished ...>\n" + closes(5) + opens(5)
    + '101 <... recvfrom resumed>"x", 1, 0, NULL, NULL) = 1\n101 recvfrom(5, "", 1, 0, NULL, NULL) = 0\n'
)  # fmt: skip
LOGS = {
    "closed-twice": EXEC + opens(5) + CLONE_THREAD + closes(5, 101) + closes(5, result=EBADF) + END,
    "stale-close": EXEC + CLONE_THREAD + opens(5) + closes(5) + opens(5, pid=101) + closes(5) + closes(5, 101, EBADF)
    + "101 +++ exited with 0 +++\n" + END,
    "use-after-close": EXEC + opens(5) + closes(5) + f'100 write(5, "x", 1) = {EBADF}\n' + END,
    "stale-use": EXEC + TORN + END,
    "leaked-duplicate": EXEC + ACCEPTED + FORK.replace("100 ", "100 1.4 ")
    + '100 1.5 write(5, "x", 1) = 1\n100 1.6 close(5) = 0\n200 9.0 +++ exited with 0 +++\n',
    "inherited-listener": EXEC + LISTENER + FORK.replace("100 ", "100 1.3 ") + START + ticks(2, 9),
    "half-closed-pile": piled(6) + ticks(2.2, 5),
    "shared-port": owner(100, "one") + owner(200, "other"),
}  # fmt: skip
WINE = {
    "closed-through-alias": opened("0030") + descriptor("0030", 3) + crt_closes(3, "0030")
    + wine_closes("0030", inside=None),
    "stale-context": opened("0030") + descriptor("0030", 3) + crt_closes(3, "0030") + opened("0030"),
    "stale-close": wine_call("_beginthread", "140001530", inside=BEGUN, result="00000080")
    + wine_closes("0080", name="CloseHandle", result="00000001") + opened("0080") + server_close("0080", "0028")
    + "0028: *killed* exit_code=0\n",
}  # fmt: skip


def wine(log):
    reader = WineReader("log")
    reader.feed((MODULES + log).strip().split("\n"))
    return reader.finish()


def kept(reading, folder, rule):
    """Keep what was found; return the file of a rule's finding."""
    report = judge_reading(reading)
    paths = list(keep(folder, "a/log.txt", reading, report))
    return next(path for path in paths if f"-{rule}-" in path.name)


def searched(finding, folder, *, mended):
    path = folder / f"program_{mended}.py"
    path.write_text(write(finding, mended=mended))
    compile(path.read_text(), str(path), "exec")
    result = check(Program((Part(str(path)),)), Options(), Effort(schedules=150), store=None)
    return {each.finding.rule for each in result.discoveries}


CASES = [*((rule, read, log) for rule, log in LOGS.items()), *((rule, wine, log) for rule, log in WINE.items())]


@pytest.mark.parametrize(("rule", "reader", "log"), CASES, ids=[f"{case[0]}-{case[1].__name__}" for case in CASES])
def test_a_traced_fault_is_found_in_the_simulation_and_its_mended_twin_is_clean(rule, reader, log, tmp_path):
    finding = load(kept(reader(log), tmp_path, rule))
    assert finding.rule == rule
    assert searched(finding, tmp_path, mended=False) & set(FOUND_AS[rule])
    assert not searched(finding, tmp_path, mended=True) - {"left-open"}


def test_names_from_a_log_stay_words_and_comments(tmp_path):
    hostile = LOGS["closed-twice"].replace("/usr/bin/server", '/usr/bin/x"""\\nimport os\\x1b[31m').replace(
        "close(5)", 'close(5)"""'
    )  # fmt: skip
    finding = load(kept(read(hostile), tmp_path, "closed-twice"))
    text = write(finding, mended=False)
    compile(text, "program", "exec")
    assert "\x1b" not in text
    assert "\nimport os" not in text


def test_what_windows_has_no_counterpart_of_is_refused(tmp_path):
    log = EXEC + ACCEPTED + "100 1.4 epoll_create1(0) = 9\n100 1.5 dup(5) = 6\n"
    log += "100 1.6 epoll_ctl(9, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=5}}) = 0\n100 1.8 close(5) = 0\n"
    finding = load(kept(read(log + ticks(2, 5)), tmp_path, "watched-after-close"))
    with pytest.raises(FindingFileError, match="no counterpart"):
        write(finding, mended=False)


@pytest.mark.parametrize(
    "damage",
    [lambda content: [], lambda content: content | {"format": "x"}, lambda content: content | {"trace": ["junk"]},
     lambda content: content | {"trace": 5}, lambda content: {"format": content["format"]},
     lambda content: content | {"lines": {"x": "y"}}],
)  # fmt: skip
def test_a_damaged_file_is_refused_in_one_line(damage, tmp_path):
    path = kept(read(LOGS["closed-twice"]), tmp_path, "closed-twice")
    path.write_text(json.dumps(damage(json.loads(path.read_text()))))
    with pytest.raises(FindingFileError) as error:
        load(path)
    assert "\n" not in str(error.value)
    path.write_bytes(b"\xff\x00{")
    with pytest.raises(FindingFileError):
        load(path)
    with pytest.raises(FindingFileError):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize("rule", ["closed-twice", "inherited-listener", "shared-port", "stale-use"])
def test_a_file_with_other_digits_is_a_program_or_is_refused(rule, tmp_path):
    path = kept(read(LOGS[rule]), tmp_path, rule)
    data = path.read_bytes()
    chance, digits = random.Random(rule), [place for place, byte in enumerate(data) if 48 <= byte < 58]
    for _ in range(400):
        changed = bytearray(data)
        for place in chance.sample(digits, 2):
            changed[place] = chance.randrange(48, 58)
        path.write_bytes(changed)
        with suppress(FindingFileError):
            compile(write(load(path), mended=False), "program", "exec")
