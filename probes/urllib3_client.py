"""urllib3: a pool with two connections used by two threads."""

import threading

import urllib3
from meet import AUTHORITY, HOST, SCHEME, passed, until_listening

until_listening(8000)
pool = urllib3.PoolManager(maxsize=2, ca_certs=AUTHORITY, timeout=10, retries=False)
seen = {}


def ask(number):
    body = bytes([number]) * 20_000 + b"end"
    seen[number] = pool.request("POST", f"{SCHEME}://{HOST}:8000/turn", body=body).data == body[::-1]


threads = [threading.Thread(target=ask, args=(number,)) for number in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert seen == {1: True, 2: True}, seen
assert pool.request("GET", f"{SCHEME}://{HOST}:8000/stop").json()["path"] == "/stop"
pool.clear()
passed("2 threads")
