"""requests, twenty times over a connection that is kept."""

import time

import requests

time.sleep(0.001)
with requests.Session() as session:
    session.trust_env = False
    for _ in range(20):
        assert session.get("http://127.0.0.1:8000/", timeout=10).content == b"hello"
