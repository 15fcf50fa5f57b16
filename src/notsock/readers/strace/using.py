"""Calls that name a descriptor and move data."""

from notsock.readers.strace.lines import leading, split_result
from notsock.readers.strace.opening import Opening
from notsock.readers.tables import Thread

SENDS = "write writev pwrite64 pwritev pwritev2 send sendto sendmmsg sendfile sendfile64".split()
RECEIVES = "read readv recv recvfrom".split()
OTHER_USES = "getpeername getsockopt lseek fstat fsync fdatasync ftruncate pread64 preadv preadv2 recvmmsg".split()


class Using(Opening):
    """Reads, writes, and rings that hide them."""

    def use(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A call that names a number and moves data."""
        text = tail[: tail.find(",")]
        number = int(text) if text.isdigit() and len(text) < 10 else leading(tail)
        held = thread.table.numbers.get(number)
        if tail.rfind(" = -1 EBADF") > 0 and split_result(tail)[1].startswith("-1 EBADF"):
            self._missed_use(thread, number, at, line, began)
        elif held is None:
            self._unknown(thread, number)
        elif held.opened.thread is not thread and (held.users is None or thread not in held.users):
            self._known_to(thread, held, at, line, began)

    def receive(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A call that receives: nothing means that the peer has closed."""
        self.use(thread, tail, at, line, began)
        answer = tail[tail.rfind(" = ") + 3 :]
        if answer[:1] == "0" and (len(answer) == 1 or answer[1] in " <"):
            held = thread.table.numbers.get(leading(tail))
            if held is not None and held.what.connected and held.what.stream and held.what.eof is None:
                if tail.startswith(('"", 0', '"",  0'), tail.find(" ") + 1):
                    return
                held.what.eof = self.line(thread, at, line, began)
                self.sieve.peer_closed(held)

    def io_uring(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Calls made through a ring do not appear in the log: nothing is said of that process's numbers."""
        if not split_result(tail)[1].startswith("-"):
            self.opener(thread, tail, at, line, began)
            thread.table.hidden = True
            self.remarks.add("io_uring hides calls: nothing is said of double and stale closes where it is used")
