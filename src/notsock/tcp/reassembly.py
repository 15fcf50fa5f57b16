"""Segments that came before their turn.

Kept only while there are some: most connections never lose anything. What is kept lies within the window that
was promised, so it needs no limit of its own (RFC 9293 3.10.7.4, MUST-58 and SHLD-31).
"""

from bisect import bisect_left

from notsock.tcp.segment import MASK


class Reassembly:
    """Pieces beyond RCV.NXT, in order and without overlap, and the peer's FIN if it came among them.

    Numbers inside are distances from `base`, the RCV.NXT when this was made, so that they can be compared.
    """

    __slots__ = ("base", "fin", "pieces", "starts")

    def __init__(self, base: int) -> None:
        self.base = base
        self.starts: list[int] = []
        self.pieces: list[bytes] = []
        self.fin = -1

    def add(self, seq: int, data: bytes, fin: bool) -> None:
        """Keep what of `data` is not kept yet; what came first stays (RFC 9293 leaves it open)."""
        start = (seq - self.base) & MASK
        if fin:
            self.fin = start + len(data)
        at = bisect_left(self.starts, start)
        if at:
            covered = self.starts[at - 1] + len(self.pieces[at - 1]) - start
            if covered > 0:
                data = data[covered:]
                start += covered
        while data:
            if at == len(self.starts):
                self._insert(at, start, data)
                return
            room = self.starts[at] - start
            if room >= len(data):
                self._insert(at, start, data)
                return
            if room > 0:
                self._insert(at, start, data[:room])
                at += 1
            skip = room + len(self.pieces[at])
            data = data[skip:]
            start += skip
            at += 1

    def _insert(self, at: int, start: int, data: bytes) -> None:
        self.starts.insert(at, start)
        self.pieces.insert(at, data)

    def take(self, rcv_nxt: int) -> tuple[bytes, bool]:
        """Take what follows RCV.NXT without a gap, and whether the FIN comes right after it."""
        position = (rcv_nxt - self.base) & MASK
        taken = []
        count = 0
        for start, piece in zip(self.starts, self.pieces, strict=True):
            if start > position:
                break
            fresh = piece[position - start :]
            taken.append(fresh)
            position += len(fresh)
            count += 1
        del self.starts[:count], self.pieces[:count]
        return b"".join(taken), self.fin == position

    def __len__(self) -> int:
        return len(self.pieces) + (self.fin >= 0)
