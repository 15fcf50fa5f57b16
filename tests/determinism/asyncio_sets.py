"""A program whose order of events hangs on sets of tasks, transports and pipes, and on a thread."""

import asyncio


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Ask(asyncio.Protocol):
    def __init__(self, done):
        self.done = done

    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"hello")

    def data_received(self, data):
        self.transport.close()

    def connection_lost(self, error):
        self.done.set_result(error)


async def ask(loop, number):
    done = loop.create_future()
    if number % 2:
        await loop.create_pipe_connection(lambda: Ask(done), r"\\.\pipe\test")
    else:
        await loop.create_connection(lambda: Ask(done), "127.0.0.1", 8000)
    await done
    return number


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 8000)
    [pipes] = await loop.start_serving_pipe(Echo, r"\\.\pipe\test")
    tasks = {asyncio.create_task(ask(loop, number)) for number in range(6)}
    idle = {asyncio.create_task(asyncio.sleep(3600)) for _ in range(6)}
    done, _ = await asyncio.wait(tasks)
    assert await asyncio.to_thread(lambda: 7) == 7
    for task in done:
        await asyncio.sleep(task.result())
    for task in idle:
        task.cancel()
    pipes.close()
    server.close()


asyncio.run(main())
