"""tornado's client against tornado's server."""

import asyncio
import json

from meet import AUTHORITY, HOST, SCHEME, TLS, client_context, passed, until_listening
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

until_listening(8000)
url = f"{SCHEME}://{HOST}:8000"
body = bytes(range(256)) * 100


async def main():
    client = AsyncHTTPClient()
    answer = await client.fetch(f"{url}/hello/you", ca_certs=AUTHORITY)
    assert json.loads(answer.body) == {"name": "you"}
    answer = await client.fetch(f"{url}/turn", method="POST", body=body, ca_certs=AUTHORITY)
    assert answer.body == body[::-1]
    address = url.replace("http", "ws", 1) + "/chat"
    chat = await websocket_connect(HTTPRequest(address, ssl_options=client_context() if TLS else None))
    await chat.write_message("one")
    assert await chat.read_message() == "ONE"
    chat.close()


asyncio.run(main())
passed("JSON, 25600 bytes, WebSocket")
