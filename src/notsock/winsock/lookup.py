"""Seam: how Winsock finds the socket behind a number.

Two layers own a socket: the kernel has a handle, and Winsock keeps a context of its own under the handle's
number.  Contract: ``find(winsock, number, call)`` returns the context, or None when the number is no socket
(the caller then fails with 10038).

``context_first`` (INFERRED from Q185727): looks among the contexts and believes what it finds; only for a
number it does not know it asks the kernel, which is how a duplicate made by DuplicateHandle is taken in
(pinned, facts 9 and 13).  Whether the handle is still there is not its business.
``kernel_first`` (INFERRED from Q185727, NT 4.0 SP3): asks the kernel what the number means before anything
else.  After ``_close`` the kernel knows nothing, so ``closesocket`` fails and the context stays behind.
"""

from typing import TYPE_CHECKING

from notsock.afd.endpoint import Endpoint

if TYPE_CHECKING:
    from notsock.winsock.ws2_32 import Context, Ws2_32


def context_first(winsock: "Ws2_32", number: int, call: int) -> "Context | None":
    """Find the context; take in a handle to an endpoint that has none."""
    context = winsock.contexts.get(number)
    if context is not None:
        return context
    thing = winsock.process.table.objects.get(number)
    if isinstance(thing, Endpoint):
        return winsock.open_context(number, thing)
    winsock.process.manager.missed(winsock.process, number, thing, call)
    return None


def kernel_first(winsock: "Ws2_32", number: int, call: int) -> "Context | None":
    """Ask the kernel for an endpoint, then find its context."""
    thing = winsock.process.table.objects.get(number)
    if not isinstance(thing, Endpoint):
        winsock.process.manager.missed(winsock.process, number, thing, call)
        return None
    return winsock.contexts.get(number) or winsock.open_context(number, thing)
