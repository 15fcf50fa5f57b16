"""``notsock netstat --live``: this machine's own sockets, and what of them deserves a look."""

import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from notsock.readers.proc import Snapshot, snapshot, worth_a_look
from notsock.report.escaping import escaped

INTERVAL = 2.0
"""Seconds between two looks."""
PROC = Path("/proc")


def live(*, watch: bool, root: Path = PROC) -> int:
    """Print the sockets once, or, watching, again and again until Ctrl-C."""
    console = Console(highlight=False)
    if not (root / "net" / "tcp").exists():
        console.stderr = True
        console.print("notsock: --live needs Linux's /proc", highlight=False)
        return 2
    try:
        while True:
            if watch and console.is_terminal:
                console.clear()
            show(console, snapshot(root))
            if not watch:
                return 0
            time.sleep(INTERVAL)
    except KeyboardInterrupt:
        return 0


def show(console: Console, now: Snapshot) -> None:
    """Print one look: the table, and below it what deserves attention."""
    table = Table(title="Active Connections", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in ("Proto", "Local Address", "Foreign Address", "State", "Held by"):
        table.add_column(name, no_wrap=name != "Held by", overflow="fold")
    for each in now.sockets:
        held = ", ".join(map(str, each.holders))
        table.add_row(each.protocol, each.local, each.remote, each.state, Text(escaped(held)))
    console.print(table)
    for line in worth_a_look(now):
        console.print(Text(escaped(line), style="yellow"), soft_wrap=True, highlight=False)
