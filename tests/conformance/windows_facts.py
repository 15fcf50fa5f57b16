"""The 79 facts about sockets on real Windows that Wine's tests pin, and how each stands here.

``@fact(33)`` marks the test that holds a fact.  A fact without a test says which part of the project will model
it; one where this machine differs says why.  ``docs/fidelity.md`` is made from both (:mod:`fidelity`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """One fact: ``missing`` names what is not modelled yet, ``differs`` why we differ, ``note`` a limit."""

    says: str
    missing: str = ""
    differs: str = ""
    note: str = ""


THREAD_END = "the end of a thread cancels no request (its process's end does)"
EVENTS = "WSAEventSelect and WSAAsyncSelect"

FACTS = {
    1: Fact("Calls before WSAStartup fail with 10093."),
    2: Fact("The last WSACleanup kills every socket of the process; after a new start-up their numbers are 10038."),
    3: Fact("WSACleanup without start-up fails with 10093."),
    4: Fact("listen on 0 or on garbage is 10038."),
    5: Fact(
        "getpeername judges the handle before its pointers (10038); not connected (10057) goes before them too.",
        note="our calls have no pointers",
    ),
    6: Fact(
        "WSADuplicateSocket looks at the socket first (10038), then at the process (10022), then at the buffer.",
        note="our call returns its result",
    ),
    7: Fact("getsockopt on a file is 10038 for every option but SO_OPENTYPE, which takes any handle."),
    8: Fact("WSAGetOverlappedResult rejects a copy made by DuplicateHandle."),
    9: Fact(
        "send, sendto, WSASend and closesocket accept a copy made by DuplicateHandle."
    ),
    10: Fact("WSASend on an event is 10038 before its other arguments are looked at."),
    11: Fact("closesocket on an event fails, and the event stays open."),
    12: Fact("select with a file in any set is 10038, the sets untouched."),
    13: Fact("select takes a copy made by DuplicateHandle in every set."),
    14: Fact("An AFD poll with one bad handle fails as a whole."),
    15: Fact(
        "A new socket's handle is inheritable and may be read and written.", note="access rights are not modelled"
    ),
    16: Fact("WSADuplicateSocket describes the socket; the duplicate reads what is sent to the source's port."),
    17: Fact("A duplicate made before bind does not see the bind: recvfrom is 10022."),
    18: Fact("A completion port belongs to the object, not to the handle."),
    19: Fact("AcceptEx through a duplicate ends only when the last of the two is closed."),
    20: Fact("A blocked accept fails when another thread closes the listener."),
    21: Fact("A blocked select returns 1 and names the socket that was closed, if it was in the read set."),
    22: Fact("If it was only in the except set, select is 10038."),
    23: Fact("WSAPoll returns 1 and POLLNVAL for it."),
    24: Fact("AFD poll reports CLOSE whatever was asked."),
    25: Fact("Closing the handle that an AFD poll was made on does not cancel it."),
    26: Fact("An overlapped TCP receive killed by any close ends in CONNECTION_ABORTED, once."),
    27: Fact("An overlapped UDP receive killed by closesocket ends in CANCELLED."),
    28: Fact("AcceptEx killed by closing the listener ends in CANCELLED, once."),
    29: Fact("AcceptEx killed by closing the accepting socket: 995 or CONNECTION_ABORTED."),
    30: Fact("Closing an idle socket that is tied to a port posts nothing."),
    31: Fact("closesocket posts no FD_CLOSE of its own, CloseHandle does.", EVENTS),
    32: Fact("A thread's end cancels its asynchronous socket I/O unless a port gets it.", THREAD_END),
    33: Fact("select with all sets empty is 10022."),
    34: Fact("INVALID_SOCKET in any set is 10038."),
    35: Fact("One closed socket among good ones is 10038, the sets unchanged."),
    36: Fact("A socket twice in a set counts once; one set may serve two roles; 200 sockets may be asked about."),
    37: Fact("A fresh TCP socket is in no set; an unbound UDP one is writable."),
    38: Fact(
        "A refused blocking connect leaves the socket in no set; a refused non-blocking one puts it into the "
        "except set, and SO_ERROR says 10061 however often it is read."
    ),
    39: Fact("A peer's close makes a socket readable, and recv returns 0."),
    40: Fact("After a reset a socket is readable and writable, not exceptional."),
    41: Fact("select does not signal a WSAEventSelect event again.", EVENTS),
    42: Fact("WSAPoll of nothing is 10022, of a NULL array 10014."),
    43: Fact("A bad entry among good ones gets POLLNVAL; only the good are counted, and there is no error."),
    44: Fact("Only bad entries: 10038, and POLLNVAL in each."),
    45: Fact("Asking for POLLERR, POLLHUP, POLLNVAL, POLLPRI or POLLWRBAND is 10022."),
    46: Fact("A peer's close, whole or half, is POLLHUP beside POLLWRNORM; unread data adds POLLRDNORM."),
    47: Fact("After a reset: POLLERR, POLLHUP, POLLWRNORM."),
    48: Fact("shutdown of an unconnected or listening TCP socket is 10057."),
    49: Fact("SD_SEND twice is fine; send then is 10058."),
    50: Fact("The peer receives 0 again and again, may still send, and its data arrives."),
    51: Fact("After SD_RECEIVE a new recv is 10058, but one that was waiting gets its data."),
    52: Fact("shutdown with a wrong direction is 10022; connect after shutdown is 10056."),
    53: Fact("getpeername still works after both directions are shut."),
    54: Fact("UDP after SD_RECEIVE or SD_SEND: 10058."),
    55: Fact("After sending to a peer that has closed, the next recv is 10053."),
    56: Fact("DisconnectEx without reuse is SD_SEND."),
    57: Fact(
        "A reset ends a waiting receive (an overlapped one with NETNAME_DELETED), and SO_ERROR is 0.",
    ),
    58: Fact("After a reset every recv and send is 10054."),
    59: Fact("An overlapped call that fails at once queues nothing."),
    60: Fact("FD_CLOSE comes once for a connection, with 10053 after a reset.", EVENTS),
    61: Fact(
        "accept inherits SO_REUSEADDR, SO_KEEPALIVE, SO_OOBINLINE, buffer sizes, time-outs, TCP_NODELAY, SO_LINGER."
    ),
    62: Fact("A non-blocking send takes everything; what was queued before closesocket arrives."),
    63: Fact("SO_RCVTIMEO ends a blocking recv with 10060, not an overlapped one."),
    64: Fact("The same address twice is 10048; 10013 if only the second has SO_REUSEADDR; both: fine."),
    65: Fact("Two with SO_REUSEADDR may listen; the first gets the connections, after its close the second."),
    66: Fact("A wildcard and a loopback listener live side by side; the loopback one gets the connections."),
    67: Fact("SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other with 10022."),
    68: Fact("An exclusive wildcard keeps loopback out (10013); the other way round depends on who was first."),
    69: Fact("An exclusive dual-stack [::] keeps IPv4 out; a plain one does not; an IPv4-mapped address is IPv4."),
    70: Fact(
        "bind twice 10022; listen unbound 10022, twice fine; foreign address 10049; short or no address 10014; "
        "wrong family 10047; listen on UDP 10045."
    ),
    71: Fact("getsockname of an unbound socket is 10022."),
    72: Fact("connect on a listener 10022, connected 10056, connecting 10037; send, recv while connecting 10057."),
    73: Fact("UDP: send unconnected 10057, recv unbound 10022; connecting to nothing dissolves the peer."),
    74: Fact("AcceptEx: not listening 10022, bad socket 10038, no buffer 10014.", note="our call has no buffer"),
    75: Fact("Two descriptors on one handle: the first close wins, the second fails with EBADF."),
    76: Fact("_open_osfhandle of -1 or of a closed handle: EBADF."),
    77: Fact(
        "_beginthread's handle is closed by return and _endthread, not by ExitThread or _endthreadex; "
        "_beginthreadex's by nobody."
    ),
    78: Fact("CloseHandle of what is no handle: error 6; of a pseudo handle: fine.", note="no debugger exceptions"),
    79: Fact(
        "Reading and writing a socket as a file: refused if overlapped; else it works and waits, non-blocking or not.",
        note="through _read and _write",
    ),
}


def fact(*numbers):
    """Mark a test that holds these facts."""

    def mark(test):
        test.facts = numbers
        return test

    return mark
