"""The server of table_of_descriptors.py: the table holds the sockets' own numbers, and each is closed once."""

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
    table = {connection.fileno(): connection}
    table.popitem()[1].close()
    stopped.set()
    beacon.join()


if __name__ == "__main__":
    main()
