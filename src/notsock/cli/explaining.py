"""``notsock explain``: a finding of a real trace, as a simulated program, searched with the fault and without it."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from notsock.cli.checks import counts
from notsock.explore.story import abridged
from notsock.programs import checking
from notsock.programs.checking import STORE, Checked, Effort
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.readers.bridge.finding_file import FindingFileError, TracedFinding, load
from notsock.readers.bridge.scenario import FOUND_AS, write
from notsock.report import terminal

FOUND_NOT = "the search did not find it again: other programs, or the system itself, had a part in it"


def explain(
    finding: Path, output: Path | None, release: str, schedules: int, *, seed: int, as_json: bool, quiet: bool
) -> int:  # fmt: skip
    """Write both programs, search them, and say what came of it; return 1 if the finding is found again."""
    traced = load(finding)
    paths = _write(traced, output or STORE / "explained" / f"{finding.stem}.py")
    options = Options(release=release, seed=seed)
    results = [_check(path, options, schedules) for path in paths]
    expected = FOUND_AS[traced.rule]
    console = Console(highlight=False)
    again = [each for each in results[0].discoveries if each.finding.rule in expected]
    if as_json:
        console.file.write(json.dumps(_json(traced, paths, results, found_again=bool(again)), indent=1) + "\n")
        return int(bool(again))
    if not quiet:
        console.print(f"traced: {traced.title}", markup=False, soft_wrap=True)
    told = [
        terminal.Told(each.finding, release, abridged(each.story), each.replay_command)
        for each in results[0].discoveries
        if counts(each.finding.severity) or each in again
    ]
    for mistake in terminal.by_their_mistakes(told):
        terminal.print_mistake(console, mistake)
    if quiet:
        return int(bool(again))
    for name, path, result in zip(("as traced", "mended"), paths, results, strict=True):
        console.print(f"{name}: {path}: {_summary(result, expected)}", markup=False, soft_wrap=True)
    if not again:
        console.print(FOUND_NOT, markup=False, style="yellow", soft_wrap=True)
    return int(bool(again))


def _write(traced: TracedFinding, path: Path) -> tuple[Path, Path]:
    """Write the program as traced, and mended; return both paths."""
    mended = path.with_name(f"{path.stem}_mended{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write(traced, mended=False))
        mended.write_text(write(traced, mended=True))
    except OSError as error:
        raise FindingFileError(f"{path} cannot be written: {error.strerror}") from None
    return path, mended


def _check(path: Path, options: Options, schedules: int) -> Checked:
    return checking.check(Program((Part(str(path)),)), options, Effort(schedules=schedules), anew=True)


def _rules(result: Checked, expected: tuple[str, ...]) -> list[str]:
    """Return the rules that found something: all but notes, unless they are what was looked for."""
    found = [each.finding for each in result.discoveries]
    return sorted({each.rule for each in found if counts(each.severity) or each.rule in expected})


def _summary(result: Checked, expected: tuple[str, ...]) -> str:
    """Return in words what a search came to."""
    rules = _rules(result, expected)
    count = result.search.schedules
    words = f"{count:,} schedule{'s' * (count != 1)}, {result.search.verdict}"
    return f"{words}: {', '.join(rules) or 'nothing found'}"


def _json(traced: TracedFinding, paths: tuple[Path, Path], results: list[Checked], *, found_again: bool) -> Any:
    return {
        "traced": {"rule": traced.rule, "title": traced.title},
        "found_again": found_again,
        "programs": [
            {
                "path": str(path),
                "mended": bool(place),
                "schedules": result.search.schedules,
                "verdict": result.search.verdict,
                "found": _rules(result, FOUND_AS[traced.rule]),
                "replays": [str(each.replay) for each in result.discoveries if each.replay is not None],
            }
            for place, (path, result) in enumerate(zip(paths, results, strict=True))
        ],
    }
