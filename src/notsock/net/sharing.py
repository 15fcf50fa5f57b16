"""Seam: may a second socket bind an address that a first one holds?

Contract: given what the first owner and the newcomer asked for, and whether each wants every address of the
machine or one, answer an NTSTATUS: SUCCESS, ADDRESS_ALREADY_EXISTS (10048) or ACCESS_DENIED (10013).

``by_both`` (CONFIRMED: Microsoft, "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", the table for one user on
Windows Server 2003 and later; pinned on real Windows by Wine's tests where they touch it).
``by_newcomer`` (CONFIRMED: Q194431, Q241041: TCP/IP of NT before that looked only at the newcomer's wish;
SO_EXCLUSIVEADDRUSE came with NT 4.0 SP4, against just that.  INFERRED: which code the newcomer then gets).
"""

from enum import IntEnum

from notsock.values.status import ACCESS_DENIED, ADDRESS_ALREADY_EXISTS, SUCCESS


class Sharing(IntEnum):
    """What a socket asked for before it bound."""

    NONE = 0
    REUSE = 1
    EXCLUSIVE = 2


_OK, _USED, _DENIED = SUCCESS, ADDRESS_ALREADY_EXISTS, ACCESS_DENIED

_BOTH: dict[tuple[Sharing, bool], tuple[int, int, int, int, int, int]] = {
    # first owner, wildcard?     newcomer: none/all none/one reuse/all reuse/one excl/all excl/one
    (Sharing.NONE, True):                 (_USED,   _OK,     _DENIED,  _OK,      _USED,   _OK),
    (Sharing.NONE, False):                (_OK,     _USED,   _OK,      _DENIED,  _USED,   _USED),
    (Sharing.REUSE, True):                (_USED,   _OK,     _OK,      _OK,      _USED,   _OK),
    (Sharing.REUSE, False):               (_OK,     _USED,   _OK,      _OK,      _USED,   _USED),
    (Sharing.EXCLUSIVE, True):            (_USED,   _DENIED, _DENIED,  _DENIED,  _USED,   _DENIED),
    (Sharing.EXCLUSIVE, False):           (_OK,     _USED,   _OK,      _DENIED,  _USED,   _USED),
}  # fmt: skip


def by_both(first: Sharing, first_all: bool, newcomer: Sharing, newcomer_all: bool) -> int:
    """Answer from the whole table: both owners' wishes count."""
    return _BOTH[first, first_all][2 * newcomer + (not newcomer_all)]


def by_newcomer(first: Sharing, first_all: bool, newcomer: Sharing, newcomer_all: bool) -> int:
    """Answer from the newcomer's wish alone, but for an exclusive owner, whom nothing may push aside."""
    exclusive = first == Sharing.EXCLUSIVE
    if first_all != newcomer_all:
        return _DENIED if exclusive and first_all else _OK
    if newcomer == Sharing.REUSE:
        return _DENIED if exclusive else _OK
    return _USED
