"""Calls that make a socket what it is: its addresses, its peer, its options, and the sets that watch it."""

from notsock.readers.strace.closing import Closing
from notsock.readers.strace.lines import leading, split_result
from notsock.readers.tables import Thread
from notsock.readers.words import address


class Sockets(Closing):
    """``connect``, ``bind``, ``listen``, ``shutdown``, options, ``epoll_ctl``."""

    def connect(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A socket has a peer (or will have: EINPROGRESS)."""
        arguments, text = split_result(tail)
        number = leading(arguments)
        if text.startswith("-1 EBADF"):
            self._missed_use(thread, number, at, line, began)
            return
        held = self._used(thread, number, at, line, began)
        if held is not None and (text.startswith("0") or "EINPROGRESS" in text):
            held.what.connected = True
            held.what.remote = arguments

    def bind(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A socket has an address."""
        arguments, text = split_result(tail)
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and text.startswith("0"):
            found = address(arguments)
            if found is not None and found[1] >= 0:
                held.what.local = arguments
                if found[1]:
                    self.sieve.bound(held, found, self.line(thread, at, line, began))

    def getsockname(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A socket that was bound to any port learns which one it has."""
        arguments, text = split_result(tail)
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and held.what.local and held.what.port is None and text.startswith("0"):
            found = address(arguments)
            if found is not None and found[1] > 0 and not held.what.connected:
                held.what.local = arguments
                self.sieve.bound(held, found, self.line(thread, at, line, began))

    def listen(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A socket listens."""
        arguments, text = split_result(tail)
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and text.startswith("0"):
            held.what.listening = self.line(thread, at, line, began)

    def shutdown(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A connection was ended, whoever holds it."""
        arguments, text = split_result(tail)
        if text.startswith("-1 EBADF"):
            self._missed_use(thread, leading(arguments), at, line, began)
            return
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and "SHUT_RD" in arguments:
            held.what.shut = True
        elif held is not None and "SHUT_WR" in arguments:
            held.what.shut = held.what.shut or held.what.eof is not None

    def setsockopt(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """Only the wish to share a port matters."""
        if "SO_REUSEPORT" not in tail and tail.endswith(" = 0"):
            self._used(thread, leading(tail), at, line, began)
            return
        arguments, text = split_result(tail)
        if text.startswith("-1 EBADF"):
            self._missed_use(thread, leading(arguments), at, line, began)
            return
        held = self._used(thread, leading(arguments), at, line, began)
        if held is not None and "SO_REUSEPORT" in arguments and "[1]" in arguments:
            held.what.reuse = True

    def epoll_ctl(self, thread: Thread, tail: str, at: int, line: str, began: int) -> None:
        """A number was put into a set, or taken out."""
        words = tail.split(", ", 3)
        if len(words) < 3:
            raise ValueError(tail[:20])
        text = tail[tail.rfind(" = ") + 3 :]
        number = leading(words[2])
        watching = self._used(thread, leading(words[0]), at, line, began)
        if text.startswith("-1 EBADF"):
            if watching is not None and words[1] != "EPOLL_CTL_DEL":
                self._missed_use(thread, number, at, line, began)
            return
        held = self._used(thread, number, at, line, began)
        if held is None or watching is None or not text.startswith("0"):
            return
        key = (id(watching.what), number)
        if words[1] == "EPOLL_CTL_DEL":
            if held.what.watched is not None:
                held.what.watched.pop(key, None)
        elif held.what.kind == "socket":
            if held.what.watched is None:
                held.what.watched = {}
            held.what.watched[key] = self.line(thread, at, line, began)
