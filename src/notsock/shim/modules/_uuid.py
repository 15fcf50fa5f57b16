"""_uuid: what ``uuid`` asks Windows for: UuidCreateSequential, on the network card of the simulated machine.

The version-1 UUIDs of a machine differ by their time and by a counter; the card's address is the machine's
(Microsoft, UuidCreateSequential; RFC 9562 section 5.1).
"""

import struct
from typing import Any

from notsock.shim.epoch import WALL_START_NS
from notsock.shim.here import here

_LAYOUT = struct.Struct("<IHHBB6s")
_VERSION_1 = 0x1000
_GREGORIAN = 0x01B21DD213814000
"""1582-10-15 to 1970-01-01, in units of 100 ns."""
_CARD = 0x00155D000000
"""Hyper-V's range of addresses; the last byte is the machine's number."""


def build(view: Any) -> dict[str, Any]:
    def UuidCreate() -> bytes:
        moment = (here.executive.moment() + WALL_START_NS) // 100 + _GREGORIAN
        count = view.place["uuids"] = (view.place.get("uuids", 0) + 1) & 0x3FFF
        card = (_CARD + view.process.machine.ident).to_bytes(6, "big")
        return _LAYOUT.pack(
            moment & 0xFFFFFFFF, moment >> 32 & 0xFFFF, moment >> 48 & 0xFFF | _VERSION_1, count >> 8 | 0x80,
            count & 0xFF, card,
        )  # fmt: skip

    return {"UuidCreate": UuidCreate, "has_uuid_generate_time_safe": 0, "has_stable_extractable_node": 1}
