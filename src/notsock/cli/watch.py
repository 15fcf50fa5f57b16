"""``notsock watch``: replays a finding and steps through its run in the terminal."""

import sys
from pathlib import Path

from notsock.detect.mistakes import found_by, mistakes_in
from notsock.explore.story import story
from notsock.outputs.pages import shown_run
from notsock.programs import checking
from notsock.programs.program import ProgramError
from notsock.report.watching.view import RunView


def watch(path: Path, release: str | None) -> int:
    """Let a person look; return the exit status."""
    view = view_of(path, release)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ProgramError("watch needs a terminal; notsock replay --step prints the run event by event")
    from notsock.report.watching.app import Watch  # noqa: PLC0415 - a fifth of a second that other commands need not wait

    Watch(view).run()
    return 0


def view_of(path: Path, release: str | None = None) -> RunView:
    """Replay a finding, and return its run to look at; raise what :func:`checking.replay` does."""
    replayed = checking.replay(path, release)
    if release is None and not replayed.same:
        raise ProgramError(f"{path} does not replay as it was recorded: notsock replay {path} says more")
    mistakes = mistakes_in(checking.told(replayed.run))
    asked = found_by(replayed.file.rule, mistakes, lambda finding: finding) or mistakes
    trace = replayed.run.trace
    return RunView(shown_run(trace), asked[0] if asked else None, tuple(story(replayed.file.schedule, trace)))
