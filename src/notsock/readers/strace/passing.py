"""Descriptors that travel between processes: with messages (SCM_RIGHTS), or fetched with ``pidfd_getfd``."""

from notsock.readers.strace.lines import leading, result, rights, split_result
from notsock.readers.strace.using import Using
from notsock.readers.tables import Description, Thread
from notsock.trace.events import Origin


class Passing(Using):
    """``sendmsg``, ``recvmsg``, ``pidfd_getfd``."""

    def pidfd_getfd(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A descriptor was fetched out of another process."""
        arguments, text = split_result(tail)
        number, error = result(text)
        if number < 0:
            self._exhausted(thread, error, at, line, began)
            return
        words = arguments.split(", ")
        held = thread.table.numbers.get(leading(words[0]))
        other = self.threads.get(held.what.pid) if held is not None and held.what.pid else None
        source = other.table.numbers.get(leading(words[1])) if other is not None else None
        what = source.what if source is not None else Description("unknown")
        self._open(thread, number, what, self.line(thread, at, line, began), Origin.IMPORTED, cloexec=True)

    def sendmsg(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Descriptors may travel with a message."""
        self.use(thread, tail, at, line, began)
        if "SCM_RIGHTS" not in tail:
            return
        arguments, text = split_result(tail)
        if text.startswith("-"):
            return
        sent = []
        for number in rights(arguments):
            held = thread.table.numbers.get(number)
            if held is not None:
                held.what.first = held.what.first or held
                sent.append(held.what)
        through = thread.table.numbers.get(leading(arguments))
        queue = through.what.queue if through is not None else None
        (self.in_flight if queue is None else queue).append(sent)

    def recvmsg(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Descriptors may come with a message: those sent first through the other end, if the log shows it."""
        self.receive(thread, tail, at, line, began)
        if "SCM_RIGHTS" not in tail:
            return
        arguments, text = split_result(tail)
        if text.startswith("-"):
            return
        numbers = rights(arguments)
        through = thread.table.numbers.get(leading(arguments))
        other = through.what.peer if through is not None else None
        sent: list[Description] = []
        if other is not None and other.queue:
            sent = other.queue.pop(0)
        elif other is None:
            fitting = [each for each in self.in_flight if len(each) == len(numbers)]
            self.in_flight = [each for each in self.in_flight if len(each) != len(numbers)]
            sent = fitting[0] if len(fitting) == 1 else []
        if len(sent) != len(numbers):
            sent = [Description("unknown") for _ in numbers]
            self.remarks.add("some descriptors came with messages whose sender the log does not show")
        mark = self.line(thread, at, line, began)
        for number, what in zip(numbers, sent, strict=True):
            self._open(thread, number, what, mark, Origin.IMPORTED, cloexec="MSG_CMSG_CLOEXEC" in arguments)
