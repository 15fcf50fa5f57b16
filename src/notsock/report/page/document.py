"""The file itself: scripts, styles and data put into one HTML document that may load and run nothing else.

Nothing that came from the program under test is ever part of markup: it travels as JSON in a block that no
browser executes, and the scripts put it on the page as text.  The Content-Security-Policy names the hash of
the one script and the one style, forbids everything else, and (with Trusted Types) every way to make markup
out of a string.  No template engine: there are five places to fill in, none of them with foreign text.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any
from zlib import compress

from notsock import __version__
from notsock.detect.mistakes import Mistake
from notsock.report.escaping import escaped
from notsock.report.page.content import Beside, Page, ShownFinding
from notsock.report.page.parting import parting
from notsock.report.page.run_data import places_json, run_json, vocabulary

SCRIPTS = (
    "dom", "words", "run", "lanes", "palette", "axis", "view", "picture", "overview", "picture_input", "panels",
    "ladder", "events", "search", "finding", "compare", "theme", "main",
)  # fmt: skip
"""One file a concern, in the order in which they are joined."""
PLAIN_MAX = 256 * 1024
"""Characters of JSON up to which it stands there as it is."""
STYLES = ("base", "finding", "picture", "panels", "print")


def write_page(path: Path, page: Page) -> None:
    """Write a page; raise OSError where that cannot be done."""
    path.write_text(html_of(page), encoding="utf-8")


def html_of(page: Page) -> str:
    """Return the whole document."""
    parts = "\n".join(_part("script", f"{name}.js") for name in SCRIPTS)
    script = f"(async () => {{\n'use strict';\n{parts}}})();\n"
    style = "\n".join(_part("style", f"{name}.css") for name in STYLES)
    runs, encoding = data_block([_harmless(run_json(each)) for each in page.runs])
    return Template(_part("document.html")).substitute(
        policy=_policy(script, style), style=style, script=script, page=json_text(page_json(page)), runs=runs,
        encoding=encoding,
    )  # fmt: skip


def page_json(page: Page) -> dict[str, Any]:
    """Return all but the runs, every text of it harmless to look at."""
    found = {
        "title": page.title,
        "program": page.program,
        "verdict": page.verdict,
        "version": __version__,
        "vocabulary": vocabulary(),
        "tables": [asdict(each) for each in page.tables],
        "notes": page.notes,
        "findings": _findings_json(page.mistakes),
        "beside": [_beside_json(each, page) for each in page.beside],
    }
    harmless: dict[str, Any] = _harmless(found)
    return harmless


def data_block(value: Any) -> tuple[str, str]:
    """Return the text of the data block, and the attribute that says how it is written.

    Short data are JSON that a person can read, long ones deflated: a run of 100,000 events then takes a tenth.
    """
    text = json_text(value)
    if len(text) <= PLAIN_MAX:
        return text, ""
    return b64encode(compress(text.encode(), 9)).decode(), ' data-encoding="deflate"'


def json_text(value: Any) -> str:
    """Return JSON that neither ends the block it stands in nor a line of JavaScript, whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "backslashreplace").decode()


def _beside_json(beside: Beside, page: Page) -> dict[str, Any]:
    at = parting(page.runs[beside.one].trace, page.runs[beside.other].trace)
    return {"runs": [beside.one, beside.other], "at": at, "asked": beside.asked}


def _findings_json(mistakes: Sequence[Mistake[ShownFinding]]) -> list[dict[str, Any]]:
    """Return the findings, mistake by mistake; ``leading`` is the place of the one that leads the same mistake."""
    found: list[dict[str, Any]] = []
    for mistake in mistakes:
        leading = len(found)
        found += [_finding_json(each) | {"leading": leading} for each in mistake.all]
    return found


def _finding_json(shown: ShownFinding) -> dict[str, Any]:
    finding = shown.finding
    found = finding.to_json()
    for moment, said in zip(finding.history, found["history"], strict=True):
        said["stack"] = places_json(moment.stack)
    return found | {
        "release": shown.release, "run": shown.run, "story": shown.story, "replay": shown.replay, "seen": shown.seen,
    }  # fmt: skip


def _harmless(value: Any) -> Any:
    """Return a value with invisible and control characters in its texts written out, and endless texts cut."""
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        return {key: _harmless(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        if value and isinstance(value[0], int):
            return value if all(isinstance(each, int) for each in value) else [_harmless(each) for each in value]
        return [_harmless(each) for each in value]
    return value


def _part(*names: str) -> str:
    return files(__package__).joinpath(*names).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
