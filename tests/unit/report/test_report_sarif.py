"""Findings as SARIF: where, how it came about, and the same fingerprint wherever and whenever it is found."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from notsock.detect.finding import Finding, Moment, Severity
from notsock.report.page.content import Page, ShownFinding
from notsock.report.sarif import FINGERPRINT, LIBRARY, ROOT, fingerprint, sarif, write_sarif
from notsock.trace.stacks import Place

HOSTILE = "</script>\x1b[31mred \u202egnp.exe \udc80\n" + "x" * 1_000_000


def moment(role, place, thread, line, file="server.py", extra=()):
    stack = (*extra, Place(file, line, "serve"), Place(file, 40, "<module>"))
    return Moment(role, place, thread, "server", 0, "closesocket(0x64)", stack)


def finding(*history, rule="stale-close", key=("k",)):
    return Finding(rule, Severity.ERROR, "it was closed", "socket #7", "Q155738", history, "10038", "own it", key)


def page(*findings, notes=()):
    shown = tuple(ShownFinding(each, "11, nt4", 0, ("run a", "then b"), "notsock replay f.json") for each in findings)
    return Page("server.py", "server.py", "1 found", shown, (), notes=notes)


STORY = (
    moment("opened here", 10, "server/main", 3),
    moment("closed here first", 20, "server/main", 5),
    moment("closed here again", 30, "server/main/1", 9),
)


def result_of(found, root=Path("/work")):
    (run,) = sarif(page(found), root)["runs"]
    (result,) = run["results"]
    return run, result


def test_a_finding_points_at_the_decisive_line_and_tells_its_story():
    run, result = result_of(finding(*STORY))
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "stale-close"
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "server.py", "uriBaseId": ROOT}
    assert location["physicalLocation"]["region"]["startLine"] == 9
    assert [each["id"] for each in result["relatedLocations"]] == [1, 2, 3]
    assert result["properties"]["releases"] == ["11", "nt4"]
    assert "Replay: notsock replay f.json" in result["message"]["text"]


def test_each_stack_is_a_code_flow_and_the_whole_story_is_the_first():
    _, result = result_of(finding(*STORY))
    story, *stacks = result["codeFlows"]
    order = {
        step["executionOrder"]: (flow["message"]["text"], step["location"]["message"]["text"])
        for flow in story["threadFlows"]
        for step in flow["locations"]
    }
    assert [order[place] for place in range(3)] == [
        ("server/main", "opened here closesocket(0x64) by server/main"),
        ("server/main", "closed here first closesocket(0x64) by server/main"),
        ("server/main/1", "closed here again closesocket(0x64) by server/main/1"),
    ]
    assert len(stacks) == len(result["stacks"]) == 3
    for flow in stacks:
        lines = [
            step["location"]["physicalLocation"]["region"]["startLine"] for step in flow["threadFlows"][0]["locations"]
        ]
        assert lines[0] == 40


def test_one_mistake_is_one_result_and_the_others_are_places_flows_and_properties_of_it():
    leading = replace(finding(*STORY), acts=(("act",),))
    came = replace(finding(STORY[0], rule="uncaught"), acts=(("act",),), because="stale-close", title="it ended")
    alone = finding(STORY[1], rule="two-owners")
    (run,) = sarif(page(came, leading, alone), Path("/work"))["runs"]
    first, second = run["results"]
    assert (first["ruleId"], second["ruleId"]) == ("stale-close", "two-owners")
    assert [each["id"] for each in first["relatedLocations"]] == [1, 2, 3, 4]
    assert first["relatedLocations"][3]["message"]["text"] == "and because of it: it ended (error, uncaught)"
    assert len(first["codeFlows"]) == 1 + 3 + 1
    (also,) = first["properties"]["alsoFound"]
    assert (also["ruleId"], also["because"]) == ("uncaught", "stale-close")
    assert also["fingerprint"] == fingerprint(came, Path("/work"))
    assert second["properties"]["alsoFound"] == []
    assert "And because of it: it ended" in first["message"]["text"]


def test_files_are_named_relative_to_the_folder_and_to_python():
    library = Place(json.__file__, 5, "dumps")
    _, result = result_of(finding(moment("opened here", 1, "a", 3, "/work/src/a b.py", (library,))))
    frames = [frame["location"]["physicalLocation"]["artifactLocation"] for frame in result["stacks"][0]["frames"]]
    assert frames[0] == {"uri": "json/__init__.py", "uriBaseId": LIBRARY}
    assert frames[1] == {"uri": "src/a%20b.py", "uriBaseId": ROOT}
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == frames[1]


def test_a_finding_without_a_stack_has_no_place():
    _, result = result_of(finding(replace(STORY[0], stack=())))
    assert "locations" not in result
    assert "codeFlows" not in result


def test_the_fingerprint_survives_an_edit_elsewhere_and_another_folder(tmp_path):
    def printed(folder, text):
        folder.mkdir()
        path = folder / "server.py"
        path.write_text(text)
        line = text.splitlines().index("close()") + 1
        return fingerprint(finding(key=(str(path), line, "|", "main/#", "|")), folder)

    before = printed(tmp_path / "one", "open()\nclose()\n")
    assert printed(tmp_path / "other", "# new\n\nopen()\nclose()\n") == before
    assert printed(tmp_path / "third", "open()\nif x: close()\nclose()\n") == before
    assert fingerprint(finding(rule="closed-twice"), tmp_path) != fingerprint(finding(), tmp_path)
    assert fingerprint(finding(key=("main/#",)), tmp_path) != fingerprint(finding(), tmp_path)


def test_a_line_of_a_log_is_told_by_its_call():
    def printed(number):
        call = Place("strace.log", number, f"close({number}) = 0")
        told = finding(replace(STORY[0], stack=(call,)), key=("strace.log", number, "|"))
        return fingerprint(told, Path("/work"))

    assert printed(4) == printed(77)


@pytest.mark.judged
def test_hostile_texts_are_harmless_and_short(tmp_path):
    hostile = finding(moment(HOSTILE, 1, HOSTILE, 3, HOSTILE), rule="closed-twice")
    path = tmp_path / "out.sarif"
    write_sarif(path, page(replace(hostile, title=HOSTILE, object=HOSTILE, consequence=HOSTILE, advice=HOSTILE)))
    text = path.read_text(encoding="ascii")
    assert len(text) < 200_000
    assert "\x1b" not in text
    assert "\\u202e" not in text.replace("\\\\u202e", "")
    assert json.loads(text)["version"] == "2.1.0"


def test_a_rule_of_its_own_and_notes_are_listed():
    log = sarif(page(finding(rule="test-failed"), notes=(("What this log cannot tell", ("no times",)),)), Path("/work"))
    (run,) = log["runs"]
    assert run["tool"]["driver"]["rules"][-1] == {"id": "test-failed"}
    (invocation,) = run["invocations"]
    assert "no times" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert FINGERPRINT in run["results"][0]["partialFingerprints"]
