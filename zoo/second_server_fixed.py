"""The server of second_server.py: it does not ask for SO_REUSEADDR, and says so when its port is taken."""

import http.server
import threading


class Server(http.server.HTTPServer):
    allow_reuse_address = False


def main():
    try:
        server = Server(("127.0.0.1", 5000), http.server.SimpleHTTPRequestHandler)
    except OSError:
        print("port 5000 is taken")
        return
    with server:
        stop = threading.Timer(60, server.shutdown)
        stop.start()
        server.serve_forever(poll_interval=30)
        stop.join()


if __name__ == "__main__":
    main()
