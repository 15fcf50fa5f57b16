"""An echo over asyncio's streams, both ends on one loop: so many round trips of 32 bytes (the first argument)."""

import asyncio
import sys


async def serve(reader, writer):
    while data := await reader.read(100):
        writer.write(data)
        await writer.drain()
    writer.close()


async def main(rounds):
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    for _ in range(rounds):
        writer.write(b"x" * 32)
        await writer.drain()
        await reader.readexactly(32)
    writer.close()
    await writer.wait_closed()
    server.close()


asyncio.run(main(int(sys.argv[1])))
