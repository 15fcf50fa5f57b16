"""The client of pooled_connections.py: the pool drops what the server has closed."""

import socket
import threading
import time

CONNECTIONS = 6


def serve(listener):
    for _ in range(CONNECTIONS):
        connection, _ = listener.accept()
        connection.recv(100)
        connection.sendall(b"answer")
        connection.close()


def main():
    with socket.create_server(("127.0.0.1", 9200)) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        pool = []
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(listener.getsockname())
            connection.sendall(b"question")
            connection.recv(100)
            pool.append(connection)
        server.join()
    for connection in pool:
        connection.close()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
