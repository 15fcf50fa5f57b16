"""rpyc's client: data, a call back into this process, and an exception from the other."""

import rpyc
from meet import passed, until_listening

until_listening(18861)
connection = rpyc.connect("127.0.0.1", 18861)
assert connection.root.turn(b"abc" * 1000) == b"cba" * 1000
assert list(connection.root.apply(lambda value: value * 2, [1, 2, 3])) == [2, 4, 6]
try:
    connection.root.turn(None)
except TypeError:
    pass
else:
    raise AssertionError("no error came back")
connection.root.stop()
connection.close()
passed("3000 bytes, a call back, an exception")
