"""A child of this real process that runs one thing and sends back what came out: for programs that do not restore.

Imports, views and snapshots are inherited; whatever the run changes dies with the child.
"""

import os
import pickle
import struct
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
_LENGTH = struct.Struct("<BQ")


class ForkedError(RuntimeError):
    """The child ended without an answer; the text says how."""


def run_forked(function: Callable[[], Result]) -> Result:
    """Return ``function()``, run in a fork of this process; its result must be picklable.

    An exception is raised here as it was there if it can be pickled, else as :class:`ForkedError`.  Only for a
    process with one real thread.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _answer(writing, function)
    os.close(writing)
    with open(reading, "rb") as answer:  # noqa: PTH123 - a pipe
        data = answer.read()
    _, status = os.waitpid(child, 0)
    if len(data) < _LENGTH.size:
        raise ForkedError(f"a forked run ended without an answer (exit status {os.waitstatus_to_exitcode(status)})")
    failed, length = _LENGTH.unpack_from(data)
    if len(data) != _LENGTH.size + length:
        raise ForkedError("a forked run's answer was cut short")
    result = pickle.loads(data[_LENGTH.size :])  # noqa: S301 - our own child wrote it
    if failed:
        raise result
    return result


def _answer(writing: int, function: Callable[[], object]) -> None:
    """Run in the child: write the answer and end without any clean-up of the parent's."""
    status = 1
    try:
        try:
            failed, data = 0, _pickled_result(function())
        except BaseException as error:  # noqa: BLE001 - the parent raises it
            failed, data = 1, _pickled(error)
        with open(writing, "wb") as answer:
            answer.write(_LENGTH.pack(failed, len(data)) + data)
        status = 0
    finally:
        os._exit(status)


def _pickled_result(result: object) -> bytes:
    try:
        return pickle.dumps(result)
    except Exception as error:  # noqa: BLE001 - whatever it is that cannot be pickled
        raise ForkedError(f"the result of a forked run cannot be pickled: {error}") from None


def _pickled(error: BaseException) -> bytes:
    try:
        data = pickle.dumps(error)
        pickle.loads(data)  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - some exceptions cannot be read back
        return pickle.dumps(ForkedError(f"{type(error).__name__}: {error}"))
    return data
