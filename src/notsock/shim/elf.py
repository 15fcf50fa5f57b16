"""Import tables of the shared objects in this process: who calls ``time``, and what answers.

A C library's calls into other libraries go through a table of addresses that the loader filled (System V gABI,
chapter 5: DT_JMPREL and DT_RELA).  Writing another address there redirects the calls of that one library, for
every caller in it and nobody else: neither the interpreter nor this host's other libraries notice.  The layout
is the platform's published binary interface, not a private one of a library.
"""

import ctypes
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_PLTRELSZ, _DT_STRTAB, _DT_SYMTAB, _DT_RELA, _DT_RELASZ, _DT_JMPREL = 2, 5, 6, 7, 8, 23
_DT_RELACOUNT = 0x6FFFFFF9
_DYNAMIC = struct.Struct("<qQ")
_RELA = struct.Struct("<QQq")
_SYMBOL = struct.Struct("<IBBHQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SHT_SYMTAB, _SHT_DYNSYM = 2, 11
_PROT_READ, _PROT_WRITE = 1, 2


class ElfError(RuntimeError):
    """A library's import table cannot be found; the text says which, in one line."""


class _Phdr(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_uint32), ("flags", ctypes.c_uint32), ("offset", ctypes.c_uint64),
        ("vaddr", ctypes.c_uint64), ("paddr", ctypes.c_uint64), ("filesz", ctypes.c_uint64),
        ("memsz", ctypes.c_uint64), ("align", ctypes.c_uint64),
    )  # fmt: skip


class _Info(ctypes.Structure):
    _fields_ = (
        ("addr", ctypes.c_uint64), ("name", ctypes.c_char_p), ("phdr", ctypes.POINTER(_Phdr)),
        ("phnum", ctypes.c_uint16),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SharedObject:
    """One object that the loader has mapped: its file, where it lies, and its dynamic section."""

    path: str
    base: int
    end: int
    dynamic: int

    def imports(self, name: str) -> list[int]:
        """Return the addresses of the table's slots for a function (usually one)."""
        tags = dict(self._tags())
        text = self._place(tags[_DT_STRTAB])
        symbols = self._place(tags[_DT_SYMTAB])
        wanted = name.encode() + b"\0"
        found = []
        for offset, info, _ in self._relocations(tags):
            index = info >> 32
            if not index:
                continue
            start = text + _SYMBOL.unpack(ctypes.string_at(symbols + index * _SYMBOL.size, _SYMBOL.size))[0]
            if ctypes.string_at(start, len(wanted)) == wanted:
                found.append(self.base + offset)
        return found

    def _tags(self) -> Iterator[tuple[int, int]]:
        place = self.dynamic
        while True:
            tag, value = _DYNAMIC.unpack(ctypes.string_at(place, _DYNAMIC.size))
            if tag == 0:
                return
            yield tag, value
            place += _DYNAMIC.size

    def _place(self, value: int) -> int:
        """Return an address of the dynamic section: glibc has relocated it on most machines, musl has not."""
        return value if value >= self.base else self.base + value

    def _relocations(self, tags: dict[int, int]) -> Iterator[tuple[int, int, int]]:
        if _DT_JMPREL in tags:
            yield from _RELA.iter_unpack(ctypes.string_at(self._place(tags[_DT_JMPREL]), tags[_DT_PLTRELSZ]))
        if _DT_RELA in tags:
            relative = tags.get(_DT_RELACOUNT, 0) * _RELA.size  # those come first and name no symbol
            size = tags[_DT_RELASZ] - relative
            yield from _RELA.iter_unpack(ctypes.string_at(self._place(tags[_DT_RELA]) + relative, size))


def object_at(address: int) -> SharedObject:
    """Return the object that a function lies in; raises :class:`ElfError`."""
    return _find(lambda one: one.base <= address < one.end)


def object_of(path: str) -> SharedObject:
    """Return the object that was loaded from a file; raises :class:`ElfError`."""
    return _find(lambda one: one.path == path)


def _find(wanted: Callable[[SharedObject], bool]) -> SharedObject:
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        raise ElfError("this is not a 64-bit Python")
    found: list[SharedObject] = []
    visitor = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Info), ctypes.c_size_t, ctypes.c_void_p)

    def visit(info: Any, _size: int, _data: Any) -> int:
        one = _read(info.contents)
        if one is not None and wanted(one):
            found.append(one)
        return 0

    try:
        walk = ctypes.CDLL(None).dl_iterate_phdr
    except AttributeError:
        raise ElfError("its C library does not list the loaded objects") from None
    walk(visitor(visit), None)
    if not found:
        raise ElfError("no loaded object holds it")
    return found[0]


def _read(info: _Info) -> SharedObject | None:
    headers = [info.phdr[count] for count in range(info.phnum)]
    dynamic = [header.vaddr for header in headers if header.type == _PT_DYNAMIC]
    loads = [header for header in headers if header.type == _PT_LOAD]
    if not dynamic or not loads:
        return None
    end = info.addr + max(header.vaddr + header.memsz for header in loads)
    return SharedObject(os.fsdecode(info.name or b""), info.addr, end, info.addr + dynamic[0])


def replace_import(owner: SharedObject, name: str, function: int) -> int | None:
    """Redirect an object's calls of ``name`` to a function's address; return the former one, None when it has none.

    The table may be read-only after the start (RELRO): its page is made writable, and stays so.
    """
    before = None
    for slot in owner.imports(name):
        cell = ctypes.c_void_p.from_address(slot)
        before = cell.value
        page = os.sysconf("SC_PAGESIZE")
        start = slot // page * page
        if ctypes.CDLL(None, use_errno=True).mprotect(
            ctypes.c_void_p(start), ctypes.c_size_t(slot + 8 - start), _PROT_READ | _PROT_WRITE
        ):
            raise ElfError(f"the import table of {owner.path} cannot be written: {os.strerror(ctypes.get_errno())}")
        cell.value = function
    return before


@cache
def imported_names(path: str) -> frozenset[str]:
    """Return the functions and variables that a file wants other libraries to have; nothing for what is no ELF file."""
    data = Path(path).read_bytes()
    if data[:5] != b"\x7fELF\x02":
        return frozenset()
    wanted = set()
    headers = _sections(data)
    for _, kind, _, _, offset, length, link, *_ in headers:
        if kind == _SHT_DYNSYM:
            text = headers[link][4]
            for name, _, _, section, _, _ in _SYMBOL.iter_unpack(data[offset : offset + length]):
                if name and not section:
                    wanted.add(data[text + name : data.index(b"\0", text + name)].decode("ascii", "replace"))
    return frozenset(wanted)


def _sections(data: bytes) -> list[tuple[int, ...]]:
    """Return the headers of a file's sections."""
    (sections,) = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    return [_SECTION.unpack_from(data, sections + number * size) for number in range(count)]


@cache
def local_symbol(path: str, name: str) -> int | None:
    """Return where a function lies in a file, from its base, by the full table of symbols; None if it is not there.

    That table also names what a library does not export; many files are stripped of it.
    """
    data = Path(path).read_bytes()
    wanted = b"\0" + name.encode() + b"\0"
    if data[:5] != b"\x7fELF\x02" or wanted not in data:
        return None
    headers = _sections(data)
    for _, kind, _, _, offset, length, link, *_ in headers:
        if kind != _SHT_SYMTAB:
            continue
        text, text_length = headers[link][4:6]
        names = data[text : text + text_length]
        place = names.find(wanted) + 1
        for symbol in _SYMBOL.iter_unpack(data[offset : offset + length]):
            if symbol[0] == place and symbol[3]:
                return int(symbol[4])
    return None
