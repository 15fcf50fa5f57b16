"""The server of close_joins_a_handler.py: its client hangs up first."""

import socket
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while line := self.rfile.readline():
            self.wfile.write(line)


def main():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 5020), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = socket.create_connection(server.server_address)
    client.sendall(b"hello\n")
    client.recv(100)
    server.shutdown()
    client.close()
    server.server_close()
    thread.join()


if __name__ == "__main__":
    main()
