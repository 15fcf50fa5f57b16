"""A web application that starts a long job from a request; the job holds the connection on which it was asked for.

The application answers and closes.  The browser waits for the end of the answer until the job is done.

finding: leaked-duplicate, error
happens on: all
found within: 1
story: 0 preemptions, 8 switches
source: https://github.com/cherrypy/cherrypy/issues/856, https://github.com/feenkcom/gtoolkit/issues/4163
"""

import socket
import subprocess
import sys
import threading

ADDRESS = ("127.0.0.1", 8080)
JOB = "import time; time.sleep(3600)"


def handle(connection):
    with connection:
        connection.recv(100)
        connection.set_inheritable(True)
        subprocess.Popen([sys.executable, "-c", JOB], close_fds=False)
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
