"""_winapi: the constants that the standard library imports, and the calls on handles; the rest is fenced."""

from typing import Any

from notsock.shim.fence import fenced
from notsock.shim.here import here
from notsock.shim.modules import _winapi_pipes, _winapi_processes, _winapi_sections
from notsock.shim.winerror import from_winerror

_CONSTANTS = {
    "ABOVE_NORMAL_PRIORITY_CLASS": 0x8000, "BELOW_NORMAL_PRIORITY_CLASS": 0x4000,
    "CREATE_BREAKAWAY_FROM_JOB": 0x1000000,
    "CREATE_DEFAULT_ERROR_MODE": 0x4000000, "CREATE_NEW_CONSOLE": 0x10, "CREATE_NEW_PROCESS_GROUP": 0x200,
    "CREATE_NO_WINDOW": 0x8000000, "DETACHED_PROCESS": 8, "DUPLICATE_CLOSE_SOURCE": 1, "DUPLICATE_SAME_ACCESS": 2,
    "ERROR_ALREADY_EXISTS": 183, "ERROR_BROKEN_PIPE": 109, "ERROR_IO_PENDING": 997, "ERROR_MORE_DATA": 234,
    "ERROR_NETNAME_DELETED": 64, "ERROR_NO_DATA": 232, "ERROR_NO_SYSTEM_RESOURCES": 1450,
    "ERROR_OPERATION_ABORTED": 995, "ERROR_PIPE_BUSY": 231, "ERROR_PIPE_CONNECTED": 535, "ERROR_SEM_TIMEOUT": 121,
    "FILE_FLAG_FIRST_PIPE_INSTANCE": 0x80000, "FILE_FLAG_OVERLAPPED": 0x40000000, "FILE_GENERIC_READ": 0x120089,
    "FILE_GENERIC_WRITE": 0x120116, "FILE_MAP_ALL_ACCESS": 0xF001F, "FILE_MAP_COPY": 1, "FILE_MAP_EXECUTE": 32,
    "FILE_MAP_READ": 4, "FILE_MAP_WRITE": 2, "FILE_TYPE_CHAR": 2, "FILE_TYPE_DISK": 1, "FILE_TYPE_PIPE": 3,
    "FILE_TYPE_REMOTE": 0x8000, "FILE_TYPE_UNKNOWN": 0, "GENERIC_READ": 0x80000000, "GENERIC_WRITE": 0x40000000,
    "HIGH_PRIORITY_CLASS": 0x80, "IDLE_PRIORITY_CLASS": 0x40, "INFINITE": 0xFFFFFFFF,
    "INVALID_HANDLE_VALUE": 0xFFFFFFFFFFFFFFFF, "MEM_COMMIT": 0x1000, "MEM_FREE": 0x10000,
    "NORMAL_PRIORITY_CLASS": 0x20,
    "NMPWAIT_WAIT_FOREVER": 0xFFFFFFFF, "NULL": 0, "OPEN_EXISTING": 3, "PAGE_READWRITE": 4, "PIPE_ACCESS_DUPLEX": 3,
    "PIPE_ACCESS_INBOUND": 1, "PIPE_READMODE_MESSAGE": 2, "PIPE_TYPE_MESSAGE": 4, "PIPE_UNLIMITED_INSTANCES": 255,
    "PIPE_WAIT": 0, "PROCESS_ALL_ACCESS": 0x1FFFFF, "PROCESS_DUP_HANDLE": 0x40, "REALTIME_PRIORITY_CLASS": 0x100,
    "SEC_COMMIT": 0x8000000, "STARTF_USESHOWWINDOW": 1, "STARTF_USESTDHANDLES": 0x100,
    "STARTF_FORCEONFEEDBACK": 0x40, "STARTF_FORCEOFFFEEDBACK": 0x80, "STD_ERROR_HANDLE": 0xFFFFFFF4,
    "STD_INPUT_HANDLE": 0xFFFFFFF6, "STD_OUTPUT_HANDLE": 0xFFFFFFF5, "STILL_ACTIVE": 259, "SW_HIDE": 0,
    "SYNCHRONIZE": 0x100000, "WAIT_ABANDONED_0": 128, "WAIT_OBJECT_0": 0, "WAIT_TIMEOUT": 258,
    "LCMAP_LOWERCASE": 0x100, "LOCALE_NAME_INVARIANT": "", "LOCALE_NAME_SYSTEM_DEFAULT": "!x-sys-default-locale",
    "COPY_FILE_ALLOW_DECRYPTED_DESTINATION": 8,
}  # fmt: skip

_FENCED = {
    "CreateJunction": "junctions",
    "CopyFile2": "copying files through the kernel",
}


def build(view: Any) -> dict[str, Any]:
    def check(answer: Any) -> Any:
        if not answer:
            raise from_winerror(here.executive.current.last_error)
        return answer

    return {
        **_CONSTANTS,
        **{name: fenced(f"_winapi.{name}", why) for name, why in _FENCED.items()},
        **_winapi_pipes.build(view),
        **_winapi_processes.build(view),
        **_winapi_sections.build(view),
        "CloseHandle": lambda handle: check(view.kernel32.CloseHandle(int(handle))) and None,
        "GetACP": lambda: 65001,
        "GetFileType": lambda handle: view.kernel32.GetFileType(int(handle)),
        "GetLastError": lambda: here.executive.current.last_error,
        "GetLongPathName": lambda path: path,
        "GetModuleFileName": lambda module: view.sys.executable,
        "GetShortPathName": lambda path: path,
        "GetVersion": lambda: view.windows_version[0] | view.windows_version[1] << 8,
        "NeedCurrentDirectoryForExePath": lambda name: True,
    }
