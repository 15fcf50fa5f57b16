"""A threading server that is closed while a client keeps its connection open, and says nothing.

server_close joins every handler's thread.  The handler waits for a request that the client, which is the thread
that closes the server, will never send.

finding: deadlock, error
happens on: all
found within: 1
story: 0 preemptions, 7 switches
source: https://github.com/pymodbus-dev/pymodbus/pull/81
"""

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
    server.server_close()
    client.close()
    thread.join()


if __name__ == "__main__":
    main()
