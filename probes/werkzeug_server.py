"""Werkzeug's development server, with a thread for each request, until /stop."""

import threading

from meet import CERTIFICATE, TLS
from werkzeug.serving import WSGIRequestHandler, make_server
from wsgi import application


class Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


@application.get("/stop")
def stop():
    threading.Timer(0.5, server.shutdown).start()
    return "stopping"


context = (CERTIFICATE, CERTIFICATE) if TLS else None
server = make_server("127.0.0.1", 8000, application, threaded=True, request_handler=Quiet, ssl_context=context)
server.serve_forever()
server.server_close()
