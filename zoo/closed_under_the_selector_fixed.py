"""The service of closed_under_the_selector.py: it closes its socket when its engine has stopped."""

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
            for key, _ in self.selector.select(0.2):
                key.fileobj.recv(9000)

    def close(self):
        self.done = True
        self.engine.join()
        self.socket.close()


def main():
    Service().close()


if __name__ == "__main__":
    main()
