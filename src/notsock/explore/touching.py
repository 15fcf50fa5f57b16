"""Touching: what each call is about to touch, read from the live objects before it acts.

A row for a call is a statement: *this is all*.  A call without a row touches everything.
"""
# ruff: noqa: ARG001 - every row has the same signature

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from notsock.afd.endpoint import Endpoint
from notsock.executive.actors import Thread
from notsock.explore.resources import DESCRIPTOR, DESCRIPTORS, DYNAMIC, LOCK, LOCKS, NUMBER, PORT, TABLE, WINSOCK
from notsock.objects.process import Process
from notsock.trace.calls import Call

if TYPE_CHECKING:
    from notsock.explore.footprints import Footprints

Row: TypeAlias = Callable[["Footprints", Process, Thread, int], None]
"""Given the footprint in the making, the thread and its process, and the call's second argument.

That is GOES_ON for a call that has begun in an earlier turn.
"""
GOES_ON: Final = -1


def _nothing(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Touches nothing that others see, or only what its records say."""


def _lock(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Take one of Python's locks, wait for it, or give it up."""
    if its.narrow:
        its.writes(LOCK, process.ident, thread.call_first)
        its.reads(LOCKS, process.ident)


def _startup(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Begin to use Winsock: a second time changes nothing that anybody reads."""
    if process.ws2_32.started:
        its.reads(WINSOCK, process.ident)
    else:
        its.writes(WINSOCK, process.ident)


def _cleanup(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """End the use of Winsock: the last one closes every socket."""
    its.writes(WINSOCK, process.ident)
    if process.ws2_32.started == 1:
        for number, context in process.ws2_32.contexts.items():
            its.acts_on(context.endpoint)
            its.closes(its.number(process, number), process)


def _room(its: "Footprints", process: Process) -> None:
    """A call makes a socket, which a limit may refuse."""
    its.limit(process.machine.host)
    if process.machine.host.faults.handles:
        its.reads(TABLE, process.ident)


def _new_socket(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.reads(WINSOCK, process.ident)
    _room(its, process)
    if thread.call == Call.WSASOCKET:
        its.acts_on(its.number(process, thread.call_first))
        its.writes(NUMBER, process.ident, process.table.real(thread.call_first))


def _socket(its: "Footprints", process: Process, thread: Thread, second: int) -> Endpoint | None:
    """Look a socket up, in Winsock and in the kernel, and act on it."""
    its.reads(WINSOCK, process.ident)
    thing = its.number(process, thread.call_first)
    its.acts_on(thing)
    context = process.ws2_32.contexts.get(thread.call_first)
    if context is not None and context.endpoint is not thing:
        its.acts_on(context.endpoint)
    return thing if isinstance(thing, Endpoint) else None


def _socket_row(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    _socket(its, process, thread, second)


def _accept(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    listener = _socket(its, process, thread, second)
    if listener is not None and listener.accepted:
        its.connection_of(listener.host, listener.accepted[0])
    _room(its, process)


def _bind(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Look whether a port is free; entering it is recorded."""
    _socket(its, process, thread, second)
    _looks_for_port(its, process, second)


def _looks_for_port(its: "Footprints", process: Process, port: int) -> None:
    machine = process.machine.ident
    if port > 0:
        its.reads(PORT, machine, port)
    elif port == 0:
        its.reads(DYNAMIC, machine)


def _listen(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Begin to listen: whoever arrives at the port finds this socket from now on."""
    endpoint = _socket(its, process, thread, second)
    if endpoint is not None and endpoint.local is not None:
        its.port(process.machine.ident, endpoint.local[1])


def _sends_to(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Connect, or send a datagram: a socket without a port is given one."""
    endpoint = _socket(its, process, thread, second)
    if endpoint is not None:
        its.limit(process.machine.host)
        if second != GOES_ON:
            _looks_for_port(its, process, endpoint.local[1] if endpoint.local is not None else 0)


def _closesocket(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    endpoint = _socket(its, process, thread, second)
    its.writes(NUMBER, process.ident, process.table.real(thread.call_first))
    its.closes(endpoint, process)


def _several_sockets(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.reads(WINSOCK, process.ident)
    for number in thread.named:
        its.acts_on(its.number(process, number))


def _handle(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Look a handle up and act on its object."""
    its.acts_on(its.number(process, thread.call_first))


def _handles(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    for number in thread.named:
        its.acts_on(its.number(process, number))


def _close_handle(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    number = process.table.real(thread.call_first)
    thing = its.number(process, number)
    its.writes(NUMBER, process.ident, number)
    its.closes(thing, process)


def _mark_handle(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Mark a handle for inheritance, or against closing: whoever inherits reads the whole table."""
    its.writes(NUMBER, process.ident, process.table.real(thread.call_first))


def _open_descriptor(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.number(process, thread.call_first)
    its.writes(DESCRIPTORS, process.ident)


def _descriptor(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Look a descriptor up and act on what its handle means."""
    its.reads(DESCRIPTOR, process.ident, thread.call_first)
    handle = process.crt.handles.get(thread.call_first)
    if handle is not None:
        its.acts_on(its.number(process, handle))


def _close_descriptor(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.writes(DESCRIPTORS, process.ident)
    its.writes(DESCRIPTOR, process.ident, thread.call_first)
    handle = process.crt.handles.get(thread.call_first)
    if handle is not None:
        thing = its.number(process, handle)
        its.writes(NUMBER, process.ident, process.table.real(handle))
        its.closes(thing, process)


def _rows(row: Row, *calls: Call) -> Iterable[tuple[int, Row]]:
    return ((int(call), row) for call in calls)


ROWS: Final[Mapping[int, Row]] = dict([
    *_rows(
        _nothing,
        Call.NONE, Call.SLEEP, Call.GETADDRINFO, Call.GETNAMEINFO, Call.GETHOSTNAME, Call.CREATEEVENT,
        Call.CREATETHREAD, Call.EXITTHREAD, Call.BEGINTHREAD, Call.BEGINTHREADEX, Call.ENDTHREADEX,
        # of Python processes only, whose threads share their memory:
        Call.THREAD_START, Call.THREAD_JOIN, Call.TIME,
    ),
    *_rows(_lock, Call.LOCK_ACQUIRE, Call.LOCK_RELEASE),
    *_rows(_startup, Call.WSASTARTUP),
    *_rows(_cleanup, Call.WSACLEANUP),
    *_rows(_new_socket, Call.SOCKET, Call.WSASOCKET),
    *_rows(
        _socket_row,
        Call.SEND, Call.RECV, Call.RECVFROM, Call.SHUTDOWN, Call.GETSOCKNAME, Call.GETPEERNAME, Call.GETSOCKOPT,
        Call.IOCTLSOCKET,
    ),
    *_rows(_accept, Call.ACCEPT),
    *_rows(_bind, Call.BIND),
    *_rows(_listen, Call.LISTEN),
    *_rows(_sends_to, Call.CONNECT, Call.SENDTO),
    *_rows(_closesocket, Call.CLOSESOCKET),
    *_rows(_several_sockets, Call.SELECT),
    *_rows(_handle, Call.SETEVENT, Call.RESETEVENT, Call.WAITFORSINGLEOBJECT),
    *_rows(_handle, Call.GETHANDLEINFORMATION, Call.GETFILETYPE),
    *_rows(_handles, Call.WAITFORMULTIPLEOBJECTS),
    *_rows(_close_handle, Call.CLOSEHANDLE, Call.ENDTHREAD),
    *_rows(_mark_handle, Call.SETHANDLEINFORMATION),
    *_rows(_open_descriptor, Call.OPEN_OSFHANDLE),
    *_rows(_descriptor, Call.GET_OSFHANDLE, Call.CRT_READ, Call.CRT_WRITE, Call.CRT_FSTAT, Call.CRT_LSEEK),
    *_rows(_close_descriptor, Call.CRT_CLOSE),
])  # fmt: skip
"""The calls that are understood.  SETSOCKOPT is not among them: joining a multicast group changes the host."""
OF_DESCRIPTORS = frozenset([call for call, row in ROWS.items() if row in (_descriptor, _close_descriptor)])
