"""Q185727: on one service pack, closesocket says 10038 after the C runtime has closed the socket's descriptor.

``_open_osfhandle`` makes a C-runtime descriptor out of a socket, and such a program has to give both up:
``_close`` for the descriptor, which ends the handle alone, and ``closesocket`` for what Winsock itself keeps.
With NT 4.0 SP3, and the Terminal Server built on it, ``closesocket`` in that order fails with 10038; the
service packs before do not have the defect, SP4 (and Terminal Server SP4) has lost it again.

The article's list of products names 4.0 as a whole, its status SP3 alone: the status is followed.  It gives
no mechanism.  Ours: two layers own a socket, the kernel's handle and a context that Winsock keeps under the
handle's number.  Every other release finds the context first and tolerates that the handle has gone; SP3 asks
the kernel first, finds nothing, and leaves the context behind.

Followed to its ends, tolerance is dangerous too: where the number was handed out again between the two calls,
``closesocket`` closes what somebody else has just opened.
"""

from typing import TYPE_CHECKING

from notsock.kb.article import Article, Named, Scenario, Seen, claims
from notsock.objects.process import Process as Api
from notsock.trace.calls import Call
from notsock.trace.events import HandleOpened
from notsock.values.addresses import AF_INET, LOOPBACK4, SOCK_STREAM
from notsock.values.errors import EBADF, INVALID_SOCKET, WSAENOTSOCK
from notsock.values.grounds import Grounds
from notsock.winsock.constants import SO_OPENTYPE, SO_SYNCHRONOUS_NONALERT, SOL_SOCKET

if TYPE_CHECKING:
    from notsock.kb.sight import Sight
    from notsock.system import System

PORT = 7000

# ---- the article's own order -----------------------------------------------------------------------------------


def close_then_closesocket(system: "System") -> None:
    """Give the descriptor up first, the socket second."""
    program = system.machine().process("program")

    @program.thread
    def main(api: Api) -> None:
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        fd = api.crt._open_osfhandle(s, 0)
        api.crt._close(fd)
        api.ws2_32.closesocket(s)


def closesocket_refused(sight: "Sight") -> Seen:
    """See whether closesocket failed with 10038."""
    for failure in sight.failures(Call.CLOSESOCKET):
        if failure.code == WSAENOTSOCK:
            return Seen(affected=True, text=f"{failure} after _close")
    return Seen(affected=False, text="closesocket returned 0 after _close")


# ---- the other order -------------------------------------------------------------------------------------------


def closesocket_then_close(system: "System") -> None:
    """Give the socket up first, the descriptor second: its handle has gone, and only _close says so."""
    program = system.machine().process("program")

    @program.thread
    def main(api: Api) -> None:
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        fd = api.crt._open_osfhandle(s, 0)
        api.ws2_32.closesocket(s)
        api.crt._close(fd)


def either_refused(sight: "Sight") -> Seen:
    """See whether closesocket failed; that _close finds no handle (EBADF) is as it must be."""
    refused = [str(failure) for failure in sight.failures(Call.CLOSESOCKET)]
    if refused:
        return Seen(affected=True, text=refused[0])
    gone = [failure.code for failure in sight.failures(Call.CRT_CLOSE)] == [EBADF]
    return Seen(affected=False, text=f"closesocket returned 0, then _close {'EBADF' if gone else '0'}")


# ---- what stays behind -----------------------------------------------------------------------------------------


def context_left_behind(sight: "Sight") -> Seen:
    """See whether Winsock still keeps the context of a socket that is no more."""
    left = sight.contexts_left_behind()
    if left:
        return Seen(affected=True, text=f"{left} socket context left behind, its socket gone")
    return Seen(affected=False, text="no socket context left behind")


# ---- the number handed out again in between --------------------------------------------------------------------


def recycled_as_socket(system: "System") -> None:
    """Another thread opens a socket of its own while the first stands between its two calls."""
    program = system.machine().process("program")

    @program.thread
    def closer(api: Api) -> None:
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        fd = api.crt._open_osfhandle(s, 0)
        api.crt._close(fd)
        api.ws2_32.closesocket(s)

    @program.thread
    def opener(api: Api) -> None:
        api.ws2_32.WSAStartup()
        t = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        api.ws2_32.bind(t, (LOOPBACK4, PORT))


def recycled_as_event(system: "System") -> None:
    """Another thread makes an event while the first stands between its two calls."""
    program = system.machine().process("program")

    @program.thread
    def closer(api: Api) -> None:
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        fd = api.crt._open_osfhandle(s, 0)
        api.crt._close(fd)
        api.ws2_32.closesocket(s)

    @program.thread
    def opener(api: Api) -> None:
        event = api.kernel32.CreateEvent()
        api.kernel32.SetEvent(event)


def victim_closed(sight: "Sight") -> Seen:
    """See whether closesocket closed what another thread had opened, and what that thread met then."""
    owners: dict[int, int] = {}
    for event in sight.events(HandleOpened):
        assert isinstance(event, HandleOpened)
        owners[event.object] = event.thread
    for use in sight.handle_uses(Call.CLOSESOCKET):
        if use.closed and owners[use.object] != use.thread:
            kind = "socket" if use.type == "endpoint" else use.type
            met = [failure for failure in sight.failures() if failure.thread == owners[use.object]]
            consequence = f"; there {met[0]}" if met else ""
            return Seen(affected=True, text=f"closesocket closed another thread's {kind}{consequence}")
    return Seen(affected=False, text="closesocket closed nothing of another thread")


# ---- reading and writing through the descriptor -----------------------------------------------------------------


def _talk(api: Api) -> None:
    """Connect a socket to a listener of the same program, and use it through a descriptor."""
    api.ws2_32.WSAStartup()
    listener = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
    api.ws2_32.bind(listener, (LOOPBACK4, PORT))
    api.ws2_32.listen(listener, 1)
    s = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
    api.ws2_32.connect(s, (LOOPBACK4, PORT))
    fd = api.crt._open_osfhandle(s, 0)
    api.crt._write(fd, b"hello")
    peer, _ = api.ws2_32.accept(listener)
    api.ws2_32.send(peer, b"hello")
    api.crt._read(fd, 5)
    api.ws2_32.closesocket(s)
    api.ws2_32.closesocket(peer)
    api.ws2_32.closesocket(listener)


def descriptor_of_overlapped(system: "System") -> None:
    """Read and write a socket as socket() makes it, overlapped, through a descriptor."""
    program = system.machine().process("program")

    @program.thread
    def main(api: Api) -> None:
        _talk(api)


def descriptor_of_synchronous(system: "System") -> None:
    """Read and write a socket made after SO_OPENTYPE asked for synchronous ones."""
    program = system.machine().process("program")

    @program.thread
    def main(api: Api) -> None:
        opentype = SO_SYNCHRONOUS_NONALERT.to_bytes(4, "little")
        api.ws2_32.setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, opentype)
        _talk(api)


def descriptor_refused(sight: "Sight") -> Seen:
    """See whether _read and _write were refused."""
    refused = {Call(failure.call): failure.code for failure in sight.failures(Call.CRT_READ, Call.CRT_WRITE)}
    if refused:
        codes = ", ".join(f"_{call.name[4:].lower()} errno {code}" for call, code in sorted(refused.items()))
        return Seen(affected=True, text=f"the C runtime refused the socket: {codes}")
    return Seen(affected=False, text="_read and _write went through")


_AFFECTED: Named = {("nt4-sp3", "nt4-tse"): "Q185727"}
_CLEAN: Named = {
    ("nt4", "nt4-sp1", "nt4-sp2"): "Q185727: not present before SP3",
    ("nt4-sp4", "nt4-tse-sp4"): "Q185727, Q194834: corrected in SP4",
}
_CLAIMS = claims(affected=_AFFECTED, clean=_CLEAN)

ARTICLE = Article(
    number="Q185727",
    title="closesocket fails with 10038 after _close of the socket's C-runtime descriptor",
    claims=_CLAIMS,
    grounds=Grounds.INFERRED,
    mechanism=(
        "Winsock keeps a context under the handle's number. SP3 asks the kernel what the number means before it "
        "looks for the context; after _close the kernel knows nothing. All others believe the context."
    ),
    seams=("notsock.winsock.lookup",),
    scenarios=(
        Scenario(
            "close-then-closesocket",
            "_open_osfhandle, _close, closesocket",
            close_then_closesocket,
            closesocket_refused,
            _CLAIMS,
            decides=True,
        ),
        Scenario(
            "closesocket-then-close",
            "the other order: closesocket, then _close",
            closesocket_then_close,
            either_refused,
        ),
        Scenario(
            "context-left-behind",
            "what Winsock still keeps when both have been called",
            close_then_closesocket,
            context_left_behind,
        ),
        Scenario(
            "recycled-as-socket",
            "another thread's socket gets the number between the two calls",
            recycled_as_socket,
            victim_closed,
        ),
        Scenario(
            "recycled-as-event",
            "another thread's event gets the number between the two calls",
            recycled_as_event,
            victim_closed,
        ),
        Scenario(
            "descriptor-of-overlapped",
            "_write and _read through the descriptor of an overlapped socket (Q131623)",
            descriptor_of_overlapped,
            descriptor_refused,
        ),
        Scenario(
            "descriptor-of-synchronous",
            "the same with a socket made after SO_OPENTYPE (Q131623)",
            descriptor_of_synchronous,
            descriptor_refused,
        ),
    ),
)
