"""What a person may set about a run: the release, the seed, the processors, the faults, the budget."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from notsock.net.links import Conditions
from notsock.net.network import HEALTHY
from notsock.programs.program import ProgramError
from notsock.releases.catalogue import CURRENT
from notsock.values.durations import MICROSECOND, MILLISECOND, SECOND

_UNITS = {"ns": 1, "us": MICROSECOND, "ms": MILLISECOND, "s": SECOND}
_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(ns|us|ms|s)$")


@dataclass(frozen=True, slots=True)
class Options:
    """One run's settings, the same for every schedule of a search."""

    release: str = CURRENT
    seed: int = 0
    processors: int = 1
    conditions: Conditions = HEALTHY
    hotfixes: tuple[str, ...] = ()
    events_max: int = 20_000_000
    seconds_max: int = 24 * 3600

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> "Options":
        """Read what :meth:`to_json` wrote; raise :class:`ProgramError` for anything else."""
        try:
            fields = dict(value)
            fields["conditions"] = Conditions(**fields["conditions"])
            fields["hotfixes"] = tuple(fields["hotfixes"])
            return cls(**fields)
        except (KeyError, TypeError):
            raise ProgramError("the replay file's options are not those of this notsock") from None


def parse_faults(text: str) -> Conditions:
    """Read ``loss=1%,delay=5ms..50ms,duplication=0.5%``; raise :class:`ProgramError` naming what is wrong."""
    fields: dict[str, int] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = word.partition("=")
        if name in ("loss", "duplication"):
            fields[name] = _thousandths(word, value)
        elif name == "delay":
            least, _, most = value.partition("..")
            fields["delay_min_ns"] = _duration(word, least)
            fields["delay_max_ns"] = _duration(word, most or least)
            if fields["delay_max_ns"] < fields["delay_min_ns"]:
                raise ProgramError(f"--faults: {word!r} ends before it begins")
        else:
            raise ProgramError(f"--faults: {name!r} is not one of loss, duplication, delay")
    return Conditions(**fields)


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
