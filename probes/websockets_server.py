"""websockets' server in asyncio."""

import asyncio

from meet import TLS, server_context
from websockets.asyncio.server import serve


async def main():
    stopped = asyncio.Event()

    async def talk(connection):
        async for message in connection:
            await connection.send(message[::-1])
            if message == "stop":
                stopped.set()

    async with serve(talk, "127.0.0.1", 8000, ssl=server_context() if TLS else None):
        await stopped.wait()


asyncio.run(main())
