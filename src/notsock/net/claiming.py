"""Seam: how a port is claimed, and who is found behind it.

Contract: ``claim`` enters an address object for an endpoint unless another one is in its way, and returns it,
or an NTSTATUS.  Looking up and entering are two steps: between them the driver opens the address object, and
another thread may run.

``reserve_then_open`` (correct): enters the claim in the step that looked, and opens it afterwards, so that
whoever comes in between finds it.
``look_then_enter`` (INFERRED from the symptom in Q142634; that Afd.sys was at fault is CONFIRMED): looks, opens,
and only then enters, so that a second request for a port "in the process of being opened" is granted too.

Contract: ``first_entered``/``last_entered`` choose among several claims that match an arriving packet.
``first_entered``: pinned on real Windows (the first listener gets the connections, the second once the first
has closed).  ``last_entered``: CONFIRMED by Q142634 ("the last process assigned" works).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notsock.net.ports import AddressObject, Ports

LOOKED_UP = "afd.bind.looked-up"


def reserve_then_open(ports: "Ports", wanted: "AddressObject") -> int:
    """Enter the claim together with the look-up; return an NTSTATUS."""
    answer = ports.in_the_way(wanted)
    if answer == 0:
        ports.enter(wanted)
    ports.executive.step(LOOKED_UP)
    return answer


def look_then_enter(ports: "Ports", wanted: "AddressObject") -> int:
    """Look, open, and enter the claim last; return an NTSTATUS."""
    answer = ports.in_the_way(wanted)
    ports.executive.step(LOOKED_UP)
    if answer == 0:
        ports.enter(wanted)
    return answer


def first_entered(claims: "Sequence[AddressObject]") -> "AddressObject":
    """Return the claim that has been there longest."""
    return claims[0]


def last_entered(claims: "Sequence[AddressObject]") -> "AddressObject":
    """Return the newest claim."""
    return claims[-1]
