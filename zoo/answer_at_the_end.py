"""A server that reads to the end of the question, and a client that waits for the answer before it ends it.

TCP has no end of a message, only of a direction.  The client would have to say that it has no more to send.

finding: deadlock, error
happens on: all
found within: 1
story: 0 preemptions, 3 switches
source: https://github.com/staalmannen/APExp/pull/457, https://github.com/ioflo/hio/issues/171
"""

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
            print(client.recv(4096))
        server.join()


if __name__ == "__main__":
    main()
