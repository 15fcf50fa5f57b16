"""``notsock``: the commands and their options.  What they do is elsewhere; how it looks is in ``report``."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from notsock import __version__
from notsock.campaign.engine import EngineError
from notsock.campaign.engines import engine_named
from notsock.cli import articles, checks, comparing, explaining, runs, traces
from notsock.cli import live as live_sockets
from notsock.cli import rules as rules_known
from notsock.cli import watch as watching
from notsock.cli.output_options import json_option, output_options, quiet_option
from notsock.cli.start import same_hashes
from notsock.detect.rulebook import UnknownRuleError
from notsock.explore.plan import PLANS
from notsock.explore.replay_file import ReplayFileError
from notsock.explore.strategies.drift import Drift
from notsock.kb import UnknownArticleError
from notsock.outputs.files import Outputs
from notsock.programs.checking import SCHEDULES, Effort
from notsock.programs.options import FAULTS, Options, parse_faults
from notsock.programs.program import Part, Program, ProgramError
from notsock.readers.bridge.finding_file import FindingFileError
from notsock.readers.running import TraceError
from notsock.readers.source import LogError
from notsock.releases.catalogue import CURRENT, RELEASES, UnknownReleaseError, release_named
from notsock.shim.preemption import CALLS, MODES
from notsock.shim.python_process import ProgramError as PythonProgramError

CLEAN, FOUND, CANNOT = 0, 1, 2
"""Exit statuses: nothing found; findings; it could not run."""

_USER_ERRORS = (
    ProgramError, PythonProgramError, ReplayFileError, UnknownReleaseError, UnknownArticleError, Drift, LogError,
    TraceError, FindingFileError, UnknownRuleError, EngineError,
)  # fmt: skip


def _told_in_one_line(command: Callable[..., int]) -> Callable[..., None]:
    """Turn what a person can cause into one clear line and exit status 2."""

    @wraps(command)
    def told(*args: Any, **kwargs: Any) -> None:
        try:
            code = command(*args, **kwargs)
        except _USER_ERRORS as error:
            click.echo(f"notsock: {error}", err=True)
            code = CANNOT
        except KeyboardInterrupt:
            click.echo("notsock: stopped", err=True)
            code = CANNOT
        sys.exit(code)

    return told


def _several(names: tuple[str, ...]) -> list[str]:
    """Return the releases that ``--windows`` names: one, several with commas or repeated, or all."""
    wanted = [word for name in names for word in name.split(",") if word]
    if "all" in wanted:
        return [release.name for release in RELEASES]
    return list(dict.fromkeys(release_named(word).name for word in wanted)) or [CURRENT]


def _program(path: str, arguments: tuple[str, ...], others: tuple[str, ...]) -> Program:
    first = Part.parse(path)
    return Program((Part(first.path, arguments, first.machine), *(Part.parse(other) for other in others)))


def _system_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that describe the simulated system."""
    for option in reversed(
        (
            click.option(
                "--and", "others", metavar="[MACHINE:]PROGRAM", multiple=True,
                help="Another program: a further process, on the same or another machine.",
            ),
            click.option("--seed", default=0, show_default=True, help="Seed of everything that is drawn."),
            click.option("--cpus", default=1, show_default=True, type=click.IntRange(1, 64), help="Processors."),
            click.option(
                "--faults", default="", metavar="LIST",
                help="What goes wrong, drawn like the schedule and left out of a story that does not need it: "
                + "; ".join(f"{example} {meaning}" for example, meaning in FAULTS.items()) + ".",
            ),
            click.option(
                "--preempt", type=click.Choice(MODES), default=CALLS, show_default=True,
                help="Where threads of Python programs may change places: at simulated calls; also where CPython looks "
                "for other threads (jumps); before every line.",
            ),
            click.option("--hotfix", "hotfixes", multiple=True, help="An update that the machines have."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="notsock")
def main() -> None:
    """Run a network program, unmodified, on a simulated Windows, and find what it does wrong with its sockets.

    Exit status: 0 nothing found, 1 findings (errors or warnings), 2 it could not run.

    \u0008
    notsock check server.py --and client.py      begin here: on Windows 11
    notsock watch .notsock/findings/FILE.json    step through what was found
    notsock rules                                what is looked for
    notsock COMMAND --help                       what a command does, with examples
    """


@main.command(
    context_settings={"ignore_unknown_options": False},
    short_help="Run PROGRAM under many schedules; say what is wrong.",
)
@click.argument("program")
@click.argument("arguments", nargs=-1)
@click.option(
    "--windows", multiple=True, metavar="RELEASE",
    help="Which Windows: a release, several (with commas, or repeated), or all.  [default: 11]",
)  # fmt: skip
@click.option("--schedules", type=click.IntRange(1), default=None, help=f"Schedules to try.  [default: {SCHEDULES}]")
@click.option("--for", "duration", metavar="SECONDS", default=None, help="Search so long, as in 30s or 2m.")
@click.option("--exhaustive", is_flag=True, help="Try every schedule; says “exhausted” when none is left.")
@click.option("--preemptions", type=click.IntRange(0), default=None, help="Every schedule with at most so many.")
@click.option(
    "--strategy", type=click.Choice(sorted(PLANS)), default="portfolio", metavar="NAME", show_default=True,
    help=f"How to search: {', '.join(sorted(PLANS))}.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 1024), default=None, metavar="N",
    help="Search in N processes: what is found depends on the seed and the schedules, not on N.",
)
@click.option(
    "--engine", metavar="ENGINE", default=None,
    help="Who does the work: processes, dask (a cluster of N local workers), or dask://HOST:PORT (one that is there).",
)
@click.option("--anew", is_flag=True, help="Begin with the first schedule, not where earlier checks stopped.")
@json_option
@output_options("report", "sarif", "perfetto", "pcap", pcap="Write the packets (pcapng) of the first finding's run.")
@quiet_option()
@_system_options
@_told_in_one_line
def check(
    program: str, arguments: tuple[str, ...], windows: tuple[str, ...], schedules: int | None, duration: str | None,
    exhaustive: bool, preemptions: int | None, strategy: str, jobs: int | None, engine: str | None,
    anew: bool, as_json: bool, outputs: Outputs, quiet: bool,
    others: tuple[str, ...], seed: int, cpus: int, faults: str, preempt: str, hotfixes: tuple[str, ...],
) -> int:  # fmt: skip
    """Run PROGRAM on a simulated Windows under many schedules; say what is wrong with it.

    PROGRAM is a Python file, or a scenario (a file that defines scenario(system)).  Its own arguments follow --.
    Standard input is empty.
    Findings are kept under .notsock/findings, from where replay, watch and compare take them.  The next check runs
    them first, and as long as nothing changes goes on from where this one stopped.

    \u0008
    notsock check server.py --and client.py
    notsock check server.py --and machine2:client.py --windows nt4,98,11 --faults loss=1%
    notsock check server.py --for 2m --jobs 4 --report out.html -- --port 8000

    Exit status: 0 nothing found or notes only, 1 errors or warnings found, 2 it could not run.
    """
    seconds = _duration(duration)
    if schedules is None and seconds is None and not exhaustive and preemptions is None:
        schedules = SCHEDULES
    effort = Effort(strategy, schedules, seconds, exhaustive, preemptions)
    conditions, mishaps = parse_faults(faults)
    options = Options(
        seed=seed, processors=cpus, conditions=conditions, faults=mishaps, hotfixes=hotfixes, preempt=preempt
    )
    releases = _several(windows)
    checked = _program(program, arguments, others)
    printing = checks.Printing(outputs, as_json, quiet)
    if jobs is None and engine is None:
        return checks.check(checked, options, releases, effort, printing, anew=anew)
    with engine_named(engine or "processes", jobs) as made:
        return checks.check(checked, options, releases, effort, printing, made, anew=anew)


def _duration(text: str | None) -> float | None:
    """Read ``30``, ``30s``, ``2m`` or ``1h`` as seconds."""
    if text is None:
        return None
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1)
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e9:
        raise ProgramError(f"--for {text!r} is not a time, as in 30s or 2m")
    return seconds


@main.command(short_help="Run PROGRAM once; show its output, and what is wrong.")
@click.argument("program")
@click.argument("arguments", nargs=-1)
@click.option("--windows", default=CURRENT, show_default=True, metavar="RELEASE", help="Which Windows.")
@click.option("--strategy", type=click.Choice(["first", "round-robin", "random", "processors"]), default="first")
@json_option
@quiet_option("Print findings only: neither the program's output nor netstat.")
@output_options("report", "sarif", "perfetto", "pcap")
@_system_options
@_told_in_one_line
def run(
    program: str, arguments: tuple[str, ...], windows: str, strategy: str, as_json: bool, quiet: bool, outputs: Outputs,
    others: tuple[str, ...], seed: int, cpus: int, faults: str, preempt: str, hotfixes: tuple[str, ...],
) -> int:  # fmt: skip
    """Run PROGRAM once; show its output, what is wrong, and netstat at the end.

    PROGRAM is a Python file or a scenario, as for check; its own arguments follow --, and its standard input is
    empty.  One run is one schedule: it shows what the program does, not that it is right.

    \u0008
    notsock run server.py --and machine2:client.py --pcap out.pcapng
    notsock run server.py --windows 98 --strategy random --seed 3 -- --port 8000

    Exit status: 0 nothing found or notes only, 1 errors or warnings found, 2 it could not run.
    """
    release = release_named(windows).name
    conditions, mishaps = parse_faults(faults)
    options = Options(release, seed, cpus, conditions, mishaps, hotfixes, preempt=preempt)
    printing = checks.Printing(outputs, as_json, quiet)
    return runs.run(_program(program, arguments, others), options, strategy, printing)


@main.command(short_help="Run a finding again, event for event.")
@click.argument("finding", type=click.Path())
@click.option("--windows", default=None, metavar="RELEASE", help="On another release: shows where they part.")
@click.option("--step", is_flag=True, help="Print the run event by event.")
@click.option("--netstat-at", type=int, default=None, metavar="POSITION", help="netstat before the event there.")
@output_options("report", "sarif", "perfetto", "pcap")
@json_option
@quiet_option("Print the finding only.")
@_told_in_one_line
def replay(
    finding: str, windows: str | None, step: bool, netstat_at: int | None, outputs: Outputs, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Run the schedule of a finding (a replay file) again, event for event.

    FINDING is a file that check has kept.  It holds the schedule, not the program, whose source must be as it was.

    \u0008
    notsock replay .notsock/findings/server-11-stale-close-12345678.json
    notsock replay .notsock/findings/server-nt4-two-owners-12345678.json --windows nt4-sp2
    notsock replay .notsock/findings/server-11-stale-close-12345678.json --step --netstat-at 300

    Exit status: 0 nothing found, 1 found (again), 2 it could not run, or it is not the run that was recorded.
    """
    release = release_named(windows).name if windows else None
    printing = checks.Printing(outputs, as_json, quiet)
    return runs.replay(Path(finding), release, printing, step=step, netstat_at=netstat_at)


@main.command(short_help="Step through the run of a finding in the terminal.")
@click.argument("finding", type=click.Path())
@click.option("--windows", default=None, metavar="RELEASE", help="The same schedule on another release.")
@_told_in_one_line
def watch(finding: str, windows: str | None) -> int:
    """Step through the run of a finding (a replay file) in the terminal, forwards and backwards.

    Beside the events stand the threads, what each handle's number means, and netstat, all at that moment.  It begins
    where the finding was decided; n and p go from moment to moment, ? shows all keys.

    FINDING is a file that check has kept.

    \u0008
    notsock watch .notsock/findings/server-11-stale-close-12345678.json
    notsock watch .notsock/findings/server-nt4-two-owners-12345678.json --windows nt4-sp2

    Exit status: 0, or 2 where it does not replay or there is no terminal.
    """
    return watching.watch(Path(finding), release_named(windows).name if windows else None)


@main.command(short_help="Print the sockets of a recorded run, or this machine's.")
@click.argument("finding", type=click.Path(), required=False)
@click.option("--at", "position", type=int, default=None, help="Before the event at this position.  [default: the end]")
@click.option("--live", is_flag=True, help="This (Linux) machine's own sockets, and what of them deserves a look.")
@click.option("--watch", is_flag=True, help="With --live: look again every two seconds.")
@json_option
@quiet_option("Print the sockets without a heading; with --live, only what deserves a look.")
@_told_in_one_line
def netstat(
    finding: str | None, position: int | None, live: bool, watch: bool, as_json: bool, quiet: bool
) -> int:  # fmt: skip
    """Print the sockets of a recorded run (a replay file) at a moment, as its release's netstat would.

    FINDING is a file that check has kept; positions are those that replay --step prints.  Without one, --live looks at
    this machine: who holds each socket, and below it piles of CLOSE_WAIT, ports with two owners, and limits that are
    near.

    \u0008
    notsock netstat .notsock/findings/server-nt4-two-owners-12345678.json --at 300
    notsock netstat --live --quiet
    notsock netstat --live --watch

    Exit status: 0, or 2 where it could not look.
    """
    if live == (finding is not None) or (watch and not live):
        raise ProgramError("name a replay file, or ask for --live (with --watch, if you like)")
    if live:
        return live_sockets.live(watch=watch, as_json=as_json, quiet=quiet)
    assert finding is not None
    return runs.netstat(Path(finding), position, as_json=as_json, quiet=quiet)


@main.command(short_help="List the releases, or what one differs in.")
@click.argument("name", required=False)
@json_option
@quiet_option("Print the names only, one a line; of one release, what differs without its source.")
@_told_in_one_line
def releases(name: str | None, as_json: bool, quiet: bool) -> int:
    """List the releases, or what one differs in from its neighbour, row by row, with citations.

    NAME is a release as --windows takes it, or another name for one.

    \u0008
    notsock releases
    notsock releases nt4-sp4

    Exit status: 0, or 2 where there is no such release.
    """
    return articles.releases(name, as_json=as_json, quiet=quiet)


@main.command(short_help="List what is looked for, or print a rule's page.")
@click.argument("name", required=False, metavar="[RULE]")
@json_option
@quiet_option("Print the names only, one a line; of one rule, its sentence.")
@_told_in_one_line
def rules(name: str | None, as_json: bool, quiet: bool) -> int:
    """List the rules that runs and logs are judged by, or print one's page.

    A rule's page says what it finds, why that is bad, how it comes about, and what to change.

    \u0008
    notsock rules
    notsock rules stale-close

    Exit status: 0, or 2 where there is no such rule.
    """
    return rules_known.rules(name, as_json=as_json, quiet=quiet)


@main.command(short_help="Show the articles, or one, with a table of every release.")
@click.argument("article", required=False)
@click.option("--windows", multiple=True, metavar="RELEASE", help="Only these releases.")
@json_option
@quiet_option("Print the table only; of one article, a line for each release.")
@output_options("report", report="Write a page (HTML): a run on an affected release beside one on a clean release.")
@_told_in_one_line
def kb(article: str | None, windows: tuple[str, ...], as_json: bool, quiet: bool, outputs: Outputs) -> int:
    """Show the articles, or one: what it claims, why it happens, and a live table of every release.

    ARTICLE is a number of Microsoft's Knowledge Base.  Every cell is searched while you wait, not looked up: a cell
    that is not as the article claims says so.

    \u0008
    notsock kb
    notsock kb Q142634 --windows nt4-sp1,nt4-sp2
    notsock kb Q155738 --report out.html

    Exit status: 0, or 2 where there is no such article or release.
    """
    printing = checks.Printing(outputs, as_json, quiet)
    return articles.kb(article, _several(windows) if windows else None, printing)


@main.command(short_help="Show where two runs part.")
@click.argument("paths", nargs=-1, required=True, metavar="RUN [RUN]")
@click.option("--windows", multiple=True, metavar="RELEASE", help="Of the second run, or (two, with a comma) of each.")
@click.option(
    "--schedule", "schedules", multiple=True, metavar="SCHEDULE",
    help="Likewise: recorded (a finding's own), first (nobody is preempted), round-robin, random or processors.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of a program's run.")
@json_option
@quiet_option("Print only where they part, without what each thread did.")
@_told_in_one_line
def compare(
    paths: tuple[str, ...], windows: tuple[str, ...], schedules: tuple[str, ...], seed: int, as_json: bool, quiet: bool
) -> int:  # fmt: skip
    """Show where two runs part: the first event that differs, and what each thread did from there.

    A RUN is a finding's file or a program.  One finding alone is compared with the same program's run in which nobody
    is preempted; with --windows, with its own schedule on another release.

    \u0008
    notsock compare .notsock/findings/server-11-stale-close-1b2c3d4e.json
    notsock compare .notsock/findings/server-nt4-two-owners-9e27404f.json --windows nt4-sp2
    notsock compare server.py --windows nt4,11

    Exit status: 0 the runs are the same, 1 they differ, 2 one could not run.
    """
    first, second = comparing.wanted(paths, _words(windows), _words(schedules))
    return comparing.compare(first, second, Options(seed=seed), as_json=as_json, quiet=quiet)


def _words(values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in value.split(",") if word]


@main.command(short_help="Write a finding of a real program as a simulated one.")
@click.argument("finding", type=click.Path())
@click.option("--windows", default=CURRENT, show_default=True, metavar="RELEASE", help="Which Windows.")
@click.option("--schedules", type=click.IntRange(1), default=SCHEDULES, show_default=True, help="Schedules to try.")
@click.option("--seed", default=0, show_default=True, help="Seed of everything that is drawn.")
@click.option("--output", "-o", type=click.Path(dir_okay=False), metavar="FILE.py", help="Where to write the program.")
@json_option
@quiet_option("Print what is found again only.")
@_told_in_one_line
def explain(
    finding: str, windows: str, schedules: int, seed: int, output: str | None, as_json: bool, quiet: bool
) -> int:  # fmt: skip
    """Write FINDING, which trace or inspect has kept, as a small simulated program, and search it.

    The program makes the same calls in the same threads; a second one leaves the fault out.  The search shows which
    schedules break, and whether the mended one is safe.

    \u0008
    notsock explain .notsock/findings/server-log-stale-close-12345678.json
    notsock explain .notsock/findings/server-log-stale-close-12345678.json --windows nt4 -o small.py

    Exit status: 0 not found again, 1 found again, 2 it could not be written or run.
    """
    path = Path(output) if output is not None else None
    return explaining.explain(
        Path(finding), path, release_named(windows).name, schedules, seed=seed, as_json=as_json, quiet=quiet
    )  # fmt: skip


@main.command(short_help="Find what a real program did wrong, from its log.")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@json_option
@quiet_option()
@output_options("report", "sarif")
@_told_in_one_line
def inspect(logs: tuple[str, ...], as_json: bool, quiet: bool, outputs: Outputs) -> int:
    """Find what a real program did wrong, from what strace, or Wine, wrote about it.

    LOG is a file (gzip too), - for standard input, or the name that was given to strace -ff -o.  A log of Wine has
    what WINEDEBUG=+relay,+timestamp,+pid,+loaddll and wineserver -d1 write, in one file.

    \u0008
    strace -f -tt -y -o server.log ./server; notsock inspect server.log
    notsock inspect server.log.gz --report out.html

    Exit status: 0 nothing found or notes only, 1 errors or warnings found, 2 the log cannot be read.
    """
    return traces.inspect(logs, as_json=as_json, quiet=quiet, outputs=outputs)


@main.command(short_help="Run a real COMMAND under strace or Wine, and judge it.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--attach", "pid", type=click.IntRange(1), metavar="PID", help="Trace a process that is running.")
@click.option("--io", is_flag=True, help="Trace reads and writes as well: slower, and finds uses after a close.")
@click.option("--stacks", is_flag=True, help="Show native stacks (strace -k): much slower.")
@click.option("--python", is_flag=True, help="Show the Python frames of a Python program.")
@click.option("--wine", is_flag=True, help="COMMAND is a 64-bit program for Windows: run it under Wine.")
@json_option
@quiet_option()
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write the report here, not to standard error.")
@click.option("--log", type=click.Path(dir_okay=False), metavar="FILE", help="Keep the log as well, for inspect.")
@output_options("report", "sarif")
@_told_in_one_line
def trace(
    command: tuple[str, ...], pid: int | None, io: bool, stacks: bool, python: bool, wine: bool, as_json: bool,
    quiet: bool, output: str | None, log: str | None, outputs: Outputs,
) -> int:  # fmt: skip
    """Run COMMAND (after --) under strace or Wine, and find what it does wrong with its sockets.

    Its output, signals and terminal are its own.

    \u0008
    notsock trace -- ./server --port 8000
    notsock trace --python --io --report out.html -- python server.py
    notsock trace --attach 4711 --log server.log

    Exit status: the command's where it is not 0; else 0 nothing found, 1 errors or warnings found, 2 it could not run.
    """
    return traces.trace(
        command, pid, io=io, stacks=stacks, python=python, wine=wine, as_json=as_json, quiet=quiet, output=output,
        log=log, outputs=outputs,
    )  # fmt: skip


@main.command(short_help="Print what makes a shell complete notsock's commands.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a shell complete notsock's commands and options.

    \u0008
    notsock completion bash > ~/.local/share/bash-completion/completions/notsock
    notsock completion fish > ~/.config/fish/completions/notsock.fish
    eval "$(notsock completion zsh)"                  # in ~/.zshrc

    Exit status: 0, or 2 for a shell that is not known.
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(main, {}, "notsock", "_NOTSOCK_COMPLETE").source())


if __name__ == "__main__":
    same_hashes()
    main()
