"""The corpus: what earlier checks found and learned, kept in a folder for the next one.

Failing schedules come first.  Each is a replay file of its own: ``findings/`` holds what fails; a schedule that no
longer does is moved to ``mended/`` and tried as long as it lies there.  ``coverage/`` holds what the searches of a
program have learned, so that the next one goes on from there: of the same sources, on the same system, by the same
Python and notsock, for turns are told by their numbers.

Every file is written beside its place and moved there, so that whatever happens it is whole or not there.  The corpus
helps a check and never stops one: what is wrong with it is said in one line.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from notsock import __version__
from notsock.explore import stored
from notsock.explore.learned import Learned
from notsock.explore.replay_file import ReplayFile, python_version, read, save, source_digests
from notsock.explore.stored import StoredFileError
from notsock.programs.options import Options
from notsock.programs.program import Program, ProgramError

FORMAT: Final = "notsock-corpus"
VERSION: Final = 1
ENTRIES_MAX = 200
"""Schedules of one program that are run again, the newest first."""
COVERAGE_VERSION: Final = 1
COVERAGE_MAX = 200
"""Programs (on a system each) whose coverage is kept, the last ones checked."""
_LEFTOVER_SECONDS = 60
"""Age at which the half of a file that somebody was killed over is cleared away."""

FINDINGS, MENDED, COVERAGE = "findings", "mended", "coverage"


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept schedule: where it lies, what it says, and whether it had stopped failing."""

    path: Path
    file: ReplayFile
    options: Options
    mended: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where the corpus keeps what is learned of a program on a system, and what that stands for."""

    name: str
    stands_for: dict[str, Any]

    @classmethod
    def of(cls, program: Program, options: Options, stem: str, environment: Mapping[str, str]) -> "Place":
        """Return the place of a program as it is now, in an environment of which it has asked for so much."""
        what = {"parts": program.to_json(), "options": options.to_json(), "environment": dict(environment)}
        digest = sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:8]
        sources = source_digests(program.sources())
        stands_for = {"program": what, "sources": sources, "python": python_version(), "notsock": __version__}
        return cls(f"{stem}-{options.release}-{digest}.json", json.loads(json.dumps(stands_for)))


class Corpus:
    """The corpus in a folder, which need not be there yet (None: nothing is kept); ``complain`` gets lines."""

    def __init__(self, folder: Path | None, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._folder = folder
        self._marked = False
        if folder is not None:
            reason = self._foreign(folder)
            if reason:
                complain(f"{folder} {reason}: it is left alone, and what is found is not kept")
                self._folder = None

    def _foreign(self, folder: Path) -> str:
        """Say why a folder's content is not this version's; empty where it is."""
        mark = folder / "corpus.json"
        try:
            if folder.exists() and not folder.is_dir():
                return "is no folder"
            if not mark.exists():
                return ""
            said = json.loads(mark.read_bytes()[:1000])
            if said["format"] != FORMAT:
                return f"is no corpus ({mark.name} says {said['format']!a:.40})"
            if said["version"] != VERSION:
                return f"is a corpus of version {said['version']!a:.40}, this notsock has {VERSION}"
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        except (ValueError, KeyError, TypeError, RecursionError):
            return f"is damaged ({mark.name} is not what was written)"
        self._marked = True
        return ""

    # ---- reading --------------------------------------------------------------------------------------------

    def entries(self, program: Program, options: Options) -> list[Entry]:
        """Return the schedules kept of a program on a system, whatever their seeds."""
        found: list[Entry] = []
        for mended in (False, True):
            for path in self._files(MENDED if mended else FINDINGS):
                entry = self._entry(path, program, options, mended=mended)
                if entry is not None:
                    found.append(entry)
        return found[:ENTRIES_MAX]

    def _files(self, name: str) -> Iterator[Path]:
        """Yield the replay files of a folder, the newest first; clear away what was left half-written."""
        if self._folder is None:
            return
        try:
            listed = [(path.stat().st_mtime, path) for path in (self._folder / name).iterdir()]
        except FileNotFoundError:
            return
        except OSError as error:
            self._complain(f"{self._folder / name} cannot be read: {error.strerror}")
            return
        for age, path in sorted(listed, reverse=True):
            if path.suffix == ".json":
                yield path
            elif path.name.startswith(".") and time.time() - age > _LEFTOVER_SECONDS:
                _unlink(path)

    def _entry(self, path: Path, program: Program, options: Options, *, mended: bool) -> Entry | None:
        try:
            file = read(path)
            if file.program.get("parts") != program.to_json():
                return None
            theirs = Options.from_json(file.program.get("options"))
        except (StoredFileError, ProgramError) as error:
            self._complain(f"{path} is left out: {error}")
            return None
        except OSError as error:
            self._complain(f"{path} is left out: {error.strerror}")
            return None
        return Entry(path, file, theirs, mended) if replace(theirs, seed=options.seed) == options else None

    def learned(self, place: Place) -> Learned:
        """Return what is known of a program; nothing where its text, or what runs it, was another then."""
        if self._folder is None:
            return Learned()
        path = self._folder / COVERAGE / place.name
        try:
            content = stored.content_of(stored.read(path, COVERAGE), COVERAGE, COVERAGE_VERSION, "kept")
            same = all(content.get(name) == value for name, value in place.stands_for.items())
            return Learned.from_json(content) if same else Learned()
        except FileNotFoundError:
            return Learned()
        except (OSError, StoredFileError) as error:
            self._complain(f"{path} is left out: {getattr(error, 'strerror', None) or error}")
            return Learned()

    # ---- writing --------------------------------------------------------------------------------------------

    def keep(self, name: str, file: ReplayFile) -> Path | None:
        """Keep a failing schedule under a name; return where, None where nothing can be kept."""
        path = self._write(FINDINGS, name, lambda path: save(path, file))
        if path is not None:
            _unlink(path.parent.with_name(MENDED) / name)
        return path

    def keep_learned(self, place: Place, learned: Learned) -> None:
        """Keep what is known of a program now."""
        content = {"format": f"notsock-{COVERAGE}", "version": COVERAGE_VERSION, **place.stands_for}
        data = stored.text_of(content | learned.to_json(), "kept")
        self._write(COVERAGE, place.name, lambda path: stored.write_whole(path, data))
        for path in list(self._files(COVERAGE))[COVERAGE_MAX:]:
            _unlink(path)

    def forget(self, place: Place) -> None:
        """Forget what is known of a program."""
        if self._folder is not None:
            _unlink(self._folder / COVERAGE / place.name)

    def _write(self, kind: str, name: str, write: Callable[[Path], None]) -> Path | None:
        """Have a file written; return where, None where nothing can be."""
        if self._folder is None:
            return None
        path = self._folder / kind / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self._marked:
                mark = json.dumps({"format": FORMAT, "version": VERSION}).encode()
                stored.write_whole(self._folder / "corpus.json", mark)
                self._marked = True
            write(path)
        except OSError as error:
            self._complain(f"{self._folder} cannot be written ({error.strerror}): what is found is not kept")
            self._folder = None
            return None
        except StoredFileError as error:
            self._complain(str(error))
            return None
        return path

    def mend(self, entry: Entry) -> None:
        """Put a schedule that no longer fails where it is tried without being expected to."""
        if self._folder is None or entry.mended:
            return
        target = self._folder / MENDED / entry.path.name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            entry.path.replace(target)
        except OSError as error:
            self._complain(f"{entry.path} cannot be moved to {MENDED}/: {error.strerror}")


def _unlink(path: Path) -> None:
    """Take a file away, if it is there and that is allowed."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def name_of(stem: str, release: str, rule: str, key: object, environment: Mapping[str, str]) -> str:
    """Return the name of a finding's file, the same whenever it is found in an environment."""
    if environment:
        key = key, sorted(environment.items())
    return f"{stem}-{release}-{rule}-{sha256(repr(key).encode()).hexdigest()[:8]}.json"
