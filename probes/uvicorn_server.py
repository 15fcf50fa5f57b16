"""uvicorn, stopped from within when the application has been told to."""

import asyncio

import uvicorn
from asgi import application, stopped
from meet import CERTIFICATE, TLS


async def main():
    config = uvicorn.Config(
        application, port=8000, log_level="warning", lifespan="off", ssl_certfile=CERTIFICATE if TLS else None
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await stopped.wait()
    server.should_exit = True
    await serving


asyncio.run(main())
