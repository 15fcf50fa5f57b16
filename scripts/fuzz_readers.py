"""`make fuzz`: logs put together at random, as many as there is time for; no reader may raise anything.

    python scripts/fuzz_readers.py [SECONDS] [SEED]

Each input is a log of some ten lines (or bytes), for every reader in turn.  It says how many there were, and how to see
the one again that failed.  The tests do the same with hypothesis, on fewer inputs and with shrinking.
"""

import os
import random
import sys
import time
import traceback
from contextlib import suppress
from multiprocessing import Pool
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "readers"))

from test_readers_fuzz import LINE_PIECES, WINE_WORDS

from notsock.readers.bridge.finding_file import FindingFileError, load
from notsock.readers.bridge.scenario import write
from notsock.readers.judging import judge_reading
from notsock.readers.proc import table
from notsock.readers.source import Splitter
from notsock.readers.strace.reader import Reader
from notsock.readers.wine.reader import Reader as WineReader

BATCH = 200
EXCERPTS_JUDGED = 0.05
"""The share of inputs whose findings are put into words: it takes ten times as long as reading."""


def strace_log(chance):
    """Return a log of strace's, more or less."""
    pids, times, calls, numbers, arguments, results, ends = LINE_PIECES
    lines = []
    for _ in range(chance.randrange(1, 14)):
        words = ", ".join(filter(None, (chance.choice(numbers), chance.choice(arguments))))
        head = f"{chance.choice(pids)} {chance.choice(times)}"
        shape = chance.random()
        if shape < 0.7:
            lines.append(f"{head}{chance.choice(calls)}({words}) = {chance.choice(results)}{chance.choice(ends)}")
        elif shape < 0.8:
            lines.append(f"{head}{chance.choice(calls)}({words} <unfinished ...>")
        elif shape < 0.9:
            lines.append(f"{head}<... {chance.choice(calls)} resumed>{words}) = {chance.choice(results)}")
        elif shape < 0.95:
            lines.append(f"{head}+++ exited with {chance.choice('012x')} +++")
        else:
            lines.append("".join(chance.choices(WINE_WORDS + calls, k=4)))
    return lines


def wine_log(chance):
    """Return a log of Wine's, more or less."""
    return "".join(chance.choices(WINE_WORDS, k=chance.randrange(5, 90))).split("\n")


def one(chance, folder):
    """Read one input with the reader whose turn it is."""
    turn = chance.random()
    if turn < 0.5:
        reader, log = Reader(), strace_log(chance)
        reader.feed(log)
    elif turn < 0.95:
        reader, log = WineReader(other=str), wine_log(chance)
        reader.feed(log)
    elif turn < 0.99:
        reader, splitter = chance.choice((Reader, WineReader))(), Splitter()
        reader.feed(splitter.feed(chance.randbytes(chance.randrange(300))))
    else:
        path = folder / "input"
        path.write_bytes(b"0: 0:0 0:0 0A\n" * chance.randrange(3) + chance.randbytes(60))
        list(table(path, tcp=True))
        _finding(path)
        return
    reading = reader.finish()
    if chance.random() < EXCERPTS_JUDGED:
        for finding in judge_reading(reading).findings:
            finding.to_json()


def _finding(path):
    with suppress(FindingFileError):
        write(load(path), mended=False)


def batch(seed):
    """Read a batch of inputs; return how many, and what went wrong."""
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        for number in range(BATCH):
            try:
                one(chance, Path(folder))
            except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
                return number, f"seed {seed}, input {number}:\n{traceback.format_exc()}"
    return BATCH, ""


def main():
    """Read until the time is up, on every processor."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    until, count = time.monotonic() + seconds, 0
    with Pool(len(os.sched_getaffinity(0))) as pool:
        for done, failure in _batches(pool, seed, until):
            count += done
            if failure:
                print(failure, file=sys.stderr)
                return 1
    print(f"{count:,} inputs, no error (seeds from {seed})")
    return 0


def _batches(pool, seed, until):
    while time.monotonic() < until:
        yield from pool.imap_unordered(batch, range(seed, seed + 64))
        seed += 64


if __name__ == "__main__":
    sys.exit(main())
