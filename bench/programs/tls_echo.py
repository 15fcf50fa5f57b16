"""COUNT echoes of 32 bytes over one TLS connection between two threads."""

import socket
import ssl
import sys
import threading
from pathlib import Path

CERTIFICATE = Path(__file__).parents[2] / "examples" / "tls" / "localhost.pem"


def serve(listener, connections):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    for _ in range(connections):
        plain, _ = listener.accept()
        with context.wrap_socket(plain, server_side=True) as peer:
            while data := peer.recv(100):
                peer.sendall(data)


def main(count, connections):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener, connections))
        server.start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(CERTIFICATE)
        for _ in range(connections):
            plain = socket.create_connection(listener.getsockname())
            with context.wrap_socket(plain, server_hostname="localhost") as mine:
                for _ in range(count // connections):
                    mine.sendall(b"x" * 32)
                    mine.recv(100)
        server.join()


if __name__ == "__main__":
    main(int(sys.argv[1]), 1)
