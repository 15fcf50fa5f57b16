"""The client of twenty round trips."""

import socket
import time

time.sleep(0.001)
with socket.create_connection(("127.0.0.1", 8000)) as s:
    for _ in range(20):
        s.sendall(b"x" * 32)
        s.recv(32)
