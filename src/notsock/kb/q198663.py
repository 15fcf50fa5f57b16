"""Q198663: on Windows 95 and 98 a duplicated socket that is closed last never closes its connection.

A program hands a TCP socket to another one with ``WSADuplicateSocket`` (on Windows 95 ``DuplicateHandle`` has
the same effect) and closes its own; when the other closes the duplicate, nothing happens to the connection.
It stays in CLOSE_WAIT, its peer in FIN_WAIT_2, for good, and counts among the 100 TCP sockets that the stack
has: after some ten or twenty programs started that way, ``connect`` fails with 10055.  Windows NT closes such
a connection.  Two ways round it: the child creates a socket of its own, whatever it does with it, or the
parent closes its socket only when the child has done with the duplicate.

With Q229658 a mechanism explains all of it (INFERRED): the handle is counted, but the provider's close runs
only if the process that closes last has a provider attached, and a process attaches one when it creates its
first socket, not when it opens a duplicate.  One article says the states stay indefinitely, the other that
they go when the process quits: both are so if the leaked connection belongs to the provider of the process
that created the socket, and goes when *that* process ends.
"""

from collections import Counter
from typing import TYPE_CHECKING

from notsock.kb.article import Article, Named, Scenario, Seen, claims
from notsock.kernel32.processes import CURRENT_PROCESS
from notsock.objects.process import Process as Api
from notsock.trace.calls import Call
from notsock.values.addresses import AF_INET, LOOPBACK4, SOCK_STREAM
from notsock.values.errors import WSAENOBUFS
from notsock.values.grounds import Grounds

if TYPE_CHECKING:
    from notsock.kb.sight import Sight
    from notsock.system import System

PORT = 9000
HOUR_MS = 3_600_000
REST_MS = 100
"""Long enough for every packet to arrive, and for a child to come up: the closing alone is left to the schedule."""
POLL_MS = 250
"""How often a child looks into the mailbox."""
FOREVER = "an hour later"
LAUNCHES = 60
SAMPLES = 3


class Parent:
    """A server that hands one connection to a child.  What differs between the variants is said once, here."""

    def __init__(self, *, by_handle: bool = False, dummy: bool = False, patient: bool = False) -> None:
        self.by_handle = by_handle
        self.dummy = dummy
        self.patient = patient
        self.mailbox: list[object] = []

    def child(self, api: Api) -> None:
        """Take the duplicate out of the mailbox, read to the end of the stream, and close it."""
        while not self.mailbox:
            api.kernel32.Sleep(POLL_MS)
        api.ws2_32.WSAStartup()
        if self.dummy:
            api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        info = self.mailbox.pop()
        s = info if self.by_handle else api.ws2_32.WSASocket(AF_INET, SOCK_STREAM, 0, info)
        api.ws2_32.recv(s, 100)
        api.ws2_32.closesocket(s)

    def hand_over(self, api: Api, s: int) -> int:
        """Start a child, give it a duplicate of ``s``, close ``s``; return the child's handle."""
        child: int
        child, child_id = api.kernel32.CreateProcess("child", self.child)
        api.kernel32.Sleep(REST_MS)
        if self.by_handle:
            duplicate: object = api.kernel32.DuplicateHandle(CURRENT_PROCESS, s, child)
        else:
            duplicate = api.ws2_32.WSADuplicateSocket(s, child_id)
        if not self.patient:
            api.ws2_32.closesocket(s)
        self.mailbox.append(duplicate)
        api.kernel32.WaitForSingleObject(child)
        if self.patient:
            api.ws2_32.closesocket(s)
        return child

    def main(self, api: Api) -> None:
        """Accept one connection, whose peer hangs up at once, and hand it over; live on for an hour."""
        api.ws2_32.WSAStartup()
        listener = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        api.ws2_32.bind(listener, (LOOPBACK4, PORT))
        api.ws2_32.listen(listener, 1)
        peer = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        api.ws2_32.connect(peer, (LOOPBACK4, PORT))
        api.kernel32.Sleep(REST_MS)
        s, _ = api.ws2_32.accept(listener)
        api.ws2_32.closesocket(listener)
        api.ws2_32.closesocket(peer)
        api.kernel32.Sleep(REST_MS)
        api.kernel32.CloseHandle(self.hand_over(api, s))
        api.kernel32.Sleep(HOUR_MS)


def duplicate_closed_last(system: "System") -> None:
    """WSADuplicateSocket; the parent closes first, the child last."""
    system.machine().process("parent").thread(Parent().main)


def duplicate_handle_closed_last(system: "System") -> None:
    """DuplicateHandle; the parent closes first, the child last."""
    system.machine().process("parent").thread(Parent(by_handle=True).main)


def dummy_socket(system: "System") -> None:
    """WSADuplicateSocket; the parent closes first, but the child has made a socket of its own."""
    system.machine().process("parent").thread(Parent(dummy=True).main)


def original_closed_last(system: "System") -> None:
    """WSADuplicateSocket; the child closes first, the parent last."""
    system.machine().process("parent").thread(Parent(patient=True).main)


def still_there(sight: "Sight") -> Seen:
    """See which connections are still there an hour after everything was closed."""
    left = sorted(state.name for state in sight.states_when(Call.SLEEP))
    if left:
        return Seen(affected=True, text=f"{FOREVER}: {', '.join(left)}")
    return Seen(affected=False, text=f"{FOREVER}: no connection left")


def netstat_then(sight: "Sight") -> str:
    """Return netstat at that hour."""
    return "\n".join(sight.netstat(sight.last_left(Call.SLEEP)))


def netstat_at_failure(sight: "Sight") -> str:
    """Return netstat at the moment when connect had failed."""
    return "\n".join(sight.netstat(sight.last_left(Call.CONNECT)))


def outlives_its_creator(sight: "Sight") -> Seen:
    """See which connections are still there when the creating process has ended."""
    left = sorted(state.name for state in sight.states_at_end())
    if left:
        return Seen(affected=True, text=f"after the creating process's end: {', '.join(left)}")
    return Seen(affected=False, text="after the creating process's end: no connection left")


# ---- launch after launch ----------------------------------------------------------------------------------------


class Launcher(Parent):
    """A server that starts a child for every connection, and a client that connects again and again."""

    def serve(self, api: Api) -> None:
        """Hand every connection to a child of its own."""
        api.ws2_32.WSAStartup()
        listener = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        api.ws2_32.bind(listener, (LOOPBACK4, PORT))
        api.ws2_32.listen(listener, 5)
        for _ in range(LAUNCHES):
            s, _ = api.ws2_32.accept(listener)
            api.kernel32.CloseHandle(self.hand_over(api, s))

    def connect(self, api: Api) -> None:
        """Connect and hang up, a second each time; stop where connect fails."""
        api.ws2_32.WSAStartup()
        for _ in range(LAUNCHES):
            api.kernel32.Sleep(1000)
            c = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
            if api.ws2_32.connect(c, (LOOPBACK4, PORT)) != 0:
                return
            api.ws2_32.closesocket(c)


def _launches(system: "System", launcher: Launcher) -> None:
    machine = system.machine()
    machine.process("server").thread(launcher.serve)
    machine.process("client").thread(launcher.connect)


def launches(system: "System") -> None:
    """Children launched one after the other, each closing its duplicate last."""
    _launches(system, Launcher())


def launches_with_dummy(system: "System") -> None:
    """The same, each child with a socket of its own."""
    _launches(system, Launcher(dummy=True))


def launches_patiently(system: "System") -> None:
    """The same, the parent closing last."""
    _launches(system, Launcher(patient=True))


def no_more_connections(sight: "Sight") -> Seen:
    """See whether connect failed for want of sockets, after how many connections, and what there was then."""
    accepted = sight.count(Call.ACCEPT)
    for failure in sight.failures(Call.CONNECT):
        if failure.code == WSAENOBUFS:
            states = Counter(state.name for state in sight.states_when(Call.CONNECT))
            there = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
            return Seen(affected=True, text=f"after {accepted} launches {failure}; there were {there}")
    return Seen(affected=False, text=f"{accepted} launches, and connect never failed")


_NT = ("nt3.5", "nt3.51", "nt4", "nt4-sp1", "nt4-sp2", "nt4-sp3", "nt4-sp4", "nt4-tse", "nt4-tse-sp4")
_CLEAN: Named = {_NT: "Q198663: Windows NT cleans the connection up"}
_CLAIMS = claims(affected={("95", "98"): "Q198663, Q229658"}, clean=_CLEAN)
_BY_HANDLE = claims(affected={("95",): "Q198663"}, clean=_CLEAN)
_ROUND = claims(clean={("95", "98"): "Q198663: the ways round it", **_CLEAN})
_ENDED = claims(clean={("95", "98"): "Q229658: freed when the process quits", **_CLEAN})

ARTICLE = Article(
    number="Q198663",
    title="closesocket on a duplicate that is closed last leaves the connection open",
    claims=_CLAIMS,
    grounds=Grounds.INFERRED,
    mechanism=(
        "On Windows 9x the provider's close runs only in a process that has attached a provider, by creating a "
        "socket of its own. A duplicate closed last anywhere else leaves the connection with its creator's provider."
    ),
    seams=("notsock.afd.lifetime",),
    scenarios=(
        Scenario(
            "duplicate-closed-last",
            "WSADuplicateSocket; the parent closes its socket, then the child its duplicate",
            duplicate_closed_last,
            still_there,
            _CLAIMS,
            decides=True,
            picture=netstat_then,
        ),
        Scenario(
            "duplicate-handle-closed-last",
            "the same with DuplicateHandle",
            duplicate_handle_closed_last,
            still_there,
            _BY_HANDLE,
            picture=netstat_then,
        ),
        Scenario(
            "dummy-socket",
            "the first way round: the child has made a socket of its own",
            dummy_socket,
            still_there,
            _ROUND,
        ),
        Scenario(
            "original-closed-last",
            "the second way round: the parent closes its socket when the child has done",
            original_closed_last,
            still_there,
            _ROUND,
        ),
        Scenario(
            "creator-ends",
            "what is left when the process that created the socket has ended",
            duplicate_closed_last,
            outlives_its_creator,
            _ENDED,
        ),
        Scenario(
            "launches",
            f"a child for each of {LAUNCHES} connections, until connect fails",
            launches,
            no_more_connections,
            _CLAIMS,
            tells=True,
            samples=SAMPLES,
            picture=netstat_at_failure,
        ),
        Scenario(
            "launches-with-dummy",
            "the same, the first way round",
            launches_with_dummy,
            no_more_connections,
            _ROUND,
            samples=SAMPLES,
        ),
        Scenario(
            "launches-patiently",
            "the same, the second way round",
            launches_patiently,
            no_more_connections,
            _ROUND,
            samples=SAMPLES,
        ),
    ),
)
