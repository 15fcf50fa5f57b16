"""kernel32.dll by address: handles, events, completion ports, and what command lines ask of a console."""

import struct
from collections.abc import Callable
from typing import Any

from notsock.afd.poll import IOCTL_AFD_POLL
from notsock.objects.io_request import Request
from notsock.shim.dlls import memory
from notsock.shim.dlls.overlapped import POLL_ENTRY, POLL_HEAD, StructPoll, StructRequest
from notsock.shim.epoch import WALL_START_NS
from notsock.shim.fence import fence
from notsock.shim.here import here
from notsock.values.durations import NEVER
from notsock.values.errors import ERROR_INVALID_HANDLE

_STANDARD = {-10 & 0xFFFFFFFF: 0, -11 & 0xFFFFFFFF: 1, -12 & 0xFFFFFFFF: 2}
"""STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE: the descriptors that stand for them."""


_SKIP_PORT_ON_SUCCESS = 1
_ENTRY = struct.Struct("<QQQI4x")
"""OVERLAPPED_ENTRY: key, address of the OVERLAPPED, Internal, bytes."""
_FOREVER = (1 << 63) - 1
_FILETIME_EPOCH = 116_444_736_000_000_000
"""1970 as a FILETIME, in units of 100 ns."""


def build(view: Any) -> dict[str, Callable[..., int]]:
    """Return the functions."""
    return {**_handles(view), **_console(view), **_ports(view)}


def _console(view: Any) -> dict[str, Callable[..., int]]:
    def no_console(*_arguments: int) -> int:
        here.executive.current.last_error = ERROR_INVALID_HANDLE
        return 0

    def standard_handle(which: int) -> int:
        crt = view.crt
        found = crt.handles.get(_STANDARD.get(which & 0xFFFFFFFF, -1)) if crt is not None else None
        return found or 0

    return {
        "GetConsoleMode": no_console,
        "GetConsoleScreenBufferInfo": no_console,
        "GetStdHandle": standard_handle,
        "SetConsoleCtrlHandler": lambda _handler, _add: 1,
        "SetConsoleMode": no_console,
    }


def _handles(view: Any) -> dict[str, Callable[..., int]]:
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
        "GetCurrentProcess": lambda: int(view.kernel32.GetCurrentProcess()),
        "GetCurrentProcessId": lambda: int(view.process.process_id),
        "GetCurrentThreadId": lambda: int(view.kernel32.GetCurrentThreadId()),
        "GetLastError": lambda: int(here.executive.current.last_error),
        "ResetEvent": lambda handle: int(view.kernel32.ResetEvent(handle)),
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


def _ports(view: Any) -> dict[str, Callable[..., int]]:
    """Return what works with completion ports and OVERLAPPED structures."""

    def pending() -> dict[int, Any]:
        found: dict[int, Any] = view.place.setdefault("overlapped", {})
        return found

    def create_file(
        name: int, access: int, share: int, _security: int, disposition: int, flags: int, _like: int
    ) -> int:
        path = memory.wide_text(name)
        return int(view.kernel32.CreateFile(path, access, share, disposition, flags))

    def wait_packets(port: int, entries: int, count: int, removed: int, milliseconds: int, _alertable: int) -> int:
        found = view.kernel32.GetQueuedCompletionStatusEx(port, count, milliseconds & 0xFFFFFFFF)
        if view.tripped:
            view.run_signals()
        if found is None:
            return 0
        for place, (answer, transferred, key, address) in enumerate(found):
            memory.write(entries + place * _ENTRY.size, _ENTRY.pack(key, address, answer, transferred))
        memory.put(removed, len(found), 4)
        return 1

    def cancel(handle: int, address: int) -> int:
        request = pending().get(address) if address else None
        if address and request is None:
            request = Request(address)  # one that nobody knows
        return int(view.kernel32.CancelIoEx(handle, request))

    def read(handle: int, buffer: int, size: int, transferred: int, address: int) -> int:
        if not address:
            data = view.kernel32.ReadFile(handle, size)
            if data is None:
                return 0
            memory.write(buffer, data)
            memory.put(transferred, len(data), 4)
            return 1
        request = StructRequest(address, pending(), view.arguments, view.process.ident)
        request.into = memory.window(buffer, size)
        return int(view.kernel32.ReadFile(handle, size, request) is not None)

    def write(handle: int, buffer: int, size: int, transferred: int, address: int) -> int:
        data = bytes(memory.window(buffer, size)) if size else b""
        request = StructRequest(address, pending(), view.arguments, view.process.ident) if address else None
        sent = view.kernel32.WriteFile(handle, data, request)
        if sent is not None:
            memory.put(transferred, sent, 4)
        return int(sent is not None)

    def control(
        handle: int, code: int, given: int, size: int, answer: int, room: int, returned: int, address: int
    ) -> int:
        if code & 0xFFFFFFFF != IOCTL_AFD_POLL:
            fence("kernel32.DeviceIoControl", f"control code {code:#x}")
        del size, room, returned
        timeout, count, exclusive = POLL_HEAD.unpack(bytes(memory.window(given, POLL_HEAD.size)))
        entries = bytes(memory.window(given + POLL_HEAD.size, count * POLL_ENTRY.size))
        rows = list(POLL_ENTRY.iter_unpack(entries))
        handles = [row[0] for row in rows]
        kept = view.arguments
        return int(
            view.kernel32.poll_afd(
                handle,
                [(row[0], row[1]) for row in rows],
                _deadline(timeout),
                lambda watched: StructPoll(
                    watched, handles, bool(exclusive), address, answer, pending(), kept, view.process.ident
                ),
            )
        )

    def notification_modes(handle: int, flags: int) -> int:
        if flags & _SKIP_PORT_ON_SUCCESS:
            fence("kernel32.SetFileCompletionNotificationModes", "requests that end at once without a packet")
        return int(view.kernel32.GetHandleInformation(handle) is not None)

    return {
        "CancelIoEx": cancel,
        "CreateFileW": create_file,
        "CreateIoCompletionPort": lambda handle, port, key, threads: int(
            view.kernel32.CreateIoCompletionPort(handle, port, key, threads)
        ),
        "DeviceIoControl": control,
        "GetQueuedCompletionStatusEx": wait_packets,
        "PostQueuedCompletionStatus": lambda port, transferred, key, address: int(
            view.kernel32.PostQueuedCompletionStatus(port, transferred, key, address)
        ),
        "ReadFile": read,
        "SetFileCompletionNotificationModes": notification_modes,
        "WriteFile": write,
    }


def _deadline(timeout: int) -> int:
    """Return the moment that a LARGE_INTEGER time-out means: relative where negative, else a FILETIME."""
    if timeout == _FOREVER:
        return NEVER
    if timeout <= 0:
        return int(here.executive.moment() - timeout * 100) if timeout else 0
    return max((timeout - _FILETIME_EPOCH) * 100 - WALL_START_NS, 1)
