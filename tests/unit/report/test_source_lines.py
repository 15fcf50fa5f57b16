"""The line that a place means."""

from notsock.report.source_lines import SIZE_MAX, source_line
from notsock.trace.stacks import Place


def test_a_line_of_a_program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("import os\n    os.close(3)\n")
    assert source_line(Place(str(path), 2, "main")) == "os.close(3)"
    assert source_line(Place(str(path), 9, "main")) == ""


def test_what_is_no_program_has_no_line(tmp_path):
    assert source_line(Place(str(tmp_path / "nowhere"), 1, "main")) == ""
    assert source_line(Place("a\0b", 1, "main")) == ""
    (tmp_path / "binary").write_bytes(b"\xff\x00\n")
    assert source_line(Place(str(tmp_path / "binary"), 1, "main")) == ""


def test_a_long_log_is_not_read_for_one_of_its_lines(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"close(3) = 0\n" * (SIZE_MAX // 13 + 1))
    assert source_line(Place(str(path), 1, "close(3) = 0")) == ""
