"""requests, so many times (the first argument) over a connection that is kept."""

import sys
import time

import requests

time.sleep(0.001)
with requests.Session() as session:
    session.trust_env = False
    for _ in range(int(sys.argv[1])):
        assert session.get("http://127.0.0.1:8000/", timeout=10).content == b"hello"
