"""requests: a session with JSON, a large body, and a connection that is kept."""

import requests
from meet import AUTHORITY, HOST, SCHEME, passed, until_listening

until_listening(8000)
body = bytes(range(256)) * 300
with requests.Session() as session:
    session.trust_env = False  # else the environment's certificates replace ours
    session.verify = AUTHORITY
    url = f"{SCHEME}://{HOST}:8000"
    hello = session.get(f"{url}/hello?a=1", timeout=10)
    assert hello.json() == {"path": "/hello?a=1", "agent": True}, hello.text
    turned = session.post(f"{url}/turn", data=body, timeout=10)
    assert turned.content == body[::-1]
    stop = session.get(f"{url}/stop", timeout=10)
    assert stop.status_code == 200
passed(f"{len(body)} bytes")
