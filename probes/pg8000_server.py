"""As much of PostgreSQL's protocol as one client needs: TLS, login without password, one query with one row, end."""

import socket
import struct

from meet import TLS, server_context


def message(kind, body=b""):
    return kind + struct.pack(">I", len(body) + 4) + body


def column(name, kind):
    return name + b"\x00" + struct.pack(">IhIhih", 0, 0, kind, -1, -1, 0)


TLS_WANTED = struct.pack(">I", 80877103)
READY = message(b"Z", b"I")
INT4, TEXT = 23, 25


def serve(connection):
    stream = connection.makefile("rb")
    head = stream.read(4)
    if not head:
        return False
    start = stream.read(int.from_bytes(head, "big") - 4)
    if start == TLS_WANTED:
        connection.sendall(b"S" if TLS else b"N")
        if TLS:
            connection = server_context().wrap_socket(connection, server_side=True)
            stream = connection.makefile("rb")
        start = stream.read(int.from_bytes(stream.read(4), "big") - 4)
    assert start[:4] == struct.pack(">I", 196608), start
    connection.sendall(message(b"R", bytes(4)) + message(b"S", b"client_encoding\x00UTF8\x00") + READY)
    while kind := stream.read(1):
        body = stream.read(int.from_bytes(stream.read(4), "big") - 4)
        if kind == b"X":
            return True
        if kind == b"Q" and b"SELECT" in body:
            value = "Zoë".encode()
            row = struct.pack(">hi", 2, 1) + b"7" + struct.pack(">i", len(value)) + value
            columns = struct.pack(">h", 2) + column(b"id", INT4) + column(b"name", TEXT)
            answer = message(b"T", columns) + message(b"D", row) + message(b"C", b"SELECT 1\x00")
            connection.sendall(answer + READY)
        elif kind == b"Q":
            connection.sendall(message(b"C", b"BEGIN\x00") + READY)
    return True


with socket.create_server(("127.0.0.1", 5432)) as listener:
    while True:
        connection, _ = listener.accept()
        with connection:
            if serve(connection):
                break
