"""Adds one to the counter of machine1, so many seconds from the start."""

import asyncio
import sys


async def call(line):
    reader, writer = await asyncio.open_connection("10.0.0.1", 8080)
    writer.write(line)
    reply = await reader.readline()
    writer.close()
    return reply


async def increment():
    await asyncio.sleep(float(sys.argv[1]))
    seen = int(await call(b"get\n"))
    await call(b"%d\n" % (seen + 1))


asyncio.run(increment())
