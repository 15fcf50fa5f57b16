"""ctypes in a view: Windows' DLLs by name, its layouts, and fences where nothing is written."""

from shim_runs import lines


def test_types_have_windows_sizes():
    assert lines(
        """
        import ctypes
        from ctypes import wintypes
        class Overlapped(ctypes.Structure):
            _fields_ = [("Internal", ctypes.c_void_p), ("InternalHigh", ctypes.c_void_p),
                        ("Offset", wintypes.DWORD), ("OffsetHigh", wintypes.DWORD), ("hEvent", wintypes.HANDLE)]
        print(ctypes.sizeof(wintypes.DWORD), ctypes.sizeof(ctypes.c_long), ctypes.sizeof(Overlapped))
        """
    ) == ["4 4 32"]


def test_handles_are_those_of_the_process():
    assert lines(
        """
        import ctypes, socket
        from ctypes import wintypes
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.CloseHandle.argtypes = [wintypes.HANDLE]
        kernel32.CloseHandle.restype = wintypes.BOOL
        s = socket.socket()
        print(kernel32.CloseHandle(s.fileno()))
        try: s.send(b"x")
        except OSError as error: print(error.winerror)
        print(kernel32.CloseHandle(s.detach()), ctypes.get_last_error(), ctypes.FormatError(6))
        event = ctypes.windll.kernel32.CreateEventW(None, True, False, None)
        print(kernel32.WaitForSingleObject(event, 10))
        print(kernel32.SetEvent(event), kernel32.WaitForSingleObject(event, 10))
        """
    ) == ["1", "10038", "0 6 The handle is invalid", "258", "1 0"]


def test_arguments_become_what_c_sees():
    assert lines(
        """
        import ctypes
        from ctypes import wintypes
        wait = ctypes.windll.kernel32.WaitForMultipleObjects
        create = ctypes.windll.kernel32.CreateEventW
        events = (wintypes.HANDLE * 2)(create(None, 0, 0, None), create(None, 0, 1, None))
        print(wait(2, events, False, 0), wait(2, ctypes.byref(events), False, 0))
        wait.argtypes = [wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE), wintypes.BOOL, wintypes.DWORD]
        wait.restype = wintypes.DWORD
        ctypes.windll.kernel32.SetEvent(events[0])
        print(wait(2, events, False, 0))
        wait.errcheck = lambda result, function, arguments: ("checked", result, len(arguments))
        print(wait(2, events, False, 0))
        try: wait(2, "text", False, 0)
        except ctypes.ArgumentError as error: print("refused")
        """
    ) == ["1 258", "0", "('checked', 258, 4)", "refused"]


def test_what_is_not_written_is_fenced_when_it_is_called():
    found = lines(
        """
        import ctypes
        beep = ctypes.windll.user32.MessageBeep
        try: beep(0)
        except NotImplementedError as error: print(error)
        try: ctypes.CDLL("libc.so.6")
        except FileNotFoundError as error: print(error)
        try: ctypes.pythonapi.Py_IncRef(None)
        except NotImplementedError as error: print(error)
        """
    )
    assert found[0].startswith("notsock: user32.MessageBeep is not modelled")
    assert found[1].startswith("Could not find module 'libc.so.6'")
    assert found[2].startswith("notsock: python dll.Py_IncRef is not modelled")


def test_memory_is_real():
    assert lines(
        """
        import ctypes
        buffer = ctypes.create_string_buffer(b"hello", 16)
        ctypes.memmove(buffer, b"J", 1)
        print(ctypes.string_at(ctypes.addressof(buffer)), ctypes.cast(buffer, ctypes.c_char_p).value)
        numbers = (ctypes.c_int * 3)(3, 1, 2)
        order = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda n: n * 2)
        print(order(21), list(numbers), ctypes.pointer(numbers).contents[0])
        """
    ) == ["b'Jello' b'Jello'", "42 [3, 1, 2] 3"]


def test_the_adapters_are_the_machines():
    assert lines(
        """
        import ctypes, socket
        from ctypes import wintypes
        size = wintypes.ULONG(0)
        get = ctypes.windll.LoadLibrary("Iphlpapi").GetAdaptersAddresses
        print(get(0, 0, None, None, ctypes.byref(size)), size.value > 500)
        buffer = ctypes.create_string_buffer(size.value)
        print(get(2, 0, None, ctypes.byref(buffer), ctypes.byref(size)))
        first = int.from_bytes(buffer.raw[24:32], "little")
        where = int.from_bytes(ctypes.string_at(first + 16, 8), "little")
        print(socket.inet_ntoa(ctypes.string_at(where + 4, 4)))
        """
    ) == ["111 True", "0", "10.0.0.1"]


def test_the_registry_is_empty():
    assert lines(
        """
        import winreg, urllib.request, mimetypes
        with winreg.ConnectRegistry(None, winreg.HKEY_LOCAL_MACHINE) as machine:
            try: winreg.OpenKey(machine, "SOFTWARE\\\\Nobody")
            except FileNotFoundError as error: print(error.winerror)
        print(urllib.request.getproxies(), mimetypes.guess_type("x.html"))
        """
    ) == ["2", "{} ('text/html', None)"]
