"""So many connections, one after the other: connect, accept, close on both sides (the first argument)."""

import socket
import sys
import threading


def serve(listener, rounds):
    for _ in range(rounds):
        connection, _ = listener.accept()
        connection.close()


def main(rounds):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = threading.Thread(target=serve, args=(listener, rounds))
        server.start()
        for _ in range(rounds):
            with socket.socket() as client:
                client.connect(listener.getsockname())
        server.join()


main(int(sys.argv[1]))
