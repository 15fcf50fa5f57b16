"""So many connections, one after the other: connect, accept, close on both sides (the first argument)."""

import socket
import sys


def main(rounds):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        for _ in range(rounds):
            client = socket.socket()
            client.connect(listener.getsockname())
            connection, _ = listener.accept()
            client.close()
            connection.close()


main(int(sys.argv[1]))
