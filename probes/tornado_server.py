"""tornado's server: a handler, a body, a WebSocket."""

import asyncio

import tornado.httpserver
import tornado.web
import tornado.websocket
from meet import TLS, server_context

stopped = asyncio.Event()


class Hello(tornado.web.RequestHandler):
    def get(self, name):
        self.write({"name": name})


class Turn(tornado.web.RequestHandler):
    async def post(self):
        self.finish(self.request.body[::-1])


class Chat(tornado.websocket.WebSocketHandler):
    async def on_message(self, message):
        await self.write_message(message.upper())

    def on_close(self):
        stopped.set()


async def main():
    application = tornado.web.Application([(r"/hello/(\w+)", Hello), (r"/turn", Turn), (r"/chat", Chat)])
    server = tornado.httpserver.HTTPServer(application, ssl_options=server_context() if TLS else None)
    server.listen(8000, "127.0.0.1")
    await stopped.wait()
    server.stop()
    await server.close_all_connections()


asyncio.run(main())
