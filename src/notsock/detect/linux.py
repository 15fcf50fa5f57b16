"""What a rule advises on Linux, where it is not what it advises on Windows."""

LINUX_ADVICE = {
    "closed-twice": "close it in one place, and forget the number there (fd = -1)",
    "stale-close": "close the descriptor in one place, and forget its number there (fd = -1)",
    "leaked-duplicate": "open sockets with SOCK_CLOEXEC, and have each child close what it does not use",
    "left-open": "close every socket before the process ends, after shutdown and the peer's answer where it matters",
    "half-closed-pile": "close a connection when recv returns nothing more; close duplicates too",
    "exhausted": "find what is not given back (left-open and half-closed-pile beside it), or raise RLIMIT_NOFILE",
}
