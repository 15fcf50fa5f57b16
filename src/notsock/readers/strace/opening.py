"""Calls that open a descriptor, or give a description one more number."""

from notsock.readers.strace.fold import Fold
from notsock.readers.strace.frames import PREFIX, python_frames
from notsock.readers.strace.lines import leading, pair, result, split_result
from notsock.readers.tables import Description, Thread
from notsock.trace.events import Origin

STDERR = 2
_CREATED, _ACCEPTED, _DUPLICATED = Origin.CREATED, Origin.ACCEPTED, Origin.DUPLICATED
KINDS = {
    "epoll_create": "epoll", "epoll_create1": "epoll", "eventfd": "eventfd", "eventfd2": "eventfd",
    "timerfd_create": "timerfd", "signalfd": "signalfd", "signalfd4": "signalfd", "inotify_init": "inotify",
    "inotify_init1": "inotify", "memfd_create": "memfd", "open": "file", "openat": "file", "openat2": "file",
    "creat": "file", "userfaultfd": "userfaultfd", "fanotify_init": "fanotify", "perf_event_open": "perf event",
    "bpf": "bpf", "pidfd_open": "pidfd",
}  # fmt: skip
"""What kind of object each other call opens."""


class Opening(Fold):
    """``socket``, ``accept``, ``open``, ``pipe``, ``dup`` and all that."""

    def socket(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``socket`` made a description."""
        arguments, text = split_result(tail)
        number, error = result(text)
        if number < 0:
            self._exhausted(thread, error, at, line, began)
            return
        what = Description("socket")
        what.family = "unix" if arguments.startswith(("AF_UNIX", "AF_LOCAL")) else arguments.partition(",")[0]
        what.stream = "SOCK_STREAM" in arguments
        self._open(
            thread,
            number,
            what,
            self.line(thread, at, line, began),
            _CREATED,
            cloexec="SOCK_CLOEXEC" in arguments,
        )

    def accept(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``accept`` made a description, and used a listener."""
        place = tail.rfind(" = ")
        arguments, text = tail[:place], tail[place + 3 :]
        word = tail[: tail.find(",")]
        number = int(word) if word.isdigit() and len(word) < 10 else leading(tail)
        listener = self._used(thread, number, at, line, began)
        number, error = (int(text), "") if text.isdigit() and len(text) < 10 else result(text)
        if number < 0:
            self._exhausted(thread, error, at, line, began)
            if error == "EBADF":
                self._missed_use(thread, leading(arguments), at, line, began)
            return
        what = Description("socket")
        what.connected = True
        what.remote = arguments
        if listener is not None:
            what.family = listener.what.family
            what.local = listener.what.local
        self._open(
            thread, number, what, self.line(thread, at, line, began), _ACCEPTED, cloexec="CLOEXEC" in arguments
        )

    def opener(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Any other call that makes a description and returns its number."""
        arguments, text = split_result(tail)
        number, error = result(text)
        if number < 0:
            if error == "ENOENT" and PREFIX in arguments:
                thread.frames = python_frames(arguments)
                return
            self._exhausted(thread, error, at, line, began)
            return
        if number > STDERR or arguments.startswith("AT_FDCWD"):
            name = line[: line.find("(")].rpartition(" ")[2]
            what = Description(KINDS.get(name, "file"))
            if name == "pidfd_open":
                what.pid = arguments.partition(",")[0]
            cloexec = "CLOEXEC" in arguments or name == "pidfd_open"
            self._open(thread, number, what, self.line(thread, at, line, began), _CREATED, cloexec=cloexec)

    def two(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``pipe`` or ``socketpair`` made two descriptions."""
        arguments, text = split_result(tail)
        value, error = result(text)
        if value < 0:
            self._exhausted(thread, error, at, line, began)
            return
        numbers = pair(arguments)
        kind = "pipe" if arguments.lstrip().startswith("[") else "socket"
        both = Description(kind), Description(kind)
        mark = self.line(thread, at, line, began)
        for each, number in zip(both, numbers, strict=True):
            each.family = "unix"
            self._open(thread, number, each, mark, _CREATED, cloexec="CLOEXEC" in arguments)
        both[0].queue, both[1].queue = [], []
        if kind == "socket":
            both[0].peer, both[1].peer = both[1], both[0]

    def dup(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``dup`` gave a description one more number."""
        arguments, text = split_result(tail)
        self._copied(thread, leading(arguments), text, at, line, began, cloexec=False)

    def dup2(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``dup2`` or ``dup3``: the number it names is closed first, silently."""
        arguments, text = split_result(tail)
        if leading(arguments) != result(text)[0]:
            self._copied(thread, leading(arguments), text, at, line, began, cloexec="CLOEXEC" in arguments, closes=True)

    def fcntl(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``fcntl``: duplicates, and marks close-on-exec."""
        arguments, text = split_result(tail)
        number = leading(arguments)
        if "F_DUPFD" in arguments:
            self._copied(thread, number, text, at, line, began, cloexec="CLOEXEC" in arguments)
            return
        if text.startswith("-1 EBADF"):
            return  # asking whether a number is open is no use of it
        held = self._used(thread, number, at, line, began)
        if held is not None and "F_SETFD" in arguments and text.startswith("0"):
            held.cloexec = "FD_CLOEXEC" in arguments

    def ioctl(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """``ioctl``: marks close-on-exec, or uses a number."""
        arguments, text = split_result(tail)
        if text.startswith("-1 EBADF"):
            self._missed_use(thread, leading(arguments), at, line, began)
            return
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and "CLEX" in arguments:
            held.cloexec = "FIOCLEX" in arguments

    def _copied(
        self, thread: Thread, source: int, text: str, at: int, line: str, began: int, *, cloexec: bool,
        closes: bool = False,
    ) -> None:  # fmt: skip
        number, error = result(text)
        if number < 0:
            self._exhausted(thread, error, at, line, began)
            if error == "EBADF":
                self._missed_use(thread, source, at, line, began)
            return
        held = self._used(thread, source, at, line, began) or self._unknown(thread, source)
        mark = self.line(thread, at, line, began)
        old = thread.table.numbers.get(number)
        if closes and old is not None:
            del thread.table.numbers[number]
            self._closed(old, mark)
        self._open(thread, number, held.what, mark, _DUPLICATED, cloexec=cloexec)
