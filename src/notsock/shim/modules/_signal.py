"""_signal with what Windows has: handlers of the main thread, raise_signal, no alarms and no masks.

A signal is noted in the thread in which it is raised, with a byte for the wake-up socket, and handled by the main
thread: at once if that raised it, else when its current call returns.  Ctrl-C ends a sleep of the main thread;
no other call is cut short, as on Windows.
"""

import sys
from typing import Any

from notsock.shim.c_function import CFunction, shared_by
from notsock.shim.here import here
from notsock.shim.threads import current
from notsock.shim.winerror import from_errno, from_winerror
from notsock.values.errors import WSAENOTSOCK, WSAEWOULDBLOCK

_NUMBERS = {
    "SIGINT": 2, "SIGILL": 4, "SIGFPE": 8, "SIGSEGV": 11, "SIGTERM": 15, "SIGBREAK": 21, "SIGABRT": 22,
    "CTRL_C_EVENT": 0, "CTRL_BREAK_EVENT": 1,
}  # fmt: skip
_VALID = frozenset({2, 4, 8, 11, 15, 21, 22})
_TEXTS = {
    2: "Interrupt", 4: "Illegal instruction", 8: "Floating-point exception", 11: "Segmentation fault",
    15: "Terminated", 21: "Break", 22: "Abort",
}  # fmt: skip
SIG_DFL, SIG_IGN = 0, 1
NSIG = 23
_SIGINT, _SIGBREAK = 2, 21
_SOL_SOCKET, _SO_TYPE = 0xFFFF, 0x1008


def _interrupt(signalnum: int, frame: Any, /) -> None:
    raise KeyboardInterrupt


def build(view: Any) -> dict[str, Any]:
    default_int_handler = CFunction(_interrupt, "default_int_handler", shared_by("_signal"))
    handlers: dict[int, Any] = dict.fromkeys(_VALID, SIG_DFL)
    handlers[_SIGINT] = default_int_handler  # the very object that the module has: asyncio and trio compare them
    view.roots.append(handlers)
    wakeup: dict[str, Any] = {"fd": -1, "socket": True, "warn": True}
    view.roots.append(wakeup)

    def signal(signalnum: int, handler: Any, /) -> Any:
        number = int(signalnum)
        if current() is not view.main_thread:
            raise ValueError("signal only works in main thread of the main interpreter")
        if number not in _VALID:
            raise ValueError("invalid signal value")
        if not callable(handler) and handler not in (SIG_DFL, SIG_IGN):
            raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
        old = handlers[number]
        handlers[number] = handler
        return old

    def getsignal(signalnum: int, /) -> Any:
        if not 1 <= int(signalnum) < NSIG:
            raise ValueError("signal number out of range")
        return handlers.get(int(signalnum))

    def wake_up(number: int) -> None:
        """Write the signal's number to the wake-up socket or file; CPython tells of what goes wrong on stderr."""
        fd = wakeup["fd"]
        if not wakeup["socket"]:
            view.crt._write(fd, bytes([number]))
            return
        if view.winsock().send(fd, bytes([number]), 0) >= 0:
            return
        code = here.executive.current.last_error
        stderr = view.sys.__dict__.get("stderr")
        if stderr is not None and (wakeup["warn"] or code != WSAEWOULDBLOCK):
            error = from_winerror(code)
            text = f"{type(error).__name__}: {error}"
            stderr.write(f"Exception ignored when trying to send to the signal wakeup fd:\n{text}\n")

    def trip(number: int) -> None:
        """Do what the handler in C does: note the signal, wake the main thread's loop or sleep."""
        handler = handlers.get(number, SIG_DFL)
        if handler == SIG_IGN:
            return
        if handler == SIG_DFL:
            view.exit_now(3)
        if number not in view.tripped:
            view.tripped.append(number)
        if wakeup["fd"] != -1:
            wake_up(number)
        if number == _SIGINT:
            sleeper, view.sleeper = view.sleeper, None
            if sleeper is not None:
                here.executive.wake(sleeper, _SIGINT)
        run()

    def run() -> None:
        """Call the handlers of what was noted, in the main thread."""
        if current() is not view.main_thread:
            return
        while view.tripped:
            number = view.tripped.pop(0)
            handler = handlers.get(number, SIG_DFL)
            if callable(handler):
                handler(number, sys._getframe(1))

    def console_event(event: int) -> bool:
        """Handle Ctrl-C or Ctrl-Break as the C runtime does: where nobody handles it, Windows ends the process."""
        number = _SIGINT if event == 0 else _SIGBREAK
        handler = handlers.get(number, SIG_DFL)
        if handler == SIG_DFL:
            return False
        trip(number)
        return True

    def raise_signal(signalnum: int, /) -> None:
        number = int(signalnum)
        if number not in _VALID:
            raise from_errno(22)
        trip(number)

    def set_wakeup_fd(fd: int, /, *, warn_on_full_buffer: bool = True) -> int:
        if current() is not view.main_thread:
            raise ValueError("set_wakeup_fd only works in main thread of the main interpreter")
        number = int(fd)
        is_socket = True
        if number != -1:
            kind = view.winsock().getsockopt(number, _SOL_SOCKET, _SO_TYPE, 4)
            if kind is None:
                code = here.executive.current.last_error
                if code != WSAENOTSOCK:
                    raise from_winerror(code)
                if number not in view.crt.handles:
                    raise ValueError(f"invalid fd {number}")
                is_socket = False
        old = wakeup["fd"]
        wakeup.update(fd=number, socket=is_socket, warn=warn_on_full_buffer)
        return int(old)

    def interrupt(signalnum: int) -> None:
        number = int(signalnum)
        if not 1 <= number < NSIG:
            raise ValueError("signal number out of range")
        if handlers.get(number, SIG_DFL) not in (SIG_DFL, SIG_IGN):
            trip(number)

    def strsignal(signalnum: int, /) -> str | None:
        if not 1 <= int(signalnum) < NSIG:
            raise ValueError("signal number out of range")
        return _TEXTS.get(int(signalnum))

    view.interrupt = interrupt
    view.console_event = console_event
    view.run_signals = run
    return {
        **_NUMBERS,
        "NSIG": NSIG,
        "SIG_DFL": SIG_DFL,
        "SIG_IGN": SIG_IGN,
        "default_int_handler": default_int_handler,
        "getsignal": getsignal,
        "raise_signal": raise_signal,
        "set_wakeup_fd": set_wakeup_fd,
        "signal": signal,
        "strsignal": strsignal,
        "valid_signals": lambda: set(_VALID),
    }
