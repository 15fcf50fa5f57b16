"""winreg: a registry in which nothing is written yet; libraries look for their settings there and find none.

Every predefined key can be opened and is empty; a key or a value below it is not found, as on a fresh machine that
nobody has configured.  Writing is fenced.
"""

from typing import Any, Self

from notsock.shim.fence import fenced
from notsock.shim.winerror import from_winerror
from notsock.values.errors import ERROR_FILE_NOT_FOUND, ERROR_INVALID_HANDLE

_ERROR_NO_MORE_ITEMS = 259
_PREDEFINED = {
    "HKEY_CLASSES_ROOT": 0x80000000, "HKEY_CURRENT_USER": 0x80000001, "HKEY_LOCAL_MACHINE": 0x80000002,
    "HKEY_USERS": 0x80000003, "HKEY_PERFORMANCE_DATA": 0x80000004, "HKEY_CURRENT_CONFIG": 0x80000005,
    "HKEY_DYN_DATA": 0x80000006,
}  # fmt: skip
_CONSTANTS = {
    "KEY_ALL_ACCESS": 0xF003F, "KEY_WRITE": 0x20006, "KEY_READ": 0x20019, "KEY_EXECUTE": 0x20019,
    "KEY_QUERY_VALUE": 1, "KEY_SET_VALUE": 2, "KEY_CREATE_SUB_KEY": 4, "KEY_ENUMERATE_SUB_KEYS": 8,
    "KEY_NOTIFY": 16, "KEY_CREATE_LINK": 32, "KEY_WOW64_64KEY": 0x100, "KEY_WOW64_32KEY": 0x200,
    "REG_NONE": 0, "REG_SZ": 1, "REG_EXPAND_SZ": 2, "REG_BINARY": 3, "REG_DWORD": 4, "REG_DWORD_LITTLE_ENDIAN": 4,
    "REG_DWORD_BIG_ENDIAN": 5, "REG_LINK": 6, "REG_MULTI_SZ": 7, "REG_RESOURCE_LIST": 8, "REG_QWORD": 11,
}  # fmt: skip
_WRITES = (
    "CreateKey", "CreateKeyEx", "DeleteKey", "DeleteKeyEx", "DeleteValue", "FlushKey", "LoadKey", "SaveKey",
    "SetValue", "SetValueEx",
)  # fmt: skip


class HKEYType:
    """A predefined key that was opened."""

    __slots__ = ("handle",)
    __module__ = "winreg"

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def Close(self) -> None:
        """Close the key."""
        self.handle = 0

    def Detach(self) -> int:
        """Give the handle up; return it."""
        handle, self.handle = self.handle, 0
        return handle

    def __int__(self) -> int:
        return self.handle

    def __bool__(self) -> bool:
        return bool(self.handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.handle = 0


def build(view: Any) -> dict[str, Any]:
    del view

    def opened(key: Any) -> int:
        handle = int(key)
        if handle not in _PREDEFINED.values():
            raise from_winerror(ERROR_INVALID_HANDLE)
        return handle

    def connect(computer: Any, key: Any, /) -> HKEYType:
        if computer is not None:
            fenced("winreg.ConnectRegistry", "the registry of another machine")()
        return HKEYType(opened(key))

    def open_key(key: Any, sub_key: Any, reserved: int = 0, access: int = 0x20019) -> HKEYType:
        del reserved, access
        handle = opened(key)
        if sub_key:
            raise from_winerror(ERROR_FILE_NOT_FOUND)
        return HKEYType(handle)

    def absent(key: Any, *_arguments: Any) -> Any:
        opened(key)
        raise from_winerror(ERROR_FILE_NOT_FOUND)

    def no_more(key: Any, _index: int, /) -> Any:
        opened(key)
        raise from_winerror(_ERROR_NO_MORE_ITEMS)

    def query(key: Any, /) -> tuple[int, int, int]:
        opened(key)
        return 0, 0, 0

    return {
        **_PREDEFINED,
        **_CONSTANTS,
        **{name: fenced(f"winreg.{name}", "writing to the registry") for name in _WRITES},
        "CloseKey": lambda key: key.Close() if isinstance(key, HKEYType) else None,
        "ConnectRegistry": connect,
        "EnumKey": no_more,
        "EnumValue": no_more,
        "ExpandEnvironmentStrings": lambda text: text,
        "HKEYType": HKEYType,
        "OpenKey": open_key,
        "OpenKeyEx": open_key,
        "QueryInfoKey": query,
        "QueryValue": absent,
        "QueryValueEx": absent,
        "error": OSError,
    }
