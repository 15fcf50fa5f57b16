"""anyio's client: two tasks, a time-out, a memory stream."""

import os

import anyio
from meet import HOST, TLS, client_context, passed, until_listening

until_listening(8000)


async def connect():
    return await anyio.connect_tcp(HOST, 8000, ssl_context=client_context() if TLS else None, tls=TLS)


async def ask(word, results):
    async with await connect() as stream:
        await stream.send(word)
        await results.send(await stream.receive())
        with anyio.move_on_after(0.1) as scope:
            await stream.receive()
        assert scope.cancelled_caught


async def main():
    send, receive = anyio.create_memory_object_stream(10)
    async with anyio.create_task_group() as group, send, receive:
        group.start_soon(ask, b"one", send)
        group.start_soon(ask, b"two", send)
        assert sorted([await receive.receive(), await receive.receive()]) == [b"ONE", b"TWO"]
    async with await connect() as stream:
        await stream.send(b"stop")


anyio.run(main, backend=os.environ.get("PROBE_BACKEND", "asyncio"))
passed("2 tasks, a time-out")
