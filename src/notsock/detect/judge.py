"""The judge: every rule that a trace has the events for, in one pass, behind a cheap screen.

A search asks for each schedule, so most traces must be let go at once: :func:`notsock.detect.screen.suspicious`
reads the integers alone and is never wrong about *nothing here*.  What it stops is told to the world and to
the rules, event by event.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from notsock.detect.case import Case
from notsock.detect.finding import Evidence, Finding, Severity
from notsock.detect.mistakes import traced_back
from notsock.detect.rules import all_rules
from notsock.detect.screen import suspicious
from notsock.detect.world import World, handlers_of
from notsock.trace.events import EVENTS, WIDTHS, Event
from notsock.trace.recorder import Trace

ALL_EVENTS = frozenset(EVENTS)

FOUND, CLEAN, NOT_APPLICABLE = "found", "clean", "not applicable"
_EXPLAINED = frozenset({"closed-twice", "closed-through-alias", "use-after-close", "stale-context", "left-open"})
"""Rules that are silent about an object whose fate another finding explains."""


class Report:
    """What a trace was found to hold; the findings are put into words when they are asked for."""

    __slots__ = ("_findings", "evidence", "verdicts")

    def __init__(self, evidence: tuple[Evidence, ...], verdicts: dict[str, str]) -> None:
        self.evidence = evidence
        self.verdicts = verdicts
        self._findings: tuple[Finding, ...] | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings in words, the gravest first, then in order of the trace."""
        if self._findings is None:
            self._findings = tuple([evidence.tell() for evidence in self.evidence])
        return self._findings


def judge(trace: Trace, available: frozenset[type[Event]] = ALL_EVENTS, *, screen: bool = True) -> Report:
    """Judge a trace by every rule whose events its source can tell.

    ``available`` are those events: a rule that needs another one is *not applicable*, never *clean*.
    ``screen=False`` leaves the screen out, which changes nothing but the time it takes.
    """
    if screen and available is ALL_EVENTS and not suspicious(trace):
        return _CLEAN
    applicable = _applicable(available)
    case = _run(trace, applicable)
    evidence = _weigh(case.evidence)
    found = {item.rule for item in evidence}
    verdicts = {
        rule.name: NOT_APPLICABLE if rule not in applicable else FOUND if rule.name in found else CLEAN
        for rule in all_rules()
    }
    return Report(evidence, verdicts)


def _applicable(available: frozenset[type[Event]]) -> tuple[type[Any], ...]:
    if available is ALL_EVENTS:
        return all_rules()
    return tuple(rule for rule in all_rules() if available.issuperset(rule.reads))


_Plan: TypeAlias = tuple[tuple[tuple[int, Callable[..., None]], ...], ...]
"""For each kind of event, who takes it (0: the world, then the rules by place) and with which function."""
_plans: dict[tuple[type[Any], ...], _Plan] = {}


def _plan(rules: tuple[type[Any], ...]) -> _Plan:
    """Return who is to be told of what; made once, for a search judges thousands of traces."""
    plan = _plans.get(rules)
    if plan is None:
        takers: tuple[Any, ...] = (World, *rules)
        table: list[list[tuple[int, Callable[..., None]]]] = [[] for _ in WIDTHS]
        for place, taker in enumerate(takers):
            for kind, method in handlers_of(taker).items():
                table[kind].append((place, getattr(taker, method)))
        plan = _plans[rules] = tuple(tuple(entry) for entry in table)
    return plan


def _run(trace: Trace, rules: tuple[type[Any], ...]) -> Case:
    """Tell the world, then the rules, of each event."""
    flat = trace.flat().tolist()
    world = World(trace, flat)
    case = Case(world)
    takers = [world, *(rule(case) for rule in rules)]
    plan = _plan(rules)
    place, end = 0, len(flat)
    while place < end:
        kind = flat[place]
        following = place + WIDTHS[kind]
        told = plan[kind]
        if told:
            fields = flat[place + 1 : following]
            for taker, function in told:
                function(takers[taker], place, *fields)
        place = following
    world.end = end
    for rule in takers[1:]:
        rule.finish()
    return case


def _weigh(evidence: list[Evidence]) -> tuple[Evidence, ...]:
    """Leave out what another finding explains and what was said before; put the gravest first."""
    explained = frozenset().union(*(item.victims for item in evidence))
    surely = frozenset().union(*(item.victims for item in evidence if item.severity is not Severity.NOTE))
    standing = [
        item for item in evidence
        if item.rule not in _EXPLAINED or (item.about not in explained and surely.isdisjoint(item.through))
    ]  # fmt: skip
    kept: dict[tuple[Any, ...], Evidence] = {}
    for item in standing:
        if (item.rule, item.key) not in kept:
            kept[item.rule, item.key] = traced_back(item, standing)
    return tuple(sorted(kept.values(), key=_gravity))


def _gravity(item: Evidence) -> tuple[int, int]:
    return item.severity.rank, item.position


_CLEAN = Report((), {rule.name: CLEAN for rule in all_rules()})
