"""A counter over TCP, of simloop's README: who reads it, and then writes one more, may lose another's update."""

import asyncio


async def main():
    count = writes = 0
    written = asyncio.Event()

    async def handle(reader, writer):
        nonlocal count, writes
        line = await reader.readline()
        if line == b"get\n":
            writer.write(b"%d\n" % count)
        else:
            count = int(line)
            writes += 1
            writer.write(b"ok\n")
        writer.close()
        if writes == 2:
            written.set()

    async with await asyncio.start_server(handle, port=8080):
        await written.wait()
    assert count == 2


asyncio.run(main())
