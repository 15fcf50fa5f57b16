"""hypercorn, in asyncio, until the application has been told to stop."""

import asyncio

from asgi import application, stopped
from hypercorn.asyncio import serve
from hypercorn.config import Config
from meet import CERTIFICATE, TLS

config = Config()
config.bind = ["127.0.0.1:8000"]
config.errorlog = None
if TLS:
    config.certfile = config.keyfile = CERTIFICATE
asyncio.run(serve(application, config, shutdown_trigger=stopped.wait))
