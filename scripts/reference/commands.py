"""A page for every command: its own help, as it prints it."""

import click

from notsock.cli.main import main
from reference.page import Page, index


def pages() -> list[Page]:
    """Return a page for each command, and the one that leads to them."""
    made = [
        Page(f"commands/{name}", f"# notsock {name}\n\n```text\n{_help(command, f'notsock {name}')}\n```\n")
        for name, command in sorted(main.commands.items())
        if not command.hidden
    ]
    text = (
        "What `--help` prints. Exit status of every command: 0 nothing found, 1 errors or warnings found, 2 it could "
        "not run, and why in one line.\n"
    )
    return [index("commands", "Commands", text, made), *made]


def _help(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    return command.get_help(context)
