"""The client of answer_at_the_end.py: it shuts its own direction down when it has said all."""

import socket
import threading


def serve(listener):
    connection, _ = listener.accept()
    with connection:
        question = b""
        while data := connection.recv(4096):
            question += data
        connection.sendall(question.upper())


def main():
    with socket.create_server(("127.0.0.1", 7777)) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        with socket.create_connection(listener.getsockname()) as client:
            client.sendall(b"hello")
            client.shutdown(socket.SHUT_WR)
            print(client.recv(4096))
        server.join()


if __name__ == "__main__":
    main()
