"""The server of twenty round trips, over asyncio's streams."""

import asyncio


async def serve(reader, writer):
    while data := await reader.read(32):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()
    done.set()


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", 8000):
        await done.wait()


done = asyncio.Event()
asyncio.run(main())
