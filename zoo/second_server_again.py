"""The second start of second_server.py: the same program."""

import http.server
import threading


def main():
    with http.server.HTTPServer(("127.0.0.1", 5000), http.server.SimpleHTTPRequestHandler) as server:
        stop = threading.Timer(60, server.shutdown)
        stop.start()
        server.serve_forever(poll_interval=30)
        stop.join()


if __name__ == "__main__":
    main()
