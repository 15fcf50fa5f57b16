"""Q155738: a handle closed twice makes some other thread's socket calls fail with 10038.

The kernel's answer that a handle means an object of another type reaches a Winsock program as 10038.  One way
there is a program that closes a handle twice, and one way to do that unawares is the C runtime: ``_endthread``
closes the handle of its thread by itself, so a program that has closed it too closes it twice.  By then the
number may mean something else, opened by another thread.  It is likelier on a machine with several
processors.  It is the application's error, so there is no fix; the article speaks of NT 3.5, 3.51 and 4.0.

The mechanism is the article's own (CONFIRMED): one handle table, whose most recently freed number is handed
out first, a runtime that closes by number, and two statuses, INVALID_HANDLE and OBJECT_TYPE_MISMATCH, that
both become 10038.  What happens depends only on what the number means when it is closed again: nothing; an
event; a socket, which is then closed under its owner.
"""

from typing import TYPE_CHECKING

from notsock.kb.article import Article, Scenario, Seen, claims
from notsock.objects.process import Process as Api
from notsock.trace.calls import Call
from notsock.values.addresses import AF_INET, ANY4, LOOPBACK4, SOCK_DGRAM
from notsock.values.errors import WSAENOTSOCK
from notsock.values.grounds import Grounds

if TYPE_CHECKING:
    from notsock.kb.sight import Sight
    from notsock.system import System

PORT = 6000
JOBS = 6
SAMPLES = 100
SOCKET_CALLS = (Call.BIND, Call.CLOSESOCKET)


def _work() -> None:
    """Do what the thread was started for."""


def _server(api: Api) -> None:
    """Another thread of the program, which has nothing to do with the first one's handles."""
    api.ws2_32.WSAStartup()
    s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
    api.kernel32.CreateEvent()
    api.ws2_32.bind(s, (ANY4, PORT))


def endthread(system: "System") -> None:
    """Start a thread with _beginthread and close its handle, which _endthread closes again."""
    program = system.machine().process("program")

    @program.thread
    def main(api: Api) -> None:
        thread = api.crt._beginthread(_work)
        api.kernel32.CloseHandle(thread)

    program.thread(_server)


def endthreadex(system: "System") -> None:
    """Start a thread with _beginthreadex, whose handle is the program's to close."""
    program = system.machine().process("program")

    @program.thread
    def main(api: Api) -> None:
        thread = api.crt._beginthreadex(_work)
        api.kernel32.CloseHandle(thread)

    program.thread(_server)


def thread_per_job(system: "System") -> None:
    """Give each job a thread of its own, and close each thread's handle at once."""
    program = system.machine().process("program")

    @program.thread
    def main(api: Api) -> None:
        def work() -> None:
            s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
            api.ws2_32.bind(s, (LOOPBACK4, 0))
            api.ws2_32.closesocket(s)

        api.ws2_32.WSAStartup()
        for _ in range(JOBS):
            api.kernel32.CloseHandle(api.crt._beginthread(work))


_HIT = {
    "": "a free number",
    "endpoint": "another thread's socket",
    "event": "another thread's event",
    "thread": "nothing: closed once",
}


def somebodys_10038(sight: "Sight") -> Seen:
    """See what the second close hit, and whether a socket call then failed with 10038."""
    hit, became, missed = "thread", "", False
    for use in sight.handle_uses(Call.ENDTHREAD, Call.CLOSEHANDLE, *SOCKET_CALLS):
        if use.call in SOCKET_CALLS:
            missed, became = True, use.type
        elif use.type != "thread":
            hit = use.type
    text = f"the second close hit {_HIT[hit]}"
    if not missed:
        return Seen(affected=False, text=text)
    failed = next(failure for failure in sight.failures(*SOCKET_CALLS) if failure.code == WSAENOTSOCK)
    since = f", whose number had become an {became}" if became else ""
    return Seen(affected=True, text=f"{text}; {failed}{since}")


def any_10038(sight: "Sight") -> Seen:
    """See whether any socket call failed with 10038, and which first."""
    for failure in sight.failures(*SOCKET_CALLS):
        if failure.code == WSAENOTSOCK:
            return Seen(affected=True, text=str(failure))
    return Seen(affected=False, text="no call failed with 10038")


_CLAIMS = claims(affected={("nt3.5", "nt3.51", "nt4"): "Q155738"})
_EX = claims(clean={tuple(_CLAIMS): "Q132078: _endthreadex closes nothing"})

ARTICLE = Article(
    number="Q155738",
    title="a handle closed twice makes another thread's socket calls fail with 10038",
    claims=_CLAIMS,
    grounds=Grounds.CONFIRMED,
    mechanism=(
        "_endthread closes the number that its thread's handle had, whatever it means by now. A free number is "
        "INVALID_HANDLE, another type OBJECT_TYPE_MISMATCH, and both are 10038; a socket is closed under its owner."
    ),
    seams=("notsock.objects.handle_table", "notsock.crt.crt", "notsock.values.errors"),
    scenarios=(
        Scenario(
            "endthread",
            "_beginthread and CloseHandle, beside a thread that opens a socket and an event",
            endthread,
            somebodys_10038,
            _CLAIMS,
            decides=True,
        ),
        Scenario("endthreadex", "the same with _beginthreadex", endthreadex, somebodys_10038, _EX),
        Scenario(
            "thread-per-job",
            f"{JOBS} jobs, each in a thread whose handle is closed at once",
            thread_per_job,
            any_10038,
            _CLAIMS,
            samples=SAMPLES,
        ),
    ),
    rated="thread-per-job",
)
