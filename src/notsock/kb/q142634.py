"""Q142634: several processes are each given the same port, and only the last of them hears anything.

Where several programs ask for one particular port at about the same time, a request can be granted although
another one for that port is still being worked on.  The program that was given the port last works; the
others seem to hang, they neither send nor receive there.  Everything else on the machine goes on.  NT 3.51
and 4.0 have it; NT 4.0 lost it with a service pack (SP2, by the lists of fixes Q224792 and Q152841), NT 3.51
only by an updated Afd.sys, which acts after the next restart.

The article gives the driver, not its steps.  Ours: to claim a port is to look it up and to enter the claim,
and in between the driver opens the address object, where another thread may run.  Defective, it looks, opens
and enters last, so that whoever looks meanwhile finds nothing; mended, it enters in the step that looked.  One
after the other, the second is refused with 10048 everywhere.
"""

from typing import TYPE_CHECKING

from notsock.kb.article import Article, Named, Scenario, Seen, claims
from notsock.kernel32.kernel32 import INFINITE
from notsock.objects.process import Process as Api
from notsock.trace.calls import Call
from notsock.values.addresses import AF_INET, ANY4, LOOPBACK4, SOCK_DGRAM, SOCK_STREAM
from notsock.values.errors import WSAEADDRINUSE
from notsock.values.grounds import Grounds

if TYPE_CHECKING:
    from notsock.kb.sight import Sight
    from notsock.system import Machine, System

PORT = 5000
HOTFIX = "afd-update"
LATER_MS = 1000

# ---- two requests at once ---------------------------------------------------------------------------------------


def _two_claims(machine: "Machine", kind: int) -> None:
    for name in ("first", "second"):

        @machine.process(name).thread
        def main(api: Api) -> None:
            api.ws2_32.WSAStartup()
            s = api.ws2_32.socket(AF_INET, kind, 0)
            api.ws2_32.bind(s, (ANY4, PORT))
            api.kernel32.Sleep(INFINITE)


def claim_udp(system: "System") -> None:
    """Two processes bind one UDP port."""
    _two_claims(system.machine(), SOCK_DGRAM)


def claim_tcp(system: "System") -> None:
    """Two processes bind one TCP port."""
    _two_claims(system.machine(), SOCK_STREAM)


def claim_with_update_installed(system: "System") -> None:
    """The same with the updated Afd.sys installed, and the machine not restarted yet."""
    machine = system.machine()
    machine.install(HOTFIX)
    _two_claims(machine, SOCK_DGRAM)


def claim_with_update_acting(system: "System") -> None:
    """The same with the updated Afd.sys installed, after a restart."""
    machine = system.machine()
    machine.install(HOTFIX)
    machine.restart()
    _two_claims(machine, SOCK_DGRAM)


def two_owners(sight: "Sight") -> Seen:
    """See whether the port had two owners at once."""
    refused = sight.failures(Call.BIND)
    if refused:
        return Seen(affected=False, text=f"one owner; the other's {refused[0]}")
    return Seen(affected=True, text=f"both binds of port {PORT} returned 0")


def its_owners(sight: "Sight") -> str:
    """Return who owns the port."""
    return f"port {PORT} was given to {', then to '.join(sight.owners(PORT))}; neither gave it up"


# ---- one after the other ----------------------------------------------------------------------------------------


def one_after_the_other(system: "System") -> None:
    """The second process binds when the first has been given the port."""
    machine = system.machine()

    @machine.process("first").thread
    def first(api: Api) -> None:
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        api.ws2_32.bind(s, (ANY4, PORT))
        api.kernel32.Sleep(2 * LATER_MS)

    @machine.process("second").thread
    def second(api: Api) -> None:
        api.kernel32.Sleep(LATER_MS)
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        api.ws2_32.bind(s, (ANY4, PORT))


def second_granted(sight: "Sight") -> Seen:
    """See whether the second got the port as well, instead of 10048."""
    refused = sight.failures(Call.BIND)
    if [failure.code for failure in refused] == [WSAEADDRINUSE]:
        return Seen(affected=False, text=f"the second's {refused[0]}")
    return Seen(affected=True, text="both binds returned 0, one after the other")


# ---- who hears --------------------------------------------------------------------------------------------------


def hear_udp(system: "System") -> None:
    """Two services on one UDP port, and a client that sends there once both have been given it."""
    machine = system.machine()
    for name in ("first", "second"):

        @machine.process(name).thread
        def serve(api: Api) -> None:
            api.ws2_32.WSAStartup()
            s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
            if api.ws2_32.bind(s, (ANY4, PORT)) == 0:
                api.ws2_32.recvfrom(s, 100, 0)

    @machine.process("client").thread
    def client(api: Api) -> None:
        api.kernel32.Sleep(LATER_MS)
        api.ws2_32.WSAStartup()
        c = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        api.ws2_32.sendto(c, b"hello", 0, (LOOPBACK4, PORT))


def hear_tcp(system: "System") -> None:
    """Two services listening on one TCP port, and a client that connects once both do."""
    machine = system.machine()
    for name in ("first", "second"):

        @machine.process(name).thread
        def serve(api: Api) -> None:
            api.ws2_32.WSAStartup()
            s = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
            if api.ws2_32.bind(s, (ANY4, PORT)) == 0:
                api.ws2_32.listen(s, 5)
                api.ws2_32.accept(s)

    @machine.process("client").thread
    def client(api: Api) -> None:
        api.kernel32.Sleep(LATER_MS)
        api.ws2_32.WSAStartup()
        c = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        api.ws2_32.connect(c, (LOOPBACK4, PORT))


def the_other_deaf(sight: "Sight") -> Seen:
    """See who was given the port last, who heard the client, and who waits for ever."""
    owners, hearers = sight.owners(PORT), sight.hearers(PORT)
    if len(owners) < 2:
        return Seen(affected=False, text=f"one owner, heard by {', '.join(_roles(hearers, owners)) or 'nobody'}")
    deaf = sight.stuck(Call.RECVFROM) + sight.stuck(Call.ACCEPT)
    who = ", ".join(_roles(hearers, owners)) or "nobody"
    return Seen(affected=deaf > 0, text=f"two owners; heard by {who}; {deaf} waits for ever")


def _roles(hearers: list[str], owners: list[str]) -> list[str]:
    """Say which owner each hearer is: the last one given the port, or an earlier one."""
    return ["the only owner" if len(owners) == 1 else "the last owner" if each == owners[-1] else "an earlier owner"
            for each in hearers]  # fmt: skip


_AFFECTED: Named = {("nt3.51", "nt4", "nt4-sp1"): "Q142634"}
_CLEAN: Named = {("nt4-sp2", "nt4-sp3", "nt4-sp4"): "Q142634 with Q224792, Q152841: corrected in SP2"}
_CLAIMS = claims(affected=_AFFECTED, clean=_CLEAN)
_HEARING_BOUND = 2

ARTICLE = Article(
    number="Q142634",
    title="several processes are given the same port, and all but the last hear nothing",
    claims=_CLAIMS,
    grounds=Grounds.INFERRED,
    mechanism=(
        "Claiming a port takes two steps. The defective driver looks, opens the address object, and enters the "
        "claim last; a second request that passes in between finds nothing. The last one entered is found first."
    ),
    seams=("notsock.net.claiming",),
    scenarios=(
        Scenario(
            "claim-udp",
            "two processes bind one UDP port at once",
            claim_udp,
            two_owners,
            _CLAIMS,
            decides=True,
            picture=its_owners,
        ),
        Scenario("claim-tcp", "two processes bind one TCP port at once", claim_tcp, two_owners, _CLAIMS),
        Scenario(
            "one-after-the-other",
            "the second binds after the first has been given the port",
            one_after_the_other,
            second_granted,
            claims(clean={tuple(_CLAIMS): "Microsoft, bind: 10048 for an address in use"}),
        ),
        Scenario(
            "hear-udp",
            "a client sends a datagram to the port of two owners",
            hear_udp,
            the_other_deaf,
            _CLAIMS,
            tells=True,
            bound=_HEARING_BOUND,
        ),
        Scenario(
            "hear-tcp",
            "a client connects to the port of two listeners",
            hear_tcp,
            the_other_deaf,
            _CLAIMS,
            bound=_HEARING_BOUND,
        ),
        Scenario(
            "update-installed",
            "the updated Afd.sys is installed, the machine not restarted",
            claim_with_update_installed,
            two_owners,
            claims(affected={("nt3.51",): "Q142634: the update acts after a restart"}),
            only=("nt3.51",),
        ),
        Scenario(
            "update-acting",
            "the updated Afd.sys is installed, and the machine has restarted",
            claim_with_update_acting,
            two_owners,
            claims(clean={("nt3.51",): "Q142634: the update corrects it"}),
            only=("nt3.51",),
        ),
    ),
)
