"""WSAPROTOCOL_INFO: what one process hands to another so that it can open a duplicate of a socket."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProtocolInfo:
    """WSAPROTOCOL_INFO, as far as a duplicate needs it: what the socket is, and the handle made for the target."""

    family: int
    type: int
    protocol: int
    handle: int
    process_id: int
    overlapped: bool

    _LAYOUT = struct.Struct("<4siiiIIi")
    _MAGIC = b"WSAP"
    SIZE = 628

    def to_bytes(self) -> bytes:
        """Return it as the bytes that ``socket.share`` hands over."""
        packed = self._LAYOUT.pack(
            self._MAGIC, self.family, self.type, self.protocol, self.handle, self.process_id, self.overlapped
        )
        return packed.ljust(self.SIZE, b"\0")

    @classmethod
    def from_bytes(cls, data: bytes) -> "ProtocolInfo | None":
        """Read it back; None when these bytes are not one."""
        if len(data) != cls.SIZE or not data.startswith(cls._MAGIC):
            return None
        _, family, kind, protocol, handle, process_id, overlapped = cls._LAYOUT.unpack_from(data)
        return cls(family, kind, protocol, handle, process_id, bool(overlapped))
