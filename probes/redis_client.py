"""redis-py: two threads that count through one pool, and the asyncio client."""

import asyncio
import threading

import redis
import redis.asyncio
from meet import passed, until_listening

until_listening(6379)
client = redis.Redis(host="127.0.0.1", port=6379, protocol=2, socket_timeout=10)
assert client.get("nobody") is None
assert client.set("name", "Zoë") is True
assert client.get("name") == "Zoë".encode()
threads = [threading.Thread(target=client.incr, args=("count",)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert client.get("count") == b"2"


async def main():
    other = redis.asyncio.Redis(host="127.0.0.1", port=6379, protocol=2)
    assert await other.incr("count") == 3
    await other.execute_command("QUIT")
    await other.aclose()


asyncio.run(main())
client.execute_command("STOP")
client.close()
passed("3 counts")
