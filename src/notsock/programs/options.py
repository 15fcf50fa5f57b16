"""What a person may set about a run: the release, the seed, the processors, the faults, the budget."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from notsock.net.links import Conditions
from notsock.net.network import HEALTHY
from notsock.programs.program import ProgramError
from notsock.releases.catalogue import CURRENT
from notsock.shim.preemption import CALLS
from notsock.values.durations import MICROSECOND, MILLISECOND, SECOND
from notsock.values.faults import NO_FAULTS, Faults

_UNITS = {"ns": 1, "us": MICROSECOND, "ms": MILLISECOND, "s": SECOND}
_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(ns|us|ms|s)$")


@dataclass(frozen=True, slots=True)
class Options:
    """One run's settings, the same for every schedule of a search."""

    release: str = CURRENT
    seed: int = 0
    processors: int = 1
    conditions: Conditions = HEALTHY
    faults: Faults = NO_FAULTS
    hotfixes: tuple[str, ...] = ()
    events_max: int = 20_000_000
    seconds_max: int = 24 * 3600
    preempt: str = CALLS

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> "Options":
        """Read what :meth:`to_json` wrote; raise :class:`ProgramError` for anything else."""
        try:
            fields = dict(value)
            fields["conditions"] = Conditions(**fields["conditions"])
            fields["faults"] = Faults(**fields.get("faults", {}))
            fields["hotfixes"] = tuple(fields["hotfixes"])
            return cls(**fields)
        except (KeyError, TypeError):
            raise ProgramError("the replay file's options are not those of this notsock") from None


FAULTS = {
    "loss=1%": "of the packets between machines are lost",
    "duplicate=1%": "arrive twice",
    "reorder=1%": "arrive behind later ones",
    "delay=5ms..50ms": "is how long they take (one value: all the same)",
    "partition=1%/2s": "with so many of the packets two machines part, for so long",
    "crash=1%/10s": "at so many of its calls a machine stops without a word, and is back after so long",
    "kill=1%": "at so many of its calls a process is killed",
    "backlog=5%": "of the connections find a listener's backlog full",
    "nobufs=5%": "of the new sockets and connects fail with WSAENOBUFS",
    "handles=50": "a process may have so many handles; the next socket fails with WSAEMFILE",
}
"""The faults as they are written, and what each means."""
_OF_LINKS = {"loss": "loss", "duplicate": "duplication", "duplication": "duplication", "reorder": "reorder",
             "partition": "partition"}  # fmt: skip
_OF_MACHINES = ("crash", "kill", "backlog", "nobufs")
_LASTING = ("partition", "crash")


def parse_faults(text: str) -> tuple[Conditions, Faults]:
    """Read ``loss=1%,delay=5ms..50ms,kill=1%``; raise :class:`ProgramError` naming what is wrong."""
    links: dict[str, int] = {}
    machines: dict[str, int] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = word.partition("=")
        if name in _LASTING:
            value, slash, lasts = value.partition("/")
            if slash:
                (links if name in _OF_LINKS else machines)[f"{name}_ns"] = _duration(word, lasts)
        if name in _OF_LINKS:
            links[_OF_LINKS[name]] = _thousandths(word, value)
        elif name in _OF_MACHINES:
            machines[name] = _thousandths(word, value)
        elif name == "handles":
            machines[name] = _count(word, value)
        elif name == "delay":
            least, _, most = value.partition("..")
            links["delay_min_ns"] = _duration(word, least)
            links["delay_max_ns"] = _duration(word, most or least)
            if links["delay_max_ns"] < links["delay_min_ns"]:
                raise ProgramError(f"--faults: {word!r} ends before it begins")
        else:
            known = ", ".join(example.partition("=")[0] for example in FAULTS)
            raise ProgramError(f"--faults: {name!r} is not one of {known}")
    return Conditions(**links), Faults(**machines)


def _count(word: str, value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 1 << 24:
        raise ProgramError(f"--faults: {word!r} wants a number, as in handles=50")
    return int(value)


def _thousandths(word: str, value: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)%", value)
    share = round(float(found[1]) * 10) if found else -1
    if not 0 <= share <= 500:
        raise ProgramError(f"--faults: {word!r} wants a percentage up to 50%, as in loss=1%")
    return share


def _duration(word: str, value: str) -> int:
    found = _DURATION.match(value)
    if not found:
        raise ProgramError(f"--faults: {word!r} wants a duration with its unit, as in delay=5ms..50ms")
    return int(float(found[1]) * _UNITS[found[2]])
