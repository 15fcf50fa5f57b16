"""A TLS server whose reaper closes an idle connection by its number, which may be nobody's by then, or another's.

The connection has two seconds.  The timer remembers the number of its socket, the handler closes the socket object:
when both come at the same moment, the number is closed twice, and whoever opens a socket in between loses it.
TLS hides nothing of this: the number belongs to the socket below.

    notsock check examples/tls_reaper.py

The certificate in examples/tls is for localhost, signed by itself, valid from July 2025 to July 2035 (a simulated
run begins on 1 January 2026), and its key lies beside it for everybody to read: it is good for this example only.
tls_reaper_fixed.py is the same program without the fault.
"""

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
    reaper = threading.Timer(IDLE_SECONDS, socket.close, [plain.fileno()])
    reaper.start()
    try:
        with context.wrap_socket(plain, server_side=True) as connection:
            connection.sendall(connection.recv(100).upper())
    except OSError as error:
        print("server:", error)
    reaper.cancel()


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
