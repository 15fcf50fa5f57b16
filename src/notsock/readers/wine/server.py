"""The wineserver's own trace (``wineserver -d1``): a request of a thread, and the answer to it, each on a line.

The server is one thread that writes line by line, so this is the true order of what happened to handles.  It also
shows what no call does: handles that come back through pointers, duplicates in other processes, what AcceptEx does.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from notsock.readers.tables import Description
from notsock.readers.wine.lifetimes import Lifetimes
from notsock.readers.wine.tables import MASK, Actor, Process
from notsock.trace.events import Origin

Handler: TypeAlias = Callable[[Actor, str, str, int], None]
"""Takes the thread, the arguments of its request, the answer, and the line number of that."""

AFD = "\\\\Device\\\\Afd"
_ACCEPT, _ACCEPT_INTO, _CONNECT, _BIND, _LISTEN = "00120324", "00120328", "0012032c", "00012003", "0001200b"
_SHUTDOWN, _REUSEADDR, _GETSOCKNAME = "00120330", "001203a8", "0001202f"
"""AFD's control codes, as Wine numbers them."""
_CREATE = "00120320"
_AFD = frozenset({_ACCEPT, _ACCEPT_INTO, _CONNECT, _BIND, _LISTEN, _SHUTDOWN, _REUSEADDR, _GETSOCKNAME, _CREATE})
_WORD = re.compile(r"[0-9a-f]{1,16}")
BYTES_MAX = 64
"""Bytes of data that are looked at."""
_PROCESS_ITSELF = "ffffffff"
_INHERIT_HANDLES, _CLOSE_SOURCE, _SAME_ATTRIBUTES, _INHERIT = 4, 1, 4, 2
_KINDS = {
    "create_event": "event", "open_event": "event", "create_mutex": "mutex", "create_semaphore": "semaphore",
    "create_file": "file", "create_named_pipe": "pipe", "create_completion": "completion port",
    "create_mapping": "section", "open_mapping": "section", "create_timer": "timer", "create_keyed_event": "event",
    "create_key": "registry key", "open_key": "registry key", "open_thread": "thread", "create_directory": "directory",
    "open_directory": "directory", "open_mutex": "mutex", "open_semaphore": "semaphore", "create_job": "job",
    "open_token": "token", "duplicate_token": "token", "alloc_file_handle": "file", "create_symlink": "link",
    "open_symlink": "link",
}  # fmt: skip
"""What each other request opens."""
_SHOWN = {
    "create_event": "CreateEvent", "create_file": "CreateFile", "open_process": "OpenProcess",
    "create_named_pipe": "CreateNamedPipe", "new_thread": "CreateThread", "dup_handle": "DuplicateHandle",
    "create_completion": "CreateIoCompletionPort", "new_process": "CreateProcess",
}  # fmt: skip
"""Requests by the call that makes them, where no call was traced."""
_OPENS = {
    "socket": ("socket",), "WSASocket": ("socket",), "accept": ("socket",), "CreateThread": ("thread",),
    "_beginthread": ("thread",), "_beginthreadex": ("thread",), "CreateEvent": ("event",),
    "CreateProcess": ("process", "thread"),
}  # fmt: skip
"""What each call opens for its caller; all else that is opened in the middle of a call is its library's own."""


class Server:
    """Folds the wineserver's lines."""

    def __init__(self, lifetimes: Lifetimes) -> None:
        self.lifetimes = lifetimes
        self.handlers: dict[str, Handler] = {
            "close_handle": self.close_handle,
            "dup_handle": self.dup_handle,
            "set_handle_info": self.set_handle_info,
            "open_file_object": self.open_file_object,
            "open_process": self.open_process,
            "new_process": self.new_process,
            "new_thread": self.new_thread,
            "ioctl": self.ioctl,
            "get_async_result": self.get_async_result,
            **{name: self._opener(name, kind) for name, kind in _KINDS.items()},
        }

    def _opener(self, name: str, kind: str) -> Handler:
        shown = _SHOWN.get(name, name)

        def opened(actor: Actor, asked: str, answer: str, at: int) -> None:
            number = _number(answer, "hkey" if kind == "registry key" else "handle")
            if number and not answer.startswith("-"):
                self._open(actor, number, Description(kind), at, asked, shown)

        return opened

    def _open(self, actor: Actor, number: int, what: Description, at: int, asked: str, shown: str) -> None:
        """A request opened a handle: for the program, or for a library in the middle of another call."""
        made = actor.made[-1].name if actor.made else ""
        library = made and what.kind not in _OPENS.get(made, ())
        self.lifetimes.opened(
            actor, number, what, at, Origin.SYSTEM if library else Origin.CREATED,
            inheritable=bool(_hex(asked, "attributes") & _INHERIT), request=shown,
        )  # fmt: skip

    # ---- handles ----------------------------------------------------------------------------------------------------

    def close_handle(self, actor: Actor, asked: str, answer: str, at: int) -> None:
        """A handle was closed, or there was none."""
        self.lifetimes.closed(actor, _number(asked, "handle"), at, found=answer.startswith("0"))

    def dup_handle(self, actor: Actor, asked: str, answer: str, at: int) -> None:
        """A handle was duplicated, perhaps from or into another process, perhaps closing the first."""
        source, target = self._process(actor, asked, "src_process"), self._process(actor, asked, "dst_process")
        options = _hex(asked, "options")
        held = source.table.numbers.get(_number(asked, "src_handle")) if source is not None else None
        number = _number(answer, "handle")
        if number and target is not None:
            what = held.what if held is not None else Description("unknown")
            inheritable = bool(_hex(asked, "attributes") & _INHERIT)
            if options & _SAME_ATTRIBUTES and held is not None:
                inheritable = not held.cloexec
            foreign = target is not actor.process or source is not target
            self.lifetimes.opened(
                actor, number, what, at, Origin.IMPORTED if foreign or self._shares(actor) else Origin.DUPLICATED,
                into=target, inheritable=inheritable, request="DuplicateHandle",
            )  # fmt: skip
        if options & _CLOSE_SOURCE and held is not None:
            del held.table.numbers[held.number]
            self.lifetimes.end(held, self.lifetimes.mark(actor, at, "DuplicateHandle"))

    def _shares(self, actor: Actor) -> bool:
        """Say whether a thread duplicates a socket for WSASocket to open, be it in its own process."""
        return bool(actor.made) and actor.made[-1].name == "WSADuplicateSocket"

    def _process(self, actor: Actor, asked: str, field: str) -> Process | None:
        number = _text(asked, field)
        if number == _PROCESS_ITSELF:
            return actor.process
        held = actor.process.table.numbers.get(int(number or "0", 16) & MASK)
        return self.lifetimes.processes.get(held.what.pid) if held is not None and held.what.pid else None

    def set_handle_info(self, actor: Actor, asked: str, answer: str, at: int) -> None:
        """A handle was marked for children, or for this process alone."""
        del at
        held = actor.process.table.numbers.get(_number(asked, "handle"))
        if held is not None and answer.startswith("0") and _hex(asked, "mask") & 1:
            held.cloexec = not _hex(asked, "flags") & 1

    def open_file_object(self, actor: Actor, asked: str, answer: str, at: int) -> None:
        """A socket, or another device, was opened."""
        number = _number(answer, "handle")
        if number:
            kind = "socket" if AFD in asked else "pipe" if "pipe" in asked else "file"
            self._open(actor, number, Description(kind), at, asked, "CreateFile")

    # ---- processes and threads --------------------------------------------------------------------------------------

    def open_process(self, actor: Actor, asked: str, answer: str, at: int) -> None:
        """A handle to a process."""
        number = _number(answer, "handle")
        if number:
            what = Description("process")
            what.pid = _text(asked, "pid")
            self._open(actor, number, what, at, asked, "OpenProcess")

    def new_process(self, actor: Actor, asked: str, answer: str, at: int) -> None:
        """A child was made; it may inherit handles."""
        number, pid = _number(answer, "handle"), _text(answer, "pid")
        if not number:
            return
        child = self.lifetimes.process(pid)
        child.table.parent = actor.process.table.ident
        if _hex(asked, "flags") & _INHERIT_HANDLES:
            self.lifetimes.inherit(actor, child, at)
        what = Description("process")
        what.pid = pid
        self._open(actor, number, what, at, "", "CreateProcess")

    def new_thread(self, actor: Actor, asked: str, answer: str, at: int) -> None:
        """A thread was made, here or in a child."""
        number, tid = _number(answer, "handle"), _text(answer, "tid")
        if not tid:
            return
        process = self._process(actor, asked, "process")
        what = Description("thread")
        if number:
            self._open(actor, number, what, at, "", "CreateThread")
        if process is not None:
            new = self.lifetimes.actor(process.pid, tid)
            new.thread.what = what
            if number and actor.made and actor.made[-1].name == "_beginthread":
                new.begun = number

    # ---- sockets ----------------------------------------------------------------------------------------------------

    def ioctl(self, actor: Actor, asked: str, answer: str, at: int) -> None:
        """A request to AFD: what a socket becomes by it."""
        code = asked[5:13]
        if code not in _AFD:
            return
        lifetimes = self.lifetimes
        held = actor.process.table.numbers.get(_number(asked, "handle"))
        if held is None or held.what.kind not in ("socket", "unknown"):
            return
        what, given = held.what, _bytes(asked, "in_data")
        works = answer.startswith(("0", "PENDING"))
        if code == _ACCEPT:
            number = int.from_bytes(_bytes(answer, "out_data"), "little") & MASK
            if number:
                self._accepted(actor, what, number, at)
            elif works:
                actor.accepts[_text(asked, "user")] = held.number
        elif not works:
            return
        elif code == _CREATE:
            what.stream = given[4:8] == b"\1\0\0\0"
        elif code == _ACCEPT_INTO:
            into = actor.process.table.numbers.get(int.from_bytes(given[:4], "little") & MASK)
            if into is not None:
                into.what.connected = True
                into.what.remote = ("a client", -1)
        elif code == _CONNECT:
            what.connected = True
            what.remote = sockaddr(given[8:]) or ("?", -1)
        elif code == _LISTEN:
            what.listening = lifetimes.mark(actor, at, "listen")
        elif code == _SHUTDOWN:
            what.shut = what.shut or given[:1] != b"\1"
        elif code == _REUSEADDR:
            what.reuse = given[:1] != b"\0"
        elif (found := sockaddr(_bytes(answer, "out_data"))) is not None and found[1]:
            what.local = found
            if code == _BIND:
                lifetimes.sieve.bound(held, found, lifetimes.mark(actor, at, "bind"))

    def get_async_result(self, actor: Actor, asked: str, answer: str, at: int) -> None:
        """An accept that had waited came to its end."""
        listener = actor.accepts.pop(_text(asked, "user_arg"), None)
        number = int.from_bytes(_bytes(answer, "out_data"), "little") & MASK
        if listener is not None and number:
            held = actor.process.table.numbers.get(listener)
            self._accepted(actor, held.what if held is not None else None, number, at)

    def _accepted(self, actor: Actor, listener: Description | None, number: int, at: int) -> None:
        what = Description("socket")
        what.connected = True
        what.remote = ("a client", -1)
        what.local = listener.local if listener is not None else ""
        self.lifetimes.opened(actor, number, what, at, Origin.ACCEPTED, inheritable=True, request="accept")


def _text(fields: str, name: str) -> str:
    """Return a field of a request or an answer: a word of hexadecimal digits, empty where there is none."""
    place = fields.find(f"{name}=")
    while place > 0 and fields[place - 1] not in " {":
        place = fields.find(f"{name}=", place + 1)
    if place < 0:
        return ""
    found = _WORD.match(fields, place + len(name) + 1)
    return found[0] if found is not None else ""


def _hex(fields: str, name: str) -> int:
    return int(_text(fields, name) or "0", 16)


def _number(fields: str, name: str) -> int:
    """Return a handle, without the two low bits."""
    return _hex(fields, name) & MASK


def _bytes(fields: str, name: str) -> bytes:
    """Return the beginning of data, as in ``in_data={02,00,1f,90}``."""
    start = fields.find(f"{name}={{") + len(name) + 2
    if start < len(name) + 2:
        return b""
    return bytes(int(word, 16) for word in fields[start : fields.find("}", start)].split(",")[:BYTES_MAX] if word)


def sockaddr(data: bytes) -> tuple[str, int] | None:
    """Return host and port of an address as Windows has it; None for none."""
    port = int.from_bytes(data[2:4], "big")
    if data[:2] == b"\2\0" and len(data) >= 8:
        return str(IPv4Address(data[4:8])), port
    if data[:2] == b"\x17\0" and len(data) >= 24:
        return str(IPv6Address(data[8:24])), port
    return None
