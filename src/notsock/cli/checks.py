"""``notsock check``: search each release, print the findings and the table."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import click
from rich.console import Console

from notsock.campaign.campaign import Campaign, run_campaign
from notsock.campaign.engine import Engine
from notsock.cli import progress
from notsock.detect.finding import Severity
from notsock.explore.story import abridged
from notsock.outputs.capture import write_capture
from notsock.outputs.files import Outputs, written
from notsock.outputs.pages import check_page, listened
from notsock.programs import checking
from notsock.programs.options import Options
from notsock.programs.program import Program
from notsock.report import json_report, terminal


@dataclass(frozen=True, slots=True)
class Printing:
    """What a check prints and writes, and where."""

    outputs: Outputs
    as_json: bool = False
    quiet: bool = False


def check(
    program: Program, options: Options, releases: list[str], effort: checking.Effort, printing: Printing,
    engine: Engine | None = None, *, anew: bool = False,
) -> int:  # fmt: skip
    """Check every release in turn, ``anew`` or from where earlier checks stopped; return the exit status."""
    console = Console(highlight=False)
    said: set[str] = set()
    explore = checking.explore_here if engine is None else partial(run_campaign, engine)
    checked: list[checking.Checked] = []

    def complain(line: str) -> None:
        if line not in said:
            said.add(line)
            click.echo(f"notsock: {line}", err=True)

    shown = not (printing.as_json or printing.quiet)
    for release in releases:
        with progress.watching(f"Windows {release}", effort.schedules, shown=shown) as on_progress:
            result = checking.check(
                program, replace(options, release=release), effort,
                on_progress=on_progress, explore=explore, anew=anew, complain=complain,
            )  # fmt: skip
        checked.append(result)
        for line in result.refused:
            complain(line)
        if isinstance(result.search, Campaign):
            _complain_of_workers(result.search, complain)
            if result.search.gone:
                break
    shown_program = " ".join(part.path for part in program.parts)
    if printing.as_json:
        console.file.write(json.dumps(_json(shown_program, checked), indent=1) + "\n")
    else:
        _print(console, checked, quiet=printing.quiet)
    found = checking.mistakes_of(checked)
    if printing.outputs.pcap is not None and found:
        _write_capture(printing.outputs.pcap, found[0].leading.discovery)
    if printing.outputs.want_page:
        printing.outputs.write(check_page(shown_program, checked))
    severities = (each.finding.severity for result in checked for each in result.discoveries)
    return status(severities, refused=any(result.refused for result in checked))


def _complain_of_workers(campaign: Campaign, complain: Callable[[str], None]) -> None:
    """Say what befell a campaign's workers."""
    if campaign.gone:
        complain(f"{campaign.gone}: what was found until then follows")
    if campaign.deaths:
        workers = "a worker" if campaign.deaths == 1 else f"{campaign.deaths} workers"
        complain(f"{workers} died; others did the work again")


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


def status(severities: Iterable[Severity], *, refused: bool) -> int:
    """Return the exit status: 1 for what was found, else 2 where the program could not go on."""
    if any(map(counts, severities)):
        return 1
    return 2 if refused else 0


def _print(console: Console, checked: list[checking.Checked], *, quiet: bool) -> None:
    for result in checked if not quiet else ():
        schedules, kept = result.continued
        if schedules:
            said = f"{_several(schedules, 'schedule')} of earlier checks, {_several(kept, 'kept run')}"
            console.print(f"Windows {result.release} continues from {said}", markup=False, soft_wrap=True)
        for known in result.known:
            why = f", {known.why}" if known.why else ""
            said = f"{known.state.value}{why}: {known.text} (Windows {result.release}, {known.path})"
            console.print(said, markup=False, soft_wrap=True)
    ran = {result.release: result.search.schedules for result in checked}
    for mistake in checking.mistakes_of(checked):
        terminal.print_mistake(console, mistake.map(lambda cause: _told(cause, ran)))
    if not quiet:
        terminal.print_table(console, [_row(result) for result in checked])


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _told(cause: checking.Cause, schedules: dict[str, int]) -> terminal.Told:
    discovery, release = cause.discovery, cause.releases[0]
    seen = discovery.seen(schedules[release])
    return terminal.Told(discovery.finding, release, abridged(discovery.story), discovery.replay_command, seen)


def _row(result: checking.Checked) -> tuple[str, int, str, list[str]]:
    rules = sorted({each.finding.rule for each in result.discoveries})
    return result.release, result.search.schedules, result.search.verdict, rules


def _json(program: str, checked: list[checking.Checked]) -> dict[str, Any]:
    places = json_report.of_mistakes(checking.mistakes_of(checked), lambda cause: cause.finding)
    return json_report.check_json(program, [_release_json(result, places) for result in checked])


def _release_json(result: checking.Checked, places: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    findings = [
        json_report.finding_json(each.finding, each.schedule_number, each.story, each.replay_command)
        | {"count": each.count}
        | places[each.finding.rule, each.finding.key]
        for each in result.discoveries
    ]
    found = json_report.release_json(result.release, result.search.schedules, result.search.exhausted, findings)
    known = [
        {"rule": each.rule, "text": each.text, "state": each.state.value, "why": each.why, "replay": str(each.path)}
        for each in result.known
    ]
    schedules, kept = result.continued
    continued = {"schedules": schedules, "kept": kept}
    return found | {"verdict": result.search.verdict, "known": known, "continued": continued}
