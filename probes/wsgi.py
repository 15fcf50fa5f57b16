"""The Flask application that the WSGI servers serve."""

from flask import Flask, Response, jsonify, request

application = Flask(__name__)


@application.get("/hello/<name>")
def hello(name):
    return jsonify(name=name)


@application.post("/turn")
def turn():
    return Response(request.get_data()[::-1])


@application.get("/count")
def count():
    return Response(f"{number}\n" for number in range(3))
