"""Stored: files of JSON that a later run reads, written whole and read with suspicion.

One row of the longest list stands on each line, so that a person can read and compare them.  A checksum over the
content tells an edited or damaged file from a sound one; it is no signature.  Reading checks; it runs nothing.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

SIZE_MAX: Final = 64 << 20
"""Bytes beyond which a file is neither written nor read."""


class StoredFileError(ValueError):
    """A stored file cannot be used; the message says why in one line."""


def text_of(content: Mapping[str, Any], name: str) -> bytes:
    """Return the bytes of a file whose list ``name`` has a row a line."""
    head = dict(content)
    rows = head.pop(name)
    head["checksum"] = checksum(head, rows)
    lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=True)}" for row in rows)
    return f'{json.dumps(head, indent=1, ensure_ascii=True)[:-2]},\n "{name}": [\n{lines}\n ]\n}}\n'.encode()


def checksum(content: Mapping[str, Any], rows: list[Any]) -> str:
    """Return the checksum of a file's content, less its list of rows, and of those."""
    canonical = json.dumps([content, rows], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(canonical.encode()).hexdigest()


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


def read(path: Path, kind: str) -> bytes:
    """Return a file's bytes; raises OSError, and :class:`StoredFileError` where there are far too many."""
    with path.open("rb") as file:
        data = file.read(SIZE_MAX + 1)
    if len(data) > SIZE_MAX:
        raise StoredFileError(f"longer than {SIZE_MAX >> 20} MiB, not a {kind} file")
    return data


def content_of(data: bytes, kind: str, version: int, name: str) -> dict[str, Any]:
    """Return what a file of a ``kind`` holds, with its list ``name``; raises :class:`StoredFileError`."""
    content = _decoded(data, kind)
    if content.get("format") != f"notsock-{kind}":
        raise StoredFileError(f"not a {kind} file")
    theirs = content.get("version")
    if theirs != version:
        raise StoredFileError(f"version {theirs!a:.40} of the format is unknown; this notsock reads {version}")
    said, rows = content.pop("checksum", None), content.pop(name, None)
    if not isinstance(rows, list) or said != checksum(content, rows):
        raise StoredFileError("edited or damaged: its content does not match its checksum")
    return content | {name: rows}


def _decoded(data: bytes, kind: str) -> dict[str, Any]:
    try:
        content = json.loads(data.decode())
    except UnicodeDecodeError:
        raise StoredFileError(f"not a {kind} file: not text") from None
    except RecursionError:
        raise StoredFileError(f"not a {kind} file: nested too deeply") from None
    except json.JSONDecodeError as error:
        text = data.strip()
        if not text:
            raise StoredFileError("empty") from None
        began = text.startswith(b"{") and text[1:].lstrip()[:1] in (b'"', b"")
        if began and (error.pos >= len(data.rstrip()) or not text.endswith(b"}")):
            raise StoredFileError("truncated: it ends in the middle") from None
        raise StoredFileError(f"not a {kind} file: not JSON (line {error.lineno}: {error.msg})") from None
    except ValueError:
        raise StoredFileError(f"not a {kind} file: a number in it is too long") from None
    if not isinstance(content, dict):
        raise StoredFileError(f"not a {kind} file")
    return content


def field(content: Mapping[str, Any], name: str, kind: Any) -> Any:
    """Return a field, which must be of a type."""
    value = content.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise StoredFileError(f"its field {name!r} is missing or of the wrong type")
    return value


def word(value: Any) -> str:
    """Return a name, which must be printable: it will be printed."""
    if not isinstance(value, str) or not value.isprintable():
        raise StoredFileError("it holds a name that is not one")
    return value


def words(content: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return a field that is a dictionary to names."""
    return {word(each): word(value) for each, value in field(content, name, dict).items()}
