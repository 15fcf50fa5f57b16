"""A server that is told to stop by a request, and stops itself in the thread that serves it.

shutdown waits until serve_forever has returned; the handler that called it runs inside serve_forever.

finding: deadlock, error
happens on: all
found within: 1
story: 0 preemptions, 3 switches
source: https://github.com/python/cpython/issues/83978, https://github.com/BitBotFactory/MikaLendingBot/pull/274
"""

import socket
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        if self.rfile.readline() == b"stop\n":
            self.server.shutdown()
            self.wfile.write(b"stopped\n")


def main():
    with socketserver.TCPServer(("127.0.0.1", 7778), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with socket.create_connection(server.server_address) as client:
            client.sendall(b"stop\n")
            client.recv(100)
        thread.join()


if __name__ == "__main__":
    main()
