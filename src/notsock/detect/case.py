"""One trace under judgement: the world, the evidence so far, and the words that rules have in common."""

import re
from collections.abc import Callable
from typing import Any, Protocol

from notsock.detect.describing import briefly, describe
from notsock.detect.finding import Evidence, Finding, Key, Moment, Severity
from notsock.detect.linux import LINUX_ADVICE
from notsock.detect.places import key_of
from notsock.detect.timeline import Made, Timeline
from notsock.detect.world import NAMES_A_HANDLE, Holding, World
from notsock.trace.events import Event, Origin
from notsock.values.durations import NEVER

NOTHING_YET = "nothing yet"

_NUMBER = re.compile(r"\d+")
_OPENED = {
    Origin.CREATED: "opened here",
    Origin.ACCEPTED: "accepted here",
    Origin.DUPLICATED: "duplicated here",
    Origin.IMPORTED: "passed to this process here",
    Origin.INHERITED: "inherited here",
    Origin.SYSTEM: "opened by a system library here",
}


class Rule(Protocol):
    """What the judge knows of a rule.

    ``cwe`` is the kind of weakness by its number in MITRE's list.  ``reads`` are the events without which it cannot
    tell; a method named after an event (``handle_closed`` for HandleClosed) takes its position and its fields;
    ``finish`` is called behind the last event.
    """

    name: str
    severity: Severity
    article: str | None
    cwe: int
    reads: tuple[type[Event], ...]

    def __init__(self, case: "Case") -> None: ...

    def finish(self) -> None:
        """Judge what could not be judged before the end."""


class Case:
    """What rules share while they judge one trace."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.evidence: list[Evidence] = []
        self._timeline: Timeline | None = None

    @property
    def timeline(self) -> Timeline:
        """The calls of every thread; made when first asked for."""
        if self._timeline is None:
            self._timeline = Timeline(self.world)
        return self._timeline

    def add(
        self,
        rule: Any,
        position: int,
        key: Key,
        words: "Callable[[], Words]",
        *,
        severity: Severity | None = None,
        about: int = 0,
        victims: frozenset[int] = frozenset(),
        acts: tuple[Key, ...] = (),
        through: frozenset[int] = frozenset(),
    ) -> None:
        """Keep evidence; ``words`` is called only when somebody reads it.  Its own cause is an act like others."""
        level = severity or rule.severity

        def tell() -> Finding:
            said = words()
            return Finding(
                rule.name,
                level,
                said.title,
                describe(self.world, said.object) if isinstance(said.object, int) else said.object,
                None if self.world.posix else said.article,
                said.history,
                said.consequence,
                LINUX_ADVICE.get(rule.name, said.advice) if self.world.posix else said.advice,
                key,
            )

        mistakes = acts or ((rule.name, *key),)
        self.evidence.append(Evidence(rule.name, level, key, position, tell, about, victims, mistakes, through))

    def key(self, *moments: tuple[int, int]) -> Key:
        """Return a cause's key from its key moments, each a position and a thread.

        Where the program itself has no frame, the thread stands for it, as one of those started at its place.
        """
        key: list[str | int] = []
        stacks = self.world.trace.stacks
        for position, thread in moments:
            places = key_of(stacks.get(position))
            if places:
                key += places
            else:
                actor = self.world.threads.get(thread)
                key.append(_NUMBER.sub("#", actor.name) if actor is not None else "")
            key.append("|")
        return tuple(key)

    # ---- what was done wrong --------------------------------------------------------------------------------

    def ended(self, opened: tuple[int, int], *closes: tuple[int, int]) -> tuple[Key, ...]:
        """Return the acts of those who ended what was opened: each may be the one too many, or too early."""
        return tuple([self.key(opened, each) for each in closes])

    def kept(self, holding: Holding) -> Key:
        """Return the act of opening what nobody closes, or of passing on what nobody uses."""
        return ("kept", *self.key((holding.opened_at, holding.opener)))

    def meant_by(self, thread: int, process: int, handle: int) -> frozenset[int]:
        """Return the objects that a thread was seen to have a number for."""
        past = [*self.world.past.get((process, handle), ())]
        current = self.world.table.get((process, handle))
        return frozenset([each.object for each in (*past, *([current] if current else [])) if each.knew(thread)])

    def lost_by(self, holding: Holding, thread: int) -> frozenset[int]:
        """Return the objects without which a thread would not have come to a number that was closed before.

        Those that it had the number for, if it never knew what was closed; else those that it, or whoever closed the
        number, had opened and somebody else had closed.
        """
        if not holding.knew(thread):
            return self.meant_by(thread, holding.process, holding.handle)
        past = self.world.past[holding.process, holding.handle]
        return frozenset([
            each.object
            for each in past
            if each is not holding and each.opener in (thread, holding.closer) and each.closer != each.opener
        ])

    # ---- moments ----------------------------------------------------------------------------------------------

    def opened(self, holding: Holding, role: str | None = None) -> Moment:
        """The moment at which a number came to mean an object."""
        words = role or _OPENED.get(Origin(holding.origin), "opened here")
        return self.timeline.moment(words, holding.opened_at, holding.opener)

    def closed(self, holding: Holding, role: str = "closed here") -> Moment:
        """The moment at which a number stopped meaning an object."""
        return self.timeline.moment(role, holding.closed_at, holding.closer)

    def moment(self, role: str, position: int, thread: int) -> Moment:
        """Any other moment."""
        return self.timeline.moment(role, position, thread)

    def story(self, target: int, *except_for: Holding) -> list[Moment]:
        """Return how an object's other handles came and went."""
        moments = []
        for holding in self.world.thing(target).holdings:
            if holding not in except_for:
                moments.append(self.opened(holding))
                if holding.closed_at:
                    moments.append(self.closed(holding))
        return sorted(moments, key=lambda moment: moment.position)

    # ---- consequences -----------------------------------------------------------------------------------------

    def thread_name(self, thread: int) -> str:
        """Return a thread's name."""
        actor = self.world.threads.get(thread)
        return actor.name if actor is not None else f"thread {thread}"

    def next_miss(self, victim: Holding, after: int, culprit: int) -> Made | None:
        """Return the first call of another thread that named a number after ``victim`` was closed, and missed.

        None when the number meant something again before.
        """
        until = self.taken_again(victim)
        for miss in self.world.misses:
            if miss.at >= until:
                break
            if miss.at > after and (miss.process, miss.handle) == victim.key and miss.thread != culprit:
                return self.timeline.call_at(miss.thread, miss.at)
        return None

    def broken_off(self, victim: Holding, at: int, culprit: int) -> Made | None:
        """Return a call on ``victim`` that was under way when it was closed, and came back with an error."""
        for thread in victim.users:
            if thread != culprit:
                for made in self.timeline.calls_from(thread, at)[:1]:
                    on_it = made.call in NAMES_A_HANDLE and made.first == victim.handle
                    if on_it and made.entered_at < at and made.error:
                        return made
        return None

    def taken_again(self, holding: Holding) -> int:
        """Return when a number that was closed meant something again."""
        past = self.world.past.get(holding.key, [])
        current = self.world.table.get(holding.key)
        later = [other.opened_at for other in (*past, *([current] if current else [])) if other is not holding]
        return min((at for at in later if at > holding.closed_at), default=NEVER)

    def consequence(self, victim: Holding, after: int, culprit: int) -> str:
        """Return what followed for the rightful owner, in words."""
        made = self.broken_off(victim, after, culprit) or self.next_miss(victim, after, culprit)
        if made is not None:
            if not made.error:
                number = self.number(victim.handle)
                return f"{self.thread_name(made.thread)}: {made} found nothing behind {number} any more"
            return f"{self.thread_name(made.thread)}: {made} failed with {made.failure}"
        again = self.taken_again(victim)
        if again != NEVER:
            for thread in dict.fromkeys((victim.opener, *victim.users)):
                for made in self.timeline.calls_from(thread, again):
                    if thread != culprit and made.call in NAMES_A_HANDLE and made.first == victim.handle:
                        return f"{self.thread_name(thread)}: {made} {self._came_to(made)}"
        return NOTHING_YET

    def _came_to(self, made: Made) -> str:
        """Say what became of a call on a number that had been given to somebody else."""
        if not made.error:
            return "now acts on another object"
        return f"failed with {made.failure}"

    def result_of(self, thread: int, position: int) -> str:
        """Return how the call in which an event happened ended, in words."""
        made = self.timeline.call_at(thread, position)
        if made is None:
            return NOTHING_YET
        if made.error:
            return f"{made} failed with {made.failure}"
        return f"{made} reported success" if made.left_at else NOTHING_YET

    def number(self, handle: int) -> str:
        """Return a handle as its system writes it."""
        return str(handle) if self.world.posix else f"{handle:#x}"

    def name(self, target: int) -> str:
        """Return an object's kind and number."""
        return briefly(self.world, target)


class Words:
    """What a finding says."""

    __slots__ = ("advice", "article", "consequence", "history", "object", "title")

    def __init__(
        self,
        title: str,
        target: int | str,
        article: str | None,
        history: list[Moment],
        consequence: str,
        advice: str,
    ) -> None:
        self.title = title
        self.object = target
        self.article = article
        self.history = tuple(sorted(history, key=lambda moment: moment.position))
        self.consequence = consequence
        self.advice = advice
