"""Where two runs part: the first event that does not say the same in both, whatever its names' numbers are."""

from itertools import zip_longest

from notsock.trace.codec import line_of
from notsock.trace.events import BY_KIND, MachineStarted
from notsock.trace.recorder import Trace


def parting(one: Trace, other: Trace) -> int | None:
    """Return the ordinal (from 0) of the first event that differs, None when the runs are the same throughout.

    The releases that the machines bear are no difference: they are why somebody compares.
    """
    for ordinal, (here, there) in enumerate(zip_longest(one.records(), other.records())):
        if here is None or there is None:
            return ordinal
        mine, theirs = here[1], there[1]
        if mine[0] == theirs[0] == MachineStarted.kind:
            continue
        if mine[0] != theirs[0]:
            return ordinal
        first, second = BY_KIND[mine[0]](*mine[1:]), BY_KIND[theirs[0]](*theirs[1:])
        if line_of(first, one.names) != line_of(second, other.names):
            return ordinal
    return None
