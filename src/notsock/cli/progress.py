"""How far a search, or a long log, has come, on standard error: a bar for a person, now and then a line elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from notsock.explore.search import Search
from notsock.report.escaping import escaped

LINE_SECONDS = 10.0
"""Between two lines where nobody is looking."""


@contextmanager
def watching(what: str, schedules: int | None, *, shown: bool) -> Iterator[Callable[[Search], None] | None]:
    """Show how far the search of ``what`` has come, out of so many ``schedules`` (None: nobody knows)."""
    if not shown:
        yield None
    elif not sys.stderr.isatty():
        yield _lines(what, schedules)
    else:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("[dim]left[/dim]"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=schedules, rate="")

            def on_progress(search: Search) -> None:
                bar.update(task, completed=search.schedules, rate=_rate(search))

            yield on_progress


@contextmanager
def reading(what: str, *, shown: bool) -> Iterator[Callable[[int, float | None], None]]:
    """Show how many lines of ``what`` have been read, and which share of it that is (None: nobody knows).

    Nothing is shown of what takes no longer than a second.
    """
    begun = perf_counter()
    due = begun + (1.0 if sys.stderr.isatty() else LINE_SECONDS)
    bar: Progress | None = None
    with ExitStack() as stack:

        def on_progress(lines: int, share: float | None) -> None:
            nonlocal bar, due
            if not shown or perf_counter() < due:
                return
            if not sys.stderr.isatty():
                due = perf_counter() + LINE_SECONDS
                part = "" if share is None else f" ({share:.0%})"
                click.echo(f"{what}: {lines:,} lines{part}", err=True)
                return
            if bar is None:
                columns = (
                    SpinnerColumn(), TextColumn("reading {task.description}", markup=False), BarColumn(),
                    TextColumn("{task.fields[lines]} lines"), TimeElapsedColumn(), TextColumn("[dim]left[/dim]"),
                    TimeRemainingColumn(),
                )  # fmt: skip
                bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
                bar.add_task(escaped(what), total=None if share is None else 1.0, lines="")
                # the time that is left is reckoned from the beginning of the log
                bar.tasks[0].start_time = begun - perf_counter() + bar.get_time()
            bar.update(bar.task_ids[0], completed=share or 0.0, lines=f"{lines:,}")

        yield on_progress


def _rate(search: Search) -> str:
    rate = search.schedules / search.seconds if search.seconds else 0
    return f"{rate:,.0f}/s, {len(search.counts)} found"


def _lines(what: str, schedules: int | None) -> Callable[[Search], None]:
    """Return what writes a line at intervals, the first after the first interval."""
    due = perf_counter() + LINE_SECONDS

    def on_progress(search: Search) -> None:
        nonlocal due
        if perf_counter() < due:
            return
        due = perf_counter() + LINE_SECONDS
        total, left = "", ""
        if schedules is not None:
            total = f" of {schedules:,}"
            if search.schedules:
                seconds = (schedules - search.schedules) * search.seconds / search.schedules
                left = f", about {_duration(seconds)} left"
        click.echo(f"{what}: {search.schedules:,}{total} schedules, {_rate(search)}{left}", err=True)

    return on_progress


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02}m"
    return f"{minutes}m {rest:02}s" if minutes else f"{rest}s"
