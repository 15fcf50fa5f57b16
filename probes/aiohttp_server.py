"""aiohttp's server: JSON, a body, and a WebSocket."""

import asyncio

from aiohttp import web
from meet import TLS, server_context

stopped = asyncio.Event()


async def hello(request):
    return web.json_response({"name": request.match_info["name"]})


async def turn(request):
    return web.Response(body=(await request.read())[::-1])


async def chat(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data.upper())
    stopped.set()
    return socket


async def main():
    app = web.Application()
    app.add_routes([web.get("/hello/{name}", hello), web.post("/turn", turn), web.get("/chat", chat)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 8000, ssl_context=server_context() if TLS else None).start()
    await stopped.wait()
    await runner.cleanup()


asyncio.run(main())
