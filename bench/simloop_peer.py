"""What simloop does: its echo, and its README's test of a lost update, run by a Python that has it (NOTSOCK_PEERS).

Prints ``name rate`` lines: round trips a second, seeds a second with its heap frozen, seeds until the bug is found.
"""

import asyncio
import gc
import statistics
import sys
import time

import simloop

ROUNDS = 5_000
SEEDS = 400


async def echo():
    loop = asyncio.get_running_loop()

    async def serve(reader, writer):
        while data := await reader.read(100):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def listen():
        async with await asyncio.start_server(serve, port=8080) as server:
            await server.serve_forever()

    async def ask():
        reader, writer = await asyncio.open_connection("server", 8080)
        for _ in range(ROUNDS):
            writer.write(b"x" * 32)
            await writer.drain()
            await reader.readexactly(32)
        writer.close()
        await asyncio.sleep(1.0)

    loop.net.host("server").create_task(listen())
    await asyncio.sleep(1.0)
    await loop.net.host("client").create_task(ask())


async def lost_update():
    """The README's test, word for word but for its decorator."""
    loop = asyncio.get_running_loop()
    loop.net.set_defaults(latency=(0.001, 0.050))
    count = 0

    async def serve():
        async def handle(reader, writer):
            nonlocal count
            line = await reader.readline()
            if line == b"get\n":
                writer.write(b"%d\n" % count)
            else:
                count = int(line)
                writer.write(b"ok\n")
            writer.close()

        server = await asyncio.start_server(handle, port=8080)
        async with server:
            await server.serve_forever()

    async def call(line):
        reader, writer = await asyncio.open_connection("counter", 8080)
        writer.write(line)
        reply = await reader.readline()
        writer.close()
        return reply

    async def increment():
        seen = int(await call(b"get\n"))
        await call(b"%d\n" % (seen + 1))

    loop.net.host("counter").create_task(serve())
    await asyncio.sleep(1.0)
    first = loop.net.host("a").create_task(increment())
    await asyncio.sleep(0.2)
    second = loop.net.host("b").create_task(increment())
    await asyncio.gather(first, second)
    assert count == 2


def main():
    simloop.explore(lost_update, [0])
    gc.collect()
    gc.freeze()
    begun = time.perf_counter()
    simloop.explore(echo, [0])
    sys.stdout.write(f"echo {ROUNDS / (time.perf_counter() - begun):.1f}\n")
    begun = time.perf_counter()
    failed = [simloop.explore(lost_update, [seed]) is not None for seed in range(SEEDS)]
    sys.stdout.write(f"seeds {SEEDS / (time.perf_counter() - begun):.1f}\n")
    places = [place for place, found in enumerate(failed) if found]
    gaps = [after - before for before, after in zip([-1, *places], places, strict=False)]
    sys.stdout.write(f"found {statistics.mean(gaps) if gaps else SEEDS:.1f}\n")


if __name__ == "__main__":
    main()
