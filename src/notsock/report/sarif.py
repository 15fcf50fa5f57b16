"""Findings as SARIF 2.1.0 (OASIS), for code-scanning pages and editors.

One result is one mistake, told by its leading finding; the others are related places, flows and properties of it.  A
finding's stacks are its code flows: one that tells how it came about, thread by thread in the order of execution,
and one for each moment's own way down to the call.  Files are named relative to the folder in which the command ran,
those of Python itself relative to its library, so that a result says the same on every machine; its fingerprint is made
of the program's lines, not of their numbers, so that it survives an edit elsewhere in the file.
"""

import json
import re
import sysconfig
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from notsock import __version__
from notsock.detect.finding import Finding, Moment
from notsock.detect.mistakes import ALSO, BECAUSE, Mistake
from notsock.detect.places import is_library
from notsock.detect.rulebook import RulePage, rule_pages
from notsock.report.escaping import escaped
from notsock.report.links import archived, for_everybody
from notsock.report.page.content import Page, ShownFinding
from notsock.report.source_lines import source_line
from notsock.trace.stacks import Place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT, LIBRARY = "%SRCROOT%", "PYTHONLIB"
"""The bases that URIs are relative to; the first is what code-scanning pages take for the repository."""
FINGERPRINT = "notsockCause/v1"
_LIBRARIES = tuple(
    sorted({sysconfig.get_path(name).rstrip("/") for name in ("stdlib", "platstdlib", "purelib", "platlib")}, key=len)
)[::-1]
_DIGITS = re.compile(r"0x[0-9a-f]+|\d+")
_RISKS = {"error": "8.0", "warning": "5.0", "note": "2.0"}
"""What code-scanning pages call the security severity, from 0 to 10."""


def write_sarif(path: Path, page: Page) -> None:
    """Write the findings of a page; raise OSError where that cannot be done."""
    text = json.dumps(sarif(page, Path.cwd()), indent=1, ensure_ascii=True)
    path.write_text(text + "\n", encoding="ascii")


def sarif(page: Page, root: Path) -> dict[str, Any]:
    """Return the log; ``root`` is the folder that files are named relative to."""
    mistakes = page.mistakes
    rules = {rule.name: place for place, rule in enumerate(rule_pages())}
    extra = sorted({shown.finding.rule for shown in page.findings} - rules.keys())
    rules |= {name: len(rules) + place for place, name in enumerate(extra)}
    driver = {
        "name": "notsock",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [*(_rule(each) for each in rule_pages()), *({"id": name} for name in extra)],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"notsock/{escaped(page.title)}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The folder in which notsock was run."}},
            LIBRARY: {"description": {"text": "The libraries of the Python that the program ran on."}},
        },
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [_notification(each) for each in page.notes]}
        ],
        "results": [_result(each, rules[each.leading.finding.rule], root) for each in mistakes],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(page: RulePage) -> dict[str, Any]:
    article = [f"Microsoft's article: {archived(page.article)}"] if page.article is not None else []
    return {
        "id": page.name,
        "name": "".join(word.capitalize() for word in page.name.split("-")),
        "shortDescription": {"text": page.summary},
        "fullDescription": {"text": " ".join(dict(page.sections)["What it does"].split())},
        "help": {"text": page.markdown, "markdown": "\n\n".join([page.markdown, *article])},
        "helpUri": for_everybody(page),
        "defaultConfiguration": {"level": page.severity},
        "properties": {
            "tags": ["correctness", "concurrency", "sockets", f"external/cwe/cwe-{page.cwe}"],
            "precision": "high",
            "security-severity": _RISKS[page.severity],
        },
    }


def _notification(note: tuple[str, tuple[str, ...]]) -> dict[str, Any]:
    title, lines = note
    return {"level": "note", "message": {"text": escaped(f"{title}: {'; '.join(lines)}")}}


def _result(mistake: Mistake[ShownFinding], rule: int, root: Path) -> dict[str, Any]:
    shown = mistake.leading
    finding = shown.finding
    told = _told(finding)
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": escaped(_message(mistake))},
        "partialFingerprints": {FINGERPRINT: fingerprint(finding, root)},
        "properties": {
            "object": escaped(finding.object),
            "releases": [each.strip() for each in shown.release.split(",") if each.strip()],
            "replay": escaped(shown.replay),
            "schedule": [escaped(line) for line in shown.story],
            "alsoFound": [_also(each, root) for each in mistake.beneath],
        },
    }
    if told:
        beneath = [each for each in mistake.beneath if _told(each.finding)]
        places = [(_shown_place(moment), _moment_words(moment)) for moment in told]
        places += [(_shown_place(_decisive(_told(each.finding))), _in_short(each.finding)) for each in beneath]
        result["locations"] = [_location(_shown_place(_decisive(told)), root)]
        result["relatedLocations"] = [
            _location(place, root, words, ident) for ident, (place, words) in enumerate(places, 1)
        ]
        result["stacks"] = [_stack(moment, root) for moment in told]
        result["codeFlows"] = [
            _story(finding, told, root), *(_way_down(moment, root) for moment in told),
            *(_story(each.finding, _told(each.finding), root) for each in beneath),
        ]  # fmt: skip
    return result


def _told(finding: Finding) -> list[Moment]:
    """Return a finding's moments that have a place."""
    return [moment for moment in finding.history if moment.stack]


def _decisive(told: Sequence[Moment]) -> Moment:
    """Return the last moment that has a place in the program itself."""
    return max(told, key=lambda moment: (_own(moment.stack) is not None, moment.position))


def _in_short(finding: Finding) -> str:
    relation = BECAUSE if finding.because is not None else ALSO
    return escaped(f"{relation}: {finding.title} ({finding.severity.value}, {finding.rule})")


def _also(shown: ShownFinding, root: Path) -> dict[str, Any]:
    """Return what identifies a finding that another one leads."""
    finding = shown.finding
    return {
        "ruleId": finding.rule,
        "level": finding.severity.value,
        "title": escaped(finding.title),
        "because": finding.because,
        "fingerprint": fingerprint(finding, root),
        "replay": escaped(shown.replay),
    }


def _message(mistake: Mistake[ShownFinding]) -> str:
    shown = mistake.leading
    finding = shown.finding
    words = [f"{finding.title}.", f"Seen after: {finding.consequence}.", f"What to do: {finding.advice}."]
    if shown.release:
        words.insert(1, f"On Windows {shown.release}.")
    words += [f"{_in_short(each.finding)}.".capitalize() for each in mistake.beneath]
    if shown.replay:
        words.append(f"Replay: {shown.replay}")
    return " ".join(word.replace("..", ".") for word in words)


def _moment_words(moment: Moment) -> str:
    by = f" by {moment.thread}" if moment.thread else ""
    return escaped(" ".join(f"{moment.role} {moment.call}".split()) + by)


# ---- flows and stacks -----------------------------------------------------------------------------------------------


def _story(finding: Finding, told: Iterable[Moment], root: Path) -> dict[str, Any]:
    """Return how it came about: a flow for each thread, its places numbered in the order of execution."""
    threads: dict[str, list[dict[str, Any]]] = {}
    for order, moment in enumerate(told):
        step = {
            "location": _location(_shown_place(moment), root, _moment_words(moment)),
            "executionOrder": order,
            "importance": "essential",
        }
        threads.setdefault(moment.thread or "the system", []).append(step)
    flows = [
        {"id": f"{place} {escaped(thread)}", "message": {"text": escaped(thread)}, "locations": steps}
        for place, (thread, steps) in enumerate(threads.items(), 1)
    ]
    return {"message": {"text": f"How it came about: {escaped(finding.title)}"}, "threadFlows": flows}


def _way_down(moment: Moment, root: Path) -> dict[str, Any]:
    """Return a moment's stack as a flow, from where its thread began to the call."""
    steps = [
        {"location": _location(place, root, f"in {escaped(place.function)}"), "nestingLevel": depth}
        for depth, place in enumerate(reversed(moment.stack))
    ]
    steps[-1]["location"] = _location(moment.stack[0], root, _moment_words(moment))
    flow = {"id": escaped(moment.thread or "the system"), "locations": steps}
    return {"message": {"text": _moment_words(moment)}, "threadFlows": [flow]}


def _stack(moment: Moment, root: Path) -> dict[str, Any]:
    frames = [{"location": _location(place, root)} for place in moment.stack]
    return {"message": {"text": _moment_words(moment)}, "frames": frames}


def _own(stack: tuple[Place, ...]) -> Place | None:
    return next((place for place in stack if not is_library(place.file)), None)


def _shown_place(moment: Moment) -> Place:
    """Return where the program itself was, or else the innermost frame."""
    return _own(moment.stack) or moment.stack[0]


def _location(place: Place, root: Path, words: str = "", ident: int | None = None) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": max(1, place.line)}
    snippet = source_line(place)
    if snippet and not is_library(place.file):
        region["snippet"] = {"text": escaped(snippet)}
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(place.file, root), "region": region},
        "logicalLocations": [{"fullyQualifiedName": escaped(place.function), "kind": "function"}],
    }
    if words:
        location["message"] = {"text": words}
    if ident is not None:
        location["id"] = ident
    return location


def _artifact(file: str, root: Path) -> dict[str, str]:
    """Return a file as a URI relative to one of the bases; one that lies elsewhere by its whole path."""
    path = Path(file)
    if not path.is_absolute():
        return {"uri": _uri(file), "uriBaseId": ROOT}
    if path.is_relative_to(root):
        return {"uri": _uri(str(path.relative_to(root))), "uriBaseId": ROOT}
    for library in _LIBRARIES:
        if path.is_relative_to(library):
            return {"uri": _uri(str(path.relative_to(library))), "uriBaseId": LIBRARY}
    return {"uri": f"file://{_uri(file)}"}


def _uri(file: str) -> str:
    text = quote(escaped(file).removeprefix("./"))
    return f"./{text}" if ":" in text.partition("/")[0] else text


# ---- fingerprints ---------------------------------------------------------------------------------------------------


def fingerprint(finding: Finding, root: Path) -> str:
    """Return what tells a cause from others in every run, on every machine, and after edits elsewhere.

    It is the rule and its key, with the text of each line of the program instead of its number; of a log the calls,
    without numbers.
    """
    calls = {(at.file, at.line): at.function for moment in finding.history for at in moment.stack if "(" in at.function}
    words = [finding.rule]
    for part, following in zip(finding.key, (*finding.key[1:], ""), strict=True):
        if isinstance(part, int):
            continue
        if not isinstance(following, int):
            words.append(part)
        elif (part, following) in calls:
            words.append(_DIGITS.sub("#", calls[part, following]))
        else:
            path = Path(part)
            file = str(path.relative_to(root)) if path.is_relative_to(root) else part
            words.append(f"{file} {source_line(Place(part, following, '')) or following}")
    return sha256("\0".join(words).encode("utf-8", "backslashreplace")).hexdigest()[:32]
