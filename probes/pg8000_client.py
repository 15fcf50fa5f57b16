"""pg8000 against a stub of PostgreSQL's protocol."""

import pg8000.native
from meet import HOST, TLS, client_context, passed, until_listening

until_listening(5432)
context = client_context() if TLS else None
connection = pg8000.native.Connection("user", host=HOST, database="test", timeout=10, ssl_context=context)
assert connection.run("SELECT id, name FROM people") == [[7, "Zoë"]]
assert [column["name"] for column in connection.columns] == ["id", "name"]
connection.close()
passed("one row")
