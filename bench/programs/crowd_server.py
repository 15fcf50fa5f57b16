"""A server for a crowd: one exchange with each client, one after the other."""

import socket
import sys

count = int(sys.argv[1])
with socket.create_server(("127.0.0.1", 8000), backlog=count) as listener:
    for _ in range(count):
        connection, _ = listener.accept()
        with connection:
            connection.sendall(connection.recv(32))
