"""A segment on its way: a plain tuple, and the answer to one that no connection wants.

A tuple and not a class, because two are made for every round trip and a tuple is the cheapest object to make
and to take apart. `to` is the owner's key for the receiver; TCP never looks inside. Sequence numbers are
integers modulo 2**32; where they are compared on a busy path the arithmetic stands there inline, and it is
always the same: the distance `(b - a) & MASK` is below `HALF` when b is not before a (RFC 9293 3.4).
"""

from typing import Any, Final, TypeAlias

FIN: Final = 1
SYN: Final = 2
RST: Final = 4
PSH: Final = 8
ACK: Final = 16
URG: Final = 32

# (to, seq, ack, flags, window, data, mss)
Segment: TypeAlias = tuple[Any, int, int, int, int, bytes, int]

TO: Final = 0
SEQ: Final = 1
ACK_: Final = 2
FLAGS: Final = 3
WINDOW: Final = 4
DATA_: Final = 5
MSS: Final = 6

MASK: Final = 0xFFFFFFFF
HALF: Final = 0x80000000

MSS_UNSTATED: Final = 536
"""What a peer takes whose SYN carries no MSS option, for IPv4 (RFC 9293 3.7.1, MUST-15)."""

FLAG_NAMES: Final = ((SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (PSH, "PSH"), (ACK, "ACK"), (URG, "URG"))


def after(a: int, b: int) -> bool:
    """Whether sequence number a comes after b (RFC 9293 3.4)."""
    return 0 < (a - b) & MASK < HALF


def length(segment: Segment) -> int:
    """How much sequence space a segment takes, SYN and FIN counting one each (RFC 9293 3.4, SEG.LEN)."""
    flags = segment[FLAGS]
    return len(segment[DATA_]) + (1 if flags & SYN else 0) + (1 if flags & FIN else 0)


def reset_for(segment: Segment, reply_to: Any) -> Segment | None:
    """Answer a segment that belongs to no connection (RFC 9293 3.10.7.1); None when it is itself a RST."""
    flags = segment[FLAGS]
    if flags & RST:
        return None
    if flags & ACK:
        return (reply_to, segment[ACK_], 0, RST, 0, b"", 0)
    return (reply_to, 0, (segment[SEQ] + length(segment)) & MASK, RST | ACK, 0, b"", 0)


def describe(segment: Segment) -> str:
    """Write a segment the way the RFC does: `<SEQ=1><ACK=2><WND=8760><DATA=32><CTL=PSH,ACK>`."""
    _, seq, ack, flags, window, data, mss = segment
    parts = [f"<SEQ={seq}>"]
    if flags & ACK:
        parts.append(f"<ACK={ack}>")
    parts.append(f"<WND={window}>")
    if data:
        parts.append(f"<DATA={len(data)}>")
    if mss:
        parts.append(f"<MSS={mss}>")
    parts.append(f"<CTL={','.join(name for bit, name in FLAG_NAMES if flags & bit)}>")
    return "".join(parts)
