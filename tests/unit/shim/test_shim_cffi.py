"""cffi in a view: Windows' DLLs, a long of four bytes, and requests that end in the program's own memory."""

import pytest
from shim_runs import lines

pytest.importorskip("cffi")

DECLARED = r"""
import cffi
ffi = cffi.FFI()
ffi.cdef('''
    typedef void * HANDLE; typedef unsigned long DWORD; typedef int BOOL; typedef uintptr_t ULONG_PTR;
    typedef struct { ULONG_PTR Internal, InternalHigh; DWORD Offset, OffsetHigh; HANDLE hEvent; } OVERLAPPED;
    typedef struct { ULONG_PTR key; OVERLAPPED *lpOverlapped; ULONG_PTR Internal; DWORD bytes; } ENTRY;
    typedef struct { HANDLE Handle; DWORD Events; int Status; } POLL_HANDLE;
    typedef struct { int64_t Timeout; DWORD Number, Exclusive; POLL_HANDLE Handles[2]; } POLL_INFO;
    HANDLE CreateFileW(void *, DWORD, DWORD, void *, DWORD, DWORD, HANDLE);
    HANDLE CreateIoCompletionPort(HANDLE, HANDLE, ULONG_PTR, DWORD);
    BOOL DeviceIoControl(HANDLE, DWORD, void *, DWORD, void *, DWORD, DWORD *, OVERLAPPED *);
    BOOL GetQueuedCompletionStatusEx(HANDLE, ENTRY *, DWORD, DWORD *, DWORD, BOOL);
    BOOL PostQueuedCompletionStatus(HANDLE, DWORD, ULONG_PTR, OVERLAPPED *);
    BOOL CancelIoEx(HANDLE, OVERLAPPED *);
    BOOL CloseHandle(HANDLE);
    DWORD RtlNtStatusToDosError(int);
''')
kernel32, ntdll = ffi.dlopen("kernel32.dll"), ffi.dlopen("ntdll.dll")
path = ffi.from_buffer(r"\\.\GLOBALROOT\Device\Afd\Test".encode("utf-16-le") + bytes(2))
device = kernel32.CreateFileW(path, 0x100000, 3, ffi.NULL, 3, 0x40000000, ffi.NULL)
port = kernel32.CreateIoCompletionPort(device, ffi.NULL, 7, 0)

def wait(milliseconds=1000):
    entries, removed = ffi.new("ENTRY[4]"), ffi.new("DWORD *")
    if not kernel32.GetQueuedCompletionStatusEx(port, entries, 4, removed, milliseconds, 0):
        return ffi.getwinerror()[0]
    return [(e.key, e.lpOverlapped, e.Internal) for e in entries[0:removed[0]]]

def poll(s, events):
    info, overlapped = ffi.new("POLL_INFO *"), ffi.new("OVERLAPPED *")
    info.Timeout, info.Number = (1 << 63) - 1, 1
    info.Handles[0].Handle, info.Handles[0].Events = ffi.cast("HANDLE", s.fileno()), events
    size = ffi.sizeof("POLL_INFO")
    done = kernel32.DeviceIoControl(device, 0x12024, info, size, info, size, ffi.NULL, overlapped)
    return done, info, overlapped
"""


def test_long_is_as_on_windows():
    found = lines(DECLARED + "print(ffi.sizeof('DWORD'), ffi.sizeof('OVERLAPPED'), ffi.sizeof('ENTRY'))")
    assert found == ["4 32 32"]


def test_a_poll_ends_in_memory_and_by_a_packet():
    assert lines(
        DECLARED
        + """
import socket
a, b = socket.socketpair()
done, info, overlapped = poll(b, 1)
print(done, ffi.getwinerror()[0], overlapped.Internal, wait(10))
a.send(b"x")
[(key, which, status)] = wait()
print(key, which == overlapped, status, info.Number, info.Handles[0].Events, overlapped.InternalHigh)
done, info, overlapped = poll(b, 1)
print(done, info.Handles[0].Events, wait()[0][1] == overlapped)
"""
    ) == ["0 997 259 258", "7 True 0 1 1 32", "1 1 True"]


def test_a_poll_is_cancelled_and_posts_go_through():
    assert lines(
        DECLARED
        + """
import socket
a, b = socket.socketpair()
done, info, overlapped = poll(b, 1)
print(kernel32.CancelIoEx(device, overlapped), ntdll.RtlNtStatusToDosError(ffi.cast("int", wait()[0][2])))
print(kernel32.CancelIoEx(device, overlapped), ffi.getwinerror())
kernel32.PostQueuedCompletionStatus(port, 3, 9, ffi.NULL)
print(wait()[0][0], kernel32.CloseHandle(port), kernel32.CloseHandle(port))
try: ffi.dlopen("libc.so.6")
except OSError as error: print(str(error)[:43])
"""
    ) == ["1 995", "0 (1168, 'Element not found')", "9 1 0", "cannot load library 'libc.so.6': error 0x7e"]
