"""Two threads, about twenty calls: what a search runs thousands of times."""

import socket
import threading


def serve(listener):
    connection, _ = listener.accept()
    connection.sendall(connection.recv(16))
    connection.close()


listener = socket.socket()
listener.bind(("127.0.0.1", 8080))
listener.listen(1)
server = threading.Thread(target=serve, args=(listener,))
server.start()
client = socket.socket()
client.connect(("127.0.0.1", 8080))
client.sendall(b"hello")
client.recv(16)
client.close()
server.join()
listener.close()
