"""The duck-typed socket of late_finalizer.py: it forgets its number when it closes it."""

import socket
import threading


class Duck:
    def __init__(self):
        self.number = socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()

    def close(self):
        number, self.number = self.number, -1
        if number >= 0:
            socket.close(number)

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
