"""``notsock compare``: two runs, made here, and where they part."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console

from notsock.explore.plan import PLANS
from notsock.explore.replay_file import load
from notsock.explore.run import Run
from notsock.explore.strategies.replay import Replay
from notsock.programs import checking
from notsock.programs.options import Options
from notsock.programs.program import Part, Program, ProgramError
from notsock.programs.runner import Runner
from notsock.releases.catalogue import release_named
from notsock.report.comparison import compare as compare_traces

RECORDED = "recorded"
SINGLE = ("first", "round-robin", "random", "processors")
"""Schedules that need no search."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of the runs: of a finding's file or a program, on a release, under a schedule (each None: as it is)."""

    path: str
    release: str | None = None
    schedule: str | None = None


def wanted(paths: Sequence[str], releases: Sequence[str], schedules: Sequence[str]) -> tuple[Wanted, Wanted]:
    """Return the two runs that a person means.

    A second that is not said is the first one, on the other release or under the other schedule; where nothing else
    is said either, it is the same program without preemption.
    """
    if len(paths) > 2 or len(releases) > 2 or len(schedules) > 2:
        raise ProgramError("compare wants two runs: one or two of each RUN, --windows and --schedule")
    for word in schedules:
        if word not in (*SINGLE, RECORDED):
            raise ProgramError(f"--schedule {word!r} is not one of {RECORDED}, {', '.join(SINGLE)}")
    ends: list[Wanted] = []
    alone = len(paths) == 1
    for place in range(2):
        release = _of(releases, place, shared=not alone)
        schedule = _of(schedules, place, shared=not alone)
        ends.append(Wanted(paths[min(place, len(paths) - 1)], release, schedule))
    if alone and not releases and not schedules:
        ends[1] = replace(ends[1], schedule="first")
    return ends[0], ends[1]


def _of(words: Sequence[str], place: int, *, shared: bool) -> str | None:
    """Return what is said of a run: each its own; one alone is of both, or of the second where they are one run."""
    if len(words) == 2:
        return words[place]
    if not words or (not shared and place == 0):
        return None
    return words[0]


def compare(first: Wanted, second: Wanted, options: Options, *, as_json: bool, quiet: bool) -> int:
    """Make both runs and print where they part; return the exit status: 0 where they are the same, 1 where not."""
    runs = [_made(each, options) for each in (first, second)]
    names = _names(first, second, [release for _, release in runs])
    comparison = compare_traces((names[0], runs[0][0].trace), (names[1], runs[1][0].trace))
    console = Console(highlight=False)
    findings = [[finding.title for finding in checking.told(run)] for run, _ in runs]
    if as_json:
        made = comparison.to_json()
        for run, titles in zip(made["runs"], findings, strict=True):
            run["findings"] = titles
        console.file.write(json.dumps(made, indent=1) + "\n")
        return int(comparison.ordinal is not None)
    if quiet:
        for line in comparison.head():
            console.print(line, markup=False, soft_wrap=True)
        return int(comparison.ordinal is not None)
    width = max(map(len, names))
    for name, titles in zip(names, findings, strict=True):
        console.print(f"{name:<{width}}  {'; '.join(titles) or 'nothing found'}", markup=False, soft_wrap=True)
    for line in comparison.lines():
        console.print(line, markup=False, soft_wrap=True)
    return int(comparison.ordinal is not None)


def _names(first: Wanted, second: Wanted, releases: Sequence[str]) -> tuple[str, str]:
    """Name the runs by what tells them apart."""
    names = []
    for each, release in zip((first, second), releases, strict=True):
        words = [Path(each.path).name] if first.path != second.path else []
        words += [release] if releases[0] != releases[1] else []
        words += [_schedule_of(each)] if _schedule_of(first) != _schedule_of(second) else []
        names.append(", ".join(words))
    if names[0] == names[1]:
        return "first run", "second run"
    return names[0], names[1]


def _schedule_of(each: Wanted) -> str:
    said = each.schedule or (RECORDED if each.path.endswith(".json") else "first")
    return "without preemption" if said == "first" else said


def _made(each: Wanted, options: Options) -> tuple[Run, str]:
    """Make a run; return it with its release."""
    release = release_named(each.release).name if each.release is not None else None
    if each.path.endswith(".json"):
        file = load(each.path)
        program, options = checking.program_of(file)
        runner = Runner(program, replace(options, release=release or options.release))
        if each.schedule in (None, RECORDED):
            run = runner(Replay(file.schedule, strict=False))
            other = checking.elsewhere(file) if runner.options.release == options.release else ""
            if other and run.digest != file.digest:
                click.echo(f"notsock: {each.path}: {other}: here it is not the run that was recorded", err=True)
            return run, runner.options.release
    else:
        if each.schedule == RECORDED:
            raise ProgramError(f"{each.path} is a program: a finding's file has a recorded schedule")
        runner = Runner(Program((Part.parse(each.path),)), replace(options, release=release or options.release))
    strategy = PLANS[each.schedule or SINGLE[0]](options.seed).next()
    assert strategy is not None
    return runner(strategy), runner.options.release
