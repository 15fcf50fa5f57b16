"""What a person may set, read and refused; programs, their parts and their sources."""

import pytest

from notsock.net.links import Conditions
from notsock.programs.options import Options, parse_faults
from notsock.programs.program import Part, Program, ProgramError, is_scenario, load_scenario
from notsock.values.faults import Faults


def test_faults_are_read_in_their_units():
    said = "loss=1%,delay=5ms..50ms,duplication=0.5%"
    assert parse_faults(said) == (Conditions(5_000_000, 50_000_000, 10, 5), Faults())
    assert parse_faults("delay=20us") == (Conditions(20_000, 20_000), Faults())
    assert parse_faults("") == (Conditions(), Faults())
    assert parse_faults("reorder=2%,partition=1%/3s") == (
        Conditions(reorder=20, partition=10, partition_ns=3_000_000_000), Faults()
    )  # fmt: skip
    said = "kill=1%,crash=2%/5s,backlog=3%,nobufs=4%,handles=50"
    assert parse_faults(said) == (Conditions(), Faults(10, 20, 5_000_000_000, 30, 40, 50))


@pytest.mark.parametrize(
    "text",
    ["loss=1", "loss=90%", "delay=5", "delay=9ms..1ms", "fog=1%", "loss", "handles=0", "kill=x", "crash=1%/9"],
)
def test_bad_faults_are_named(text):
    with pytest.raises(ProgramError, match="--faults"):
        parse_faults(text)


def test_options_survive_a_replay_file():
    options = Options("nt4", 7, 2, *parse_faults("loss=2%,kill=1%"), ("afd-update",))
    assert Options.from_json(options.to_json()) == options


@pytest.mark.parametrize("value", [None, [], {"release": "11"}, {"release": 1, "conditions": {"rain": 1}}])
def test_other_options_are_refused(value):
    with pytest.raises(ProgramError):
        Options.from_json(value)


def test_a_part_may_name_its_machine(tmp_path):
    assert Part.parse("machine2:other.py") == Part("other.py", (), "machine2")
    assert Part.parse("other.py") == Part("other.py")
    odd = tmp_path / "a:b.py"
    odd.write_text("")
    assert Part.parse(str(odd)) == Part(str(odd))


def test_a_program_survives_a_replay_file():
    program = Program((Part("a.py", ("x",)), Part("b.py", (), "machine2")))
    assert Program.from_json(program.to_json()) == program
    with pytest.raises(ProgramError):
        Program.from_json([{"path": "a.py"}])


def test_sources_are_the_parts_and_what_they_import_from_beside_them(tmp_path):
    (tmp_path / "main.py").write_text("import helper, socket\nfrom package import part\n")
    (tmp_path / "helper.py").write_text("import deeper\n")
    (tmp_path / "deeper.py").write_text("")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    program = Program((Part(str(tmp_path / "main.py")),))
    names = {path.removeprefix(str(tmp_path)) for path in program.sources()}
    assert names == {"/main.py", "/helper.py", "/deeper.py", "/package/__init__.py"}


def test_a_scenario_is_a_file_that_defines_one(tmp_path):
    path = tmp_path / "one.py"
    path.write_text("def scenario(system):\n    return 7\n")
    assert is_scenario(path)
    assert load_scenario(path)(None) == 7
    path.write_text("def scenario():\n    pass\n")
    assert not is_scenario(path)


def test_a_scenario_that_raises_while_it_is_loaded_is_told_in_one_line(tmp_path):
    path = tmp_path / "one.py"
    path.write_text("def scenario(system): pass\nraise RuntimeError('early')\n")
    with pytest.raises(ProgramError, match="early"):
        load_scenario(path)
