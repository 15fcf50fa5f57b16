"""Which findings are of one mistake: what a program did wrong once, and all that came of it.

A descriptor and its socket that are both closed are found by four rules under five schedules, and whoever mends one
line is rid of them all.  Two things tie findings together, neither of them their words.  Inside a run it is the
identity of objects: a thread that ends with 10038 does so *because of* the close that took its socket.  From run to
run, where objects have other numbers, it is the *acts* at fault, by their places in the program: the same close of what
was opened at the same place.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from notsock.detect.finding import Evidence, Finding, Key

T = TypeVar("T")
U = TypeVar("U")
ALSO, BECAUSE = "the same mistake also shows as", "and because of it"
"""What people read above a mistake's other findings: those that show it as well, and those that came of it."""


@dataclass(frozen=True, slots=True)
class Mistake(Generic[T]):
    """Findings of one mistake.

    ``leading`` is the one to read; ``shapes`` are the same mistake as other rules, or under other schedules, show it;
    ``consequences`` are findings that came about through it.
    """

    leading: T
    shapes: tuple[T, ...] = ()
    consequences: tuple[T, ...] = ()

    @property
    def beneath(self) -> tuple[T, ...]:
        """All but the leading one."""
        return (*self.shapes, *self.consequences)

    @property
    def all(self) -> tuple[T, ...]:
        """All of them, the leading one first."""
        return (self.leading, *self.beneath)

    def map(self, change: "Callable[[T], U]") -> "Mistake[U]":
        """Return it with each finding in another form."""
        return Mistake(
            change(self.leading), tuple(map(change, self.shapes)), tuple(map(change, self.consequences))
        )  # fmt: skip

    def led_by(self, item: T) -> "Mistake[T]":
        """Return it with another one leading, because somebody asked for that one."""
        others = [each for each in (self.leading, *self.shapes) if each is not item]
        return Mistake(item, tuple(others), tuple([each for each in self.consequences if each is not item]))


def traced_back(item: Evidence, evidence: Sequence[Evidence]) -> Evidence:
    """Return evidence with its cause in the same run, if another rule tells of one; its acts are the cause's then.

    A note is no cause of something graver: it may be nothing.  Who closes somebody else's object because his own was
    taken from him is himself a victim.
    """
    causes = [
        each for each in evidence
        if each is not item and each.severity.rank <= item.severity.rank and _explains(each, item)
    ]  # fmt: skip
    if not causes:
        return item
    cause = traced_back(min(causes, key=lambda each: each.position), evidence)
    return replace(item, acts=cause.acts, because=cause.rule)


def _explains(cause: Evidence, item: Evidence) -> bool:
    if item.victims:
        return cause.position < item.position and not item.through.isdisjoint(cause.victims)
    return cause.rule != item.rule and not item.through.isdisjoint({*cause.victims, cause.about} - {0})


def by_mistake(
    items: Sequence[T], finding_of: Callable[[T], Finding], weight_of: Callable[[T], int] = lambda item: 0  # noqa: ARG005
) -> list[Mistake[T]]:  # fmt: skip
    """Return the mistakes behind findings, the gravest first.

    Of a mistake's findings that one leads which is no consequence, is the gravest, tells most, has the greatest weight
    (how often it was seen, say) and came first.
    """
    mistakes = [_ordered(group, finding_of, weight_of) for group in _groups(items, finding_of)]
    return sorted(mistakes, key=lambda each: finding_of(each.leading).severity.rank)


def mistakes_in(findings: Sequence[Finding]) -> list[Mistake[Finding]]:
    """Return the mistakes behind the findings of one run, or of one log."""
    return by_mistake(findings, lambda finding: finding)


def found_by(rule: str, mistakes: Iterable[Mistake[T]], finding_of: Callable[[T], Finding]) -> list[Mistake[T]]:
    """Return the mistakes that a rule found, led by what it found: somebody asks for that one."""
    asked = ((each, [item for item in each.all if finding_of(item).rule == rule]) for each in mistakes)
    return [mistake.led_by(items[0]) for mistake, items in asked if items]


def counted(mistakes: Sequence[Mistake[T]]) -> str:
    """Say how many findings of how many mistakes there are: ``5 findings of 1 mistake``, or ``2 findings``."""
    found = sum(len(each.all) for each in mistakes)
    words = f"{found} finding{'s' * (found != 1)}"
    return words if found == len(mistakes) else f"{words} of {len(mistakes)} mistake{'s' * (len(mistakes) != 1)}"


def _groups(items: Sequence[T], finding_of: Callable[[T], Finding]) -> list[list[T]]:
    """Put together what shares an act, or shares one with what does; groups and members in their order of coming."""
    groups: dict[int, tuple[set[Key], list[int]]] = {}
    for place, item in enumerate(items):
        acts, members = set(finding_of(item).acts), [place]
        for first in [first for first, (others, _) in groups.items() if not acts.isdisjoint(others)]:
            others, before = groups.pop(first)
            acts |= others
            members += before
        groups[min(members)] = (acts, members)
    return [[items[place] for place in sorted(groups[first][1])] for first in sorted(groups)]


def _ordered(group: list[T], finding_of: Callable[[T], Finding], weight_of: Callable[[T], int]) -> Mistake[T]:
    def rank(item: T) -> tuple[bool, int, int, int]:
        finding = finding_of(item)
        return finding.because is not None, finding.severity.rank, -len(finding.history), -weight_of(item)

    leading, *rest = sorted(group, key=rank)
    shapes = tuple([each for each in rest if finding_of(each).because is None])
    consequences = tuple([each for each in rest if finding_of(each).because is not None])
    return Mistake(leading, shapes, consequences)
