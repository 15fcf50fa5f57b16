"""anyio's echo, on asyncio (or trio: PROBE_BACKEND)."""

import os

import anyio
from anyio.streams.tls import TLSListener
from meet import TLS, server_context


async def main():
    async with anyio.create_task_group() as group:

        async def talk(stream):
            async with stream:
                async for data in stream:
                    if data == b"stop":
                        break
                    await stream.send(data.upper())
                else:
                    return
            group.cancel_scope.cancel()

        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=8000)
        await (TLSListener(listener, server_context()) if TLS else listener).serve(talk, group)


anyio.run(main, backend=os.environ.get("PROBE_BACKEND", "asyncio"))
