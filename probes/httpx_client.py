"""httpx: a client that waits, and one in an event loop that asks three things at a time."""

import asyncio

import httpx
from meet import HOST, SCHEME, TLS, client_context, passed, until_listening

until_listening(8000)
url = f"{SCHEME}://{HOST}:8000"
verify = client_context() if TLS else False
with httpx.Client(verify=verify, trust_env=False) as client:
    assert client.get(f"{url}/hello").json()["path"] == "/hello"
    assert client.post(f"{url}/turn", content=b"abc" * 10_000).content == b"cba" * 10_000


async def ask():
    async with httpx.AsyncClient(verify=verify, trust_env=False) as client:
        answers = await asyncio.gather(*(client.get(f"{url}/{number}") for number in range(3)))
        assert [answer.json()["path"] for answer in answers] == ["/0", "/1", "/2"]
        assert (await client.get(f"{url}/stop")).status_code == 200


asyncio.run(ask())
passed("5 requests")
