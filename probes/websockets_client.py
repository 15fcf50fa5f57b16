"""websockets' two clients: with threads, and in asyncio."""

import asyncio

from meet import HOST, TLS, client_context, passed, until_listening
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

until_listening(8000)
url = f"{'wss' if TLS else 'ws'}://{HOST}:8000"
context = client_context() if TLS else None
with connect(url, ssl=context) as talk:
    for message in ("one", bytes(range(256)) * 300):
        talk.send(message)
        assert talk.recv() == message[::-1]


async def main():
    async with connect_async(url, ssl=context) as talk:
        await talk.send("stop")
        assert await talk.recv() == "pots"


asyncio.run(main())
passed("text, 76800 bytes, two clients")
