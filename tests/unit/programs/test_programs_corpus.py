"""The corpus: failing schedules come first in the next check; whatever is wrong with it, the check goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from notsock.explore.replay_file import load
from notsock.programs import corpus
from notsock.programs.checking import Effort, State, check, explore_here
from notsock.programs.options import Options
from notsock.programs.program import Part, Program

LEAVES = """
def scenario(system):
    process = system.machine().process('p')
    @process.thread
    def main(api):
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket(2, 1, 6)
        api.ws2_32.closesocket(s)
        TWICE
        api.ws2_32.WSACleanup()
"""
BROKEN, MENDED = LEAVES.replace("TWICE", "api.ws2_32.closesocket(s)"), LEAVES.replace("TWICE", "pass")


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(BROKEN)
    return Program((Part(str(path)),))


def checked(program, store, schedules=5, seed=0, **more):
    said = []
    effort = Effort(schedules=schedules)
    result = check(program, Options("nt4", seed), effort, store=store, complain=said.append, **more)
    return result, said


def states(result):
    return [known.state for known in result.known]


def test_a_failing_schedule_is_replayed_first_until_it_no_longer_fails_and_after(program, tmp_path):
    path, store = Path(program.parts[0].path), tmp_path / "store"
    first, _ = checked(program, store)
    assert states(first) == []
    assert states(checked(program, store, seed=9)[0]) == [State.STILL]
    path.write_text(MENDED)
    mended, _ = checked(program, store)
    assert states(mended) == [State.MENDED]
    assert not mended.discoveries
    assert states(checked(program, store)[0]) == []
    path.write_text("# moved down\n" + BROKEN)
    again, _ = checked(program, store)
    assert states(again) == [State.AGAIN]
    assert len(again.discoveries) == 1


def test_what_only_the_corpus_shows_is_reported(tmp_path):
    path = Path(__file__).parents[3] / "zoo" / "two_services.py"
    program, store = Program((Part(str(path)),)), tmp_path / "store"
    (known,) = checked(program, store, 200)[0].discoveries
    result, _ = checked(program, store, 1)
    assert not result.search.found
    (discovery,) = result.discoveries
    assert (discovery.count, discovery.story) == (0, known.story)


def test_another_program_or_release_is_not_concerned(program, tmp_path):
    checked(program, tmp_path / "store")
    other = tmp_path / "other.py"
    other.write_text(BROKEN)
    assert states(checked(Program((Part(str(other)),)), tmp_path / "store")[0]) == []
    assert not check(program, Options("98"), Effort(schedules=2), store=tmp_path / "store").known


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('{"format": "notsock-corpus", "version": 99}', "is a corpus of version 99, this notsock has 1"),
        ('{"format": "other", "version": 1}', "is no corpus (corpus.json says 'other')"),
        ('{"format": "notsock-cor', "is damaged (corpus.json is not what was written)"),
        ("[" * 100_000, "is damaged (corpus.json is not what was written)"),
        ("[]", "is damaged (corpus.json is not what was written)"),
    ],
)
def test_a_corpus_of_another_kind_is_left_alone(program, tmp_path, mark, said):
    store = tmp_path / "store"
    checked(program, store)
    (store / "corpus.json").write_text(mark)
    result, lines = checked(program, store)
    assert lines == [f"{store} {said}: it is left alone, and what is found is not kept"]
    assert len(result.discoveries) == 1
    assert result.discoveries[0].replay is None
    assert (store / "corpus.json").read_text() == mark


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[: len(data) // 2], "truncated: it ends in the middle"),
        (lambda data: b"", "empty"),
        (lambda data: data.replace(b'"version": 1', b'"version": 7'), "version 7 of the format is unknown"),
        (lambda data: data.replace(b"closed-twice", b"closed-thrice"), "edited or damaged"),
        (lambda data: b"[" * 1_000_000, "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_used_is_left_out(program, tmp_path, change, said):
    store = tmp_path / "store"
    (discovery,) = checked(program, store)[0].discoveries
    discovery.replay.write_bytes(change(discovery.replay.read_bytes()))
    result, lines = checked(program, store)
    assert len(lines) == 1
    assert lines[0].startswith(f"{discovery.replay} is left out: ")
    assert said in lines[0]
    assert load(result.discoveries[0].replay).rule == "closed-twice"


def test_a_place_that_cannot_be_written_is_told_once(program, tmp_path):
    store = tmp_path / "store"
    store.write_text("a file")
    result, lines = checked(program, store)
    assert len(result.discoveries) == 1
    assert len(lines) == 1
    assert lines[0] == f"{store} is no folder: it is left alone, and what is found is not kept"


WITHIN_LIMITS = """
import resource, signal, sys
from notsock.programs.checking import Effort, check
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
result = check(Program((Part(sys.argv[1]),)), Options("nt4"), Effort(schedules=5), complain=print)
print(len(result.discoveries), result.discoveries[0].replay)
"""


@pytest.mark.parametrize("room", [0, 100, 500])
def test_a_disk_that_is_full_is_told_and_nothing_half_is_left(program, tmp_path, room):
    done = subprocess.run(
        [sys.executable, "-c", WITHIN_LIMITS, program.parts[0].path, str(room)],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    said, result = done.stdout.splitlines()
    assert said == ".notsock cannot be written (File too large): what is found is not kept"
    assert result == "1 None"
    assert [path for path in (tmp_path / ".notsock").rglob("*") if path.is_file() and path.name != "corpus.json"] == []


KEEPING = """
import sys
from pathlib import Path
from notsock.explore.replay_file import load
from notsock.programs.corpus import Corpus
file = load(sys.argv[1])
corpus = Corpus(Path(sys.argv[2]), print)
for number in range(10**9):
    corpus.keep(f"{number % 7}.json", file)
    print(number, flush=True)
"""


def test_whoever_is_killed_loses_nothing_finished_and_breaks_nothing(program, tmp_path):
    (discovery,) = checked(program, tmp_path / "store")[0].discoveries
    target = tmp_path / "target"
    finished = -1
    for turn in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", KEEPING, str(discovery.replay), str(target)], stdout=subprocess.PIPE, text=True
        ) as writer:
            finished = max(finished, int(writer.stdout.readline()))
            time.sleep(0.003 * turn)
            os.kill(writer.pid, signal.SIGKILL)
            finished = max([finished, *(int(line) for line in writer.stdout.read().split())])
        assert json.loads((target / "corpus.json").read_bytes())["version"] == 1
        files = {path.name for path in (target / "findings").glob("*.json")}
        assert files >= {f"{number}.json" for number in range(min(finished + 1, 7))}
        for path in (target / "findings").glob("[!.]*.json"):
            assert load(path).rule == "closed-twice"


def test_halves_of_files_are_cleared_away_when_they_are_old(program, tmp_path):
    store = tmp_path / "store"
    checked(program, store)
    old, new = store / "findings" / ".x.json.abc", store / "findings" / ".x.json.def"
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (time.time() - 1000,) * 2)
    checked(program, store)
    assert (old.exists(), new.exists()) == (False, True)


# ---- what searches have learned ----------------------------------------------------------------------------------

MANY = """
def scenario(system):
    process = system.machine().process('p')
    for name in 'abc':
        def main(api):
            api.ws2_32.WSAStartup()
            for _ in range(20):
                api.ws2_32.closesocket(api.ws2_32.socket(2, 1, 6))
        main.__name__ = name
        process.thread(main)
"""


@pytest.fixture
def many(tmp_path):
    """A program of more schedules than anybody tries."""
    path = tmp_path / "many.py"
    path.write_text(MANY)
    return Program((Part(str(path)),))


def coverage_of(store):
    (path,) = (store / "coverage").glob("*.json")
    return path


def runs_of(program, store, schedules=40, **more):
    """The digests of the runs that a check's search makes, and its result."""
    digests = []

    def noting(runner, effort, learned, **told):
        def run(strategy):
            made = runner(strategy)
            digests.append(made.digest)
            return made

        run.options = runner.options
        return explore_here(run, effort, learned, **told)

    result, said = checked(program, store, schedules, explore=noting, **more)
    assert not said
    return digests, result


def test_a_search_goes_on_where_the_one_before_stopped(many, tmp_path):
    store = tmp_path / "store"
    first, before = runs_of(many, store)
    second, after = runs_of(many, store)
    third, last = runs_of(many, store)
    assert before.continued == (0, 0)
    assert (after.continued[0], last.continued[0]) == (40, 80)
    assert last.continued[1] > 0
    assert len({*first, *second, *third}) >= 0.95 * len({*first}) * 3
    assert runs_of(many, tmp_path / "other")[0] == first


def test_a_search_that_goes_on_is_the_same_wherever_it_does(many, tmp_path):
    store, copy = tmp_path / "store", tmp_path / "copy"
    runs_of(many, store)
    shutil.copytree(store, copy)
    assert runs_of(many, store)[0] == runs_of(many, copy)[0]
    assert coverage_of(store).read_bytes() == coverage_of(copy).read_bytes()


def test_anew_a_search_begins_with_the_first_schedule_and_the_next_goes_on_from_there(many, tmp_path):
    store = tmp_path / "store"
    first, _ = runs_of(many, store)
    second, _ = runs_of(many, store)
    again, result = runs_of(many, store, anew=True)
    assert result.continued == (0, 0)
    assert again == first
    assert runs_of(many, store)[0] == second


@pytest.mark.parametrize("change", ["text", "python", "notsock", "seed", "release"])
def test_what_was_learned_of_something_else_is_not_used(many, tmp_path, change, monkeypatch):
    store = tmp_path / "store"
    checked(many, store)
    options = Options("nt4")
    if change == "text":
        Path(many.parts[0].path).write_text("# moved down\n" + MANY)
    elif change == "seed":
        options = replace(options, seed=1)
    elif change == "release":
        options = replace(options, release="nt4-sp2")
    else:
        names = {"python": "python_version", "notsock": "__version__"}
        monkeypatch.setattr(corpus, names[change], (lambda: "2.7") if change == "python" else "9.9")
    said = []
    result = check(many, options, Effort(schedules=5), store=store, complain=said.append)
    assert (result.continued, said) == ((0, 0), [])


def test_a_search_that_has_tried_everything_begins_anew(program, tmp_path):
    store = tmp_path / "store"
    Path(program.parts[0].path).write_text(MENDED)
    assert checked(program, store)[0].search.exhausted
    assert not list(store.rglob("*.json"))
    assert checked(program, store)[0].search.exhausted


def test_a_search_that_proves_something_neither_learns_nor_forgets(many, tmp_path):
    store = tmp_path / "store"
    checked(many, store)
    before = coverage_of(store).read_bytes()
    result = check(many, Options("nt4"), Effort(schedules=9, exhaustive=True), store=store)
    assert result.continued == (0, 0)
    assert coverage_of(store).read_bytes() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[: len(data) // 2], "truncated: it ends in the middle"),
        (lambda data: b"", "empty"),
        (lambda data: data.replace(b'"version": 1', b'"version": 7'), "version 7 of the format is unknown"),
        (lambda data: data.replace(b'"schedules": 5', b'"schedules": 6'), "edited or damaged"),
        (lambda data: data.replace(b"notsock-coverage", b"notsock-replay"), "not a coverage file"),
        (lambda data: b"[" * 1_000_000, "nested too deeply"),
        (lambda data: b"\xff", "not text"),
    ],
)
def test_coverage_that_cannot_be_used_is_left_out_and_written_anew(many, tmp_path, change, said):
    store = tmp_path / "store"
    checked(many, store)
    path = coverage_of(store)
    path.write_bytes(change(path.read_bytes()))
    result, lines = checked(many, store)
    assert result.continued == (0, 0)
    assert len(lines) == 1
    assert lines[0].startswith(f"{path} is left out: {said}") or said in lines[0]
    assert checked(many, store)[0].continued[0] == 5


def test_only_so_many_programs_are_remembered(many, tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "COVERAGE_MAX", 3)
    store = tmp_path / "store"
    for seed in range(5):
        checked(many, store, 1, seed)
        path = max((store / "coverage").iterdir(), key=lambda path: path.stat().st_mtime)
        os.utime(path, (seed, seed))
    assert len(list((store / "coverage").iterdir())) == 3
    assert checked(many, store, 1, 0)[0].continued == (0, 0)
    assert checked(many, store, 1, 4)[0].continued == (1, 0)


# ---- another environment -----------------------------------------------------------------------------------------

ASKS = """
import os, socket, threading
def opens():
    for _ in range(6): socket.socket().close()
threads = [threading.Thread(target=opens, name=f"t{n}") for n in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
number = socket.socket().detach()
socket.close(number)
if os.environ.get("PROBE") == "tls":
    try: socket.close(number)
    except OSError: pass
"""


@pytest.fixture
def asks(tmp_path):
    """A program that fails where PROBE is tls."""
    path = tmp_path / "asks.py"
    path.write_text(ASKS)
    return Program((Part(str(path)),))


def test_a_schedule_of_another_environment_is_not_taken_for_mended(asks, tmp_path, monkeypatch):
    store = tmp_path / "store"
    monkeypatch.setenv("PROBE", "tls")
    (discovery,) = checked(asks, store)[0].discoveries
    monkeypatch.setenv("PROBE", "plain")
    other, _ = checked(asks, store)
    assert [(known.state, known.why) for known in other.known] == [
        (State.ELSEWHERE, "made with another value of PROBE")
    ]
    assert not other.discoveries
    assert discovery.replay.exists()
    monkeypatch.setenv("PROBE", "tls")
    assert states(checked(asks, store)[0]) == [State.STILL]
    Path(asks.parts[0].path).write_text(ASKS.replace("socket.close(number)\n    except", "pass\n    except"))
    assert states(checked(asks, store)[0]) == [State.MENDED]


def test_what_searches_learn_is_told_apart_by_what_the_program_asks_for_only(asks, tmp_path, monkeypatch):
    store = tmp_path / "store"
    continued = []
    for probe, beside in (("tls", "1"), ("plain", "1"), ("plain", "2"), ("tls", "2")):
        monkeypatch.setenv("PROBE", probe)
        monkeypatch.setenv("BESIDE", beside)
        continued.append(checked(asks, store)[0].continued[0])
    assert continued == [0, 0, 5, 5]
    kept = [path.read_text() for path in (store / "coverage").iterdir()]
    assert len(kept) == 2
    assert not any("plain" in text or "tls" in text for text in kept)
