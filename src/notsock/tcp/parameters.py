"""The numbers of a TCP: time-outs, retries, windows.

They are here, in one frozen object shared by every connection of a host, because they are all that differs
between the TCPs of the Windows releases this project knows; `releases/` makes one for each. The defaults are
those of the current Windows.
"""

from dataclasses import dataclass

_MS = 1_000_000
_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Parameters:
    """How long a TCP waits and how often it tries; durations in nanoseconds, sizes in bytes.

    mss: the largest segment this end takes and sends, 1460 on Ethernet; the owner passes others (loopback:
        65495, its 65535 less the two headers).
    receive_window: 65535, the largest without window scaling. NT: 8 KB rounded up to segments, 8760 on
        Ethernet (Q199947, Q140552).
    syn_timeout_ns: the first SYN's retransmission time-out, doubled each time: 1 s (RFC 6298 2.1; Windows
        since 8, three times an initial RTT of 333 ms, nmap issue 2113). NT 4.0: 3 s (Q200770, Q223450).
    syn_retries: 4 (Get-NetTCPSetting's MaxSynRetransmissions, Windows 11). NT: 3 (Q200770, Q140552).
    connect_limit_ns: an attempt fails as timed out after this, whatever retries are left: 21 s, measured on
        Windows Server 2022 with 4 retries, whose doubling alone would give 31 s (speasy pull request 344; the
        same 21 s in nmap issue 2113). 0 = no limit, as on NT, whose 3 + 6 + 12 s are 21 s anyway (Q223450).
    syn_ack_retries: 3 (Q142641's updated stack, 45 s). NT 3.51 and 4.0 before it: 5 (189 s).
    refused_retries, refused_interval_ns: a RST that answers our SYN does not end the attempt; the SYN is sent
        again after the interval, so often, and then the attempt fails as refused (Q175523). 4 times 500 ms
        are the 2 s that libuv's pull request 2896 and curl's issue 14144 saw; the number is that of the SYN
        retries, of which Q175523 gives 3 for NT. 0 retries: fails at the first RST.
    initial_rto_ns: for data before a round trip was measured, 1 s (RFC 6298 2.1). NT: 3 s.
    initial_rto_after_loss_ns: the same when the SYN itself had to be repeated, 3 s (RFC 6298 5.7).
    min_rto_ns: 300 ms (Get-NetTCPSetting's MinRto, Windows Server 2019 and 11).
    max_rto_ns: 60 s, the least RFC 6298 2.4 allows; it is also what makes 6 SYN retries last the 123 s of
        speasy pull request 344. NT 4.0: 240 s.
    data_retries: 5 (TcpMaxDataRetransmissions, Q140552 and Q170359, unchanged to Windows 7 at least).
    delayed_ack_ns: 200 ms, NT to Windows 7. (The Internet template of Windows Server 2019 shows 40 ms.)
    initial_window_segments: 10 (RFC 6928; Get-NetTCPSetting's InitialCongestionWindow). NT: 2.
    msl_ns: TIME_WAIT lasts twice this. 60 s, so 120 s: TcpTimedWaitDelay's default since Windows Server 2003
        (TechNet cc757512). NT 4.0, 2000: 120 s, so 240 s (Q149532, Q129395).
    fin_wait_2_limit_ns: 300 s, Windows 2000 and later (Q813056); nothing newer says otherwise. It runs from
        the moment our FIN is acknowledged and nothing restarts it. NT 4.0: 0, for ever.
    duplicate_acks: how many bring a fast retransmission: 3 (RFC 5681 3.2). NT 4.0 since SP2: 2 (Q162179);
        before SP2: 0, which means never.
    persist_max_ns: the interval between probes of a closed window grows to this, 240 s (Q153596, NT).
    keep_alive_ns, keep_alive_interval_ns: 2 h of silence, then a probe a second (KeepAliveTime,
        KeepAliveInterval; Q183786, TechNet cc957548, cc957549).
    keep_alive_probes: 10 unanswered ones end the connection, since Vista (SIO_KEEPALIVE_VALS). Before:
        TcpMaxDataRetransmissions, 5.
    silly_window_hold_ns: how long data waits at a window with room for only a part of a segment; 0 = the
        retransmission time-out. NT 3.51: 5 s (Q149525). RFC 9293 3.8.6.2.1 suggests 0.1 to 1 s.
    nagle: whether a new connection delays small segments (RFC 896); TCP_NODELAY sets `no_delay`.
    """

    mss: int = 1460
    receive_window: int = 65535
    syn_timeout_ns: int = 1 * _S
    syn_retries: int = 4
    connect_limit_ns: int = 21 * _S
    syn_ack_retries: int = 3
    refused_retries: int = 4
    refused_interval_ns: int = 500 * _MS
    initial_rto_ns: int = 1 * _S
    initial_rto_after_loss_ns: int = 3 * _S
    min_rto_ns: int = 300 * _MS
    max_rto_ns: int = 60 * _S
    data_retries: int = 5
    delayed_ack_ns: int = 200 * _MS
    initial_window_segments: int = 10
    msl_ns: int = 60 * _S
    fin_wait_2_limit_ns: int = 300 * _S
    duplicate_acks: int = 3
    persist_max_ns: int = 240 * _S
    keep_alive_ns: int = 7200 * _S
    keep_alive_interval_ns: int = 1 * _S
    keep_alive_probes: int = 10
    silly_window_hold_ns: int = 0
    nagle: bool = True

    def __post_init__(self) -> None:
        assert 0 < self.mss <= 65535
        assert 0 < self.receive_window <= 65535, "window scaling is not modelled"
        assert self.syn_timeout_ns > 0
        assert 0 < self.min_rto_ns <= self.max_rto_ns
