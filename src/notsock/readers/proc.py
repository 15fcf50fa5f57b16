"""The sockets of this Linux machine: who holds them, and what of that deserves a look.

Processes, their names, descriptors and limits are psutil's.  The kernel's tables of sockets are read here, for a socket
is known by its inode: psutil names one holder of each, and the second one is what this is about.  Read without any
privilege; of other users' processes the kernel then tells nothing but that the socket is there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import psutil

from notsock.values.addresses import text_of

_STATES = {
    1: "ESTABLISHED", 2: "SYN_SENT", 3: "SYN_RECEIVED", 4: "FIN_WAIT_1", 5: "FIN_WAIT_2", 6: "TIME_WAIT",
    7: "CLOSED", 8: "CLOSE_WAIT", 9: "LAST_ACK", 10: "LISTENING", 11: "CLOSING",
}  # fmt: skip
"""The kernel's numbers (include/net/tcp_states.h), by netstat's names."""
PILE = 5
"""So many half-closed connections of one process are a pile."""
PROC = Path("/proc")
NEARLY = 0.8
"""The share of a limit from which on it is nearly reached."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has a socket open."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name}[{self.pid}]"


@dataclass(frozen=True, slots=True)
class Socket:
    """One line of the kernel's tables; ``inode`` is 0 for connections that nobody holds any more."""

    protocol: str
    host: str
    port: int
    remote: str
    state: str
    inode: int
    holders: tuple[Holder, ...]

    @property
    def local(self) -> str:
        """Its own address."""
        return text_of(self.host, self.port)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The machine at one moment; ``limits`` has how many descriptors each process has, and may have."""

    sockets: tuple[Socket, ...]
    limits: tuple[tuple[Holder, int, int], ...]
    dynamic: tuple[int, int]


def snapshot() -> Snapshot:
    """Return the machine's sockets and processes as they are now."""
    holders: dict[int, list[Holder]] = defaultdict(list)
    limits = []
    for process in psutil.process_iter(["name"]):
        holder = Holder(process.pid, process.info["name"])
        with suppress(OSError, psutil.Error):
            entries = list((PROC / str(process.pid) / "fd").iterdir())
            for inode in set(map(_inode, entries)) - {0}:
                holders[inode].append(holder)
            limit = process.rlimit(psutil.RLIMIT_NOFILE)[0]
            limits.append((holder, len(entries), 0 if limit == psutil.RLIM_INFINITY else limit))
    sockets = [
        Socket(protocol, *rest, tuple(holders.get(rest[-1], ())))
        for protocol in ("tcp", "tcp6", "udp", "udp6")
        for rest in table(PROC / "net" / protocol, tcp=protocol.startswith("tcp"))
    ]
    return Snapshot(tuple(sockets), tuple(limits), _dynamic())


def half_closed(pids: Iterable[int]) -> list[tuple[int, int, int]]:
    """Return process, descriptor and inode of each connection in CLOSE_WAIT that one of these processes holds."""
    waiting = {
        inode
        for protocol in ("tcp", "tcp6")
        for _, _, _, state, inode in table(PROC / "net" / protocol, tcp=True)
        if state == "CLOSE_WAIT"
    }
    found = []
    for pid in pids if waiting else ():
        with suppress(OSError):
            for entry in (PROC / str(pid) / "fd").iterdir():
                inode = _inode(entry)
                if inode in waiting:
                    found.append((pid, int(entry.name), inode))
    return found


def _inode(entry: Path) -> int:
    try:
        target = str(entry.readlink())
    except OSError:
        return 0
    return int(target[8:-1]) if target.startswith("socket:[") else 0


def _dynamic() -> tuple[int, int]:
    try:
        first, last = (PROC / "sys/net/ipv4/ip_local_port_range").read_text().split()
        return int(first), int(last)
    except (OSError, ValueError):
        return 32768, 60999


def table(path: Path, *, tcp: bool) -> Iterator[tuple[str, int, str, str, int]]:
    """Yield host, port, remote address, state and inode of each line (proc_net_tcp.txt); bad lines are left out."""
    try:
        lines = path.read_text(encoding="latin-1").split("\n")[1:]
    except OSError:
        return
    for line in lines:
        with suppress(ValueError, IndexError):
            words = line.split()
            host, port = _address(words[1])
            there = _address(words[2])
            remote = text_of(*there) if there[1] else "*:*"
            yield host, port, remote, _STATES.get(int(words[3], 16), "?") if tcp else "", int(words[9])


def _address(text: str) -> tuple[str, int]:
    """Read ``0100007F:1F90``: words in the machine's byte order, the port as it is."""
    host, _, port = text.partition(":")
    raw = b"".join(bytes.fromhex(host[place : place + 8])[::-1] for place in range(0, len(host), 8))
    return str(IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw)), int(port, 16)


# ---- what deserves a look -------------------------------------------------------------------------------------------


def worth_a_look(now: Snapshot, before: Snapshot | None = None) -> list[str]:
    """Return a line for each thing that is, or soon will be, in somebody's way; ``before`` tells whether it grows."""
    return [*_piles(now, before), *_shared(now), *_two_owners(now), *_near_limits(now), *_dynamic_ports(now)]


def _half_closed(now: Snapshot) -> "Counter[tuple[str, str]]":
    """Count half-closed connections, by owner and state."""
    piles: Counter[tuple[str, str]] = Counter()
    for each in now.sockets:
        if each.state in ("CLOSE_WAIT", "FIN_WAIT_2"):
            piles[", ".join(map(str, each.holders)) or "nobody", each.state] += 1
    return piles


def _piles(now: Snapshot, before: Snapshot | None) -> Iterator[str]:
    earlier = _half_closed(before) if before is not None else None
    for (owner, state), count in sorted(_half_closed(now).items()):
        if count >= PILE:
            late = "it has not closed, its peers have" if state == "CLOSE_WAIT" else "it has closed, its peers have not"
            grown = count - earlier[owner, state] if earlier is not None else 0
            yield f"{owner} has {count} connections in {state}: {late}" + (f" (+{grown})" if grown > 0 else "")


def _shared(now: Snapshot) -> Iterator[str]:
    for each in now.sockets:
        names = {holder.name for holder in each.holders}
        if each.state == "LISTENING" and len(names) > 1:
            owners = ", ".join(map(str, each.holders))
            yield f"{each.local} is held by different programs: {owners}; one of them has inherited it"


def _two_owners(now: Snapshot) -> Iterator[str]:
    owners: dict[tuple[str, str, int], list[Socket]] = defaultdict(list)
    for each in now.sockets:
        if each.state in ("LISTENING", "") and each.remote == "*:*" and each.inode:
            owners[each.protocol, each.host, each.port].append(each)
    for (protocol, _, _), sockets in owners.items():
        programs = {holder.name for each in sockets for holder in each.holders}
        if len(sockets) > 1:
            who = ", ".join(sorted({str(holder) for each in sockets for holder in each.holders})) or "nobody we may see"
            on_purpose = " (one program: probably on purpose)" if len(programs) == 1 else ""
            yield f"{protocol} {sockets[0].local} has {len(sockets)} owners: {who}{on_purpose}"


def _near_limits(now: Snapshot) -> Iterator[str]:
    for holder, count, limit in now.limits:
        if limit and count >= NEARLY * limit:
            yield f"{holder} has {count} of {limit} descriptors"


def _dynamic_ports(now: Snapshot) -> Iterator[str]:
    first, last = now.dynamic
    used: dict[tuple[str, str], set[int]] = defaultdict(set)
    for each in now.sockets:
        if first <= each.port <= last:
            used[each.protocol, each.host].add(each.port)
    for (protocol, host), ports in used.items():
        if len(ports) >= NEARLY * (last - first + 1):
            yield f"{len(ports)} of {last - first + 1} dynamic {protocol} ports of {host} are in use"
