"""The standard library's HTTP server: for the clients among the libraries. It stops when it is told to."""

import http.server
import json
import threading

from meet import TLS, server_context


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/stop":
            threading.Timer(0.5, server.shutdown).start()
        self.answer(json.dumps({"path": self.path, "agent": bool(self.headers["User-Agent"])}).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(body[::-1])

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json" if body[:1] == b"{" else "application/octet-stream")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler)
if TLS:
    server.socket = server_context().wrap_socket(server.socket, server_side=True)
server.serve_forever()
server.server_close()
