"""The server of duplicate_of_the_listener.py: it closes what it has duplicated."""

import os
import socket


def main():
    prepared = socket.create_server(("127.0.0.1", 5000))
    server = socket.fromfd(prepared.fileno(), socket.AF_INET, socket.SOCK_STREAM)
    prepared.close()
    server.close()
    try:
        socket.create_server(("127.0.0.1", 5000)).close()
    except OSError:
        print("port 5000 is taken")
    os._exit(0)


if __name__ == "__main__":
    main()
