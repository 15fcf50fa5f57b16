"""The client of twenty round trips, over asyncio's streams."""

import asyncio


async def main():
    await asyncio.sleep(0.001)
    reader, writer = await asyncio.open_connection("127.0.0.1", 8000)
    for _ in range(20):
        writer.write(b"x" * 32)
        await writer.drain()
        await reader.readexactly(32)
    writer.close()
    await writer.wait_closed()


asyncio.run(main())
