"""OSError in a simulated process: as CPython makes it on Windows, also where the program makes it itself."""

import errno

from shim_runs import run


def test_an_error_that_a_program_constructs_has_windows_class_number_and_text():
    said = run(
        """
        def show(error): print(type(error).__name__, error.errno, error.winerror, error)
        show(OSError(10054, "gone"))
        show(OSError(10061, "Connect call failed"))
        show(OSError(0, "timed out", None, 258))
        show(OSError(0, "no", "file", 2, "other"))
        show(ConnectionResetError())
        show(TimeoutError("late"))
        """
    )
    assert (said.errors, said.lines) == (
        "",
        [
            "ConnectionResetError 10054 None [Errno 10054] gone",
            "ConnectionRefusedError 10061 None [Errno 10061] Connect call failed",
            "OSError 22 258 [WinError 258] timed out",
            "FileNotFoundError 2 2 [WinError 2] no: 'file' -> 'other'",
            "ConnectionResetError None None ",
            "TimeoutError None None late",
        ],
    )


def test_it_is_caught_pickled_and_subclassed_like_the_builtin():
    said = run(
        """
        import pickle
        for make in (lambda: OSError(10061, "x"), lambda: OSError(0, "x", None, 1236)):
            try:
                raise make()
            except ConnectionRefusedError: print("refused")
            except OSError as error: print("other", error.winerror)
        class Mine(OSError): pass
        try:
            raise Mine(2, "mine", "file")
        except OSError as error: print(type(error).__name__, error.filename)
        again = pickle.loads(pickle.dumps(OSError(2, "no", "file")))
        print(type(again).__name__, again.filename, again.winerror, isinstance(again, FileNotFoundError))
        """
    )
    assert said.lines == ["refused", "other 1236", "Mine file", "FileNotFoundError file None True"]


def test_the_selector_loop_reports_a_refusal_by_its_class():
    said = run(
        """
        import asyncio
        async def main():
            try:
                await asyncio.open_connection("127.0.0.1", 9)
            except ConnectionRefusedError as error:
                print(error.errno, isinstance(error, OSError))
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
        asyncio.run(main())
        """
    )
    assert said.lines == ["10061 True"]


def test_the_hosts_errors_stay_as_they_are():
    assert run("print(1)").lines == ["1"]
    error = OSError(errno.ECONNRESET, "here")
    assert type(error) is ConnectionResetError
    assert not hasattr(error, "winerror")
    assert type(OSError(10054, "there")) is OSError
