"""Logs for the tests of the readers, and what is found in them."""

from notsock.readers.judging import judge_reading
from notsock.readers.strace.reader import Reader


def read(log, **options):
    """Read a log given as text; lines may be indented, as they stand in a test."""
    reader = Reader("log", **options)
    reader.feed([line.removeprefix("    ") for line in log.strip("\n ").split("\n")])
    return reader.finish()


def findings(log, **options):
    reading = read(log, **options)
    return judge_reading(reading).findings


def found(log, **options):
    """Return the rules that found something worse than a note, or a double close (of one thread it may be a note)."""
    return {
        finding.rule
        for finding in findings(log, **options)
        if finding.severity.value != "note" or finding.rule == "closed-twice"
    }


def notes(log):
    return {finding.rule for finding in findings(log) if finding.severity.value == "note"}


EXEC = '100 1.0 execve("/usr/bin/server", ["server"], 0x7ffe /* 30 vars */) = 0\n100 1.0 close(9) = 0\n'
THREAD = "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD"


def ticks(since, until, pid=100):
    """Lines of no interest, so that time passes: enough of them for the reader to look at the clock."""
    count = 600
    return "\n".join(
        f"{pid} {since + (until - since) * number / count:.4f} getpid() = {pid}" for number in range(count + 1)
    )
