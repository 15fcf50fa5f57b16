"""The standard library's client against a WSGI server."""

import http.client
import json

from meet import HOST, TLS, client_context, passed, until_listening

until_listening(8000)


def ask(method, path, body=None):
    if TLS:
        connection = http.client.HTTPSConnection(HOST, 8000, timeout=10, context=client_context())
    else:
        connection = http.client.HTTPConnection(HOST, 8000, timeout=10)
    connection.request(method, path, body)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data


status, data = ask("GET", "/hello/you")
assert (status, json.loads(data)) == (200, {"name": "you"})
body = bytes(range(256)) * 100
assert ask("POST", "/turn", body) == (200, body[::-1])
assert ask("GET", "/count") == (200, b"0\n1\n2\n")
assert ask("GET", "/nowhere")[0] == 404
assert ask("GET", "/stop")[0] == 200
passed("JSON, 25600 bytes, a generator, 404")
