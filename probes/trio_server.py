"""trio's echo, on its Windows back end (AFD polls and a completion port)."""

from contextlib import suppress

import trio
from meet import TLS, server_context


async def main():
    async with trio.open_nursery() as nursery:

        async def talk(stream):
            with suppress(trio.BrokenResourceError):  # of the one that only looks whether somebody listens
                await answer(stream)

        async def answer(stream):
            async with stream:
                async for data in stream:
                    if data != b"stop":
                        await stream.send_all(data.upper())
                    else:
                        nursery.cancel_scope.cancel()

        if TLS:
            await trio.serve_ssl_over_tcp(talk, 8000, server_context(), host="127.0.0.1")
        else:
            await trio.serve_tcp(talk, 8000, host="127.0.0.1")


trio.run(main)
