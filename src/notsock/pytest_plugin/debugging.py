"""A debugger for a replayed test: ``breakpoint()`` and ``--pdb`` stop in the test's own frames, at the real terminal.

The simulated process has no terminal, and its modules are not the debugger's.  So ``sys.breakpointhook`` inside is a
function of ours, which runs the host's pdb on the frame that called; time stands still meanwhile.
"""

import pdb  # noqa: T100 - what a person asked for
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import pytest

from notsock.system import System

PATIENCE_SECONDS = 1_000_000.0
"""A person may think as long as they like."""


class Debugger:
    """Stops where a program says so, and with ``post_mortem`` where it fails."""

    def __init__(self, *, post_mortem: bool) -> None:
        self._pdb = pdb.Pdb(stdin=sys.__stdin__, stdout=sys.__stdout__, nosigint=True)
        self._pdb.prompt = "(notsock pdb) "
        hook: Any = lambda *_arguments, **_named: self._pdb.set_trace(sys._getframe(1))  # noqa: E731 - gets an attribute
        if post_mortem:
            hook.post_mortem = self._post_mortem
        self.hook = hook

    def _post_mortem(self, traceback: TracebackType) -> None:
        while traceback.tb_next is not None:
            traceback = traceback.tb_next
        self._pdb.reset()
        self._pdb.interaction(traceback.tb_frame, traceback)


def pass_over(*_arguments: object, **_named: object) -> None:
    """Go on: a search stops nobody."""


def with_breakpoints(install: Callable[[System], object], hook: Any) -> Callable[[System], object]:
    """Return what puts a program into a system, with ``hook`` for what its processes' breakpoints call.

    And with the run's own verdicts for what a test draws.
    """

    def install_with_hook(system: System) -> None:
        install(system)
        for process in system.processes:
            for thread in process.threads:
                names = thread.space.sys.__dict__
                names["breakpointhook"] = hook
                names["_notsock_choose"] = system.executive.choose

    return install_with_hook


@contextmanager
def at_the_terminal(config: pytest.Config) -> Iterator[None]:
    """Let standard input and output be the real ones while the block lasts."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        yield
        return
    capture.suspend(in_=True)
    try:
        yield
    finally:
        capture.resume()
