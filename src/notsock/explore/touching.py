"""Touching: what each call is about to touch, read from the live objects before it acts.

A row for a call is a statement: *this is all*.  A call without a row touches everything.
"""
# ruff: noqa: ARG001 - every row has the same signature

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from notsock.afd.endpoint import Endpoint
from notsock.executive.actors import Thread
from notsock.explore.resources import (
    COUNTED,
    DESCRIPTOR,
    DESCRIPTORS,
    LIFE,
    LOCK,
    LOCKS,
    NUMBER,
    OBJECT,
    PIPES,
    PROCESS_IDS,
    TABLE,
    WAITS,
    WINSOCK,
)
from notsock.kernel32.kernel32 import DUPLICATE_CLOSE_SOURCE
from notsock.kernel32.ports import SEVERAL
from notsock.kernel32.processes import CURRENT_PROCESS
from notsock.net.links import Inline
from notsock.objects.completion_port import CompletionPort
from notsock.objects.named_pipe import PipeInstance
from notsock.objects.process import Process
from notsock.trace.calls import Call
from notsock.winsock import constants as c

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
    endpoint = _socket(its, process, thread, second)
    if endpoint is not None and second != GOES_ON:
        its.looks_for(endpoint.host, second, endpoint.protocol)


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
            its.looks_for(endpoint.host, endpoint.local[1] if endpoint.local is not None else 0, endpoint.protocol)


def _closesocket(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    endpoint = _socket(its, process, thread, second)
    its.writes(NUMBER, process.ident, process.table.real(thread.call_first))
    its.closes(endpoint, process)


def _several_sockets(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.reads(WINSOCK, process.ident)
    for number in thread.named:
        its.acts_on(its.number(process, number))


def _set_option(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Set an option of a socket; to join a group, or to leave one, changes the host."""
    _socket(its, process, thread, second)
    if second in (c.IP_ADD_MEMBERSHIP, c.IP_DROP_MEMBERSHIP):
        its.everything()
    elif second == c.SO_UPDATE_ACCEPT_CONTEXT:  # takes over the options of a listener, which the value names
        its.reads(TABLE, process.ident)
        for thing in process.table.objects.values():
            its.reads(OBJECT, thing.ident)


# ---- overlapped calls and completion ports -----------------------------------------------------------------------


def _request(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Begin a request on a socket: it is pending there, or ends at once.  A datagram's socket may be given a port."""
    endpoint = _socket(its, process, thread, second)
    if endpoint is not None and not endpoint.stream and endpoint.local is None:
        its.looks_for(endpoint.host, 0, endpoint.protocol)
    its.ends(thread.handed)


def _connect_request(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    _sends_to(its, process, thread, second)
    its.ends(thread.handed)


def _accept_request(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    listener = _socket(its, process, thread, second)
    its.ends(thread.handed)
    its.acts_on(its.number(process, second))
    if listener is not None and listener.accepted:
        its.connection_of(listener.host, listener.accepted[0])


def _transmit(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    _request(its, process, thread, second)
    its.acts_on(its.number(process, second))


def _file_request(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Read or write by handle; who waited for a pipe has been given all it gets when it goes on."""
    thing = its.number(process, thread.call_first)
    if second == GOES_ON and isinstance(thing, PipeInstance):
        its.handed_over()
        return
    its.acts_on(thing)
    if second != GOES_ON and thread.handed is not None:
        its.ends(thread.handed)


def _take_packet(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Take a packet from a port's queue, or wait for one: that is handed to the thread, which may want others too."""
    if second == GOES_ON and isinstance(thread.woken, tuple) and thread.handed is not SEVERAL:
        its.handed_over()
        return
    port = its.number(process, thread.call_first)
    its.acts_on(port)
    if second == 0 and isinstance(port, CompletionPort) and not port.packets:
        _in_vain(its, process)


def _in_vain(its: "Footprints", process: Process) -> None:
    """A look in vain lets packets that are under way come first."""
    if any(not isinstance(link, Inline) for link in process.machine.system.network.links):
        its.everything()


def _associate(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.acts_on(its.number(process, thread.call_first))
    its.acts_on(its.number(process, second))


def _poll(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Poll sockets on a handle of AFD; what else polls them may end with it."""
    for number in (thread.call_first, *thread.named):
        its.acts_on(its.number(process, number))


def _register(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Have something done when an object is signalled: now, if it is."""
    its.acts_on(its.number(process, thread.call_first))
    its.writes(COUNTED, 0, WAITS)
    if thread.handed is None:
        its.everything()
    its.acts_on(thread.handed)


def _unregister(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    wait, event = thread.handed
    its.writes(COUNTED, 0, WAITS)
    its.acts_on(wait.waits_for if wait is not None else None)
    its.acts_on(its.number(process, event))


# ---- pipes -------------------------------------------------------------------------------------------------------


def _make_pipe(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.writes(PIPES, process.machine.ident)


def _await_client(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Wait for a client: who opens the name is given an instance on which somebody waits."""
    if second == GOES_ON:
        its.handed_over()
        return
    its.writes(PIPES, process.machine.ident)
    its.acts_on(its.number(process, thread.call_first))
    if thread.handed is not None:
        its.ends(thread.handed)


def _open_pipe(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Open a name, which the record does not hold: of any instance that may be opened."""
    machine = process.machine
    its.writes(PIPES, machine.ident)
    for name in machine.named_pipes.values():
        for instance in name.instances:
            if instance.listening:
                its.acts_on(instance)


def _disconnect(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.writes(PIPES, process.machine.ident)
    its.acts_on(its.number(process, thread.call_first))


# ---- handles and processes ---------------------------------------------------------------------------------------


def _process_of(its: "Footprints", process: Process, handle: int) -> Process | None:
    """Look up which process a handle means, be it the pseudo handle of one's own."""
    if handle in (CURRENT_PROCESS, -1):
        return process
    found = its.number(process, handle)
    return found if isinstance(found, Process) else None


def _duplicate(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Give a process a handle to what another one has; whether they have ended makes a difference."""
    source_handle, target_handle, options = thread.handed
    source, target = (_process_of(its, process, handle) for handle in (source_handle, target_handle))
    for each in (source, target):
        if each is not None:
            its.reads(LIFE, each.ident)
    if source is None:
        return
    thing = its.number(source, thread.call_first)
    if options & DUPLICATE_CLOSE_SOURCE:
        its.closes(thing, source)


def _duplicate_socket(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Give a handle to a process of a number."""
    _socket(its, process, thread, second)
    its.reads(COUNTED, 0, PROCESS_IDS)
    target = process.machine.process_of(second)
    if target is not None:
        its.reads(LIFE, target.ident)


def _create_process(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Start a process, which inherits what is marked in the table; what it is given is recorded."""
    its.writes(COUNTED, 0, PROCESS_IDS)
    its.reads(TABLE, process.ident)
    its.reads(DESCRIPTORS, process.ident)
    for number in process.table.objects:
        its.reads(NUMBER, process.ident, number)


def _open_process(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.reads(COUNTED, 0, PROCESS_IDS)
    found = process.machine.process_of(thread.call_first)
    if found is not None:
        its.reads(LIFE, found.ident)
        its.acts_on(found)


def _terminate(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    target = _process_of(its, process, thread.call_first)
    if target is not None:
        its.acts_on(target)
        its.reads(LIFE, target.ident)
        if target.alive:
            its.ends_process(target)


def _exit(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """End the process.  With preemption: where nobody else is ready, no place between two lines is a choice."""
    its.ends_process(process)
    if process.machine.system.preempt != "calls":
        its.everything()


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


def _transfer(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Read or write by descriptor."""
    _descriptor(its, process, thread, second)
    handle = process.crt.handles.get(thread.call_first)
    if second == GOES_ON and handle is not None and isinstance(process.table.objects.get(handle), PipeInstance):
        its.handed_over()


def _new_descriptor(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.writes(DESCRIPTORS, process.ident)


def _copy_descriptor(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    """Make a second descriptor; one of the caller's choice is closed before."""
    its.writes(DESCRIPTORS, process.ident)
    its.reads(DESCRIPTOR, process.ident, thread.call_first)
    handle = process.crt.handles.get(thread.call_first)
    if handle is not None:
        its.number(process, handle)
    if thread.call == Call.CRT_DUP2:
        _gives_up(its, process, second)


def _close_descriptor(its: "Footprints", process: Process, thread: Thread, second: int) -> None:
    its.writes(DESCRIPTORS, process.ident)
    _gives_up(its, process, thread.call_first)


def _gives_up(its: "Footprints", process: Process, descriptor: int) -> None:
    its.writes(DESCRIPTOR, process.ident, descriptor)
    handle = process.crt.handles.get(descriptor)
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
        Call.CREATESEMAPHORE, Call.CREATEPIPE,
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
    *_rows(_set_option, Call.SETSOCKOPT),
    *_rows(_several_sockets, Call.WSAPOLL),
    *_rows(_request, Call.WSARECV, Call.WSASEND, Call.WSARECVFROM, Call.WSASENDTO, Call.DISCONNECTEX),
    *_rows(_connect_request, Call.CONNECTEX),
    *_rows(_accept_request, Call.ACCEPTEX),
    *_rows(_transmit, Call.TRANSMITFILE),
    *_rows(_take_packet, Call.GETQUEUEDCOMPLETIONSTATUS),
    *_rows(_associate, Call.CREATEIOCOMPLETIONPORT),
    *_rows(_poll, Call.DEVICEIOCONTROL),
    *_rows(_register, Call.REGISTERWAIT),
    *_rows(_unregister, Call.UNREGISTERWAIT),
    *_rows(_make_pipe, Call.CREATENAMEDPIPE, Call.WAITNAMEDPIPE),
    *_rows(_await_client, Call.CONNECTNAMEDPIPE),
    *_rows(_open_pipe, Call.CREATEFILE),
    *_rows(_disconnect, Call.DISCONNECTNAMEDPIPE),
    *_rows(_file_request, Call.READFILE, Call.WRITEFILE),
    *_rows(_handle, Call.POSTQUEUEDCOMPLETIONSTATUS, Call.CANCELIOEX),
    *_rows(_handle, Call.PEEKNAMEDPIPE, Call.SETNAMEDPIPEHANDLESTATE),
    *_rows(_handle, Call.RELEASESEMAPHORE, Call.GETEXITCODEPROCESS),
    *_rows(_duplicate, Call.DUPLICATEHANDLE),
    *_rows(_duplicate_socket, Call.WSADUPLICATESOCKET),
    *_rows(_create_process, Call.CREATEPROCESS),
    *_rows(_open_process, Call.OPENPROCESS),
    *_rows(_terminate, Call.TERMINATEPROCESS),
    *_rows(_exit, Call.EXITPROCESS),
    *_rows(_new_descriptor, Call.CRT_PIPE, Call.CRT_OPEN),
    *_rows(_copy_descriptor, Call.CRT_DUP, Call.CRT_DUP2),
    *_rows(_handle, Call.SETEVENT, Call.RESETEVENT, Call.WAITFORSINGLEOBJECT),
    *_rows(_handle, Call.GETHANDLEINFORMATION, Call.GETFILETYPE),
    *_rows(_handles, Call.WAITFORMULTIPLEOBJECTS),
    *_rows(_close_handle, Call.CLOSEHANDLE, Call.ENDTHREAD),
    *_rows(_mark_handle, Call.SETHANDLEINFORMATION),
    *_rows(_open_descriptor, Call.OPEN_OSFHANDLE),
    *_rows(_descriptor, Call.GET_OSFHANDLE, Call.CRT_FSTAT, Call.CRT_LSEEK),
    *_rows(_transfer, Call.CRT_READ, Call.CRT_WRITE),
    *_rows(_close_descriptor, Call.CRT_CLOSE),
])  # fmt: skip
"""The calls that are understood."""
_OF_DESCRIPTORS = (_descriptor, _transfer, _copy_descriptor, _close_descriptor)
OF_DESCRIPTORS = frozenset([call for call, row in ROWS.items() if row in _OF_DESCRIPTORS])
