"""As much of MySQL's protocol as one client needs: greeting, login, one query with one row, end."""

import socket
import struct
from contextlib import suppress


def packet(number, body):
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def text(data):
    return bytes([len(data)]) + data


def column(name):
    parts = b"".join(text(part) for part in (b"def", b"", b"", b"", name, name))
    return parts + struct.pack("<BHIBHBxx", 12, 33, 255, 253, 0, 0)


OK = b"\x00\x00\x00\x02\x00\x00\x00"
END = b"\xfe\x00\x00\x02\x00"
GREETING = (
    b"\x0a8.0.0\x00" + struct.pack("<I", 1) + b"abcdefgh\x00" + struct.pack("<HBHHB", 0xF7FF, 33, 2, 0x000F, 21)
    + bytes(10) + b"ijklmnopqrst\x00mysql_native_password\x00"
)  # fmt: skip


def receive(stream):
    head = stream.read(4)
    return stream.read(int.from_bytes(head[:3], "little")) if head else b""


def serve(connection):
    stream = connection.makefile("rb")
    connection.sendall(packet(0, GREETING))
    if not receive(stream):
        return False
    connection.sendall(packet(2, OK))
    while command := receive(stream):
        if command[:1] == b"\x01":
            return True
        if command.startswith(b"\x03SELECT"):
            answer = packet(1, b"\x02") + packet(2, column(b"id")) + packet(3, column(b"name")) + packet(4, END)
            answer += packet(5, text(b"7") + text("Zoë".encode())) + packet(6, END)
            connection.sendall(answer)
        else:
            connection.sendall(packet(1, OK))
    return True


with socket.create_server(("127.0.0.1", 3306)) as listener:
    while True:
        connection, _ = listener.accept()
        with connection, suppress(ConnectionError):  # the first only looks whether somebody listens
            if serve(connection):
                break
