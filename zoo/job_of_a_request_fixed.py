"""The job is started with the handles it needs, and no others: close_fds is true unless one says otherwise."""

import socket
import subprocess
import sys
import threading

ADDRESS = ("127.0.0.1", 8080)
JOB = "import time; time.sleep(3600)"


def handle(connection):
    with connection:
        connection.recv(100)
        subprocess.Popen([sys.executable, "-c", JOB])
        connection.sendall(b"started")


def browse():
    with socket.create_connection(ADDRESS) as s:
        s.sendall(b"start the job")
        while s.recv(100):
            pass


with socket.create_server(ADDRESS) as listener:
    browser = threading.Thread(target=browse)
    browser.start()
    handle(listener.accept()[0])
browser.join()
