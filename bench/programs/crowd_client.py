"""One of a crowd of clients."""

import socket
import time

time.sleep(0.01)
with socket.create_connection(("127.0.0.1", 8000)) as s:
    s.sendall(b"x" * 32)
    s.recv(32)
