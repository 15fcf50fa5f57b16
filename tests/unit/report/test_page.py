"""The document: self-contained, locked up, and harmless whatever the program under test calls its things."""

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_traces import lived, trace_of

from notsock.detect.finding import Finding, Moment, Severity
from notsock.report.page import document
from notsock.report.page.content import Page, ShownFinding, ShownRun
from notsock.report.page.parting import parting
from notsock.trace.events import Entered, HandleOpened, MachineStarted, ProcessStarted, Stepped, ThreadStarted
from notsock.trace.stacks import Place

HOSTILE = [
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "<!--<script>", "]]>&lt;&amp;",
    "\x1b[2J\x1b]0;owned\x07", "\u202egnp.exe\u2066", "\u2028\u2029\u0000", "\ud800", "x" * 1_000_000,
]  # fmt: skip


class Reader(HTMLParser):
    """Collects a document's elements and the text of each script and style."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.texts = {}
        self._inside = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._inside = len(self.elements) - 1

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        self.texts[self._inside] = self.texts.get(self._inside, "") + data

    def all(self, tag):
        return [
            (attributes, self.texts.get(place, ""))
            for place, (name, attributes) in enumerate(self.elements)
            if name == tag
        ]


def hostile_page(text):
    trace = trace_of(
        (MachineStarted, 1, text, "11"), (ProcessStarted, 1, 1, 0, text), (ThreadStarted, 1, 1, text),
        (Entered, 1, 3, 2, 1), (HandleOpened, 1, 1, 100, 7, 0), (Stepped, 1, text),
    )  # fmt: skip
    moment = Moment(text, 0, text, text, 0, text, (Place(text, 3, text),))
    finding = Finding("closed-twice", Severity.ERROR, text, text, "Q155738", (moment,), text, text, ())
    return Page(text, text, text, (ShownFinding(finding, text, 0, (text,), text),), (ShownRun(text, trace),))


def read(page):
    reader = Reader(document.html_of(page))
    blocks = {attributes.get("id"): (attributes, text) for attributes, text in reader.all("script")}
    runs_attributes, runs = blocks["notsock-runs"]
    if runs_attributes.get("data-encoding") == "deflate":
        runs = zlib.decompress(base64.b64decode(runs)).decode()
    return reader, json.loads(blocks["notsock-page"][1]), json.loads(runs)


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


PLAIN = Page("t", "p", "v", (), (ShownRun("Windows 11", lived()),))


def test_the_policy_allows_the_one_script_and_the_one_style_and_nothing_else():
    reader, _, _ = read(PLAIN)
    policy = next(each["content"] for _, each in reader.elements if each.get("http-equiv"))
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (text,) = [text for attributes, text in reader.all(tag) if attributes.get("type") != "application/json"]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy


def test_nothing_is_loaded_from_anywhere():
    reader, _, _ = read(PLAIN)
    addresses = [value for _, each in reader.elements for key, value in each.items() if key in ("src", "href")]
    assert addresses == ["data:,"]
    for part in files("notsock.report.page").joinpath("script").iterdir():
        text = part.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|\bfetch\(|XMLHttpRequest|\bimport\b|WebSocket|EventSource|sendBeacon", text)


@pytest.mark.parametrize("folder", ["script", "style"])
def test_every_script_and_style_is_part_of_the_page(folder):
    found = {part.name.partition(".")[0] for part in files("notsock.report.page").joinpath(folder).iterdir()}
    assert found == set(document.SCRIPTS if folder == "script" else document.STYLES)


def test_no_script_makes_markup_or_code_of_a_string():
    for part in files("notsock.report.page").joinpath("script").iterdir():
        text = part.read_text(encoding="utf-8")
        forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(\"on"
        assert not re.search(forbidden, text), part.name


def test_a_page_of_a_small_run_is_small_and_a_person_can_read_its_data():
    text = document.html_of(PLAIN)
    assert len(text) < 200_000
    assert "data-encoding" not in text.split("<script>")[0]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_text_is_text(text):
    page = hostile_page(text)
    reader, words, runs = read(page)
    assert [tag for tag, _ in reader.elements] == [tag for tag, _ in read(PLAIN)[0].elements]
    assert len(document.html_of(page)) < 250_000
    for said in [*strings(words), *strings(runs)]:
        assert len(said) < 2_100
        if said not in words["vocabulary"]["calls"].values():
            assert said.isprintable(), said
    if text.isprintable():
        assert words["findings"][0]["title"].startswith(text[:1000])


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_comes_back_and_never_ends_its_block(value):
    text = document.json_text(value)
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == value


def test_long_runs_are_deflated_and_come_back():
    value = [list(range(100_000))]
    text, encoding = document.data_block(value)
    assert encoding == ' data-encoding="deflate"'
    assert len(text) < 300_000
    assert json.loads(zlib.decompress(base64.b64decode(text))) == value


# ---- where two runs part ----------------------------------------------------------------------------------------

START = ((MachineStarted, 1, "box", "11"), (ProcessStarted, 1, 1, 0, "p"))


def test_runs_part_at_the_first_event_that_says_something_else():
    one = trace_of(*START, (ThreadStarted, 1, 1, "main"), (Stepped, 1, "a.b.c"))
    assert parting(one, trace_of(*START, (ThreadStarted, 1, 1, "main"), (Stepped, 1, "a.b.d"))) == 3
    assert parting(one, trace_of(*START, (ThreadStarted, 2, 1, "main"), (Stepped, 1, "a.b.c"))) == 2
    assert parting(one, trace_of(*START, (ThreadStarted, 1, 1, "main"))) == 3
    assert parting(one, one) is None


def test_neither_the_release_nor_the_numbers_of_names_part_two_runs():
    one = trace_of(*START, (Stepped, 1, "a.b.c"))
    other = trace_of((MachineStarted, 1, "box", "98"), (ProcessStarted, 1, 1, 0, "p"), (Stepped, 1, "a.b.c"))
    assert parting(one, other) is None
