"""A TLS server whose reaper shuts an idle connection down and leaves closing it to its owner: tls_reaper.py, mended.

Shutting the socket down wakes the handler, which closes it; a lock tells the reaper whether there is still something
to shut down.

    notsock check examples/tls_reaper_fixed.py
"""

import contextlib
import socket
import ssl
import threading
import time
from pathlib import Path

CERTIFICATE = Path(__file__).parent / "tls" / "localhost.pem"
ADDRESS = ("localhost", 8443)
IDLE_SECONDS = 2


def serve(listener):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    plain, _ = listener.accept()
    connection = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    owner = threading.Lock()

    def reap():
        with owner, contextlib.suppress(OSError):
            if connection.fileno() != -1:
                connection.shutdown(socket.SHUT_RDWR)

    reaper = threading.Timer(IDLE_SECONDS, reap)
    reaper.start()
    try:
        connection.do_handshake()
        connection.sendall(connection.recv(100).upper())
    except OSError as error:
        print("server:", error)
    reaper.cancel()
    with owner:
        connection.close()


def ask(word):
    context = ssl.create_default_context(cafile=CERTIFICATE)
    try:
        with context.wrap_socket(socket.create_connection(ADDRESS), server_hostname=ADDRESS[0]) as connection:
            time.sleep(IDLE_SECONDS)
            connection.sendall(word)
            print("client:", connection.recv(100))
    except OSError as error:
        print("client:", error)


if __name__ == "__main__":
    with socket.create_server(ADDRESS) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        ask(b"hello")
        server.join()
