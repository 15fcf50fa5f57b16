"""``notsock trace`` and ``notsock inspect``: real programs, judged from what strace, or Wine, saw of them."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from rich.console import Console
from rich.text import Text

from notsock.cli import progress
from notsock.cli.checks import counts
from notsock.detect.judge import NOT_APPLICABLE, Report
from notsock.detect.mistakes import counted, mistakes_in
from notsock.outputs.files import Outputs
from notsock.outputs.log_pages import log_page
from notsock.programs.checking import STORE
from notsock.readers import source
from notsock.readers.bridge.finding_file import keep
from notsock.readers.judging import judge_reading
from notsock.readers.reading import Reading
from notsock.readers.running import TraceError
from notsock.readers.strace import each_process, tracing
from notsock.readers.strace.lines import recognises
from notsock.readers.strace.reader import Reader
from notsock.readers.wine import reader as wine_reader
from notsock.readers.wine import running
from notsock.report import terminal
from notsock.report.escaping import escaped
from notsock.report.json_report import findings_json


def inspect(logs: Sequence[str], *, as_json: bool, quiet: bool, outputs: Outputs) -> int:
    """Read logs of one run (one, or those that ``strace -ff`` wrote); return the exit status."""
    reading = read_logs(logs, shown=not quiet and not as_json)
    report = judge_reading(reading)
    name = " ".join(logs)
    show(name, reading, report, Console(highlight=False), as_json=as_json, quiet=quiet)
    _write(outputs, name, reading, report)
    return _status(report)


def trace(
    command: Sequence[str], pid: int | None, *, io: bool, stacks: bool, python: bool, wine: bool, as_json: bool,
    quiet: bool, output: str | None, log: str | None, outputs: Outputs,
) -> int:  # fmt: skip
    """Run a command, or attach to a process; return the program's exit status if that is not 0."""
    if (pid is None) == (not command):
        raise TraceError("name a command after --, or a process with --attach")
    if python and pid is not None:
        raise TraceError("--python needs a program that is started here")
    if wine and (pid is not None or io or stacks or python):
        raise TraceError("--wine runs a program, and needs no --io, --stacks or --python")
    file = _written(output) if output is not None else None
    with _copy(log) as copy:
        if wine:
            traced = running.trace(command, copy=copy)
        elif pid is None:
            traced = tracing.trace(command, io=io, stacks=stacks, python=python, copy=copy)
        else:
            traced = tracing.attach(pid, io=io, stacks=stacks, copy=copy)
    report = judge_reading(traced.reading)
    name = " ".join(command) if pid is None else f"process {pid}"
    if file is None:
        console = Console(highlight=False, stderr=not as_json)
        show(name, traced.reading, report, console, as_json=as_json, quiet=quiet)
    else:
        with file:
            show(name, traced.reading, report, Console(highlight=False, file=file), as_json=as_json, quiet=quiet)
    _write(outputs, name, traced.reading, report)
    return traced.status or _status(report)


def _write(outputs: Outputs, name: str, reading: Reading, report: Report) -> None:
    """Write what was asked for beside the text."""
    if outputs.want_page:
        outputs.write(log_page(name, reading, report, summary(reading, report)[0]))


@contextmanager
def _copy(path: str | None) -> Iterator[BinaryIO | None]:
    """Open the file that gets the log as well."""
    if path is None:
        yield None
        return
    with _written(path) as file:
        yield file.buffer


def _written(path: str) -> TextIO:
    try:
        return Path(path).open("w")
    except OSError as error:
        raise TraceError(f"{path} cannot be written: {error.strerror}") from None


def _status(report: Report) -> int:
    return int(any(counts(finding.severity) for finding in report.findings))


def read_logs(logs: Sequence[str], *, shown: bool = False) -> Reading:
    """Read what the names mean: a file, ``-``, or the beginning of the names that ``-ff`` gave.

    With ``shown`` it says on standard error how far it has come, if that takes long.
    """
    paths = [Path(log) for log in logs]
    if len(logs) == 1 and logs[0] != "-" and not paths[0].exists():
        paths = each_process.files_of(logs[0])
        if not paths:
            raise source.LogError(f"{logs[0]} does not exist")
    if len(paths) > 1 or paths[0].suffix[1:].isdigit():
        return _read_each(paths, logs[0], shown=shown)
    splitter = source.Splitter()
    with source.open_log(logs[0]) as file, progress.reading(logs[0], shown=shown) as on_progress:
        batches = source.batches(file, splitter, logs[0])
        first = next(batches, [])
        wine = wine_reader.recognises(first)
        reader = wine_reader.Reader(logs[0]) if wine else Reader(logs[0])
        known = _feed(
            reader, chain([first], batches), wine_reader.recognises if wine else recognises,
            lambda lines: on_progress(lines, source.share_read(file)),
        )  # fmt: skip
    reader.cut = splitter.cut
    return _finished(reader, logs[0], known=known)


def _feed(
    reader: Reader | wine_reader.Reader, batches: Iterable[list[str]], recognised: Callable[[list[str]], bool],
    on_progress: Callable[[int], None],
) -> bool:  # fmt: skip
    """Read to the end, or to Ctrl-C; say whether there was a line of a tracer's."""
    known = False
    with suppress(KeyboardInterrupt):  # what was understood so far is reported
        for lines in batches:
            known = known or recognised(lines)
            reader.feed(lines)
            on_progress(reader.lines)
    return known


def _finished(reader: Reader | wine_reader.Reader, name: str, *, known: bool) -> Reading:
    reading = reader.finish()
    if known:
        return reading
    name = "standard input" if name == "-" else name
    count = reading.lines + (reading.cut if not reading.lines else 0)
    if not count:
        raise source.LogError(f"{name} is empty")
    none_is = "its one line is no call" if count == 1 else f"none of its {count:,} lines is a call"
    raise source.LogError(f"{name} is no log of strace, or of Wine: {none_is}")


def _read_each(paths: list[Path], name: str, *, shown: bool) -> Reading:
    splitters: list[source.Splitter] = []
    reader = Reader(name, ordered=each_process.have_durations(paths))
    with progress.reading(name, shown=shown) as on_progress:
        known = _feed(
            reader, each_process.merged(paths, splitters), recognises, lambda lines: on_progress(lines, None)
        )  # fmt: skip
    reader.cut = sum(splitter.cut for splitter in splitters)
    return _finished(reader, name, known=known)


# ---- how it looks ---------------------------------------------------------------------------------------------------


def show(name: str, reading: Reading, report: Report, console: Console, *, as_json: bool, quiet: bool) -> None:
    """Print findings and, unless ``quiet``, what was read and what could not be judged."""
    kept = _keep(name, reading, report)
    if as_json:
        console.file.write(json.dumps(to_json(name, reading, report, kept), indent=1) + "\n")
        return
    told = [
        terminal.Told(finding, more=f"notsock explain {path}" if path else "")
        for finding, path in zip(report.findings, kept, strict=True)
    ]
    for mistake in terminal.by_their_mistakes(told):
        terminal.print_mistake(console, mistake)
    if quiet:
        return
    for line in summary(reading, report):
        console.print(Text(escaped(line)), soft_wrap=True, highlight=False)


def _keep(name: str, reading: Reading, report: Report) -> list[str]:
    """Keep each finding that is no note; return the paths, empty for what is not kept."""
    try:
        paths = list(map(str, keep(STORE / "findings", name, reading, report)))
    except TraceError as error:
        Console(stderr=True).print(f"notsock: {error}", markup=False, highlight=False)
        paths = []
    kept = iter(paths)
    return [next(kept, "") if counts(finding.severity) else "" for finding in report.findings]


def summary(reading: Reading, report: Report) -> list[str]:
    """Return what was read, how often things happened, and what such a log cannot tell."""
    lines = [
        f"{reading.lines:,} lines, {reading.calls:,} calls that matter, {reading.not_understood:,} not understood: "
        + (counted(mistakes_in(report.findings)) if report.findings else "nothing found")
    ]
    lines += [f"  {kind}: {count:,} times in all" for kind, count in reading.repeated.items() if count > 1]
    missing = sorted(rule for rule, verdict in report.verdicts.items() if verdict == NOT_APPLICABLE)
    if missing:
        lines.append(f"  not applicable: {', '.join(missing)}")
    return [*lines, *(f"  {remark}" for remark in reading.remarks)]


def to_json(name: str, reading: Reading, report: Report, kept: Sequence[str]) -> dict[str, Any]:
    """Return everything in plain values."""
    return {
        "log": name,
        "lines": reading.lines,
        "calls": reading.calls,
        "not_understood": reading.not_understood,
        "cut": reading.cut,
        "began_before": reading.halves,
        "remarks": list(reading.remarks),
        "noticed": reading.repeated,
        "verdicts": report.verdicts,
        "findings": [
            finding | ({"file": path} if path else {})
            for finding, path in zip(findings_json(report.findings), kept, strict=True)
        ],
    }
