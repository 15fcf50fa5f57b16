"""What a campaign and its workers tell each other: plain values, which mean the same in any process."""

from dataclasses import dataclass, replace
from typing import Any

from notsock.campaign.shards import Shard
from notsock.explore.search import Key
from notsock.programs.checking import Effort


@dataclass(frozen=True, slots=True)
class Task:
    """A shard to be searched: of which program, on what system, by which strategy.

    ``sources`` are the digests of the program's files and ``versions`` those of Python and notsock where the
    campaign was begun; a worker that has others refuses.  ``environment`` has the variables that the program asked for
    there, which a worker takes for its own.  ``learned`` is what was known before the campaign: each
    shard goes on from that, and none from another one.
    """

    parts: list[dict[str, Any]]
    options: dict[str, Any]
    effort: Effort
    shard: Shard
    sources: dict[str, str]
    versions: tuple[str, str]
    environment: dict[str, str | None]
    learned: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """What one shard saw of one cause: how often, and first in which of its schedules, by which choices."""

    key: Key
    count: int
    schedule: int
    choices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """How far a worker has come with a shard; the last one of a shard is ``final``.

    Before that, ``causes`` leaves out the choices of those that were told already, and ``digests`` and ``learned``
    are empty.
    ``trouble`` says in one line why the shard cannot be searched, here or anywhere.
    """

    shard: int
    schedules: int = 0
    unfinished: int = 0
    verdict: str = ""
    causes: tuple[Cause, ...] = ()
    digests: tuple[int, ...] = ()
    learned: dict[str, Any] | None = None
    seconds: float = 0.0
    trouble: str = ""
    final: bool = False

    def after(self, earlier: "Account | None") -> "Account":
        """Return it with the choices that an ``earlier`` account of the same shard told."""
        if earlier is None:
            return self
        known = {cause.key: cause.choices for cause in earlier.causes}
        return replace(
            self, causes=tuple(replace(each, choices=each.choices or known.get(each.key, ())) for each in self.causes)
        )


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker that had a shard died.  ``again``: the engine has itself given the shard to another one."""

    shard: int
    reason: str
    again: bool = False
