"""How a number comes to its end, whatever the system: what lives on, and whether its closer meant it."""

from notsock.readers.sieve import Sieve
from notsock.readers.tables import Holding, Line, Table, Thread


class Holdings:
    """What the folds of all systems share."""

    def __init__(self, sieve: Sieve) -> None:
        self.sieve = sieve

    @property
    def io_seen(self) -> bool:
        """Say whether the log has reads and writes: only then can it tell that a number was not used."""
        raise NotImplementedError

    def end(self, held: Holding, line: Line | None) -> None:
        """A number stopped meaning its description."""
        held.closed = line
        what = held.what
        holders = what.holders
        if len(holders) == 1:
            holders.clear()
            if what.port is not None:
                self.sieve.released(what)
            if what.eof is not None:
                self.sieve.closed_at_last(what)
        else:
            holders.remove(held)
            if line is not None and what.kind == "socket":
                self.sieve.lives_on(held, line, io_seen=self.io_seen)

    def doubt(self, held: Holding, past: list[Holding], line: Line) -> None:
        """Somebody closed what it neither opened nor used: had it known the number as something else?"""
        thread = line.thread
        if held.users is not None and thread in held.users:
            return
        if self.suffered(held.table, held.number, thread):
            self.passed_on(held)
            return
        for before in reversed(past):
            closed_it = before.closed is not None and before.closed.thread is thread
            if before.opened.thread is thread or closed_it or (before.users is not None and thread in before.users):
                if before.what is not held.what:
                    held.suspect = before
                    if line.entered < held.opened.at:
                        self.certain(held)
                return

    def certain(
        self, held: Holding, missed: tuple[Thread, int, Line] | None = None, *, meant: bool = False
    ) -> None:  # fmt: skip
        """A stale close is certain: tell it, and blame nobody for what follows from it."""
        self.passed_on(held, held.closed.thread if held.closed is not None else None)
        self.sieve.stale_close(held, missed, meant=meant)

    def passed_on(self, held: Holding, culprit: Thread | None = None) -> None:
        """Somebody's object was closed by mistake: what its owners close, or miss, next is no fault."""
        held.certain = True
        owners = {held.opened.thread, *(held.users or ())} - {culprit}
        if owners:
            held.table.victims.setdefault(held.number, set()).update(owners)

    def suffered(self, table: Table, number: int, thread: Thread) -> bool:
        """Say whether a thread's number was closed under its feet at some time.

        What it meant then, and whom it hits in turn, cannot be told any more: it is not blamed for that number again.
        """
        return thread in table.victims.get(number, ())
