"""A service's engine waits on its sockets by number while somebody closes the service.

The selector keeps numbers.  A close from another thread does not take them out, so the next wait names numbers that
are free: 10038, in a thread that has done nothing, on the way down of a program that otherwise works.

finding: use-after-close, warning
happens on: all
found within: 3
story: 1 preemption, 4 switches
source: https://github.com/python-zeroconf/python-zeroconf/pull/30, https://github.com/python-zeroconf/python-zeroconf/pull/88
"""

import selectors
import socket
import threading


class Service:
    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 5353))
        self.selector = selectors.SelectSelector()
        self.selector.register(self.socket, selectors.EVENT_READ)
        self.done = False
        self.engine = threading.Thread(target=self.run)
        self.engine.start()

    def run(self):
        while not self.done:
            try:
                ready = self.selector.select(0.2)
            except OSError:
                return
            for key, _ in ready:
                key.fileobj.recv(9000)

    def close(self):
        self.done = True
        self.socket.close()
        self.engine.join()


def main():
    Service().close()


if __name__ == "__main__":
    main()
