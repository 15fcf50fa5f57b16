"""Judges what a log came to: each excerpt by the rule that it was kept for."""

from dataclasses import replace

from notsock.detect.finding import Evidence, Severity
from notsock.detect.judge import CLEAN, FOUND, NOT_APPLICABLE, Report, judge
from notsock.detect.rules import all_rules
from notsock.readers.reading import Reading

_LEVELS = {"error": 0, "warning": 1, "note": 2}


def judge_reading(reading: Reading) -> Report:
    """Return the findings, the gravest first and then in the order in which they were noticed."""
    found: list[Evidence] = []
    for order, excerpt in enumerate(reading.excerpts):
        for each in judge(excerpt.trace, reading.available).evidence:
            if each.rule == excerpt.rule:
                kept = replace(each, position=order)
                found.append(replace(kept, severity=Severity.NOTE) if excerpt.harmless else kept)
    found.sort(key=lambda each: (_LEVELS[each.severity.value], each.position))
    names = {each.rule for each in found}
    verdicts = {
        rule.name: NOT_APPLICABLE
        if rule.name in reading.blind or not reading.available.issuperset(rule.reads)
        else FOUND
        if rule.name in names
        else CLEAN
        for rule in all_rules()
    }
    return Report(tuple(found), verdicts)

