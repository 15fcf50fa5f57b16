"""trio's client: two tasks at a time, a timeout, a thread."""

import trio
from meet import HOST, TLS, client_context, passed, until_listening

until_listening(8000)
seen = {}


async def connect():
    if TLS:
        return await trio.open_ssl_over_tcp_stream(HOST, 8000, ssl_context=client_context())
    return await trio.open_tcp_stream(HOST, 8000)


async def ask(word):
    async with await connect() as stream:
        await stream.send_all(word)
        seen[word] = await stream.receive_some()
        with trio.move_on_after(0.1) as scope:
            await stream.receive_some()
        assert scope.cancelled_caught


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask, b"one")
        nursery.start_soon(ask, b"two")
    assert await trio.to_thread.run_sync(lambda: 6 * 7) == 42
    async with await connect() as stream:
        await stream.send_all(b"stop")


trio.run(main)
assert seen == {b"one": b"ONE", b"two": b"TWO"}, seen
passed("2 tasks, a timeout, a thread")
