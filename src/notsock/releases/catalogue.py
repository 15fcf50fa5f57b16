"""The releases, from the current one back: each is its neighbour and what to undo.

The current Windows is the base, because that is what most programs meet; every older one is reached by rows.
Where no article speaks of a release, it behaves as its neighbour, and the table of an article says
"unspecified" there.
"""

from dataclasses import replace

from notsock.afd.lifetime import always, if_provider_attached
from notsock.net.claiming import first_entered, last_entered, look_then_enter, reserve_then_open
from notsock.net.links import in_a_turn, in_the_call
from notsock.net.sharing import by_both, by_newcomer
from notsock.releases.rows import Hotfix, Release, Row
from notsock.tcp.parameters import Parameters
from notsock.values.durations import MILLISECOND, SECOND
from notsock.values.grounds import Grounds
from notsock.values.profile import Profile
from notsock.winsock.lookup import context_first, kernel_first

_CONFIRMED, _MEASURED, _INFERRED, _CONJECTURED = (
    Grounds.CONFIRMED,
    Grounds.MEASURED,
    Grounds.INFERRED,
    Grounds.CONJECTURED,
)

CURRENT = "11"
_LOOPBACK_MSS = 65495

_TCP_11 = Parameters()
_TCP_2000 = Parameters(
    syn_timeout_ns=3 * SECOND,
    syn_retries=2,
    connect_limit_ns=0,
    syn_ack_retries=3,
    refused_retries=2,
    refused_interval_ns=500 * MILLISECOND,
    initial_rto_ns=3 * SECOND,
    max_rto_ns=240 * SECOND,
    initial_window_segments=2,
    msl_ns=120 * SECOND,
    receive_window=17520,
    duplicate_acks=2,
    keep_alive_probes=5,
)
_TCP_NT = replace(
    _TCP_2000, syn_retries=3, refused_retries=3, syn_ack_retries=5, receive_window=8760, fin_wait_2_limit_ns=0
)
_TCP_NT_OLD = replace(_TCP_NT, duplicate_acks=0)


def _loopback(parameters: Parameters) -> Parameters:
    """The same over loopback, whose packets are as large as IPv4 allows."""
    return replace(parameters, mss=_LOOPBACK_MSS if parameters is _TCP_11 else 1460)


def _tcp(parameters: Parameters, source: str, grounds: Grounds, says: str) -> tuple[Row, Row]:
    return (
        Row("tcp", parameters, source, grounds, says),
        Row("tcp_loopback", _loopback(parameters), source, grounds, f"{says} (over loopback)"),
    )


BASE = Profile(
    name=CURRENT,
    title="Windows 11",
    windows_version=(10, 0, 22631),
    claim=reserve_then_open,
    entered=first_entered,
    sharing=by_both,
    find_socket=context_first,
    may_tear_down=always,
    loopback=in_the_call,
    connections_hold_address=False,
    exclusive_use=True,
    dynamic_ports=(49152, 65535),
    tcp_sockets_max=0,
    backlog_max=200,
    backlog_overflow_resets=True,
    unreachable_reported=True,
    sockets_inheritable=True,
    ipv6=True,
    receive_buffer=65536,
    netstat_lists_listeners=True,
    netstat_lists_owners=True,
    tcp=_TCP_11,
    tcp_loopback=_loopback(_TCP_11),
)
"""The current release; its grounds are the pinned facts and Microsoft's documents named at each seam."""

_AFD_UPDATE = Hotfix(
    "afd-update",
    "the updated Afd.sys of Q142634",
    (Row("claim", reserve_then_open, "Q142634", _CONFIRMED, "a port being opened is already taken"),
     Row("entered", first_entered, "Q142634", _INFERRED, "there is one owner again")),
)  # fmt: skip

RELEASES: tuple[Release, ...] = (
    Release(CURRENT, "Windows 11", (10, 0, 22631), None, aliases=("current", "win11")),
    Release(
        "2000", "Windows 2000", (5, 0, 2195), "11",
        (
            Row("sharing", by_newcomer, "Microsoft, Using SO_REUSEADDR; Q194431", _CONFIRMED,
                "only the newcomer's wish is looked at; Server 2003 brought the table"),
            Row("dynamic_ports", (1025, 5000), "Q196271", _CONFIRMED, "dynamic ports end at MaxUserPort, 5000"),
            Row("ipv6", False, "Microsoft, IPv6 for Windows 2000", _CONFIRMED, "no IPv6 out of the box"),
            Row("loopback", in_a_turn, "none: docs/not-modelled.md", _CONJECTURED,
                "a packet through loopback may arrive after its send has returned"),
            Row("receive_buffer", 8192, "Q246984", _CONFIRMED, "AFD buffers 8 KB a socket"),
            Row("netstat_lists_owners", False, "Q261194", _CONFIRMED, "netstat -o came with Windows XP"),
            *_tcp(_TCP_2000, "Q149532, Q140552, Q813056", _CONFIRMED, "NT's timers; FIN_WAIT_2 ends after 300 s"),
        ),
        aliases=("win2000", "nt5"),
    ),
    Release(
        "nt4-sp4", "Windows NT 4.0 SP4", (4, 0, 1381), "2000",
        (
            Row("connections_hold_address", True, "Q307175", _CONFIRMED,
                "a connection keeps its listener's address in use"),
            Row("unreachable_reported", False, "Q263823", _CONFIRMED, "an unreachable UDP port is not reported"),
            *_tcp(_TCP_NT, "Q200770, Q142641, Q199947, Q162179", _CONFIRMED, "NT 4.0's timers and windows"),
        ),
        aliases=("nt4-sp5", "nt4-sp6", "nt4-sp6a"),
    ),
    Release(
        "nt4-sp3", "Windows NT 4.0 SP3", (4, 0, 1381), "nt4-sp4",
        (
            Row("find_socket", kernel_first, "Q185727", _INFERRED,
                "closesocket fails with 10038 once _close has taken the handle"),
            Row("exclusive_use", False, "Q194431", _CONFIRMED, "SO_EXCLUSIVEADDRUSE came with SP4"),
        ),
    ),
    Release(
        "nt4-sp2", "Windows NT 4.0 SP2", (4, 0, 1381), "nt4-sp3",
        (
            Row("find_socket", context_first, "Q185727", _INFERRED, "the defect came with SP3"),
            Row("netstat_lists_listeners", False, "Q131482, Q134404", _CONFIRMED, "netstat shows no listeners"),
        ),
    ),
    Release(
        "nt4-sp1", "Windows NT 4.0 SP1", (4, 0, 1381), "nt4-sp2",
        (
            Row("claim", look_then_enter, "Q142634", _INFERRED, "a port being opened can be taken again"),
            Row("entered", last_entered, "Q142634", _CONFIRMED, "the last process assigned works"),
            *_tcp(_TCP_NT_OLD, "Q162179", _CONFIRMED, "fast retransmission came with SP2"),
        ),
    ),
    Release("nt4", "Windows NT 4.0", (4, 0, 1381), "nt4-sp1", aliases=("nt4-rtm",)),
    Release(
        "nt3.51", "Windows NT 3.51", (3, 51, 1057), "nt4",
        (
            Row("backlog_max", 100, "Q113576, Q127144", _CONFIRMED, "listen takes 100 at most"),
        ),
        hotfixes=(_AFD_UPDATE,),
    ),
    Release(
        "nt3.5", "Windows NT 3.5", (3, 50, 807), "nt3.51",
        (
            Row("claim", reserve_then_open, "Q142634", _CONJECTURED, "the article does not name it"),
            Row("entered", first_entered, "Q142634", _CONJECTURED, "the article does not name it"),
        ),
    ),
    Release(
        "nt4-tse-sp4", "Windows NT 4.0 Terminal Server SP4", (4, 0, 1381), "nt4-sp4",
    ),
    Release(
        "nt4-tse", "Windows NT 4.0 Terminal Server", (4, 0, 1381), "nt4-sp3",
    ),
    Release(
        "98", "Windows 98", (4, 10, 1998), "nt4-sp4",
        (
            Row("may_tear_down", if_provider_attached, "Q198663, Q229658", _INFERRED,
                "a duplicate closed last does not run the provider's close"),
            Row("tcp_sockets_max", 100, "Q198663", _CONFIRMED, "100 TCP sockets, those waiting for close included"),
            Row("sockets_inheritable", False, "Q150523", _CONFIRMED, "sockets are not inherited"),
            Row("exclusive_use", False, "Microsoft, SO_EXCLUSIVEADDRUSE", _CONFIRMED, "not on Windows 9x"),
            Row("backlog_max", 5, "Q113576", _CONJECTURED, "as the smallest of its time"),
        ),
        aliases=("win98",),
    ),
    Release("95", "Windows 95", (4, 0, 950), "98", aliases=("win95",)),
)  # fmt: skip

_BY_NAME = {name: release for release in RELEASES for name in (release.name, *release.aliases)}
_BETWEEN = ("xp", "2003", "vista", "2008", "7", "8", "8.1", "2012", "10", "2016", "2019", "2022")
"""What people ask for and is not there."""


class UnknownReleaseError(ValueError):
    """There is no release of that name; the message lists those there are."""


def release_named(name: str) -> Release:
    """Return a release by its name or alias, in any case."""
    found = _BY_NAME.get(name.lower())
    if found is None:
        known = ", ".join(release.name for release in RELEASES)
        between = " (nothing between 2000 and 11)" if name.lower().removeprefix("win") in _BETWEEN else ""
        raise UnknownReleaseError(f"no release is called {name!r}; there are {known}{between}")
    return found


_profiles: dict[tuple[str, tuple[str, ...]], Profile] = {}


def profile_of(name: str, hotfixes: tuple[str, ...] = ()) -> Profile:
    """Return what a release chooses, with the given updates in force."""
    key = (name, hotfixes)
    profile = _profiles.get(key)
    if profile is None:
        profile = _profiles[key] = _build(release_named(name), hotfixes)
    return profile


def _build(release: Release, hotfixes: tuple[str, ...]) -> Profile:
    base = BASE if release.neighbour is None else profile_of(release.neighbour)
    changes = {row.field: row.value for row in release.rows}
    for hotfix in release.hotfixes:
        if hotfix.name in hotfixes:
            changes.update({row.field: row.value for row in hotfix.rows})
    available = tuple(
        (hotfix.name, tuple((row.field, row.value) for row in hotfix.rows)) for hotfix in release.hotfixes
    )
    return replace(
        base,
        name=release.name,
        title=release.title,
        windows_version=release.windows_version,
        hotfixes=available,
        **changes,
    )


def rows_of(name: str) -> tuple[Row, ...]:
    """Return the rows by which a release differs from its neighbour."""
    return release_named(name).rows
