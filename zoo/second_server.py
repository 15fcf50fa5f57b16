"""A development server, started again while the first one still runs.

http.server asks for SO_REUSEADDR, which on Windows lets a second process listen on the same port without an error.
Which of the two is connected to is not said, and the person who changed the program looks at the old one.

finding: two-owners, warning
happens on: all
beside: second_server_again
found within: 1
story: 0 preemptions, 14 switches
source: https://github.com/pallets/werkzeug/issues/1597, https://github.com/tornadoweb/tornado/issues/550, https://github.com/python/cpython/issues/85307
"""

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
