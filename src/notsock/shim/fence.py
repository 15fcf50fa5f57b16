"""Fences: what notsock does not model says so by name, and never reaches the real system."""

from typing import Any, NoReturn


class FencedError(NotImplementedError):
    """The program asked for something that notsock does not model; the text names it."""


def fence(what: str, why: str) -> NoReturn:
    """Refuse ``what``; the message is one line."""
    raise FencedError(f"notsock: {what} is not modelled: {why}")


def fenced(what: str, why: str) -> Any:
    """Return a function that refuses ``what`` when it is called."""

    def refuse(*_args: Any, **_named: Any) -> NoReturn:
        fence(what, why)

    refuse.__name__ = refuse.__qualname__ = what.rpartition(".")[2]
    return refuse
