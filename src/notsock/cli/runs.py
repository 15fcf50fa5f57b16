"""``notsock run``, ``replay`` and ``netstat``: one run and what is to be seen of it."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from notsock.cli.checks import Printing, counts, status
from notsock.detect.mistakes import Mistake, found_by, mistakes_in
from notsock.explore.plan import PLANS
from notsock.explore.run import Run
from notsock.explore.story import abridged, story
from notsock.outputs.capture import Listener, listening, write_capture
from notsock.outputs.files import written
from notsock.outputs.pages import replay_page, run_page
from notsock.programs import checking
from notsock.programs.options import Options
from notsock.programs.program import Program
from notsock.programs.refusals import refusals
from notsock.programs.runner import Runner
from notsock.programs.watchdog import NoCallError, explain
from notsock.releases.catalogue import profile_of
from notsock.report import json_report, terminal
from notsock.report import netstat as netstat_report
from notsock.system import Machine
from notsock.trace.codec import line_of
from notsock.trace.events import Ending
from notsock.trace.recorder import Trace

_ENDINGS = {
    Ending.DEADLOCK: "every thread that is left waits for ever",
    Ending.QUIET: "whoever is left only wakes up, looks around and waits again",
    Ending.OUT_OF_EVENTS: "its budget of events is used up",
    Ending.OUT_OF_TIME: "its budget of virtual time is used up",
}
"""What is said of a run whose program did not end by itself."""


def _pass_through(process: Any, stream: int, data: bytes) -> None:
    """Show what a process writes."""
    del process
    target = sys.stdout if stream == 1 else sys.stderr
    target.flush()
    target.buffer.write(data)
    target.buffer.flush()


def run(program: Program, options: Options, strategy: str, printing: Printing) -> int:
    """Run a program once; return the exit status."""
    console = Console(highlight=False)
    outputs = printing.outputs
    silent = printing.as_json or printing.quiet
    runner = Runner(program, options, on_output=None if silent else _pass_through, once=True)
    runner.watchdog.stop_on_interrupt()
    chosen = PLANS[strategy](options.seed).next()
    assert chosen is not None
    try:
        listener = Listener(runner) if outputs.want_packets else None
        result = runner(chosen)
    except NoCallError as error:
        raise explain(error) or error from None
    assert runner.last is not None
    machines = runner.last.system.machines
    if outputs.want_page:
        outputs.write(run_page(runner, result, listener))
    _write_capture(outputs.pcap, runner, result, listener, "one run")
    if printing.as_json:
        console.file.write(json.dumps(_json(runner, result), indent=1) + "\n")
    else:
        for mistake in mistakes_in(checking.told(result)):
            terminal.print_mistake(console, mistake.map(lambda finding: terminal.Told(finding, options.release)))
    if not silent:
        if result.ending in _ENDINGS:
            said = f"The run was ended: {_ENDINGS[result.ending]}."
            console.print(said, markup=False, style="dim", soft_wrap=True)
        for machine in machines:
            _print_netstat(console, result.trace, machine, None, several=len(machines) > 1)
    refused = refusals(runner.last.system)
    for line in refused:
        click.echo(f"notsock: {line}", err=True)
    return status((finding.severity for finding in result.findings), refused=bool(refused))  # type: ignore[attr-defined]


def _json(runner: Runner, result: Run) -> dict[str, Any]:
    assert runner.last is not None
    system = runner.last.system
    codes = [
        {"process": process.name, "code": None if process.alive else process.exit_code} for process in system.processes
    ]
    netstat = {machine.name: netstat_lines(result.trace, machine, None) for machine in system.machines}
    found = json_report.run_json(result.digest, codes, len(result.trace), checking.told(result), netstat)
    return found | {"ending": result.ending.name.lower()}


def netstat_lines(trace: Trace, machine: Machine, position: int | None, *, headed: bool = True) -> list[str]:
    """Return a machine's netstat before the event at ``position`` (None: at the end), in its release's manner."""
    profile = machine.profile
    rows = netstat_report.table(trace, position, machine.ident)
    return netstat_report.render(
        rows, lists_listeners=profile.netstat_lists_listeners, lists_owners=profile.netstat_lists_owners, headed=headed
    )


def _print_netstat(
    console: Console, trace: Trace, machine: Machine, position: int | None, *, several: bool, headed: bool = True
) -> None:
    if several:
        console.print(f"\n{machine.name} ({profile_of(machine.release).title}):", markup=False, soft_wrap=True)
    for line in netstat_lines(trace, machine, position, headed=headed):
        console.print(line, markup=False, soft_wrap=True)


def replay(path: Path, release: str | None, printing: Printing, *, step: bool, netstat_at: int | None) -> int:
    """Run a finding's schedule again; return the exit status."""
    console = Console(highlight=False)
    outputs = printing.outputs
    listeners: list[Listener] = []
    replayed = checking.replay(path, release, listening(listeners) if outputs.want_packets else Runner)
    result, file = replayed.run, replayed.file
    listener = listeners[-1] if listeners else None
    if outputs.want_page:
        outputs.write(replay_page(path, replayed, listener))
    _write_capture(outputs.pcap, replayed.runner, result, listener, f"notsock replay {path}")
    assert replayed.runner.last is not None
    machines = replayed.runner.last.system.machines
    if printing.as_json:
        console.file.write(
            json.dumps(_json(replayed.runner, result) | {"same": replayed.same, "rule": file.rule}, indent=1) + "\n"
        )
    else:
        if step:
            for position, event in result.trace:
                console.print(f"{position:>7}  {line_of(event, result.trace.names)}", markup=False, soft_wrap=True)
        for mistake in _asked_for(replayed, everything=release is not None):
            terminal.print_mistake(console, mistake)
        if netstat_at is not None:
            for machine in machines:
                _print_netstat(console, result.trace, machine, netstat_at, several=len(machines) > 1)
        if not printing.quiet:
            console.print(_verdict(replayed), markup=False, soft_wrap=True)
        elif release is None and not replayed.same:
            click.echo(f"notsock: {_verdict(replayed)}", err=True)
    if release is None and not replayed.same:
        return 2
    return int(any(counts(finding.severity) for finding in result.findings))  # type: ignore[attr-defined]


def _asked_for(replayed: checking.Replayed, *, everything: bool) -> list[Mistake[terminal.Told]]:
    """Return the mistakes of the rule that a replay was recorded for, led by what that rule found, or all of them."""
    rule, release = replayed.file.rule, replayed.runner.options.release
    words = abridged(story(replayed.file.schedule, replayed.run.trace))
    told = [terminal.Told(finding, release, words) for finding in checking.told(replayed.run)]
    mistakes = terminal.by_their_mistakes(told)
    asked = found_by(rule, mistakes, lambda each: each.finding)
    if everything:
        asked += [each for each in mistakes if all(told.finding.rule != rule for told in each.all)]
    return asked


def _write_capture(path: str | None, runner: Runner, run: Run, listener: Listener | None, comment: str) -> None:
    """Write a run's packets where that was asked for."""
    if path is None or listener is None or runner.last is None:
        return
    system, findings = runner.last.system, checking.told(run)
    written(path, write_capture, system, run.trace, listener, findings, comment)


def _verdict(replayed: checking.Replayed) -> str:
    """Say how the replay stands to the recorded run."""
    file, release = replayed.file, replayed.runner.options.release
    if replayed.same:
        return f"The same run, event for event (digest {file.digest})."
    if replayed.drift is not None:
        return f"On {release} the run parts from the recorded one: {replayed.drift}."
    if release != Options.from_json(file.program.get("options")).release:
        what = "what was found is found here too" if _still(replayed) else f"here {file.rule} is not found"
        return f"On {release} every choice could be made as recorded; {what}."
    other = checking.elsewhere(file)
    why = f" ({other})" if other else ""
    return f"Not the same run: its digest is {replayed.run.digest}, not {file.digest}{why}."


def _still(replayed: checking.Replayed) -> bool:
    return any(finding.rule == replayed.file.rule for finding in replayed.run.findings)


def netstat(path: Path, position: int | None, *, as_json: bool, quiet: bool) -> int:
    """Print a recorded run's netstat at a moment; return the exit status."""
    console = Console(highlight=False)
    replayed = checking.replay(path)
    assert replayed.runner.last is not None
    machines, trace = replayed.runner.last.system.machines, replayed.run.trace
    if as_json:
        value = [_sockets_json(trace, machine, position) for machine in machines]
        console.file.write(json.dumps(value, indent=1) + "\n")
        return 0
    for machine in machines:
        _print_netstat(console, trace, machine, position, several=len(machines) > 1, headed=not quiet)
    return 0


def _sockets_json(trace: Trace, machine: Machine, position: int | None) -> dict[str, Any]:
    """Return a machine's netstat in plain values: the rows and columns that its release prints."""
    profile = machine.profile
    rows = netstat_report.table(trace, position, machine.ident)
    sockets = [
        {"protocol": row.protocol, "local": row.local, "remote": row.remote, "state": row.state}
        | ({"pid": row.process_id} if profile.netstat_lists_owners else {})
        for row in netstat_report.listed(rows, lists_listeners=profile.netstat_lists_listeners)
    ]
    return {"machine": machine.name, "release": machine.release, "sockets": sockets}
