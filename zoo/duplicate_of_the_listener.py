"""A reloading server that makes its listener from the number of another socket, and forgets the other.

socket.fromfd duplicates.  Closing the duplicate does not free the port: the socket that it was made from has it, and
nobody will close that before the process ends.

finding: left-open, note
happens on: all
found within: 1
story: 0 preemptions, 0 switches
source: https://github.com/pallets/werkzeug/pull/2498, https://github.com/benoitc/gunicorn/pull/1375
"""

import os
import socket


def main():
    prepared = socket.create_server(("127.0.0.1", 5000))
    server = socket.fromfd(prepared.fileno(), socket.AF_INET, socket.SOCK_STREAM)
    server.close()
    try:
        socket.create_server(("127.0.0.1", 5000)).close()
    except OSError:
        print("port 5000 is taken")
    os._exit(0)


if __name__ == "__main__":
    main()
