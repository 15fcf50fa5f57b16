"""PyMySQL against a stub of MySQL's protocol."""

import pymysql
from meet import passed, until_listening

until_listening(3306)
connection = pymysql.connect(host="127.0.0.1", user="user", password="secret", database="test", connect_timeout=10)
with connection.cursor() as cursor:
    assert cursor.execute("SELECT id, name FROM people") == 1
    assert cursor.fetchall() == (("7", "Zoë"),)
    assert [field[0] for field in cursor.description] == ["id", "name"]
connection.close()
passed("one row")
