"""What a detector says of a program, and the lighter form in which a search keeps it.

A search judges thousands of runs and shows one of each cause: so a rule hands over :class:`Evidence`, whose
``key`` is cheap, and the words are only made by :meth:`Evidence.tell` when somebody reads them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeAlias

from notsock.trace.stacks import Place

Key: TypeAlias = tuple[str | int, ...]
"""What tells a cause from a rule's other causes, the same in every schedule: places in the program, no idents."""


class Severity(Enum):
    """How sure and how bad."""

    ERROR = "error"
    """Certain by identity, or confirmed by what failed afterwards."""
    WARNING = "warning"
    """Wrong, though nothing was seen to break."""
    NOTE = "note"
    """Worth knowing; a healthy program may have it."""

    @property
    def rank(self) -> int:
        """Its place among the severities, 0 for the gravest."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of an object's history.

    ``role`` says what it was (``opened here``); ``position`` is the event's in the trace, ``time_ns`` virtual
    time; ``call`` is the call as written; ``stack`` is innermost first, empty where the trace has none.
    """

    role: str
    position: int
    thread: str
    process: str
    time_ns: int
    call: str
    stack: tuple[Place, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it in plain values."""
        return {
            "role": self.role,
            "position": self.position,
            "thread": self.thread,
            "process": self.process,
            "time_ns": self.time_ns,
            "call": self.call,
            "stack": [{"file": at.file, "line": at.line, "function": at.function} for at in self.stack],
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with the program that ran.

    ``object`` describes the object that suffers or is misused; ``article`` is the Knowledge Base article that
    explains it, None where there is none; ``consequence`` is what the trace shows to have followed;
    ``advice`` says what to change.  ``acts`` and ``because`` tell of what mistake it is
    (:mod:`notsock.detect.mistakes`).
    """

    rule: str
    severity: Severity
    title: str
    object: str
    article: str | None
    history: tuple[Moment, ...]
    consequence: str
    advice: str
    key: Key
    acts: tuple[Key, ...] = ()
    because: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it in plain values, its history included."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "title": self.title,
            "object": self.object,
            "article": self.article,
            "history": [moment.to_json() for moment in self.history],
            "consequence": self.consequence,
            "advice": self.advice,
            "because": self.because,
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """A finding before it is put into words.

    ``about`` is the object in question (0: none); ``victims`` are objects whose owners' later failures this
    explains, so that no other rule blames the owners for them; ``position`` is the event that decided.  ``acts`` are
    what the program did wrong: evidence that shares one is of one mistake.  ``through`` are the objects by whose fate
    it came about, and ``because`` is the rule of the evidence that explains that fate, None where it stands for itself.
    """

    rule: str
    severity: Severity
    key: Key
    position: int
    words: Callable[[], Finding] = field(compare=False, repr=False)
    about: int = 0
    victims: frozenset[int] = frozenset()
    acts: tuple[Key, ...] = ()
    through: frozenset[int] = frozenset()
    because: str | None = None

    def tell(self) -> Finding:
        """Put it into words."""
        return replace(self.words(), severity=self.severity, acts=self.acts, because=self.because)
