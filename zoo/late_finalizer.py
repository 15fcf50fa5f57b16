"""A duck-typed socket that closes its number when it is told to, and again when it is collected.

With prompt collection both closes fall together and nothing is noticed.  Here the object is kept a little longer
than its connection, and in between somebody else is given the number.

finding: stale-close, error
happens on: all
found within: 2
story: 2 preemptions, 6 switches
source: https://github.com/eventlet/eventlet/issues/219
"""

import socket
import threading


class Duck:
    def __init__(self):
        self.number = socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()

    def close(self):
        try:
            socket.close(self.number)
        except OSError:
            pass

    __del__ = close


def communicate():
    duck = Duck()
    duck.close()
    threading.current_thread().name  # something else, before the object goes
    del duck


def work():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))
        mine.sendto(b"work", mine.getsockname())


def main():
    threads = [threading.Thread(target=each) for each in (communicate, work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
