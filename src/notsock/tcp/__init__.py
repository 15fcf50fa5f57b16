"""Sans-I/O TCP (RFC 9293): segments and a clock go in, segments and news come out.

This package is here so that the rules by which a connection lives and dies stand in one place that knows no
socket, no Windows and no network. It reads no clock and draws no number: time is an integer of nanoseconds
the owner passes, an initial sequence number is the owner's to choose. What differs between Windows releases
is a number in `parameters.Parameters`.

Not modelled, each because no program the simulated Windows runs can tell: urgent data (RFC 9293 3.8.5; every
receiver treats the flag as absent), window scaling, time stamps and selective acknowledgement (RFC 7323, RFC
2018; the window is the real 16-bit one), explicit congestion notification, fast open, limited transmit (RFC
3042), path-MTU discovery (the owner passes the MSS), IP's own errors (ICMP) and the checksum.
"""
