"""A launcher's development server; a program that the launcher opened holds its port when the server is closed.

The socket was made inheritable for a worker, and every other program that is started with ``close_fds=False`` gets it
too.  The server closes and begins anew: its port is taken, by a file browser that has never heard of it.

finding: leaked-duplicate, error
happens on: all
found within: 1
story: 0 preemptions, 3 switches
source: https://github.com/renpy/renpy/issues/4425, https://github.com/statianzo/Fleck/issues/315, https://github.com/nekename/OpenDeck/pull/131
"""

import socket
import subprocess
import sys

ADDRESS = ("127.0.0.1", 8042)
BROWSER = "import time; time.sleep(3600)"


def serve():
    with socket.create_server(ADDRESS) as listener:
        listener.set_inheritable(True)
        subprocess.Popen([sys.executable, "-c", BROWSER], close_fds=False)


for _ in range(2):
    try:
        serve()
    except OSError as error:
        print("the server did not start again:", error)
