"""The server of twenty round trips."""

import socket

with socket.create_server(("127.0.0.1", 8000)) as listener:
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(32):
            connection.sendall(data)
