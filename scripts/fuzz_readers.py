"""`make fuzz`: small logs put together at random, thousands a second; no reader may raise anything.

    python scripts/fuzz_readers.py [--seconds N] [--count N] [--seed N] [--jobs N] [--tally FILE]

An input is one log (or file) that one reader reads from its beginning to its end; of some what was found is put into
words, and of some a part is read as well, whose findings must begin those of the whole.  Inputs come in blocks: a seed
and a block make the same ones again.  With a tally a later call goes on behind the last block that was read.
`PYTHONPATH=build/compiled` reads with the compiled form.
"""

import argparse
import gzip
import io
import json
import os
import random
import sys
import time
import traceback
from collections import Counter
from contextlib import suppress
from functools import cache
from itertools import count
from multiprocessing import Pool
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "readers"))

from fuzz_logs import Corpus, pieces_of_strace, pieces_of_wine

from notsock.detect.judge import judge
from notsock.readers.bridge.finding_file import FindingFileError, keep, load
from notsock.readers.bridge.scenario import write
from notsock.readers.judging import judge_reading
from notsock.readers.proc import table
from notsock.readers.source import LogError, Splitter, batches
from notsock.readers.strace import reader as strace_reader
from notsock.readers.strace.each_process import have_durations, merged
from notsock.readers.strace.reader import Reader
from notsock.readers.wine import reader as wine_reader
from notsock.readers.wine.reader import Reader as WineReader

LOOK_EVERY = 4
"""Lines between two looks of a reader at the clock."""
BLOCK = 1000
JUDGED = 0.02
"""The share of logs whose findings are put into words: it takes longer than reading."""
CUT = 0.02
"""The share of logs of which a part is read as well."""


class NoBeginningError(AssertionError):
    """What was found in a part of a log does not begin what was found in the whole."""


class Fuzz:
    """Reads inputs; ``kinds`` counts them."""

    def __init__(self, made_of, folder):
        self.corpus = made_of
        self.folder = folder
        self.kinds = Counter()
        self.ways = (
            (0.45, "strace", self.changed_strace), (0.57, "strace, from pieces", self.pieced_strace),
            (0.82, "Wine", self.changed_wine), (0.9, "Wine, from pieces", self.pieced_wine),
            (0.95, "bytes in chunks", self.chunks), (0.975, "gzip", self.packed),
            (0.985, "strace -ff", self.each_process), (0.99, "files of findings", self.finding_file),
            (1.0, "the kernel's tables", self.kernels_table),
        )  # fmt: skip

    def one(self, chance):
        """Read one input, in the way whose turn it is."""
        turn = chance.random()
        for until, name, way in self.ways:
            if turn < until:
                self.kinds[name] += 1
                way(chance)
                return

    # ---- logs -------------------------------------------------------------------------------------------------------

    def changed_strace(self, chance):
        self.read(chance, Reader, self.corpus.log(chance, wine=False))

    def pieced_strace(self, chance):
        self.read(chance, Reader, pieces_of_strace(chance))

    def changed_wine(self, chance):
        self.read(chance, reader_of_wine, self.corpus.log(chance, wine=True))

    def pieced_wine(self, chance):
        self.read(chance, reader_of_wine, pieces_of_wine(chance))

    def read(self, chance, make, lines):
        """Read lines; judge some of them, and some that are cut."""
        reader = make()
        reader.feed(lines)
        reading = reader.finish()
        turn = chance.random()
        if turn < JUDGED:
            put_into_words(reading)
        elif turn < JUDGED + CUT:
            self.cut(chance, make, lines, reader, reading)

    def cut(self, chance, make, lines, whole, reading):
        """Read a part: what it says must begin what the whole says."""
        if any(line.startswith(" > ") for line in lines):
            return  # the stack of a call comes behind it
        part = make()
        part.feed(lines[: int(chance.random() * len(lines))])
        if form_of(part) != form_of(whole):
            return  # the log's form was seen in a line behind the cut
        found = [causes(each, reading.available) for each in (part.finish(), reading)]
        if found[1][: len(found[0])] != found[0]:
            raise NoBeginningError(f"{found[0]}\nis not the beginning of\n{found[1]}\nin\n" + "\n".join(lines))

    # ---- files ------------------------------------------------------------------------------------------------------

    def bytes_of(self, chance):
        """Return a log as bytes, a few of them changed."""
        wine = chance.random() < 0.4
        lines = self.corpus.log(chance, wine=wine)
        data = bytearray("\n".join(lines).encode("latin-1", "replace"))
        if chance.random() < 0.2:
            data = bytearray(chance.randbytes(200))
        for _ in range(int(chance.random() * 4)):
            if data:
                data[int(chance.random() * len(data))] = chance.getrandbits(8)
        return bytes(data), WineReader if wine else Reader

    def chunks(self, chance):
        data, make = self.bytes_of(chance)
        reader, splitter, size = make(), Splitter(), 1 + int(chance.random() * 60)
        for place in range(0, len(data), size):
            reader.feed(splitter.feed(data[place : place + size]))
        splitter.finish()
        reader.finish()

    def packed(self, chance):
        """A gzip file that is whole, cut, or damaged."""
        data, _ = self.bytes_of(chance)
        packed = bytearray(gzip.compress(data, 1))
        if chance.random() < 0.5:
            del packed[int(chance.random() * len(packed)) :]
        if packed and chance.random() < 0.5:
            packed[int(chance.random() * len(packed))] ^= 1 << chance.getrandbits(3)
        reader = None
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file, suppress(LogError):
            for lines in batches(file, Splitter(), "log"):
                reader = reader or (WineReader if wine_reader.recognises(lines) else Reader)()
                reader.feed(lines)
        if reader is not None:
            reader.finish()

    def each_process(self, chance):
        """The files of two or three processes."""
        paths = []
        for number in range(2 + chance.getrandbits(1)):
            path = self.folder / f"log.{100 + number}"
            path.write_bytes(self.bytes_of(chance)[0])
            paths.append(path)
        reader, splitters = Reader(ordered=have_durations(paths)), []
        for lines in merged(paths, splitters):
            reader.feed(lines)
        reader.finish()

    def finding_file(self, chance):
        """A finding that was kept, as it is or damaged, and the programs that are written of it."""
        reader = Reader()
        reader.feed(self.corpus.log(chance, wine=False))
        reading = reader.finish()
        for path in keep(self.folder / "findings", "log", reading, judge_reading(reading)):
            data = bytearray(path.read_bytes())
            digits = [place for place, byte in enumerate(data) if 48 <= byte < 58]
            for _ in range(int(chance.random() * 4)):
                if chance.random() < 0.8:
                    data[chance.choice(digits)] = 48 + int(chance.random() * 10)
                else:
                    data[int(chance.random() * len(data))] = chance.getrandbits(8)
            path.write_bytes(data)
            with suppress(FindingFileError):
                traced = load(path)
                for mended in (False, True):
                    write(traced, mended=mended)
            path.unlink()

    def kernels_table(self, chance):
        path = self.folder / "table"
        path.write_bytes(b"0: 0:0 0:0 0A\n" * chance.getrandbits(1) + chance.randbytes(60))
        list(table(path, tcp=True))


def reader_of_wine():
    return WineReader(other=str)


def form_of(reader):
    """Return how a log of strace tells the time."""
    return getattr(reader, "_both_times", None), getattr(reader, "_relative", None) is None


def put_into_words(reading):
    for finding in judge_reading(reading).findings:
        finding.to_json()


def causes(reading, available):
    """Return rule and cause of what is found in each excerpt, in order."""
    return [
        [(each.rule, each.key) for each in judge(excerpt.trace, available).evidence if each.rule == excerpt.rule]
        for excerpt in reading.excerpts
    ]


# ---- blocks ---------------------------------------------------------------------------------------------------------
@cache
def corpus():
    return Corpus()


def block(work):
    """Read a block of inputs; return how many of each kind, and what went wrong."""
    seed, number = work
    chance = random.Random(f"{seed} {number}")
    strace_reader.LOOK_EVERY = wine_reader.LOOK_EVERY = LOOK_EVERY
    with TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        fuzz = Fuzz(corpus(), Path(folder))
        for place in range(BLOCK):
            try:
                fuzz.one(chance)
            except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
                again = f"--seed {seed} --first {number} --count {BLOCK}"
                return number, fuzz.kinds, f"input {place + 1} of block {number} ({again}):\n{traceback.format_exc()}"
    return number, fuzz.kinds, ""


class Tally:
    """How many inputs were read, and up to which block; in a file, if there is one."""

    def __init__(self, path, seed, first):
        self.path = Path(path) if path else None
        self.seed, self.next, self.kinds, self.failures = seed, first, Counter(), []
        if self.path is not None and self.path.exists():
            kept = json.loads(self.path.read_text())
            self.seed, self.next, self.kinds = kept["seed"], kept["next"], Counter(kept["kinds"])
            self.failures = kept["failures"]

    def add(self, number, kinds, failure):
        self.next = max(self.next, number + 1)
        self.kinds += kinds
        if failure:
            self.failures.append(failure)
            print(failure, file=sys.stderr, flush=True)
        if self.path is not None:
            content = {"seed": self.seed, "next": self.next, "inputs": self.kinds.total(), "kinds": self.kinds,
                       "failures": self.failures}  # fmt: skip
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(content, indent=1) + "\n")
            fresh.replace(self.path)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--count", type=int, help="stop after so many inputs, in whole blocks")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--first", type=int, default=0, help="the block to begin with")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--tally", help="a file that keeps count, to go on from")
    parser.add_argument("--keep-going", action="store_true", help="go on after an error")
    return parser.parse_args()


def main():
    """Read until the time is up, or there were enough inputs, or there was an error."""
    options = arguments()
    tally = Tally(options.tally, options.seed, options.first)
    corpus()
    end = None if options.count is None else tally.next + -(-options.count // BLOCK)
    until, begun, before = time.monotonic() + options.seconds, time.monotonic(), tally.kinds.total()
    for done in _blocks(tally, options.jobs, end):
        tally.add(*done)
        if time.monotonic() > until or (tally.failures and not options.keep_going):
            break
    total, took = tally.kinds.total(), time.monotonic() - begun
    form = "compiled" if strace_reader.__file__.endswith(".so") else "pure"
    print(f"{total:,} inputs, {len(tally.failures)} errors (seed {tally.seed}, blocks up to {tally.next - 1})")
    for kind, number in tally.kinds.most_common():
        print(f"  {kind}: {number:,}")
    print(f"this time {total - before:,} in {took:,.0f} s, {(total - before) / took:,.0f} a second ({form} Python)")
    return 1 if tally.failures else 0


def _blocks(tally, jobs, end):
    numbers = count(tally.next) if end is None else range(tally.next, end)
    if jobs == 1:
        yield from (block((tally.seed, number)) for number in numbers)
        return
    with Pool(jobs) as pool:
        numbers = iter(numbers)
        while work := [(tally.seed, number) for number, _ in zip(numbers, range(4 * jobs), strict=False)]:
            yield from pool.imap(block, work)


if __name__ == "__main__":
    sys.exit(main())
