"""The recorder: a run's events as integers in one flat list, packed and digested as it grows.

Recording must cost a tenth of a microsecond, or it loses the race against the real loopback: so an event is a
few integers appended to a list, and becomes a typed value only when somebody reads it.  Stacks are kept beside
the list, by the position of the event they belong to, and take no part in the digest: they are where the
program was, not what happened.
"""

from array import array
from collections.abc import Iterator
from hashlib import blake2b
from struct import pack
from typing import TypeAlias

from notsock.trace.events import BY_KIND, WIDTHS, Event, Stepped

Frame: TypeAlias = tuple[object, int]
"""A code object and the offset of its last instruction."""
Stack: TypeAlias = tuple[Frame, ...]
"""Frames, innermost first."""

_GAP = [Stepped.kind, 0, 0]
_GAP_WIDTH = len(_GAP)

PACK_AT = 1 << 14
"""Integers after which the list is packed into an array: eight bytes each instead of up to thirty-six."""


class Recorder:
    """A trace in the making.

    Events are written to ``flat`` directly (``recorder.flat.extend((kind, ...))``).  With ``noting`` only traffic
    is (calls, steps, packets, the clock), and everything else goes through :meth:`note`, which marks the chunk
    that it falls into as eventful: whoever looks for lifetimes need not read the others.
    """

    __slots__ = ("_chunks", "_digest", "_eventful", "_noting", "_places", "_quiet", "base", "flat", "names", "stacks")

    def __init__(self, *, noting: bool = False) -> None:
        self.flat: list[int] = []
        self._noting = noting
        self.base = 0
        self.names: list[str] = []
        self.stacks: dict[int, Stack] = {}
        self._places: dict[str, int] = {}
        self._chunks: list[array[int]] = []
        self._quiet: list[bool] = []
        self._eventful = False
        self._digest = blake2b(digest_size=16)

    def note(self, record: tuple[int, ...]) -> None:
        """Record an event that is more than traffic."""
        self._eventful = True
        self.flat.extend(record)

    def name(self, text: str) -> int:
        """Return the place of ``text`` in the table of names, entering it when it is new."""
        place = self._places.get(text)
        if place is None:
            place = self._places[text] = len(self.names)
            self.names.append(text)
        return place

    def here(self) -> int:
        """Return the position that the next event will have."""
        return self.base + len(self.flat)

    def since(self, position: int) -> "list[int] | array[int]":
        """Return all integers from ``position`` (that of an event) on; ``position`` plus their count is next."""
        if position >= self.base:
            return self.flat[position - self.base :]
        late: array[int] = array("q", self.flat)
        base = self.base
        for chunk in reversed(self._chunks):
            base -= len(chunk)
            if base <= position:
                return chunk[position - base :] + late
            late = chunk + late
        raise AssertionError(position)

    def pack(self) -> None:
        """Turn what ``flat`` holds into a packed chunk; only ever between two events."""
        packed = pack(f"{len(self.flat)}q", *self.flat)  # half again as fast as array's own constructor
        self._digest.update(packed)
        chunk = array("q")
        chunk.frombytes(packed)
        self._chunks.append(chunk)
        self._quiet.append(self._noting and not self._eventful)
        self._eventful = False
        self.base += len(self.flat)
        self.flat.clear()

    def digest(self) -> str:
        """Return the digest of all events and names so far: equal runs have equal digests."""
        digest = self._digest.copy()
        if self.flat:
            digest.update(array("q", self.flat).tobytes())
        digest.update("\0".join(self.names).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def trace(self) -> "Trace":
        """Return what has been recorded so far as a trace that no longer grows."""
        self.pack()
        return Trace(tuple(self._chunks), tuple(self._quiet), tuple(self.names), self.stacks.copy(), self.digest())


class Trace:
    """A finished trace: iterate over it for ``(position, event)`` pairs."""

    __slots__ = ("_chunks", "_quiet", "digest", "names", "stacks")

    def __init__(
        self,
        chunks: tuple["array[int]", ...],
        quiet: tuple[bool, ...],
        names: tuple[str, ...],
        stacks: dict[int, Stack],
        digest: str,
    ) -> None:
        self._chunks = chunks
        self._quiet = quiet
        self.names = names
        self.stacks = stacks
        self.digest = digest

    def __iter__(self) -> Iterator[tuple[int, Event]]:
        for position, record in self.records():
            yield position, BY_KIND[record[0]](*record[1:])

    def __len__(self) -> int:
        return sum(1 for _ in self.records())

    def records(self) -> Iterator[tuple[int, "array[int]"]]:
        """Yield ``(position, integers)`` of each event, undecoded."""
        base = 0
        for chunk in self._chunks:
            place, end = 0, len(chunk)
            while place < end:
                width = WIDTHS[chunk[place]]
                yield base + place, chunk[place : place + width]
                place += width
            base += end

    def flat(self) -> "array[int]":
        """Return all integers of the trace in one array."""
        whole = array("q")
        for chunk in self._chunks:
            whole.extend(chunk)
        return whole

    def eventful(self) -> list[int]:
        """Return the integers of the chunks that hold more than traffic, with a step where others were left out."""
        kept: list[int] = []
        for chunk, quiet in zip(self._chunks, self._quiet, strict=True):
            if not quiet:
                kept.extend(chunk)
            elif kept[-_GAP_WIDTH:] != _GAP:
                kept.extend(_GAP)
        return kept
