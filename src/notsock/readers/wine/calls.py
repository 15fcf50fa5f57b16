"""Which calls of Windows are traced, what they name, and what their failure looks like."""

CLOSERS = {"closesocket": "closesocket", "CloseHandle": "CloseHandle", "NtClose": "CloseHandle", "_close": "_close"}
"""Calls that close what they name, as they are shown."""
_USES = {
    "ws2_32": (
        "bind listen accept WSAAccept connect WSAConnect send WSASend recv WSARecv sendto WSASendTo recvfrom "
        "WSARecvFrom shutdown getsockname getpeername getsockopt setsockopt ioctlsocket WSAIoctl WSADuplicateSocketA "
        "WSADuplicateSocketW WSAGetOverlappedResult"
    ),
    "KERNEL32": "SetEvent ResetEvent WaitForSingleObject SetHandleInformation",
    "msvcrt": "_open_osfhandle",
}
_OTHERS = {
    "ws2_32": "socket WSASocketA WSASocketW WSAStartup WSACleanup",
    "KERNEL32": "CreateThread CreateEventA CreateEventW DuplicateHandle CreateProcessA CreateProcessW",
    "msvcrt": "_beginthread _beginthreadex _endthread _endthreadex _initterm",
}
_SHOWN = {
    "WSAAccept": "accept",
    "WSASocketA": "WSASocket",
    "WSASocketW": "WSASocket",
    "WSADuplicateSocketA": "WSADuplicateSocket",
    "WSADuplicateSocketW": "WSADuplicateSocket",
    "CreateEventA": "CreateEvent",
    "CreateEventW": "CreateEvent",
    "CreateProcessA": "CreateProcess",
    "CreateProcessW": "CreateProcess",
}
USES = frozenset(" ".join(_USES.values()).split())
"""Calls whose first argument is a handle that they use."""
SHOWN = {name: _SHOWN.get(name, name) for name in " ".join((*_USES.values(), *_OTHERS.values())).split()} | CLOSERS
"""The calls that are followed, by the name under which each is shown."""
OPENS_A_SOCKET = frozenset({"socket", "WSASocket", "accept"})
RECEIVES = frozenset({"recv", "recvfrom"})
BOOLEAN = frozenset({"SetEvent", "ResetEvent", "SetHandleInformation", "DuplicateHandle", "CloseHandle"})
"""Calls that return 0 when they fail; the others return -1."""
C_RUNTIMES = ("msvcrt", "ucrtbase")


def relay_include() -> str:
    """Return the value of Wine's registry key ``RelayInclude``: the functions that are traced, and no others."""
    closers = {"ws2_32": "closesocket", "KERNEL32": "CloseHandle", "ntdll": "NtClose", "msvcrt": "_close"}
    names = [
        f"{library}.{name}"
        for functions in (_USES, _OTHERS, closers)
        for module, words in functions.items()
        for library in (C_RUNTIMES if module == "msvcrt" else (module,))
        for name in words.split()
    ]
    return ";".join(names)


def failed(name: str, result: str) -> bool:
    """Say whether a call reported failure; only asked of calls that named nothing, for Wine's results are not sure."""
    if name in BOOLEAN:
        return not int(result, 16) & 0xFFFFFFFF
    return result.endswith("ffffffff")
