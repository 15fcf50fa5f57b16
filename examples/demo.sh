#!/bin/sh
# What notsock does, in a minute: the examples on the releases they are about, then one finding and its replay.
set -u

show() {
    printf '\n$ %s\n' "$*"
    "$@"
    status=$?
    if [ "$status" -gt 1 ]; then exit "$status"; fi
}

show notsock check examples/perl_close.py --quiet --windows nt4-sp3
show notsock check examples/perl_close.py --windows nt4-sp2,nt4-sp3,nt4-sp4
show notsock check examples/perl_close_fixed.py --windows nt4-sp2,nt4-sp3,nt4-sp4
show notsock check examples/handoff.py --windows 98,nt4
show notsock check examples/thread_pool.py --windows nt4,11 --cpus 2
show notsock check examples/thread_pool_fixed.py --windows nt4,11 --cpus 2
show notsock kb Q142634 --windows nt4-sp1,nt4-sp2
show notsock check examples/two_services.py --windows nt4-sp1,nt4-sp2

finding=$(ls .notsock/findings/two_services-nt4-sp1-two-owners-*.json | head -n 1)
show notsock replay "$finding"
show notsock replay "$finding" --windows nt4-sp2
