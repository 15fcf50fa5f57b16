"""kernel32.dll by address: handles, events, completion ports, and what command lines ask of a console."""

from collections.abc import Callable
from typing import Any

from notsock.shim.dlls import memory
from notsock.shim.fence import fence
from notsock.shim.here import here
from notsock.values.errors import ERROR_INVALID_HANDLE

_STANDARD = {-10 & 0xFFFFFFFF: 0, -11 & 0xFFFFFFFF: 1, -12 & 0xFFFFFFFF: 2}
"""STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE: the descriptors that stand for them."""


def build(view: Any) -> dict[str, Callable[..., int]]:
    """Return the functions."""

    def no_console(*_arguments: int) -> int:
        here.executive.current.last_error = ERROR_INVALID_HANDLE
        return 0

    def standard_handle(which: int) -> int:
        crt = view.crt
        found = crt.handles.get(_STANDARD.get(which & 0xFFFFFFFF, -1)) if crt is not None else None
        return found or 0

    def set_last_error(code: int) -> int:
        here.executive.current.last_error = code
        return 0

    def wait_several(count: int, handles: int, wait_all: int, milliseconds: int) -> int:
        numbers = [memory.number(handles + 8 * place, 8) for place in range(count)]
        return int(view.kernel32.WaitForMultipleObjects(numbers, bool(wait_all), milliseconds & 0xFFFFFFFF))

    def create_event(attributes: int, manual: int, initial: int, name: int) -> int:
        if name:
            fence("kernel32.CreateEvent", "events with names")
        del attributes
        return int(view.kernel32.CreateEvent(bool(manual), bool(initial)))

    return {
        "CloseHandle": lambda handle: int(view.kernel32.CloseHandle(handle)),
        "CreateEventA": create_event,
        "CreateEventW": create_event,
        "GetConsoleMode": no_console,
        "GetConsoleScreenBufferInfo": no_console,
        "GetCurrentProcess": lambda: int(view.kernel32.GetCurrentProcess()),
        "GetCurrentProcessId": lambda: int(view.process.process_id),
        "GetCurrentThreadId": lambda: int(view.kernel32.GetCurrentThreadId()),
        "GetLastError": lambda: int(here.executive.current.last_error),
        "GetStdHandle": standard_handle,
        "ResetEvent": lambda handle: int(view.kernel32.ResetEvent(handle)),
        "SetConsoleMode": no_console,
        "SetErrorMode": lambda _: 0,
        "SetEvent": lambda handle: int(view.kernel32.SetEvent(handle)),
        "SetHandleInformation": lambda handle, mask, flags: int(
            view.kernel32.SetHandleInformation(handle, mask, flags)
        ),
        "SetLastError": set_last_error,
        "Sleep": lambda milliseconds: view.kernel32.Sleep(milliseconds & 0xFFFFFFFF) or 0,
        "WaitForMultipleObjects": wait_several,
        "WaitForSingleObject": lambda handle, milliseconds: int(
            view.kernel32.WaitForSingleObject(handle, milliseconds & 0xFFFFFFFF)
        ),
    }
