"""The server of shutdown_from_a_handler.py: the handler lets another thread stop it."""

import socket
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        if self.rfile.readline() == b"stop\n":
            threading.Thread(target=self.server.shutdown).start()
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
