"""Findings in a terminal: readable, harmless, without colour where nobody looks."""

import io

from rich.console import Console
from rich.text import Text

from notsock.detect.finding import Finding, Moment, Severity
from notsock.detect.mistakes import Mistake
from notsock.report.escaping import escaped
from notsock.report.terminal import Told, duration, print_mistake, print_table
from notsock.trace.stacks import Place

HOSTILE = "[bold red]x[/] \x1b[2J \u202e evil \r\n"


def finding(**changes):
    stack = (Place("/usr/lib/python3.11/socket.py", 1, "close"), Place("/home/me/my prog.py", 12, "main"))
    fields = {
        "rule": "closed-twice",
        "severity": Severity.ERROR,
        "title": "socket #3 was closed twice",
        "object": "TCP socket #3 of server",
        "article": "Q155738",
        "history": (Moment("closed here first", 12, "server/main", "server", 2_500_000, "closesocket(0x64)", stack),),
        "consequence": "closesocket(0x64) failed with 10038 (WSAENOTSOCK)",
        "advice": "close it once",
        "key": (),
    }
    return Finding(**(fields | changes))


def printed(shown, *, terminal=False, width=60, beneath=(), **options):
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=width, color_system="truecolor" if terminal else None)
    leading = Told(shown, replay=options.pop("replay", "notsock replay x.json"), **options)
    shapes = tuple(each for each in beneath if each.finding.because is None)
    print_mistake(console, Mistake(leading, shapes, tuple(each for each in beneath if each not in shapes)))
    return file.getvalue()


def test_it_tells_everything_and_breaks_no_path():
    text = printed(finding(), release="nt4", story=("run a until its 1st call",))
    assert text.splitlines() == [
        "error: socket #3 was closed twice",
        "  closed-twice  (Windows nt4)",
        "  TCP socket #3 of server",
        "  closed here first  closesocket(0x64)  by server/main at 2.5 ms",
        "      at /home/me/my prog.py:12 in main",
        "      at /usr/lib/python3.11/socket.py:1 in close",
        "  seen after: closesocket(0x64) failed with 10038 (WSAENOTSOCK)",
        "  what to do: close it once",
        "  explained: Knowledge Base Q155738 (notsock kb Q155738)",
        "  schedule:",
        "    run a until its 1st call",
        "  replay: notsock replay x.json",
        "",
    ]


def test_what_else_is_of_the_mistake_stands_beneath_it():
    other = finding(title="socket #4 was closed", rule="stale-close")
    came = finding(title="OSError ended server/main", rule="uncaught", severity=Severity.NOTE, because="stale-close")
    beneath = (Told(came, seen="in 2 of 9"), Told(other, replay="notsock replay y.json", seen="in 3 of 9"))
    lines = printed(finding(), beneath=beneath).splitlines()
    assert lines[lines.index("  replay: notsock replay x.json") + 1 :] == [
        "  the same mistake also shows as:",
        "    error: socket #4 was closed (stale-close, in 3 of 9)",
        "      notsock replay y.json",
        "  and because of it:",
        "    note: OSError ended server/main (uncaught, in 2 of 9)",
        "",
    ]


def test_hostile_text_is_only_text():
    shown = finding(title=HOSTILE, object=HOSTILE, consequence=HOSTILE, advice=HOSTILE)
    beneath = (Told(shown, replay=HOSTILE, more=HOSTILE, seen=HOSTILE),)
    text = printed(shown, replay=HOSTILE, more=HOSTILE, story=(HOSTILE,), beneath=beneath)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("[bold red]x[/]") == 11


def test_colour_only_on_a_terminal():
    assert "\x1b[" in printed(finding(), terminal=True)
    assert "\x1b[" not in printed(finding())


def test_prose_is_folded_between_words_on_a_terminal_and_nowhere_else():
    advice = "close it in one place, and forget the number there, lest it close what somebody else was given since"
    lines = Text.from_ansi(printed(finding(advice=advice), terminal=True)).plain.splitlines()
    begin = next(place for place, line in enumerate(lines) if "what to do" in line)
    assert " ".join(line.strip() for line in lines[begin : begin + 3]).startswith(f"what to do: {advice}")
    assert all(len(line) <= 60 for line in lines[begin : begin + 3])
    assert f"  what to do: {advice}" in printed(finding(advice=advice)).splitlines()


def test_a_rule_is_a_link_to_its_page_on_a_terminal(monkeypatch):
    monkeypatch.setenv("NOTSOCK_SITE", "https://docs.example")
    assert "https://docs.example/reference/rules/closed-twice.html" in printed(finding(), terminal=True)
    assert "docs.example" not in printed(finding())


def test_files_below_the_current_folder_are_named_from_there(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    stack = (Place(f"{tmp_path}/prog.py", 12, "main"),)
    moment = Moment("closed here first", 12, "server/main", "server", 0, "closesocket(0x64)", stack)
    assert "      at prog.py:12 in main" in printed(finding(history=(moment,))).splitlines()


def test_escaping_cuts_what_is_endless():
    assert len(escaped("a" * 1_000_000)) < 3000
    assert escaped("plain ↔ text") == "plain ↔ text"


def test_durations():
    assert [duration(ns) for ns in (5, 2_000, 2_500_000, 3_000_000_000)] == ["5 ns", "2 µs", "2.5 ms", "3 s"]


def test_the_table_says_nothing_where_nothing_was_found():
    file = io.StringIO()
    print_table(
        Console(file=file, width=80),
        [("11", 1200, "exhausted", []), ("nt4-sp3", 7, "stopped", ["closed-twice", "stale-close"])],
    )
    assert file.getvalue().split() == [
        "release", "schedules", "searched", "found", "11", "1,200", "exhausted", "nothing",
        "nt4-sp3", "7", "stopped", "closed-twice,", "stale-close",
    ]  # fmt: skip


def test_a_long_verdict_takes_no_column_away():
    file = io.StringIO()
    verdict = "exhausted up to what threads do to shared variables between two calls"
    print_table(Console(file=file, width=60), [("11", 1200, verdict, ["half-closed-pile"])])
    assert file.getvalue().splitlines()[0].split() == ["release", "schedules", "searched", "found"]
    assert {"1,200", "half-closed-pile", *verdict.split()} <= set(file.getvalue().split())
