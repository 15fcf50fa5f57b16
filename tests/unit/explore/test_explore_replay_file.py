import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from search_toys import lossy, ports, runner

import notsock
from notsock.explore import replay_file, stored
from notsock.explore.replay import replay, schedule_of
from notsock.explore.replay_file import ReplayFile, ReplayFileError, load, parse, save, source_digests
from notsock.explore.strategies.drift import Drift
from notsock.explore.strategies.random import Random


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "server.py"
    path.write_text("import socket\n")
    return path


@pytest.fixture
def made(source: Path) -> ReplayFile:
    run_under = runner(lossy)
    run = run_under(Random(3))
    return ReplayFile(
        program={"path": source.name, "arguments": ["--port", "80"], "windows": "nt4-sp3", "cpus": None},
        sources=source_digests([source.name]),
        schedule=schedule_of(run_under, run),
        digest=run.digest,
        rule="deadlock",
        text="every thread waits\nand no timer will wake one: ça alors \x1b[31m",
        seed="seven",
    )


def test_it_comes_back_as_it_was_and_replays(made: ReplayFile) -> None:
    save("f.replay", made)
    loaded = load("f.replay")
    assert loaded == made
    assert replay(runner(lossy), loaded.schedule).digest == loaded.digest
    assert loaded.other_versions() == ""


def test_it_is_readable_json_with_a_line_a_choice(made: ReplayFile) -> None:
    save("f.replay", made)
    text = Path("f.replay").read_text()
    content = json.loads(text)
    assert content["format"] == "notsock-replay"
    assert content["version"] == 1
    assert content["notsock"] == notsock.__version__
    assert len(content["choices"]) == len(made.schedule.choices)
    assert sum(line.startswith("  {") for line in text.splitlines()) == len(made.schedule.choices)
    assert text.isascii()
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) < 200


def test_a_run_without_choices_is_stored_too(made: ReplayFile) -> None:
    bare = replace(made, schedule=replace(made.schedule, choices=()))
    save("f.replay", bare)
    assert load("f.replay") == bare


def test_saving_replaces_the_whole_file_or_nothing(made: ReplayFile, monkeypatch: pytest.MonkeyPatch) -> None:
    save("f.replay", made)
    before = Path("f.replay").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save("f.replay", replace(made, rule="other"))
    assert Path("f.replay").read_bytes() == before
    assert sorted(path.name for path in Path().iterdir()) == ["f.replay", "server.py"]


def test_every_truncation_is_refused_in_one_line(made: ReplayFile) -> None:
    save("f.replay", made)
    data = Path("f.replay").read_bytes().rstrip()
    for length in (*range(60), *range(60, len(data), 97), len(data) - 1):
        with pytest.raises(ReplayFileError) as caught:
            parse(data[:length])
        assert "\n" not in str(caught.value)
        if length:
            assert "truncated" in str(caught.value), data[:length]


def test_every_edit_is_refused(made: ReplayFile) -> None:
    save("f.replay", made)
    text = Path("f.replay").read_text()
    for old, new in [
        ('"next": "client"', '"next": "server"'),
        (made.digest, "0" * 32),
        ('"--port"', '"--part"'),
        ('"rule": "deadlock"', '"rule": "two-owners"'),
        ('"seed": "seven"', '"seed": "eight"'),
    ]:
        assert old in text
        Path("f.replay").write_text(text.replace(old, new, 1))
        with pytest.raises(ReplayFileError, match=r"f\.replay: edited or damaged"):
            load("f.replay")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"hello\n", "not a replay file: not JSON"),
        (b"\x89PNG\r\n", "not a replay file: not text"),
        (b"[]", "not a replay file"),
        (b"{}", "not a replay file"),
        (b'{"format": "something else"}', "not a replay file"),
        (b'{"format": "notsock-replay", "version": 2}', "version 2 of the format is unknown; this notsock reads 1"),
        (b'{"format": "notsock-replay", "version": 1}', "edited or damaged"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"format": ' + b"9" * 5000 + b"}", "a number in it is too long"),
    ],
)
def test_what_is_no_replay_file_is_refused_in_one_line(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "f.replay"
    path.write_bytes(data)
    with pytest.raises(ReplayFileError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("program", []),
        ("sources", None),
        ("sources", {"a": 1}),
        ("links", "abc"),
        ("links", [1]),
        ("digest", "\x1b[2J"),
        ("finding", {}),
        ("finding", {"rule": "x", "text": 3}),
        ("seed", None),
        ("seed", True),
        ("choices", [1]),
        ("choices", [{}]),
        ("choices", [{"at": "a", "call": -1, "step": 0, "point": "x", "of": ["a"], "next": "a"}]),
        ("choices", [{"at": "a", "call": 1, "step": 0, "point": "x", "of": ["a"], "next": "b"}]),
        ("choices", [{"at": "a", "call": 1, "step": 0, "point": "x\n", "of": ["a"], "next": "a"}]),
        ("choices", [{"at": "a", "call": 1, "step": 0, "point": "x", "of": 1 << 31, "value": 1, "kind": "net"}]),
        ("choices", [{"at": "a", "call": 1, "step": 0, "point": "x", "of": 2, "value": 2, "kind": "net"}]),
        ("choices", [{"at": "a", "call": 1, "step": 0, "point": "x", "of": 2, "value": 1, "kind": "gross"}]),
    ],
)
def test_a_file_made_by_somebody_else_is_refused_in_one_line(made: ReplayFile, field: str, value: object) -> None:
    content = replay_file._content(made)
    content[field] = value
    rows = content.pop("choices")
    content["checksum"] = stored.checksum(content, rows)
    data = json.dumps(content | {"choices": rows}).encode()
    with pytest.raises(ReplayFileError) as caught:
        parse(data)
    assert str(caught.value).isprintable()


def test_a_file_that_is_too_long_is_neither_read_nor_written(made: ReplayFile, monkeypatch: pytest.MonkeyPatch) -> None:
    save("f.replay", made)
    monkeypatch.setattr(stored, "SIZE_MAX", 500)
    with pytest.raises(ReplayFileError, match="longer than"):
        load("f.replay")
    with pytest.raises(ReplayFileError, match=r"g\.replay: \d+ choices are too many to store"):
        save("g.replay", made)
    assert not Path("g.replay").exists()


def test_changed_source_is_named(made: ReplayFile, source: Path) -> None:
    save("f.replay", made)
    source.write_text("import socket  # mended\n")
    with pytest.raises(ReplayFileError) as caught:
        load("f.replay")
    assert str(caught.value) == "f.replay: the source file server.py has changed since the finding was made"
    source.unlink()
    with pytest.raises(ReplayFileError, match=r"the source file server\.py cannot be read: No such file"):
        load("f.replay")


def test_sources_can_be_looked_up_from_elsewhere(made: ReplayFile, source: Path, tmp_path: Path) -> None:
    save("f.replay", made)
    other = tmp_path / "other"
    other.mkdir()
    source.rename(other / source.name)
    assert load("f.replay", root="other") == made


def test_a_missing_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReplayFileError, match=r"no\.replay: No such file or directory"):
        load(tmp_path / "no.replay")
    with pytest.raises(ReplayFileError, match="Is a directory"):
        load(tmp_path)


def test_another_environment_is_told_by_name(made: ReplayFile) -> None:
    save("f.replay", replace(made, environment={"PROBE": "d599", "HOME": "", "SAME": "abcd"}))
    loaded = load("f.replay")
    assert loaded.made_elsewhere(loaded.environment) == ""
    now = {"PROBE": "", "HOME": "1234", "SAME": "abcd"}
    assert loaded.made_elsewhere(now) == "made with other values of PROBE, HOME"
    older = replace(loaded, notsock="0.0.1", environment={"PROBE": "d599"})
    assert "notsock 0.0.1" in older.made_elsewhere(now)
    assert older.made_elsewhere(now).endswith(", made with another value of PROBE")


def test_other_versions_are_told(made: ReplayFile) -> None:
    old = replace(made, python="3.9", notsock="0.0.1")
    save("f.replay", old)
    words = load("f.replay").other_versions()
    assert words.startswith("made with Python 3.9 and notsock 0.0.1, this is Python 3.1")


def test_a_replay_of_another_program_drifts(made: ReplayFile) -> None:
    with pytest.raises(Drift, match="choice 1"):
        replay(runner(ports(2)), made.schedule)
