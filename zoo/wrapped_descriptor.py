"""An inspector's session: a file made over a connection's number outlives the connection.

The file knows the number alone.  When it is dropped, long after the connection was closed, it closes whatever has
the number by then: here, another thread's connection.

finding: stale-close, error
happens on: all
found within: 2
story: 2 preemptions, 6 switches
source: https://github.com/ionelmc/python-manhole/pull/58
"""

import msvcrt
import os
import socket
import threading


def inspect():
    session = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    session.bind(("127.0.0.1", 0))
    wrapper = os.fdopen(msvcrt.open_osfhandle(session.fileno(), 0), "rb", buffering=0)
    session.close()
    try:
        wrapper.close()
    except OSError:
        pass


def work():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))
        mine.sendto(b"work", mine.getsockname())


def main():
    threads = [threading.Thread(target=each) for each in (inspect, work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
