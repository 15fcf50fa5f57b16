"""Sockets kept in a table of C-runtime descriptors and closed both ways, as Perl for Windows did.

A server and, so that there is somebody to serve, its clients.  Like many programs that came from Unix it keeps
everything that is open under a small number, a descriptor of the C runtime, and when it has done with a
connection it closes both: the descriptor, then the socket.

It fails on Windows NT 4.0 SP3 and Terminal Server (nt4-sp3, nt4-tse): there the second of the two calls says
10038 (Q185727).

    notsock check examples/perl_close.py --windows nt4-sp3,nt4-sp4

perl_close_fixed.py is the same program without that.
"""

import msvcrt
import os
import socket

CLIENTS = 2


class Open:
    """What is open, by descriptor."""

    def __init__(self):
        self.sockets = {}

    def add(self, connection):
        descriptor = msvcrt.open_osfhandle(connection.fileno(), os.O_RDWR)
        self.sockets[descriptor] = connection
        return descriptor

    def close(self, descriptor):
        connection = self.sockets.pop(descriptor)
        os.close(descriptor)
        connection.close()


def serve(listener, table):
    """Answer one client until it hangs up."""
    connection, _ = listener.accept()
    descriptor = table.add(connection)
    while question := connection.recv(100):
        print("asked", question.decode())
    table.close(descriptor)


def main():
    table = Open()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for number in range(CLIENTS):
            with socket.create_connection(listener.getsockname()) as client:
                client.sendall(b"question %d" % number)
            serve(listener, table)


if __name__ == "__main__":
    main()
