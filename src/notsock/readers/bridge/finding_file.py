"""The file of a finding from a real trace: what was found, and the excerpt of the log that shows it.

JSON that a person can read.  Loading checks, and runs nothing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from notsock.detect.finding import Severity
from notsock.detect.judge import Report
from notsock.readers.reading import Reading
from notsock.readers.running import TraceError
from notsock.trace.codec import BadTraceError, decode, encode
from notsock.trace.recorder import Trace
from notsock.trace.stacks import places

FORMAT: Final = "notsock-traced-finding"
VERSION: Final = 1
SIZE_MAX: Final = 16 << 20
"""Bytes beyond which a file is not read."""


@dataclass(frozen=True, slots=True)
class TracedFinding:
    """A finding of a real program: the rule, its words, the events that show it, and what the log said at each."""

    rule: str
    title: str
    trace: Trace
    lines: dict[int, str]
    """By position of an event: the line of the log, as ``call(arguments) = result``."""


class FindingFileError(ValueError):
    """A file cannot be used; the message says why in one line."""


def keep(folder: Path, name: str, reading: Reading, report: Report) -> Iterator[Path]:
    """Write a file for each finding that is no note; yield the paths, in the order of the findings."""
    first = next(iter(name.split(maxsplit=1)), "")
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(first).name)
    for evidence, finding in zip(report.evidence, report.findings, strict=True):
        if finding.severity is Severity.NOTE:
            continue
        trace = reading.excerpts[evidence.position].trace
        content = {
            "format": FORMAT,
            "version": VERSION,
            "rule": finding.rule,
            "finding": finding.to_json(),
            "lines": {str(at): places(stack[:1])[0].function for at, stack in trace.stacks.items()},
            "trace": list(encode(trace)),
        }
        path = folder / f"{stem[:40] or 'trace'}-{finding.rule}-{sha256(trace.digest.encode()).hexdigest()[:8]}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content, indent=1) + "\n")
        except OSError as error:
            raise TraceError(f"{path} cannot be written: {error.strerror}") from None
        yield path


def load(path: Path) -> TracedFinding:
    """Read a file; raise :class:`FindingFileError` for what is none."""
    try:
        if path.stat().st_size > SIZE_MAX:
            raise FindingFileError(f"{path} is too big for a finding")
        content: Any = json.loads(path.read_text())
    except OSError as error:
        raise FindingFileError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise FindingFileError(f"{path} is no finding of a trace") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FindingFileError(f"{path} is no finding of a trace (notsock trace and notsock inspect write those)")
    try:
        lines = {int(at): str(line) for at, line in content["lines"].items()}
        return TracedFinding(
            str(content["rule"]), str(content["finding"]["title"]), decode(map(str, content["trace"])), lines
        )
    except (KeyError, TypeError, ValueError, AttributeError, BadTraceError):
        raise FindingFileError(f"{path} is damaged") from None
