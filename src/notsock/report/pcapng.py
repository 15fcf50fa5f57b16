"""A run's packets as pcapng, for Wireshark: real IP, TCP, UDP and ICMP headers with true checksums.

Packets begin with their IP header (LINKTYPE_RAW), because the simulated network has no frames; time is
virtual, in nanoseconds since the run began.  Formats: draft-ietf-opsawg-pcapng; RFC 791, 8200, 768, 792, 4443,
9293, and RFC 1071 for the checksum.
"""

import struct
import sys
from array import array
from ipaddress import ip_address
from typing import Any, BinaryIO

LINKTYPE_RAW = 101
_SECTION, _INTERFACE, _NAMES, _PACKET, _SECRETS = 0x0A0D0D0A, 1, 4, 6, 10
_TLS_KEY_LOG = 0x544C534B
_COMMENT, _IF_NAME, _IF_TSRESOL, _APPLICATION = 1, 2, 9, 4
_ICMP, _TCP, _UDP, _ICMPV6 = 1, 6, 17, 58
_SYN = 2
TTL = 128
"""Windows' initial time to live (Q314053 for NT 4.0 and later)."""
_DONT_FRAGMENT = 0x4000
_QUOTED4, _QUOTED6 = 28, 1232
"""How much of the packet in question a port-unreachable message carries (RFC 792; RFC 4443 2.4 c)."""

OPTION_MAX = 65532
"""The longest value an option can hold and still be padded within its length field."""

Address = tuple[str, int]


class PcapngWriter:
    """Writes a section to ``file``; :meth:`interface` before the packets of a link."""

    def __init__(self, file: BinaryIO, comment: str = "") -> None:
        self._file = file
        self._interfaces: dict[int, int] = {}
        self._idents: dict[str, int] = {}
        self._sent: dict[tuple[Address, Address], bytes] = {}
        body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
        options = [(_APPLICATION, b"notsock")]
        if comment:
            options.append((_COMMENT, comment.encode()))
        self._block(_SECTION, body + _options(options))

    def interface(self, link: int, name: str) -> None:
        """Describe a link; its packets are those of an interface of its name."""
        self._interfaces[link] = len(self._interfaces)
        body = struct.pack("<HHI", LINKTYPE_RAW, 0, 0)
        options = [(_IF_NAME, name.encode("utf-8", "replace")), (_IF_TSRESOL, b"\x09")]
        self._block(_INTERFACE, body + _options(options))

    def names(self, hosts: dict[str, str]) -> None:
        """Give addresses names, for Wireshark to show."""
        records = b""
        for address, name in hosts.items():
            packed = ip_address(address).packed
            value = packed + name.encode("utf-8", "replace") + b"\0"
            records += struct.pack("<HH", 1 if len(packed) == 4 else 2, len(value)) + _padded(value)
        self._block(_NAMES, records + struct.pack("<HH", 0, 0))

    def tls_keys(self, lines: bytes) -> None:
        """Write the lines of a TLS key log, with which a reader decrypts the packets that follow."""
        self._block(_SECRETS, struct.pack("<II", _TLS_KEY_LOG, len(lines)) + _padded(lines))

    def packet(self, link: int, now_ns: int, packet: Any, comment: str = "") -> None:
        """Write a segment ``(to, seq, ack, flags, window, data, mss)`` or a datagram.

        A datagram is ``(to, source, data, unreachable)``.  A link that was not described is by its number.
        """
        if link not in self._interfaces:
            self.interface(link, f"link {link}")
        data = self._segment(packet) if len(packet) == 7 else self._datagram(packet)
        head = struct.pack("<IIIII", self._interfaces[link], now_ns >> 32, now_ns & 0xFFFFFFFF, len(data), len(data))
        options = [(_COMMENT, comment.encode("utf-8", "replace"))] if comment else []
        self._block(_PACKET, head + _padded(data) + _options(options))

    def _block(self, kind: int, body: bytes) -> None:
        length = len(body) + 12
        self._file.write(struct.pack("<II", kind, length) + body + struct.pack("<I", length))

    # ---- packets --------------------------------------------------------------------------------------------

    def _segment(self, segment: Any) -> bytes:
        to, seq, ack, flags, window, data, mss = segment
        options = struct.pack(">BBH", 2, 4, mss) if mss and flags & _SYN else b""
        offset = (20 + len(options)) >> 2
        source, target = (to[2], to[3]), (to[0], to[1])
        head = struct.pack(">HHIIBBHHH", source[1], target[1], seq, ack, offset << 4, flags, window, 0, 0)
        return self._ip(_TCP, source[0], target[0], _checksummed(_TCP, source[0], target[0], head + options + data, 16))

    def _datagram(self, datagram: Any) -> bytes:
        to, source, data, unreachable = datagram
        if unreachable:
            return self._unreachable(to, source)
        whole = self._udp(source, to, data)
        self._sent[source, to] = whole[: _QUOTED6 if ":" in to[0] else _QUOTED4]
        return whole

    def _udp(self, source: Address, target: Address, data: bytes) -> bytes:
        head = struct.pack(">HHHH", source[1], target[1], 8 + len(data), 0)
        body = _checksummed(_UDP, source[0], target[0], head + data, 6)
        if body[6:8] == b"\0\0":
            body = body[:6] + b"\xff\xff" + body[8:]
        return self._ip(_UDP, source[0], target[0], body)

    def _unreachable(self, to: Address, source: Address) -> bytes:
        """Return the ICMP message that ``source`` had nobody at its port for what ``to`` had sent."""
        quoted = self._sent.get((to, source)) or self._udp(to, source, b"")
        if ":" in to[0]:
            body = _checksummed(_ICMPV6, source[0], to[0], struct.pack(">BBHI", 1, 4, 0, 0) + quoted, 2)
            return self._ip(_ICMPV6, source[0], to[0], body)
        body = struct.pack(">BBHI", 3, 3, 0, 0) + quoted
        return self._ip(_ICMP, source[0], to[0], body[:2] + struct.pack(">H", checksum(body)) + body[4:])

    def _ip(self, protocol: int, source: str, target: str, body: bytes) -> bytes:
        from_, to = ip_address(source).packed, ip_address(target).packed
        if len(from_) == 16:
            return struct.pack(">IHBB", 6 << 28, len(body), protocol, TTL) + from_ + to + body
        ident = self._idents[source] = (self._idents.get(source, 0) + 1) & 0xFFFF
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), ident, _DONT_FRAGMENT, TTL, protocol, 0) + from_ + to
        return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    words = array("H", data if len(data) % 2 == 0 else data + b"\0")
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int.from_bytes((~total & 0xFFFF).to_bytes(2, sys.byteorder), "big")


def _checksummed(protocol: int, source: str, target: str, body: bytes, at: int) -> bytes:
    """Return ``body`` with its checksum, over the pseudo header too, put in at an offset."""
    from_, to = ip_address(source).packed, ip_address(target).packed
    if len(from_) == 16:
        pseudo = from_ + to + struct.pack(">II", len(body), protocol)
    else:
        pseudo = from_ + to + struct.pack(">HH", protocol, len(body))
    return body[:at] + struct.pack(">H", checksum(pseudo + body)) + body[at + 2 :]


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _options(options: list[tuple[int, bytes]]) -> bytes:
    if not options:
        return b""
    cut = [(code, value[:OPTION_MAX]) for code, value in options]
    packed = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in cut)
    return packed + struct.pack("<HH", 0, 0)
