"""``notsock check``: search each release, print the findings and the table."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from notsock.detect.finding import Severity
from notsock.explore.search import Search
from notsock.outputs.capture import write_capture
from notsock.outputs.files import Outputs, written
from notsock.outputs.pages import check_page, listened
from notsock.programs import checking
from notsock.programs.options import Options
from notsock.programs.program import Program
from notsock.report import json_report, terminal


def check(
    program: Program, options: Options, releases: list[str], effort: checking.Effort, *, as_json: bool,
    quiet: bool, outputs: Outputs,
) -> int:  # fmt: skip
    """Check every release in turn; return the exit status."""
    console = Console(highlight=False)
    checked: list[checking.Checked] = []
    for release in releases:
        with _progress(release, effort, shown=not (as_json or quiet) and sys.stderr.isatty()) as on_progress:
            checked.append(checking.check(program, replace(options, release=release), effort, on_progress=on_progress))
    shown = " ".join(part.path for part in program.parts)
    if as_json:
        console.file.write(json.dumps(_json(shown, checked), indent=1) + "\n")
    else:
        _print(console, checked, quiet=quiet)
    found = [each for result in checked for each in result.discoveries]
    if outputs.pcap is not None and found:
        _write_capture(outputs.pcap, found[0])
    if outputs.want_page:
        outputs.write(check_page(shown, checked))
    return int(any(counts(each.finding.severity) for each in found))


def _write_capture(path: str, discovery: checking.Discovery) -> None:
    """Write the packets of a finding's run."""
    again = listened(discovery)
    if again is None or again.runner.last is None:
        return
    system = again.runner.last.system
    findings = checking.told(again.run)
    comment = f"{discovery.finding.title}\n{discovery.replay_command}"
    written(path, write_capture, system, again.run.trace, again.listener, findings, comment)


def counts(severity: Severity) -> bool:
    """Say whether a finding of this severity makes a check fail: notes do not."""
    return severity is not Severity.NOTE


@contextmanager
def _progress(release: str, effort: checking.Effort, *, shown: bool) -> Iterator[Callable[[Search], None] | None]:
    """Show how far a search has come, on standard error, where a person is looking."""
    if not shown:
        yield None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"Windows {release}", total=effort.schedules, rate="")

        def on_progress(search: Search) -> None:
            rate = search.schedules / search.seconds if search.seconds else 0
            bar.update(task, completed=search.schedules, rate=f"{rate:,.0f}/s, {len(search.found)} found")

        yield on_progress


def _print(console: Console, checked: list[checking.Checked], *, quiet: bool) -> None:
    shown: set[Any] = set()
    for result in checked:
        for discovery in result.discoveries:
            key = (discovery.finding.rule, discovery.finding.key)
            if key in shown:
                continue
            shown.add(key)
            terminal.print_finding(
                console, discovery.finding, discovery.replay_command, release=result.release, story=discovery.story
            )
    if not quiet:
        terminal.print_table(console, [_row(result) for result in checked])


def _row(result: checking.Checked) -> tuple[str, int, str, list[str]]:
    rules = sorted({each.finding.rule for each in result.discoveries})
    return result.release, result.search.schedules, result.search.verdict, rules


def _json(program: str, checked: list[checking.Checked]) -> dict[str, Any]:
    return json_report.check_json(program, [_release_json(result) for result in checked])


def _release_json(result: checking.Checked) -> dict[str, Any]:
    findings = [
        json_report.finding_json(each.finding, each.schedule_number, each.story, each.replay_command)
        for each in result.discoveries
    ]
    found = json_report.release_json(result.release, result.search.schedules, result.search.exhausted, findings)
    return found | {"verdict": result.search.verdict}
