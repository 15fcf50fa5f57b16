"""The fold of a whole log: which handler takes which call, and calls that stand on two lines."""

from notsock.readers.sieve import Sieve
from notsock.readers.strace.fold import FORKS, Handler
from notsock.readers.strace.lines import leading
from notsock.readers.strace.opening import KINDS
from notsock.readers.strace.sockets import Sockets
from notsock.readers.strace.using import OTHER_USES, RECEIVES, SENDS
from notsock.readers.tables import Pending, Thread


class Lifetimes(Sockets):
    """The descriptors of every process in a log, as of the line it was told last.

    The subjects of the calls are a chain of classes, not bases side by side: mypyc compiles no such class.
    """

    def __init__(self, sieve: Sieve) -> None:
        super().__init__(sieve)
        self.handlers: dict[str, Handler] = {
            "close": self.close,
            "close_range": self.close_range,
            "socket": self.socket,
            "accept": self.accept,
            "accept4": self.accept,
            "connect": self.connect,
            "bind": self.bind,
            "listen": self.listen,
            "getsockname": self.getsockname,
            "shutdown": self.shutdown,
            "socketpair": self.two,
            "pipe": self.two,
            "pipe2": self.two,
            "dup": self.dup,
            "dup2": self.dup2,
            "dup3": self.dup2,
            "fcntl": self.fcntl,
            "fcntl64": self.fcntl,
            "ioctl": self.ioctl,
            "setsockopt": self.setsockopt,
            "epoll_ctl": self.epoll_ctl,
            "sendmsg": self.sendmsg,
            "recvmsg": self.recvmsg,
            "pidfd_getfd": self.pidfd_getfd,
            "clone": self.clone,
            "clone3": self.clone,
            "fork": self.clone,
            "vfork": self.clone,
            "execve": self.execve,
            "execveat": self.execve,
            "unshare": self.unshare,
            "io_uring_setup": self.io_uring,
            **dict.fromkeys(KINDS, self.opener),
            **dict.fromkeys((*SENDS, *OTHER_USES), self.use),
            **dict.fromkeys(RECEIVES, self.receive),
        }

    def began(self, thread: Thread, name: str, tail: str, at: int) -> None:
        """A call began, and another thread's line came between."""
        self._abandon(thread)
        pending = thread.pending = Pending(name, tail, at)
        if name in FORKS or not tail[:1].isdigit():
            return
        number = pending.number = leading(tail)
        if name == "close":
            thread.table.closing.setdefault(number, []).append(thread)
        else:
            thread.table.inside.setdefault(number, set()).add(thread)

    def resumed(self, thread: Thread, name: str, rest: str, at: int, line: str) -> bool:
        """A call returned that had begun on an earlier line; say whether that line is there."""
        pending = thread.pending
        if pending is None or pending.name != name:
            return False
        self._abandon(thread)
        if not pending.early:
            whole = f"{name}({pending.tail.rstrip()}{rest}"
            header = line[: line.find("<... ")]
            self.handlers[name](thread, pending.tail + rest, at, header + whole, pending.at)
        return True
