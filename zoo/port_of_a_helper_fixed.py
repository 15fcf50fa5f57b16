"""The development server's sockets are its own: Python makes none that is inherited unless it is told to (PEP 446)."""

import socket
import subprocess
import sys

ADDRESS = ("127.0.0.1", 8042)
BROWSER = "import time; time.sleep(3600)"


def serve():
    with socket.create_server(ADDRESS):
        subprocess.Popen([sys.executable, "-c", BROWSER], close_fds=False)


for _ in range(2):
    try:
        serve()
    except OSError as error:
        print("the server did not start again:", error)
