"""So many MiB (the first argument) from one thread to another."""

import socket
import sys
import threading

CHUNK = 1 << 16


def serve(listener, chunks):
    connection, _ = listener.accept()
    with connection:
        for _ in range(chunks):
            connection.sendall(bytes(CHUNK))


def main(mebibytes):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener, mebibytes << 4)).start()
        with socket.create_connection(listener.getsockname()) as client:
            left = mebibytes << 20
            while data := client.recv(CHUNK):
                left -= len(data)
    assert left == 0


main(int(sys.argv[1]))
