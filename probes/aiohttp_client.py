"""aiohttp's client against aiohttp's server."""

import asyncio

import aiohttp
from meet import HOST, SCHEME, TLS, client_context, passed, until_listening

until_listening(8000)
url = f"{SCHEME}://{HOST}:8000"


async def main():
    connector = aiohttp.TCPConnector(ssl=client_context() if TLS else False)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.get(f"{url}/hello/you") as answer:
            assert await answer.json() == {"name": "you"}
        body = bytes(range(256)) * 300
        async with session.post(f"{url}/turn", data=body) as answer:
            assert await answer.read() == body[::-1]
        async with session.ws_connect(f"{url}/chat") as chat:
            for word in ("one", "two"):
                await chat.send_str(word)
                assert await chat.receive_str() == word.upper()


asyncio.run(main())
passed("JSON, 76800 bytes, WebSocket")
