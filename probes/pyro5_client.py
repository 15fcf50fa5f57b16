"""Pyro5's proxy."""

import Pyro5.api
from meet import passed, until_listening

until_listening(9090)
with Pyro5.api.Proxy("PYRO:counter@127.0.0.1:9090") as counter:
    assert [counter.add(number) for number in (1, 2, 3)] == [1, 3, 6]
    counter.stop()
passed("3 calls")
