"""Fences: what notsock does not model says so by name, and never reaches the real system."""

from typing import Any, NoReturn

from notsock.shim.here import here


class FencedError(NotImplementedError):
    """The program asked for something that notsock does not model; the text names it."""


def fence(what: str, why: str) -> NoReturn:
    """Refuse ``what``; the message is one line, and is kept for whoever reports on the run."""
    text = f"notsock: {what} is not modelled: {why}"
    here.fences[text] = None
    raise FencedError(text)


def fences() -> list[str]:
    """Return what the programs of the last run asked for in vain, even if they caught the refusal."""
    return list(here.fences)


def fenced(what: str, why: str) -> Any:
    """Return a function that refuses ``what`` when it is called."""

    def refuse(*_args: Any, **_named: Any) -> NoReturn:
        fence(what, why)

    refuse.__name__ = refuse.__qualname__ = what.rpartition(".")[2]
    return refuse
