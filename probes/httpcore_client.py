"""httpcore: a pool that keeps its connection."""

import httpcore
from meet import HOST, SCHEME, TLS, client_context, passed, until_listening

until_listening(8000)
url = f"{SCHEME}://{HOST}:8000"
with httpcore.ConnectionPool(ssl_context=client_context() if TLS else None) as pool:
    answer = pool.request("POST", f"{url}/turn", content=b"abc")
    assert (answer.status, answer.content) == (200, b"cba")
    assert len(pool.connections) == 1
    assert pool.request("GET", f"{url}/stop").status == 200
    assert len(pool.connections) == 1
passed("one connection")
