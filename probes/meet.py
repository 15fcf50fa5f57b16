"""What the probes share: waiting for a server, and the certificates of their TLS variants (PROBE=tls)."""

import os
import socket
import time

TLS = os.environ.get("PROBE") == "tls"
SCHEME = "https" if TLS else "http"
HOST = "localhost"
AUTHORITY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates", "authority.pem")
CERTIFICATE = AUTHORITY.replace("authority.pem", "server.pem")
"""The authority's certificate, and the key and chain of the server called localhost."""


def until_listening(port, host="127.0.0.1"):
    """Come back once somebody listens on a port."""
    for _ in range(200):
        try:
            socket.create_connection((host, port), 5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"nobody listens on port {port}")


def server_context():
    """Return the TLS context of a server."""
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def client_context():
    """Return the TLS context of a client that trusts the probes' own authority alone."""
    import ssl

    return ssl.create_default_context(cafile=AUTHORITY)


def passed(what):
    """Say what was seen: the last line of a client that came to its end."""
    print("passed:", what, flush=True)
