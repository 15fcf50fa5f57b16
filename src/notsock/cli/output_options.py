"""The options of what a command prints, and of the files that it writes, which it takes as ``outputs``."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from notsock.outputs.files import Outputs

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def quiet_option(says: str = "Print findings only.") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--quiet``, which says what is left of a command's output."""
    return click.option("--quiet", "-q", is_flag=True, help=says)


_FILE = click.Path(dir_okay=False)
_OPTIONS = {
    "report": "Write a page (HTML) to look at.",
    "sarif": "Write the findings as SARIF 2.1.0, for code-scanning pages.",
    "perfetto": "Write the (first finding's) run as a trace for ui.perfetto.dev.",
    "pcap": "Write the packets (pcapng), for Wireshark.",
}


def output_options(*names: str, **says: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add an option for each of these files to a command, which takes them as ``outputs``."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def gathered(*args: Any, **kwargs: Any) -> Any:
            return command(*args, outputs=Outputs(**{name: kwargs.pop(name) for name in names}), **kwargs)

        found: Callable[..., Any] = gathered
        for name in reversed(names):
            found = click.option(f"--{name}", type=_FILE, metavar="FILE", help=says.get(name, _OPTIONS[name]))(found)
        return found

    return add
