"""Connections whose peer has closed, from the kernel's tables: a log without reads does not show that.

Once a second the tables are read, and only while something waits in CLOSE_WAIT are descriptors looked up.  What is seen
twice, a second apart, as the same descriptor of the same socket is told to the reader, who knows what it is.
"""

import time

from notsock.readers.proc import half_closed
from notsock.readers.strace.reader import Reader

EVERY = 1.0
"""Seconds between two looks."""
SHARE = 0.02
"""Of one processor: a look that takes long is not taken again soon."""


class Sampler:
    """Looks at the processes of one trace."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._next = 0.0
        self._seen: dict[tuple[int, int, int], float] = {}

    def look(self) -> None:
        """Look, if it is time to."""
        begun = time.monotonic()
        if begun < self._next:
            return
        now, spent = time.time(), time.thread_time()
        found = half_closed(self._reader.processes())
        self._seen = {each: self._seen.get(each, now) for each in found}
        self._reader.peers_closed(
            [(pid, number, since) for (pid, number, _), since in self._seen.items() if now - since >= EVERY / 2], now
        )
        self._next = begun + max(EVERY, (time.thread_time() - spent) / SHARE)
