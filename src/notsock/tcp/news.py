"""What a connection tells its owner: one integer of these bits, after everything else of a call is done."""

from typing import Final

OPENED: Final = 1
"""The handshake is complete."""
DATA: Final = 2
"""New bytes can be received."""
SPACE: Final = 4
"""`outstanding` went down: the peer acknowledged data."""
EOF: Final = 8
"""The peer's FIN was reached: after the bytes queued now there will be no more."""
RESET: Final = 16
"""The peer reset the connection, or FIN_WAIT_2 lasted too long (which a program sees as a reset, Q813056)."""
REFUSED: Final = 32
"""The attempt to connect was answered by RST to the end."""
TIMED_OUT: Final = 64
"""Retries are exhausted: of a SYN, of data, of a window probe, of a keep-alive probe."""
GONE: Final = 128
"""The state is CLOSED: the owner can forget the connection (queued bytes can still be received)."""
STATE: Final = 256
"""The state changed during this call."""
KEEP_ALIVE_FAILED: Final = 512
"""Together with TIMED_OUT: it was a keep-alive probe that nobody answered (Winsock's 10052)."""

NAMES: Final = {
    OPENED: "OPENED",
    DATA: "DATA",
    SPACE: "SPACE",
    EOF: "EOF",
    RESET: "RESET",
    REFUSED: "REFUSED",
    TIMED_OUT: "TIMED_OUT",
    GONE: "GONE",
    STATE: "STATE",
    KEEP_ALIVE_FAILED: "KEEP_ALIVE_FAILED",
}


def describe(what: int) -> str:
    """Write a mask as `DATA|EOF`."""
    return "|".join(name for bit, name in NAMES.items() if what & bit)
