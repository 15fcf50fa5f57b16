"""A row: one thing in which a release differs from its neighbour, with its source and its grounds."""

from dataclasses import dataclass
from typing import Any

from notsock.values.grounds import Grounds


@dataclass(frozen=True, slots=True)
class Row:
    """``field`` of :class:`~notsock.values.profile.Profile` has ``value`` here, for the reason ``says``."""

    field: str
    value: Any
    source: str
    grounds: Grounds
    says: str


@dataclass(frozen=True, slots=True)
class Hotfix:
    """An update that can be installed by hand, and acts once the machine has restarted."""

    name: str
    says: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its ``neighbour`` (None for the current one) and the rows that differ."""

    name: str
    title: str
    windows_version: tuple[int, int, int]
    neighbour: str | None
    rows: tuple[Row, ...] = ()
    hotfixes: tuple[Hotfix, ...] = ()
    aliases: tuple[str, ...] = ()
