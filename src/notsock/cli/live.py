"""``notsock netstat --live``: this machine's own sockets, and what of them deserves a look."""

import time

from rich.console import Console
from rich.table import Table
from rich.text import Text

from notsock.readers.proc import PROC, Snapshot, snapshot, worth_a_look
from notsock.report.escaping import escaped

INTERVAL = 2.0
"""Seconds between two looks."""


def live(*, watch: bool) -> int:
    """Print the sockets once, or, watching, again and again until Ctrl-C; piles that grow say by how many."""
    console = Console(highlight=False)
    if not (PROC / "net" / "tcp").exists():
        console.stderr = True
        console.print("notsock: --live needs Linux's /proc", highlight=False)
        return 2
    first: Snapshot | None = None
    try:
        while True:
            now = snapshot()
            if watch and console.is_terminal:
                console.clear()
            show(console, now, first)
            first = first or now
            if not watch:
                return 0
            time.sleep(INTERVAL)
    except KeyboardInterrupt:
        return 0


def show(console: Console, now: Snapshot, first: Snapshot | None = None) -> None:
    """Print one look: the table, and below it what deserves attention, beside the first look of a watch."""
    table = Table(title="Active Connections", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in ("Proto", "Local Address", "Foreign Address", "State", "Held by"):
        table.add_column(name, no_wrap=name != "Held by", overflow="fold")
    for each in now.sockets:
        held = ", ".join(map(str, each.holders))
        table.add_row(each.protocol, each.local, each.remote, each.state, Text(escaped(held)))
    console.print(table)
    for line in worth_a_look(now, first):
        console.print(Text(escaped(line), style="yellow"), soft_wrap=True, highlight=False)
