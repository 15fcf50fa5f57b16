"""Hostile text made harmless: what a program named or printed must never steer a terminal."""

import unicodedata

_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Control characters, bidirectional marks and other invisible ones, surrogates, line separators."""
LENGTH_MAX = 2000


def escaped(text: str) -> str:
    """Return ``text`` with every character that could steer a terminal written out, and cut if it is endless."""
    if len(text) > LENGTH_MAX:
        text = f"{text[:LENGTH_MAX]}… ({len(text)} characters)"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _HARMFUL:
        return character
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
