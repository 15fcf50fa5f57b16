"""_signal with what Windows has: handlers of the main thread, raise_signal, no alarms and no masks."""

from typing import Any

from notsock.shim.fence import fence
from notsock.shim.threads import current

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


def default_int_handler(signalnum: int, frame: Any, /) -> None:
    raise KeyboardInterrupt


def build(view: Any) -> dict[str, Any]:
    handlers: dict[int, Any] = dict.fromkeys(_VALID, SIG_DFL)
    handlers[2] = default_int_handler
    view.roots.append(handlers)
    wakeup = {"fd": -1}
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

    def raise_signal(signalnum: int, /) -> None:
        handler = handlers.get(int(signalnum), SIG_DFL)
        if handler == SIG_IGN:
            return
        if handler == SIG_DFL:
            view.exit_now(3)
        handler(int(signalnum), None)

    def set_wakeup_fd(fd: int, /, *, warn_on_full_buffer: bool = True) -> int:
        if current() is not view.main_thread:
            raise ValueError("set_wakeup_fd only works in main thread of the main interpreter")
        old, wakeup["fd"] = wakeup["fd"], fd
        return old

    def interrupt(signalnum: int) -> None:
        if current() is view.main_thread:
            raise_signal(signalnum)
        elif handlers.get(signalnum) not in (SIG_DFL, SIG_IGN):
            fence("_thread.interrupt_main from another thread", "a signal cannot interrupt a waiting thread yet")

    def strsignal(signalnum: int, /) -> str | None:
        if not 1 <= int(signalnum) < NSIG:
            raise ValueError("signal number out of range")
        return _TEXTS.get(int(signalnum))

    view.interrupt = interrupt
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
