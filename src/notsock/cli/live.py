"""``notsock netstat --live``: this machine's own sockets, and what of them deserves a look."""

import json
import time
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from notsock.readers.proc import PROC, Snapshot, snapshot, worth_a_look
from notsock.report.escaping import escaped

INTERVAL = 2.0
"""Seconds between two looks."""


def live(*, watch: bool, as_json: bool, quiet: bool) -> int:
    """Print the sockets once, or, watching, again and again until Ctrl-C; piles that grow say by how many.

    As JSON each look is one value, and a line of its own in a watch.
    """
    console = Console(highlight=False)
    if not (PROC / "net" / "tcp").exists():
        console.stderr = True
        console.print("notsock: --live needs Linux's /proc", highlight=False)
        return 2
    first: Snapshot | None = None
    try:
        while True:
            now = snapshot()
            if as_json:
                value = json.dumps(_json(now, first), indent=None if watch else 1)
                console.file.write(value + "\n")
                console.file.flush()
            else:
                if watch and console.is_terminal:
                    console.clear()
                show(console, now, first, quiet=quiet)
            first = first or now
            if not watch:
                return 0
            time.sleep(INTERVAL)
    except KeyboardInterrupt:
        return 0


def _json(now: Snapshot, first: Snapshot | None) -> dict[str, Any]:
    """Return one look in plain values: the table's columns, and what deserves attention."""
    sockets = [
        {
            "protocol": each.protocol, "local": each.local, "remote": each.remote, "state": each.state,
            "held_by": [asdict(holder) for holder in each.holders],
        }
        for each in now.sockets
    ]  # fmt: skip
    return {"sockets": sockets, "worth_a_look": worth_a_look(now, first)}


def show(console: Console, now: Snapshot, first: Snapshot | None = None, *, quiet: bool = False) -> None:
    """Print one look: unless ``quiet`` the table; what deserves attention, beside the first look of a watch."""
    if not quiet:
        console.print(_table(now))
    for line in worth_a_look(now, first):
        console.print(Text(escaped(line), style="yellow"), soft_wrap=True, highlight=False)


def _table(now: Snapshot) -> Table:
    table = Table(title="Active Connections", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in ("Proto", "Local Address", "Foreign Address", "State", "Held by"):
        table.add_column(name, no_wrap=name != "Held by", overflow="fold")
    for each in now.sockets:
        held = ", ".join(map(str, each.holders))
        table.add_row(each.protocol, each.local, each.remote, each.state, Text(escaped(held)))
    return table
