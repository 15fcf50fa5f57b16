"""pg8000 against a stub of PostgreSQL's protocol."""

import pg8000.native
from meet import passed, until_listening

until_listening(5432)
connection = pg8000.native.Connection("user", host="127.0.0.1", database="test", timeout=10)
assert connection.run("SELECT id, name FROM people") == [[7, "Zoë"]]
assert [column["name"] for column in connection.columns] == ["id", "name"]
connection.close()
passed("one row")
