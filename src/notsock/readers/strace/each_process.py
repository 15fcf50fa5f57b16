"""The files of ``strace -ff``: one for each process, merged by the time at which each call returned."""

import heapq
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from notsock.readers.source import CHUNK, Splitter, batches, open_log
from notsock.readers.words import seconds

_DURATION = re.compile(r"<(\d+\.\d+)>$")


def files_of(path: str) -> list[Path]:
    """Return the files that ``strace -ff -o PATH`` wrote: PATH.1234 and so on; empty where there are none."""
    here = Path(path)
    found = here.parent.glob(f"{here.name}.*") if here.name else ()
    return sorted(file for file in found if file.suffix[1:].isdigit())


def merged(paths: Iterable[Path], splitters: list[Splitter]) -> Iterator[list[str]]:
    """Yield the lines of ``-ff`` files in order of time, each with its process id before it."""
    streams = [_timed(path, splitters, order) for order, path in enumerate(paths)]
    batch: list[str] = []
    for _, _, line in heapq.merge(*streams):
        batch.append(line)
        if len(batch) >= 4096:
            yield batch
            batch = []
    yield batch


def have_durations(paths: Iterable[Path]) -> bool:
    """Say whether every file has the duration of its calls (``-T``): only then can their order be known."""
    for path in paths:
        with open_log(str(path)) as file:
            lines = file.read(CHUNK).decode("latin-1").split("\n")[:-1]
        calls = [line for line in lines if " = " in line]
        if calls and not any(_DURATION.search(line) for line in calls):
            return False
    return True


def _timed(path: Path, splitters: list[Splitter], order: int) -> Iterator[tuple[float, int, str]]:
    """Yield the lines of one file with the moment at which each call returned."""
    pid = path.suffix[1:]
    splitter = Splitter()
    splitters.append(splitter)
    now = 0.0
    with open_log(str(path)) as file:
        for lines in batches(file, splitter, str(path)):
            for line in lines:
                word = line.lstrip().partition(" ")[0]
                try:
                    began = seconds(word)
                except ValueError:
                    began = now
                took = _DURATION.search(line)
                now = max(now, began + (float(took[1]) if took else 0.0))
                yield now, order, line if line.startswith(" > ") else f"{pid} {line}"
