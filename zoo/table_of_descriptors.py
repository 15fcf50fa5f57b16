"""A server from Unix: its connections stand in a table of descriptors, and are closed under both names.

Another thread of the server opens and closes sockets meanwhile.  Even where both calls report success the second
one is a close of a number that is anybody's by then.

finding: closed-through-alias, warning
happens on: all
found within: 1
story: 0 preemptions, 4 switches
source: https://github.com/Perl/perl5/pull/20922
"""

import msvcrt
import os
import socket
import threading


def serve(stopped):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as beacon:
        while not stopped.wait(1):
            beacon.sendto(b"here", ("127.0.0.1", 9))


def main():
    stopped = threading.Event()
    beacon = threading.Thread(target=serve, args=(stopped,))
    beacon.start()
    connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    descriptor = msvcrt.open_osfhandle(connection.fileno(), os.O_RDWR)
    os.close(descriptor)
    try:
        connection.close()
    except OSError:
        pass
    stopped.set()
    beacon.join()


if __name__ == "__main__":
    main()
