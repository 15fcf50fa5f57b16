"""The corpus: the failing schedules that earlier checks found, kept in a folder and run first by the next check.

Each is a replay file of its own, written beside its place and moved there, so that whatever happens a file is whole
or not there.  ``findings/`` holds what fails; a schedule that no longer does is moved to ``mended/`` and tried as
long as it lies there.  The corpus helps a check and never stops one: what is wrong with it is said in one line.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from notsock.explore.replay_file import ReplayFile, ReplayFileError, parse, read, save, write_whole
from notsock.programs.options import Options
from notsock.programs.program import Program, ProgramError

FORMAT: Final = "notsock-corpus"
VERSION: Final = 1
ENTRIES_MAX = 200
"""Schedules of one program that are run again, the newest first."""
_LEFTOVER_SECONDS = 60
"""Age at which the half of a file that somebody was killed over is cleared away."""

FINDINGS, MENDED = "findings", "mended"


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept schedule: where it lies, what it says, and whether it had stopped failing."""

    path: Path
    file: ReplayFile
    options: Options
    mended: bool


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
                path.unlink(missing_ok=True)

    def _entry(self, path: Path, program: Program, options: Options, *, mended: bool) -> Entry | None:
        try:
            file = parse(read(path))
            if file.program.get("parts") != program.to_json():
                return None
            theirs = Options.from_json(file.program.get("options"))
        except (ReplayFileError, ProgramError) as error:
            self._complain(f"{path} is left out: {error}")
            return None
        except OSError as error:
            self._complain(f"{path} is left out: {error.strerror}")
            return None
        return Entry(path, file, theirs, mended) if replace(theirs, seed=options.seed) == options else None

    # ---- writing --------------------------------------------------------------------------------------------

    def keep(self, name: str, file: ReplayFile) -> Path | None:
        """Keep a failing schedule under a name; return where, None where nothing can be kept."""
        if self._folder is None:
            return None
        path = self._folder / FINDINGS / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self._marked:
                write_whole(self._folder / "corpus.json", json.dumps({"format": FORMAT, "version": VERSION}).encode())
                self._marked = True
            save(path, file)
            (self._folder / MENDED / name).unlink(missing_ok=True)
        except OSError as error:
            self._complain(f"{self._folder} cannot be written ({error.strerror}): what is found is not kept")
            self._folder = None
            return None
        except ReplayFileError as error:
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


def name_of(stem: str, release: str, rule: str, key: object) -> str:
    """Return the name of a finding's file, the same whenever it is found."""
    return f"{stem}-{release}-{rule}-{sha256(repr(key).encode()).hexdigest()[:8]}.json"
