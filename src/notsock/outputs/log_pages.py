"""The page of a log: each finding with the excerpt that shows it, and what such a log cannot tell."""

from pathlib import Path

from notsock.detect.judge import NOT_APPLICABLE, Report
from notsock.readers.reading import Reading
from notsock.report.page.content import Page, Row, ShownFinding, ShownRun, Table
from notsock.trace.events import MachineStarted
from notsock.trace.recorder import Trace

CANNOT_TELL = "What this log cannot tell"


def log_page(name: str, reading: Reading, report: Report, verdict: str) -> Page:
    """Return the page of what a log came to; ``verdict`` says it in one line."""
    runs: list[ShownRun] = []
    places: dict[int, int] = {}
    findings = []
    for evidence, finding in zip(report.evidence, report.findings, strict=True):
        excerpt = evidence.position
        if excerpt not in places:
            places[excerpt] = len(runs)
            runs.append(_shown(reading.excerpts[excerpt].trace))
        findings.append(ShownFinding(finding, "", places[excerpt]))
    notes = ((CANNOT_TELL, _unknown(reading, report)),)
    title = Path(name.split(" ", 1)[0]).name or name
    return Page(title, name, verdict, tuple(findings), tuple(runs), (_verdicts(report),), (), notes)


def _shown(trace: Trace) -> ShownRun:
    systems = [trace.names[event.release] for _, event in trace if isinstance(event, MachineStarted)]
    return ShownRun(f"{', '.join(dict.fromkeys(systems))}, as far as the log tells", trace)


def _unknown(reading: Reading, report: Report) -> tuple[str, ...]:
    """Return what must not be taken for healthy, because the log says nothing of it."""
    lines = ["packets, the other end of a connection, and what netstat printed are in no log of calls"]
    lines += reading.remarks
    if reading.not_understood:
        lines.append(f"{reading.not_understood:,} of {reading.lines:,} lines were not understood")
    missing = sorted(rule for rule, said in report.verdicts.items() if said == NOT_APPLICABLE)
    if missing:
        lines.append(f"not applicable here: {', '.join(missing)}")
    return tuple(lines)


def _verdicts(report: Report) -> Table:
    found = dict.fromkeys(report.verdicts, 0)
    for finding in report.findings:
        found[finding.rule] += 1
    rows = [
        Row((rule, verdict, str(found[rule]) if found[rule] else ""), bool(found[rule]))
        for rule, verdict in sorted(report.verdicts.items())
    ]
    return Table("By which rules", ("rule", "verdict", "findings"), tuple(rows))
