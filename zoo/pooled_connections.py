"""An HTTP client whose pool keeps connections that the server has long closed.

The server closes idle connections; the pool does not look at its own until it needs one again.  They wait in
CLOSE_WAIT, which has no time-out.

finding: half-closed-pile, warning
happens on: all
found within: 1
story: 0 preemptions, 14 switches
source: https://github.com/urllib3/urllib3/issues/2100, https://github.com/helun/Ektorp/issues/120
"""

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
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
