"""Scenes on a simulated Windows: short programs in Windows' own calls, each run once.

``@simulated`` runs a test's body as the main thread of a process, under several schedules; ``run`` takes
several bodies, each a process of its own, on one machine or on one each.  What a body raises, the test raises.
"""

import inspect
from functools import wraps

from notsock.explore.strategies.random import Random
from notsock.net.network import HEALTHY
from notsock.system import System
from notsock.trace.events import Ending
from notsock.winsock import constants as c

AF_INET, AF_INET6, STREAM, DGRAM = 2, 23, 1, 2
ANY, LOOPBACK = "0.0.0.0", "127.0.0.1"
ONE = (1).to_bytes(4, "little")
ZERO = bytes(4)


def run(*mains, release="11", apart=False, conditions=HEALTHY, before=None, strategy=None):
    """Run each main in a process of its own, on one machine or (``apart``) on one each; return the outcome."""
    system = System(release=release, conditions=conditions, strategy=strategy)
    machines = [system.machine() for _ in (mains if apart else mains[:1])]
    for place, main in enumerate(mains):
        process = machines[place if apart else 0].process(f"p{place}")
        process.process.ws2_32.started = 1
        process.thread(main)
    if before is not None:
        before(system)
    outcome = system.run()
    for _, error in system.errors:
        raise error
    assert outcome.ending is Ending.FINISHED, outcome.ending
    return outcome


def simulated(body=None, **options):
    """Run a test's body, whose first argument is the api, as the only program of a machine, three times."""

    def decorate(body):
        @wraps(body)
        def test(**arguments):
            for strategy in (None, Random(1), Random(2)):
                run(lambda api: body(api, **arguments), strategy=strategy, **options)

        signature = inspect.signature(body)
        test.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])
        return test

    return decorate if body is None else decorate(body)


def error(api, result):
    """Return the last error if a call failed, 0 if it did not."""
    answer = result[0] if isinstance(result, tuple) and len(result) == 2 else result
    failed = answer is None or answer is False or (answer.__class__ is int and answer == -1)
    return api.ws2_32.WSAGetLastError() if failed else 0


def later(api, milliseconds, *calls):
    """Make calls in another thread, one after the other, each so much later; return the thread's handle."""

    def body():
        for call in calls:
            api.kernel32.Sleep(milliseconds)
            call()

    return api.kernel32.CreateThread(body)


def tcp(api, family=AF_INET):
    return api.ws2_32.socket(family, STREAM, 0)


def udp(api, family=AF_INET):
    return api.ws2_32.socket(family, DGRAM, 0)


def bound(api, s, address=(LOOPBACK, 0)):
    """Bind a socket and return it."""
    assert api.ws2_32.bind(s, address) == 0, api.ws2_32.WSAGetLastError()
    return s


def listening(api, address=(LOOPBACK, 8000), backlog=5, family=AF_INET):
    """Return a listening socket."""
    s = bound(api, tcp(api, family), address)
    assert api.ws2_32.listen(s, backlog) == 0
    return s


def nonblocking(api, s):
    """Make a socket non-blocking and return it."""
    assert api.ws2_32.ioctlsocket(s, c.FIONBIO, 1) == 0
    return s


def connected(api, address=(LOOPBACK, 8000)):
    """Return a socket connected to an address."""
    s = tcp(api, AF_INET6 if ":" in address[0] else AF_INET)
    assert api.ws2_32.connect(s, address) == 0, api.ws2_32.WSAGetLastError()
    return s


def pair(api, address=(LOOPBACK, 8000)):
    """Return (client, accepted socket, listener), connected over loopback."""
    listener = listening(api, address, family=AF_INET6 if ":" in address[0] else AF_INET)
    client = connected(api, address)
    server, _ = api.ws2_32.accept(listener)
    assert server != -1
    return client, server, listener


def reset(api, s):
    """Close a socket so that its peer is reset."""
    assert api.ws2_32.setsockopt(s, c.SOL_SOCKET, c.SO_LINGER, b"\1\0\0\0") == 0
    assert api.ws2_32.closesocket(s) == 0


def option(api, s, level, name):
    """Return an option as a number."""
    return int.from_bytes(api.ws2_32.getsockopt(s, level, name), "little", signed=True)


def copy(api, s):
    """Return a second handle to a socket, made by DuplicateHandle."""
    number = api.kernel32.DuplicateHandle(-1, s, -1)
    assert number
    return number


def fill(api, s):
    """Send on a blocking socket, whose peer does not read, until the next send would wait."""
    nonblocking(api, s)
    sent = 0
    while (taken := api.ws2_32.send(s, bytes(20_000))) > 0 or api.ws2_32.select([], [s], [], 1_000_000_000)[1]:
        sent += max(taken, 0)
    api.ws2_32.ioctlsocket(s, c.FIONBIO, 0)
    return sent
