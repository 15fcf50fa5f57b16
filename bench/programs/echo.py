"""A blocking echo between two threads: so many round trips of 32 bytes (the first argument)."""

import socket
import sys
import threading


def serve(listener):
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(32):
            connection.sendall(data)


def main(rounds):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        with socket.create_connection(listener.getsockname()) as client:
            for _ in range(rounds):
                client.sendall(b"x" * 32)
                client.recv(32)
        server.join()


main(int(sys.argv[1]))
