"""msvcrt: the C runtime's descriptors over Windows' handles."""

from typing import Any

from notsock.shim.fence import fenced
from notsock.shim.here import here
from notsock.shim.winerror import from_errno


def build(view: Any) -> dict[str, Any]:
    def failed() -> OSError:
        return from_errno(here.executive.current.errno or 9)

    def open_osfhandle(handle: int, flags: int, /) -> int:
        fd = view.crt._open_osfhandle(int(handle), flags)
        if fd == -1:
            raise failed()
        return int(fd)

    def get_osfhandle(fd: int, /) -> int:
        handle = view.crt._get_osfhandle(fd)
        if handle == -1:
            raise failed()
        return int(handle)

    def setmode(fd: int, mode: int, /) -> int:
        if mode not in (0x4000, 0x8000):
            raise from_errno(22)
        return 0x4000

    console = "there is no console"
    return {
        "open_osfhandle": open_osfhandle,
        "get_osfhandle": get_osfhandle,
        "setmode": setmode,
        "heapmin": lambda: None,
        "locking": fenced("msvcrt.locking", "locks on files"),
        "kbhit": lambda: False,
        "getch": fenced("msvcrt.getch", console),
        "getwch": fenced("msvcrt.getwch", console),
        "getche": fenced("msvcrt.getche", console),
        "getwche": fenced("msvcrt.getwche", console),
        "putch": lambda char: view.sys.stdout.write(char.decode("latin-1")) and None,
        "putwch": lambda char: view.sys.stdout.write(char) and None,
        "ungetch": fenced("msvcrt.ungetch", console),
        "ungetwch": fenced("msvcrt.ungetwch", console),
        "SetErrorMode": lambda mode: 0,
        "GetErrorMode": lambda: 0,
        "LK_LOCK": 1,
        "LK_NBLCK": 2,
        "LK_NBRLCK": 4,
        "LK_RLCK": 3,
        "LK_UNLCK": 0,
        "SEM_FAILCRITICALERRORS": 1,
        "SEM_NOALIGNMENTFAULTEXCEPT": 4,
        "SEM_NOGPFAULTERRORBOX": 2,
        "SEM_NOOPENFILEERRORBOX": 0x8000,
        "CRT_ASSEMBLY_VERSION": "14.36.32532.0",
    }
