"""The server of perl_close.py, whose sockets have one owner each.

It keeps what is open under the socket's own number and closes the socket alone; no descriptor of the C runtime
is made, so there is nothing to be closed twice.  Clean on every release.

    notsock check examples/perl_close_fixed.py --windows nt4-sp3,nt4-sp4
"""

import socket

CLIENTS = 2


class Open:
    """What is open, by number."""

    def __init__(self):
        self.sockets = {}

    def add(self, connection):
        number = connection.fileno()
        self.sockets[number] = connection
        return number

    def close(self, number):
        self.sockets.pop(number).close()


def serve(listener, table):
    """Answer one client until it hangs up."""
    connection, _ = listener.accept()
    number = table.add(connection)
    while question := connection.recv(100):
        print("asked", question.decode())
    table.close(number)


def main():
    table = Open()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for number in range(CLIENTS):
            with socket.create_connection(listener.getsockname()) as client:
                client.sendall(b"question %d" % number)
            serve(listener, table)


if __name__ == "__main__":
    main()
