"""The replay file: one finding with everything that is needed to see it again.

JSON that a person can read and diff: the program and its options, the digests of its source files, the
schedule by names, one choice a line, and the digest that the run must have.  A checksum over the content
tells an edited or damaged file from a sound one; it is no signature.  Loading reads and checks; it runs
nothing.
"""

import json
import os
import platform
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from notsock import __version__
from notsock.explore.schedule import Choice, Kind, Schedule

FORMAT: Final = "notsock-replay"
VERSION: Final = 1
SIZE_MAX: Final = 64 << 20
"""Bytes beyond which a file is neither written nor read."""


VALUES_MAX: Final = 1 << 16
"""Values that a verdict may have."""


class ReplayFileError(ValueError):
    """A replay file cannot be used; the message says why in one line."""


def python_version() -> str:
    """Return the version of Python as far as a run depends on it, as in 3.11."""
    return ".".join(platform.python_version_tuple()[:2])


@dataclass(frozen=True, slots=True)
class ReplayFile:
    """What a replay file says.

    ``program`` is the caller's: paths, arguments, releases, options, as JSON values.  ``sources`` maps each
    source file to the SHA-256 of its bytes.  ``digest`` is the one that the replayed run must have.
    """

    program: Mapping[str, Any]
    sources: Mapping[str, str]
    schedule: Schedule
    digest: str
    rule: str
    text: str
    seed: int | str = 0
    python: str = field(default_factory=python_version)
    notsock: str = __version__

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
    data = _text(replay).encode()
    if len(data) > SIZE_MAX:
        count = len(replay.schedule.choices)
        raise ReplayFileError(f"{os.fspath(path)}: {count} choices are too many to store")
    write_whole(Path(path), data)


def write_whole(target: Path, data: bytes) -> None:
    """Write a file so that at every moment it is the old one or the new one, whoever is killed; raises OSError."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _text(replay: ReplayFile) -> str:
    content = _content(replay)
    rows = content.pop("choices")
    content["checksum"] = _checksum(content, rows)
    head = json.dumps(content, indent=1, ensure_ascii=True)
    lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=True)}" for row in rows)
    return f'{head[:-2]},\n "choices": [\n{lines}\n ]\n}}\n'


def _content(replay: ReplayFile) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "finding": {"rule": replay.rule, "text": replay.text},
        "program": dict(replay.program),
        "sources": dict(replay.sources),
        "seed": replay.seed,
        "python": replay.python,
        "notsock": replay.notsock,
        "digest": replay.digest,
        "links": list(replay.schedule.links),
        "choices": [_row(choice) for choice in replay.schedule.choices],
    }


def _checksum(content: Mapping[str, Any], rows: list[Any]) -> str:
    canonical = json.dumps([content, rows], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(canonical.encode()).hexdigest()


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
        replay = parse(read(Path(path)))
    except OSError as error:
        raise ReplayFileError(f"{name}: {error.strerror or error}") from None
    except ReplayFileError as error:
        raise ReplayFileError(f"{name}: {error}") from None
    changed = changed_source(replay.sources, "the finding was made", Path(root))
    if changed:
        raise ReplayFileError(f"{name}: {changed}")
    return replay


def read(path: Path) -> bytes:
    """Return a file's bytes; raises OSError, and :class:`ReplayFileError` where there are far too many."""
    with path.open("rb") as file:
        data = file.read(SIZE_MAX + 1)
    if len(data) > SIZE_MAX:
        raise ReplayFileError(f"longer than {SIZE_MAX >> 20} MiB, not a replay file")
    return data


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


def parse(data: bytes) -> ReplayFile:
    """Return the replay that ``data`` holds, without looking at any other file."""
    content = _decoded(data)
    if content.get("format") != FORMAT:
        raise ReplayFileError("not a replay file")
    version = content.get("version")
    if version != VERSION:
        raise ReplayFileError(f"version {version!a:.40} of the format is unknown; this notsock reads {VERSION}")
    checksum, rows = content.pop("checksum", None), content.pop("choices", None)
    if not isinstance(rows, list) or checksum != _checksum(content, rows):
        raise ReplayFileError("edited or damaged: its content does not match its checksum")
    finding = _field(content, "finding", dict)
    return ReplayFile(
        program=_field(content, "program", dict),
        sources={name: _word(value) for name, value in _field(content, "sources", dict).items()},
        schedule=Schedule(
            tuple([_choice(row) for row in rows]),
            tuple([_word(link) for link in _field(content, "links", list)]),
        ),
        digest=_word(content.get("digest")),
        rule=_word(finding.get("rule")),
        text=_field(finding, "text", str),
        seed=_field(content, "seed", (int, str)),
        python=_word(content.get("python")),
        notsock=_word(content.get("notsock")),
    )


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data.decode())
    except UnicodeDecodeError:
        raise ReplayFileError("not a replay file: not text") from None
    except RecursionError:
        raise ReplayFileError("not a replay file: nested too deeply") from None
    except json.JSONDecodeError as error:
        text = data.strip()
        if not text:
            raise ReplayFileError("empty") from None
        began = text.startswith(b"{") and text[1:].lstrip()[:1] in (b'"', b"")
        if began and (error.pos >= len(data.rstrip()) or not text.endswith(b"}")):
            raise ReplayFileError("truncated: it ends in the middle") from None
        raise ReplayFileError(f"not a replay file: not JSON (line {error.lineno}: {error.msg})") from None
    except ValueError:
        raise ReplayFileError("not a replay file: a number in it is too long") from None
    if not isinstance(content, dict):
        raise ReplayFileError("not a replay file")
    return content


def _field(content: Mapping[str, Any], name: str, kind: Any) -> Any:
    value = content.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ReplayFileError(f"its field {name!r} is missing or of the wrong type")
    return value


def _word(value: Any) -> str:
    """Return a name, which must be printable: it will be."""
    if not isinstance(value, str) or not value.isprintable():
        raise ReplayFileError("it holds a name that is not one")
    return value


def _count(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 32:
        raise ReplayFileError(f"it holds a choice whose {name!r} is not a count")
    return value


def _choice(row: Any) -> Choice:
    if not isinstance(row, dict):
        raise ReplayFileError("it holds a choice that is not one")
    where = _word(row.get("at")), _count(row, "call"), _count(row, "step")
    point = _word(row.get("point"))
    if "kind" not in row:
        candidates = tuple([_word(each) for each in _field(row, "of", list)])
        chosen = _word(row.get("next"))
        if chosen not in candidates:
            raise ReplayFileError("it holds a choice of somebody who is not among the candidates")
        return Choice(Kind.THREAD, point, candidates, chosen, *where)
    count, value = _count(row, "of"), _count(row, "value")
    if value >= count or count > VALUES_MAX or row["kind"] not in ("net", "fault", "number"):
        raise ReplayFileError("it holds a verdict that is not one")
    return Choice(Kind(row["kind"]), point, tuple([str(each) for each in range(count)]), str(value), *where)
