"""atexit: each simulated process has its own list, run last to first when its main thread is done."""

from typing import Any

from notsock.executive.actors import Killed


def build(view: Any) -> dict[str, Any]:
    calls = view.exit_calls

    def register(function: Any, /, *arguments: Any, **named: Any) -> Any:
        if not callable(function):
            raise TypeError("the first argument must be callable")
        calls.append((function, arguments, named))
        return function

    def unregister(function: Any, /) -> None:
        calls[:] = [call for call in calls if call[0] != function]

    def run() -> None:
        while calls:
            function, arguments, named = calls.pop()
            try:
                function(*arguments, **named)
            except Killed:
                raise
            except BaseException as error:  # noqa: BLE001 - printed, as CPython does, and the next one runs
                view.report(error, f"Exception ignored in atexit callback {function!r}:\n")

    return {
        "register": register,
        "unregister": unregister,
        "_run_exitfuncs": run,
        "_clear": calls.clear,
        "_ncallbacks": lambda: len(calls),
    }
