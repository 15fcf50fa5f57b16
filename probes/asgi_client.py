"""httpx against an ASGI server: JSON, a body, a stream."""

import httpx
from meet import HOST, SCHEME, TLS, client_context, passed, until_listening

until_listening(8000)
url = f"{SCHEME}://{HOST}:8000"
with httpx.Client(verify=client_context() if TLS else False, trust_env=False) as client:
    assert client.get(f"{url}/hello/you").json() == {"name": "you"}
    body = bytes(range(256)) * 100
    assert client.post(f"{url}/turn", content=body).content == body[::-1]
    with client.stream("GET", f"{url}/count") as answer:
        assert list(answer.iter_lines()) == ["0", "1", "2"]
    assert client.get(f"{url}/nowhere").status_code == 404
    assert client.get(f"{url}/stop").status_code == 200
passed("JSON, 25600 bytes, a stream, 404")
