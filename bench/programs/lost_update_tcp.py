"""Two asyncio clients add one to a counter over TCP, each reading it first: one process, one loop."""

import asyncio


async def main():
    count = 0

    async def handle(reader, writer):
        nonlocal count
        line = await reader.readline()
        if line == b"get\n":
            writer.write(b"%d\n" % count)
        else:
            count = int(line)
            writer.write(b"ok\n")
        writer.close()

    async def call(line):
        reader, writer = await asyncio.open_connection("127.0.0.1", 8080)
        writer.write(line)
        reply = await reader.readline()
        writer.close()
        return reply

    async def increment():
        seen = int(await call(b"get\n"))
        await call(b"%d\n" % (seen + 1))

    async with await asyncio.start_server(handle, "127.0.0.1", 8080):
        await asyncio.gather(increment(), increment())
    assert count == 2


asyncio.run(main())
