"""_multiprocessing: semaphores of Windows as the locks of ``multiprocessing``, and sockets by their handles."""

from typing import Any, Self

from notsock.objects.kernel_object import Semaphore
from notsock.shim.here import here
from notsock.shim.modules._socket import socket_bytes
from notsock.shim.threads import get_ident
from notsock.shim.winerror import from_winerror
from notsock.values.errors import ERROR_TOO_MANY_POSTS

_RECURSIVE_MUTEX, _SEMAPHORE = 0, 1
_INFINITE = 0xFFFFFFFF


def _error() -> OSError:
    return from_winerror(here.executive.current.last_error)


class SemLock:
    """``_multiprocessing.SemLock``: the recursive lock's owner and count are each process's own."""

    __module__ = "_multiprocessing"
    __slots__ = ("__weakref__", "_mine", "_owner", "_view", "handle", "kind", "maxvalue", "name")
    SEM_VALUE_MAX = 0x7FFFFFFF
    handle: int
    kind: int
    maxvalue: int
    name: None
    _view: Any
    _mine: int
    _owner: int

    def __new__(cls, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> Self:
        if kind not in (_RECURSIVE_MUTEX, _SEMAPHORE):
            raise ValueError("unrecognized kind")
        handle = here.view.kernel32.CreateSemaphore(value, maxvalue)
        if not handle:
            raise _error()
        return cls._made(handle, kind, maxvalue)

    @classmethod
    def _made(cls, handle: int, kind: int, maxvalue: int) -> Self:
        self = object.__new__(cls)
        self._view = here.view
        self.handle, self.kind, self.maxvalue, self.name = handle, kind, maxvalue, None
        self._mine = self._owner = 0
        return self

    @classmethod
    def _rebuild(cls, handle: int, kind: int, maxvalue: int, name: Any) -> Self:
        return cls._made(handle, kind, maxvalue)

    def __del__(self) -> None:
        view = self._view
        if not here.executive.over and view.executive is here.executive and view.process.alive:
            view.kernel32.CloseHandle(self.handle)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        if self.kind == _RECURSIVE_MUTEX and self._is_mine():
            self._mine += 1
            return True
        milliseconds = 0
        if block:
            milliseconds = _INFINITE if timeout is None else int(max(timeout, 0) * 1000 + 0.5)
            if timeout is not None and milliseconds >= _INFINITE // 2:
                raise OverflowError("timeout is too large")
        answer = self._view.kernel32.WaitForSingleObject(self.handle, milliseconds)
        if answer == 0xFFFFFFFF:
            raise _error()
        if self._view.tripped:
            self._view.run_signals()
        if answer:
            return False
        self._owner = get_ident()
        self._mine += 1
        return True

    def release(self) -> None:
        if self.kind == _RECURSIVE_MUTEX:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._mine > 1:
                self._mine -= 1
                return
        if self._view.kernel32.ReleaseSemaphore(self.handle) is None:
            if here.executive.current.last_error == ERROR_TOO_MANY_POSTS:
                raise ValueError("semaphore or lock released too many times")
            raise _error()
        self._mine -= 1

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()

    def _count(self) -> int:
        return self._mine

    def _is_mine(self) -> bool:
        return self._mine > 0 and self._owner == get_ident()

    def _get_value(self) -> int:
        thing = self._view.process.table.objects.get(self.handle)
        if not isinstance(thing, Semaphore):
            raise from_winerror(6)
        return thing.count

    def _is_zero(self) -> bool:
        return self._get_value() == 0

    def _after_fork(self) -> None:
        self._mine = 0


def build(view: Any) -> dict[str, Any]:
    def closesocket(handle: int, /) -> None:
        if view.winsock().closesocket(int(handle)) < 0:
            raise _error()

    def recv(handle: int, size: int, /) -> bytes:
        data: bytes | None = view.winsock().recv(int(handle), size, 0)
        if data is None:
            raise _error()
        return data

    def send(handle: int, data: Any, /) -> int:
        sent: int = view.winsock().send(int(handle), socket_bytes(data), 0)
        if sent < 0:
            raise _error()
        return sent

    return {
        "SemLock": SemLock,
        "closesocket": closesocket,
        "flags": {},
        "recv": recv,
        "sem_unlink": lambda name: None,
        "send": send,
    }
