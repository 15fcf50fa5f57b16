"""The replay file: one finding with everything that is needed to see it again.

JSON that a person can read and diff: the program and its options, the digests of its source files, the
schedule by names, one choice a line, and the digest that the run must have.  A checksum over the content
tells an edited or damaged file from a sound one; it is no signature.  Loading reads and checks; it runs
nothing.
"""

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from notsock import __version__
from notsock.explore import stored
from notsock.explore.schedule import Choice, Kind, Schedule
from notsock.explore.stored import StoredFileError, word

KIND: Final = "replay"
VERSION: Final = 1
VALUES_MAX: Final = 1 << 16
"""Values that a verdict may have."""


class ReplayFileError(StoredFileError):
    """A replay file cannot be used; the message says why in one line."""


def python_version() -> str:
    """Return the version of Python as far as a run depends on it, as in 3.11."""
    return ".".join(platform.python_version_tuple()[:2])


@dataclass(frozen=True, slots=True)
class ReplayFile:
    """What a replay file says.

    ``program`` is the caller's: paths, arguments, releases, options, as JSON values.  ``sources`` maps each
    source file to the SHA-256 of its bytes.  ``digest`` is the one that the replayed run must have.  ``environment``
    maps the variables that the program asked for to digests of their values, empty where one had none.
    """

    program: Mapping[str, Any]
    sources: Mapping[str, str]
    schedule: Schedule
    digest: str
    rule: str
    text: str
    seed: int | str = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = field(default_factory=python_version)
    notsock: str = __version__

    def made_elsewhere(self, environment: Mapping[str, str]) -> str:
        """Say where it was made by other versions than these, or in another environment; empty where by the same.

        ``environment`` has the digests of the variables as they are now.
        """
        others = [name for name, digest in self.environment.items() if environment.get(name, "") != digest]
        values = f"made with {'other values' if len(others) > 1 else 'another value'} of {', '.join(others)}"
        return ", ".join(filter(None, (self.other_versions(), values if others else "")))

    def other_versions(self) -> str:
        """Say which versions made it, where they are others than these; empty where they are the same."""
        made = f"Python {self.python} and notsock {self.notsock}"
        here = f"Python {python_version()} and notsock {__version__}"
        return "" if made == here else f"made with {made}, this is {here}"


def source_digests(paths: Iterable[str | os.PathLike[str]]) -> dict[str, str]:
    """Return the SHA-256 of each file, by its path as given."""
    return {os.fspath(path): sha256(Path(path).read_bytes()).hexdigest() for path in paths}


# ---- writing -----------------------------------------------------------------------------------------------


def save(path: str | os.PathLike[str], replay: ReplayFile) -> None:
    """Write ``replay`` to ``path``: all of it or, if anything fails, none."""
    data = stored.text_of(_content(replay), "choices")
    if len(data) > stored.SIZE_MAX:
        count = len(replay.schedule.choices)
        raise ReplayFileError(f"{os.fspath(path)}: {count} choices are too many to store")
    stored.write_whole(Path(path), data)


def _content(replay: ReplayFile) -> dict[str, Any]:
    return {
        "format": f"notsock-{KIND}",
        "version": VERSION,
        "finding": {"rule": replay.rule, "text": replay.text},
        "program": dict(replay.program),
        "sources": dict(replay.sources),
        "seed": replay.seed,
        "python": replay.python,
        "notsock": replay.notsock,
        "environment": dict(replay.environment),
        "digest": replay.digest,
        "links": list(replay.schedule.links),
        "choices": [_row(choice) for choice in replay.schedule.choices],
    }


def _row(choice: Choice) -> dict[str, Any]:
    row: dict[str, Any] = {
        "at": choice.current,
        "call": choice.calls,
        "step": choice.steps,
        "point": choice.point,
    }
    if choice.kind is Kind.THREAD:
        return row | {"of": list(choice.candidates), "next": choice.chosen}
    return row | {"kind": choice.kind.value, "of": len(choice.candidates), "value": int(choice.chosen)}


# ---- reading -----------------------------------------------------------------------------------------------


def load(path: str | os.PathLike[str], *, root: str | os.PathLike[str] = ".") -> ReplayFile:
    """Return the replay that ``path`` holds, of source files that are still the same.

    Relative paths of sources are looked up from ``root``.  Raises :class:`ReplayFileError`.
    """
    name = os.fspath(path)
    try:
        replay = read(Path(path))
    except OSError as error:
        raise ReplayFileError(f"{name}: {error.strerror or error}") from None
    except StoredFileError as error:
        raise ReplayFileError(f"{name}: {error}") from None
    changed = changed_source(replay.sources, "the finding was made", Path(root))
    if changed:
        raise ReplayFileError(f"{name}: {changed}")
    return replay


def changed_source(sources: Mapping[str, str], since: str, root: Path = Path()) -> str:
    """Say which of some source files has changed ``since`` its digest was made; empty where none has."""
    for name, expected in sources.items():
        try:
            found = sha256((root / name).read_bytes()).hexdigest()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            return f"the source file {_shown(name)} cannot be read: {reason}"
        if found != expected:
            return f"the source file {_shown(name)} has changed since {since}"
    return ""


def _shown(name: str) -> str:
    return name if name.isprintable() else ascii(name)


def read(path: Path) -> ReplayFile:
    """Return the replay that ``path`` holds, without looking at any other file.

    Raises OSError, and :class:`StoredFileError` for anything else.
    """
    return parse(stored.read(path, KIND))


def parse(data: bytes) -> ReplayFile:
    """Return the replay that ``data`` holds."""
    try:
        return _parsed(data)
    except StoredFileError as error:
        raise ReplayFileError(str(error)) from None


def _parsed(data: bytes) -> ReplayFile:
    content = stored.content_of(data, KIND, VERSION, "choices")
    finding = stored.field(content, "finding", dict)
    return ReplayFile(
        program=stored.field(content, "program", dict),
        sources={name: word(value) for name, value in stored.field(content, "sources", dict).items()},
        schedule=Schedule(
            tuple([_choice(row) for row in content["choices"]]),
            tuple([word(link) for link in stored.field(content, "links", list)]),
        ),
        digest=word(content.get("digest")),
        rule=word(finding.get("rule")),
        text=stored.field(finding, "text", str),
        seed=stored.field(content, "seed", (int, str)),
        environment=stored.words(content, "environment") if "environment" in content else {},
        python=word(content.get("python")),
        notsock=word(content.get("notsock")),
    )


def _count(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 32:
        raise StoredFileError(f"it holds a choice whose {name!r} is not a count")
    return value


def _choice(row: Any) -> Choice:
    if not isinstance(row, dict):
        raise StoredFileError("it holds a choice that is not one")
    where = word(row.get("at")), _count(row, "call"), _count(row, "step")
    point = word(row.get("point"))
    if "kind" not in row:
        candidates = tuple([word(each) for each in stored.field(row, "of", list)])
        chosen = word(row.get("next"))
        if chosen not in candidates:
            raise StoredFileError("it holds a choice of somebody who is not among the candidates")
        return Choice(Kind.THREAD, point, candidates, chosen, *where)
    count, value = _count(row, "of"), _count(row, "value")
    if value >= count or count > VALUES_MAX or row["kind"] not in ("net", "fault", "number"):
        raise StoredFileError("it holds a verdict that is not one")
    return Choice(Kind(row["kind"]), point, tuple([str(each) for each in range(count)]), str(value), *where)
