"""What ``nt`` has of processes: kill, spawn, exec and waitpid, as the C runtime of Windows has them.

``_wspawnv`` joins its arguments with blanks and quotes nothing, passes on the descriptors that are inheritable, and
returns the process's *handle*, for which ``waitpid`` (``_cwait``) waits.  Microsoft: "_spawn, _wspawn Functions",
"_cwait".
"""

from typing import Any

from notsock.objects.startup import StartupInfo
from notsock.shim.fence import fenced
from notsock.shim.here import here
from notsock.shim.winerror import from_errno, from_winerror

P_WAIT, P_NOWAIT, P_OVERLAY, P_NOWAITO, P_DETACH = range(5)
_INFINITE = 0xFFFFFFFF
_DETACHED_PROCESS = 8
_ECHILD = 10
_SHELL = "C:\\Windows\\system32\\cmd.exe"


def build(view: Any) -> dict[str, Any]:
    def last_error() -> OSError:
        return from_winerror(here.executive.current.last_error)

    def kill(pid: int, signal: int, /) -> None:
        if signal in (0, 1):  # CTRL_C_EVENT and CTRL_BREAK_EVENT go to the console's processes
            if not view.kernel32.GenerateConsoleCtrlEvent(int(signal), pid):
                raise last_error()
            return
        if pid == view.process.process_id:
            view.exit_now(signal)
        handle = view.kernel32.OpenProcess(pid)
        if not handle:
            raise last_error()
        ended = view.kernel32.TerminateProcess(handle, int(signal))
        error = last_error()
        view.kernel32.CloseHandle(handle)
        if not ended:
            raise error

    def inherited_descriptors() -> dict[int, int]:
        inheritable = view.process.table.inheritable
        return {fd: handle for fd, handle in sorted(view.crt.handles.items()) if handle in inheritable}

    def spawn(mode: int, path: Any, arguments: Any, environment: Any) -> int:
        if mode not in range(5):
            raise from_errno(22)
        words = [view.fspath(word) for word in arguments]
        if not words:
            raise ValueError("spawnv() arg 2 cannot be empty")
        block = environment
        if environment is not None:
            block = {view.fspath(name).upper(): view.fspath(value) for name, value in environment.items()}
        made = view.kernel32.CreateProcess(
            view.fspath(path), " ".join(words), True, _DETACHED_PROCESS if mode == P_DETACH else 0, block, None,
            StartupInfo(descriptors=inherited_descriptors()),
        )  # fmt: skip
        if made is None:
            raise from_errno(2 if here.executive.current.last_error == 2 else 22)
        view.kernel32.CloseHandle(made.thread)
        if mode == P_OVERLAY:
            view.exit_now(0)
        if mode == P_WAIT:
            return wait(made.process) >> 8
        if mode == P_DETACH:
            view.kernel32.CloseHandle(made.process)
            return 0
        return int(made.process)

    def wait(handle: int) -> int:
        if view.kernel32.WaitForSingleObject(handle, _INFINITE) != 0:
            raise from_errno(_ECHILD)
        code = view.kernel32.GetExitCodeProcess(handle)
        if code is None:
            raise from_errno(_ECHILD)
        view.kernel32.CloseHandle(handle)
        return int(code) << 8

    def waitpid(pid: int, options: int, /) -> tuple[int, int]:
        return pid, wait(int(pid))

    def system(command: Any) -> int:
        made = view.kernel32.CreateProcess(_SHELL, f"cmd.exe /c {view.fspath(command)}", True)
        if made is None:
            return -1
        view.kernel32.CloseHandle(made.thread)
        return wait(made.process) >> 8

    return {
        "P_WAIT": P_WAIT,
        "P_NOWAIT": P_NOWAIT,
        "P_OVERLAY": P_OVERLAY,
        "P_NOWAITO": P_NOWAITO,
        "P_DETACH": P_DETACH,
        "kill": kill,
        "spawnv": lambda mode, path, argv: spawn(mode, path, argv, None),
        "spawnve": lambda mode, path, argv, env: spawn(mode, path, argv, env),
        "execv": lambda path, argv: spawn(P_OVERLAY, path, argv, None),
        "execve": lambda path, argv, env: spawn(P_OVERLAY, path, argv, env),
        "waitpid": waitpid,
        "waitstatus_to_exitcode": lambda status: status >> 8,
        "system": system,
        "startfile": fenced("os.startfile", "nothing is associated with a file here"),
        "_exit": lambda status: view.exit_now(status),
        "abort": lambda: view.exit_now(3),
    }
