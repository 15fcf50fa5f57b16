"""``close`` and ``close_range``, and closes that found nothing."""

from notsock.readers.strace.lines import leading, result, split_result
from notsock.readers.strace.processes import Processes
from notsock.readers.tables import Line, Thread, meant_by

SWEEP = 8
"""So many closes of neighbouring numbers in a row are a sweep: nobody says that those numbers were open."""


class Closing(Processes):
    """Calls that close."""

    def close(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``close``: written flat, for it is most of a log."""
        text = tail[: tail.find(")")]
        number = int(text) if text.isdigit() and len(text) < 10 else leading(text)
        answer = tail[tail.rfind(" = ") + 3 :]
        if answer[:1] != "0":
            error = result(answer)[1]
            if error == "EBADF":
                self._missed_close(thread, number, at, line, began)
                return
            if not error or error[0] == "?" or error.startswith("ERESTART"):
                return
        table = thread.table
        held = table.numbers.pop(number, None)
        if thread.sweep or number == thread.last + 1:
            self._sweeps(thread, number)
        thread.last = number
        if held is None:
            if number in table.past:
                table.phantoms[number] = self.line(thread, at, line, began)
            return
        self._closed(held, self.line(thread, at, line, began))

    def _missed_close(self, thread: Thread, number: int, at: int, line: str, began: int) -> None:
        """``close`` found nothing behind a number."""
        table = thread.table
        held = table.numbers.get(number)
        if held is not None:
            del table.numbers[number]
            for closer in table.closing.get(number, ()):
                pending = closer.pending
                if closer is not thread and pending is not None and not pending.early:
                    pending.early = True
                    self._closed(held, Line(at, pending.at, closer, f"{closer.pid} close({number} <unfinished ...>"))
                    break
            else:
                self.end(held, None)
                table.past.pop(number, None)
        past = table.past.get(number)
        again = thread.last == number and len(table.members) == 1
        self._sweeps(thread, number)
        thread.last = number
        if past and not table.hidden:
            before = meant_by(thread, past)
            harmless = again and before.closed is not None and before.closed.thread is thread
            thread.sweep.append((number, before, self.line(thread, at, line, began), harmless))
            self.sweeping[thread] = None

    def _sweeps(self, thread: Thread, number: int) -> None:
        """Follow closes of neighbouring numbers: a loop over all of them names many that were never open."""
        if abs(number - thread.last) == 1:
            thread.swept += 1
            if thread.swept >= SWEEP:
                thread.sweep.clear()
        else:
            self.settle(thread)

    def close_range(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``close_range`` closes, or marks, whatever is open between two numbers."""
        arguments, text = split_result(tail)
        if not text.startswith("0"):
            return
        words = arguments.split(", ")
        first, last = leading(words[0]), leading(words[1])
        if "CLOSE_RANGE_UNSHARE" in arguments and len(thread.table.members) > 1:
            self.unshare(thread, "CLONE_FILES) = 0", at, line, began)
        table = thread.table
        numbers = [number for number in table.numbers if first <= number <= last]
        mark = self.line(thread, at, line, began)
        for number in numbers:
            if "CLOSE_RANGE_CLOEXEC" in arguments:
                table.numbers[number].cloexec = True
            else:
                self.end(table.numbers.pop(number), mark)
        table.past.clear()
