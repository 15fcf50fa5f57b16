"""Flask's own ``run``; it serves until its process is told to end."""

import logging
import os
import threading
import time

from meet import CERTIFICATE, TLS
from wsgi import application

logging.getLogger("werkzeug").setLevel(logging.ERROR)


def end():
    time.sleep(0.5)
    os._exit(0)


@application.get("/stop")
def stop():
    threading.Thread(target=end).start()
    return "stopping"


application.run(port=8000, ssl_context=(CERTIFICATE, CERTIFICATE) if TLS else None)
