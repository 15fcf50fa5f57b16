"""Command lines: what ``list2cmdline`` writes is read back, and Microsoft's own examples come out."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notsock.values.command_line import program_names, split


@given(st.lists(st.text(alphabet='ab \\"\t', max_size=8), max_size=4))
def test_what_subprocess_writes_is_read_back(arguments):
    assert split(subprocess.list2cmdline(["python.exe", *arguments])) == ["python.exe", *arguments]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (r'"abc" d e', ["abc", "d", "e"]),
        (r'a\\b d"e f"g h', [r"a\\b", "de fg", "h"]),
        (r'a\\\"b c d', [r"a\"b", "c", "d"]),
        (r'a\\\\"b c" d e', [r"a\\b c", "d", "e"]),
        (r'a"b"" c d', ['ab" c d']),
    ],
)
def test_the_examples_of_microsoft(text, arguments):
    assert split("x " + text) == ["x", *arguments]


def test_the_name_of_a_program_knows_no_backslashes():
    assert split(r'"c:\some dir\x.exe" y') == [r"c:\some dir\x.exe", "y"]
    assert split('c:\\x"y z"w q') == ["c:\\xy zw", "q"]


def test_an_unquoted_name_with_blanks_is_tried_piece_by_piece():
    assert list(program_names(r"c:\program files\sub dir\program name")) == [
        r"c:\program", r"c:\program files\sub", r"c:\program files\sub dir\program",
        r"c:\program files\sub dir\program name",
    ]  # fmt: skip
    assert list(program_names('"a b" c')) == ["a b"]
    assert list(program_names("  ")) == []
