"""What was known when something was noticed: what a log says later changes nothing of what is told.

Objects, processes and threads go on changing while a log is read, and excerpts are written at its end.  So the sieve
keeps, with each thing that it notices, how those stood that are part of it.
"""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from notsock.readers.tables import Holding, Line, Table, Thread

USERS_MAX = 4
"""Threads that use a holding whose first use is shown."""


class Course(NamedTuple):
    """What became of a holding: first uses by threads that were not given it, and its end."""

    uses: tuple[Line, ...]
    closed: Line | None


class Known:
    """Some holdings, the objects behind them, and the processes and threads whose lines theirs are."""

    def __init__(self, holdings: Iterable[Holding], lines: Iterable[Line], ended: Line | None = None) -> None:
        """Keep them as they stand; where their process has just ``ended``, that closed what was open."""
        holdings = tuple(holdings)
        self.objects = {held.what: held.what.as_it_stands() for held in holdings}
        firsts = (self.objects[held.what].first or held for held in holdings)
        self.courses: dict[Holding, Course] = {}
        """By holding, and before those that were asked for the ones under which their objects came to be."""
        self.tables: dict[Thread, Table] = {}
        self.names: dict[Table, str] = {}
        for held in (*firsts, *holdings):
            if held not in self.courses:
                uses = tuple(islice((held.users or {}).values(), USERS_MAX))
                course = self.courses[held] = Course(uses, held.closed or (ended if held in holdings else None))
                self._lines((held.opened, *course.uses, course.closed))
                self.names[held.table] = held.table.name
        for what in self.objects.values():
            self._lines((what.bound, what.listening, what.eof))
        self._lines(lines)

    def _lines(self, lines: Iterable[Line | None]) -> None:
        for line in lines:
            if line is not None:
                table = self.tables[line.thread] = line.thread.table
                self.names[table] = table.name
