"""_winapi's calls on processes, and on what they wait for: as ``_winapi.c`` makes them.

``subprocess`` passes handles as objects of a class that closes them when it is dropped: only their numbers go on, so
that a trace keeps none alive.
"""

import sys
from typing import Any

from notsock.objects.startup import StartupInfo
from notsock.shim.fence import fence
from notsock.shim.here import here
from notsock.shim.threads import current
from notsock.shim.winerror import TWINS, from_winerror

_WAIT_FAILED, _WAIT_TIMEOUT, _WAIT_OBJECT_0, _INFINITE = 0xFFFFFFFF, 258, 0, 0xFFFFFFFF
_AT_ONCE_MAX = 64
_CREATE_SUSPENDED = 4


def _error() -> OSError:
    return from_winerror(here.executive.current.last_error)


def _environment(mapping: Any) -> dict[str, str] | None:
    """Check a block as getenvironment() does; its names compare without case."""
    if mapping is None:
        return None
    keys, values = list(mapping.keys()), list(mapping.values())
    block: dict[str, str] = {}
    for key, value in zip(keys, values, strict=True):
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError("environment can only contain strings")
        if "\0" in key or "\0" in value:
            raise ValueError("embedded null character")
        if not key or "=" in key[1:]:
            raise ValueError("illegal environment variable name")
        block[key.upper()] = value
    return block


def _handle(startup: Any, name: str) -> int:
    return int(getattr(startup, name, None) or 0)


def _startup(given: Any) -> StartupInfo:
    """Read a ``subprocess.STARTUPINFO``."""
    if given is None:
        return StartupInfo()
    attributes = getattr(given, "lpAttributeList", None)
    chosen = attributes.get("handle_list") if attributes else None
    return StartupInfo(
        int(getattr(given, "dwFlags", 0)),
        _handle(given, "hStdInput"), _handle(given, "hStdOutput"), _handle(given, "hStdError"),
        tuple(int(handle) for handle in chosen) if chosen else None,
    )  # fmt: skip


def build(view: Any) -> dict[str, Any]:
    def check(answer: Any) -> Any:
        if not answer:
            raise _error()
        return answer

    def create_process(
        application: Any, command_line: Any, process_attributes: Any, thread_attributes: Any, inherit: bool, flags: int,
        environment: Any, directory: Any, startup: Any, /,
    ) -> tuple[int, int, int, int]:  # fmt: skip
        if flags & _CREATE_SUSPENDED:
            fence("CREATE_SUSPENDED", "a process that is started begins to run")
        for text in (application, command_line, directory):
            if text is not None and "\0" in text:
                raise ValueError("embedded null character")
        made = view.kernel32.CreateProcess(
            application, command_line, bool(inherit), flags, _environment(environment),
            None if directory is None else view.absolute(directory), _startup(startup),
        )  # fmt: skip
        if made is None:
            raise _error()
        return tuple(made)

    def get_std_handle(which: int, /) -> int | None:
        handle = view.kernel32.GetStdHandle(which)
        if handle is None:
            raise _error()
        return handle or None

    def create_pipe(attributes: Any, size: int, /) -> tuple[int, int]:
        ends: tuple[int, int] = view.kernel32.CreatePipe(size)
        return ends

    def duplicate(
        source_process: int, source: int, target_process: int, access: int, inherit: bool, options: int = 0, /
    ) -> int:
        return int(
            check(view.kernel32.DuplicateHandle(
                    int(source_process), int(source), int(target_process), access, bool(inherit), options
                ))
        )

    def exit_code(handle: int, /) -> int:
        code = view.kernel32.GetExitCodeProcess(int(handle))
        if code is None:
            raise _error()
        return int(code)

    def terminate(handle: int, code: int, /) -> None:
        check(view.kernel32.TerminateProcess(int(handle), code & 0xFFFFFFFF))

    def wait_one(handle: int, milliseconds: int, /) -> int:
        return _waited(view.kernel32.WaitForSingleObject(int(handle), milliseconds))

    def wait_several(handles: Any, wait_all: bool, milliseconds: int = _INFINITE, /) -> int:
        wanted = [int(handle) for handle in handles]
        if len(wanted) > _AT_ONCE_MAX - (current() is view.main_thread):
            raise ValueError(f"need at most {_AT_ONCE_MAX} handles, got a sequence of length {len(wanted)}")
        return _waited(view.kernel32.WaitForMultipleObjects(wanted, bool(wait_all), milliseconds))

    def _waited(answer: int) -> int:
        if answer == _WAIT_FAILED:
            raise _error()
        if view.tripped:
            view.run_signals()
        return int(answer)

    def wait_batched(handle_seq: Any, wait_all: bool, milliseconds: int = _INFINITE) -> list[int] | None:
        """Wait for more handles than one call takes; the places of those that are signalled, None for all."""
        wanted = [int(handle) for handle in handle_seq]
        if not wanted:
            return None if wait_all else []
        found: list[int] | None = view.kernel32.wait_for_many(wanted, bool(wait_all), milliseconds)
        if found is None:
            code = here.executive.current.last_error
            if code == _WAIT_TIMEOUT:
                error: Any = TWINS[TimeoutError](10060, from_winerror(code).strerror)
                error.winerror = code
                raise error
            raise _error()
        return None if wait_all else found

    namespace = {
        "CreatePipe": create_pipe,
        "CreateProcess": create_process,
        "DuplicateHandle": duplicate,
        "ExitProcess": lambda code: view.exit_now(code),
        "GetCurrentProcess": lambda: view.kernel32.GetCurrentProcess(),
        "GetExitCodeProcess": exit_code,
        "GetStdHandle": get_std_handle,
        "OpenProcess": lambda access, inherit, pid: check(view.kernel32.OpenProcess(pid, access, bool(inherit))),
        "TerminateProcess": terminate,
        "WaitForMultipleObjects": wait_several,
        "WaitForSingleObject": wait_one,
    }
    if sys.version_info >= (3, 13):
        namespace.update(BatchedWaitForMultipleObjects=wait_batched, **_events(view, check))
    return namespace


def _events(view: Any, check: Any) -> dict[str, Any]:
    """Return what 3.13 has of events, which CPython's own tests wait for."""

    def create(security: Any, manual: bool, initial: bool, name: Any, /) -> int:
        if name is not None:
            fence("_winapi.CreateEventW", "events have no names")
        return int(check(view.kernel32.CreateEvent(bool(manual), bool(initial))))

    return {
        "CreateEventW": create,
        "ResetEvent": lambda event: check(view.kernel32.ResetEvent(int(event))) and None,
        "SetEvent": lambda event: check(view.kernel32.SetEvent(int(event))) and None,
    }
