"""The watchdog: ends a run whose program computes for ever without a call.

The machine cannot take a thread off its simulated processor between two calls, so a loop without one would
never end.  A real timer looks now and then whether the trace has grown.
"""

import atexit
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from notsock.executive.actors import Killed
from notsock.executive.executive import Executive
from notsock.programs.program import ProgramError

PATIENCE_SECONDS = 10.0
"""Real time that a program may compute between two calls."""


class NoCallError(Exception):
    """A run was ended because its program computed without a call."""


class Watchdog:
    """Looks after one run at a time, from the main thread; elsewhere it does nothing."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = patience_seconds
        self._executive: Executive | None = None
        self._seen = -1
        self._armed = False

    @contextmanager
    def watching(self, executive: Executive) -> Iterator[None]:
        """Look after a run while the block lasts; the timer itself keeps running from run to run."""
        self._executive = executive
        self._seen = -1
        if not self._armed and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, self._look)
            signal.setitimer(signal.ITIMER_REAL, self._patience, self._patience)
            self._armed = True
            atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)  # the end may take longer than its patience
        try:
            yield
        finally:
            self._executive = None

    def stop_on_interrupt(self) -> None:
        """Let Ctrl-C end the run rather than reach the program, which might catch it."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        if self._executive is None:
            raise KeyboardInterrupt
        self._executive.fail(KeyboardInterrupt())
        raise Killed

    def _look(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        executive: Any = self._executive
        if executive is None:
            return
        here = executive.recorder.base + len(executive.flat)
        if here == self._seen:
            executive.fail(NoCallError())
            raise Killed
        self._seen = here


def explain(error: BaseException) -> ProgramError | None:
    """Return what to tell a person about a run that the watchdog ended; None for other errors."""
    if isinstance(error, NoCallError):
        return ProgramError(
            f"the program computed for {PATIENCE_SECONDS:.0f} seconds without a call; notsock switches threads only "
            "at calls, so a loop that waits for another thread must sleep or lock (or be run with --preempt jumps)"
        )
    return None
