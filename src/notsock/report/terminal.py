"""Findings and tables for a terminal, in the shape that users of valgrind and pytest expect.

Everything that came out of the program under test is escaped; prose is folded to a terminal's width, a path never,
so that an editor can follow it.  Files below the current folder are named from there.  Where nobody looks there is no
colour, no link and no folding: a line is a line.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from notsock.detect.finding import Finding, Moment
from notsock.detect.mistakes import ALSO, BECAUSE, Mistake, by_mistake
from notsock.detect.places import is_library
from notsock.detect.rulebook import rule_page
from notsock.report.escaping import escaped
from notsock.report.links import for_terminal
from notsock.trace.stacks import Place
from notsock.values.durations import MICROSECOND, MILLISECOND, SECOND

SEVERITY_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold blue"}
FRAMES_MAX = 8
"""Frames shown of each stack."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, and what is known of it beside its words.

    ``seen`` says how often a search met it, which was ``count`` times; ``more`` is a command that tells more.
    """

    finding: Finding
    release: str = ""
    story: Sequence[str] = ()
    replay: str = ""
    seen: str = ""
    count: int = 0
    more: str = ""


def by_their_mistakes(told: Sequence[Told]) -> list[Mistake[Told]]:
    """Return the mistakes behind what is to be told."""
    return by_mistake(told, lambda each: each.finding, lambda each: each.count)


def print_mistake(console: Console, mistake: Mistake[Told]) -> None:
    """Print a mistake: its leading finding in full, and a line or two for each of the others."""
    _print_finding(console, mistake.leading)
    for heading, others in ((ALSO, mistake.shapes), (BECAUSE, mistake.consequences)):
        if others:
            _say(console, (f"  {heading}:", "cyan"))
        for each in others:
            _print_beneath(console, each)
    console.print()


def _print_beneath(console: Console, told: Told) -> None:
    finding = told.finding
    severity, title = finding.severity.value, f": {escaped(finding.title)} ("
    seen = f", {escaped(told.seen)})" if told.seen else ")"
    _say(console, (f"    {severity}", SEVERITY_STYLES[severity]), (title, ""), _rule(finding), (seen, "dim"))
    for command in (told.replay, told.more):
        if command:
            _say(console, (f"      {escaped(command)}", "dim"))


def _print_finding(console: Console, told: Told) -> None:
    """Print one finding: what it is, its moments with their stacks, what followed, what to do."""
    finding = told.finding
    style = SEVERITY_STYLES[finding.severity.value]
    where = f"  (Windows {told.release})" if told.release else ""
    _say(console, (f"{finding.severity.value}", style), (f": {escaped(finding.title)}", "bold"))
    _say(console, ("  ", ""), _rule(finding), (escaped(where), "dim"))
    _say(console, (f"  {escaped(finding.object)}", ""))
    for moment in finding.history:
        _print_moment(console, moment)
    _labelled(console, "seen after", finding.consequence)
    _labelled(console, "what to do", finding.advice)
    if finding.article is not None:
        _labelled(console, "explained", f"Knowledge Base {finding.article} (notsock kb {finding.article})")
    if told.story:
        _say(console, ("  schedule:", "cyan"))
        for line in told.story:
            _say(console, (f"    {escaped(line)}", ""))
    for label, text in (("seen", told.seen), ("replay", told.replay), ("more", told.more)):
        if text:
            _labelled(console, label, text)


def _rule(finding: Finding) -> tuple[str, Style]:
    """Return a finding's rule, which leads to its page where a terminal follows links."""
    return finding.rule, Style(dim=True, link=for_terminal(rule_page(finding.rule)))


def _print_moment(console: Console, moment: Moment) -> None:
    call = f"  {escaped(moment.call)}" if moment.call else ""
    _say(
        console,
        (f"  {escaped(moment.role)}", "cyan"),
        (f"{call}", "bold"),
        (f"  by {escaped(moment.thread)} at {duration(moment.time_ns)}" if moment.thread else "", "dim"),
    )
    for place, count in _frames(moment.stack):
        if place is None:
            _say(console, (f"      … {count} more", "dim"))
        else:
            words = f"      at {escaped(_from_here(place.file))}:{place.line} in {escaped(place.function)}"
            _say(console, (words, "dim" if is_library(place.file) else ""))


def _frames(stack: tuple[Place, ...]) -> list[tuple[Place | None, int]]:
    """Return the frames to show: the program's own first; of the library's only the one that it called."""
    own = [place for place in stack if not is_library(place.file)]
    called = stack[0] if stack and is_library(stack[0].file) else None
    shown: list[tuple[Place | None, int]] = [(place, 0) for place in own[:FRAMES_MAX]]
    if called is not None:
        shown.append((called, 0))
    left = len(stack) - len(shown)
    return [*shown, (None, left)] if left > 0 else shown


def _from_here(file: str) -> str:
    """Return a file's name from the current folder where it lies below it."""
    return file.removeprefix(os.path.join(os.getcwd(), ""))  # noqa: PTH109, PTH118 - text, not a path to open


def _labelled(console: Console, label: str, text: str) -> None:
    """Print prose behind its label; a terminal has it folded between words, below where it began."""
    begin = f"  {label}: "
    words = escaped(text)
    if console.is_terminal and len(begin) + len(words) > console.width and label not in ("replay", "more"):
        room = max(console.width - 6, 20)
        first, *rest = fill(words, width=room, initial_indent=" " * (len(begin) - 6), break_long_words=False,
                            break_on_hyphens=False).splitlines()  # fmt: skip
        _say(console, (begin, "cyan"), (first.strip(), ""))
        for line in rest:
            _say(console, (f"      {line}", ""))
        return
    _say(console, (begin, "cyan"), (words, ""))


def _say(console: Console, *parts: tuple[str, str | Style]) -> None:
    """Print a line; long ones are left to the terminal to fold, never broken inside a word."""
    console.print(Text.assemble(*parts), soft_wrap=True, highlight=False)


def duration(ns: int) -> str:
    """Return a virtual moment or span in the largest unit that fits."""
    for unit, name in ((SECOND, "s"), (MILLISECOND, "ms"), (MICROSECOND, "µs")):
        if ns >= unit:
            return f"{ns / unit:.6g} {name}"
    return f"{ns} ns"


def _words(texts: Iterable[str]) -> Iterator[str]:
    """Yield the words of texts: what a line may not be narrower than."""
    for text in texts:
        yield from text.split()


def print_table(console: Console, rows: Sequence[tuple[str, int, str, Sequence[str]]]) -> None:
    """Print a line for each release: how many schedules, how far that was, and which rules found something."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("release", no_wrap=True)
    table.add_column("schedules", justify="right", no_wrap=True)
    table.add_column("searched", min_width=max(map(len, ("searched", *_words(row[2] for row in rows)))))
    rules_width = max(map(len, ("nothing", *_words(rule for row in rows for rule in row[3]))))
    table.add_column("found", min_width=rules_width, overflow="fold")
    for release, schedules, verdict, names in rows:
        words = ", ".join(names)
        found = Text(escaped(words), style="red") if names else Text("nothing", style="green")
        table.add_row(Text(escaped(release)), f"{schedules:,}", Text(escaped(verdict)), found)
    console.print(table)
