# mypy: ignore-errors
# Its packages are in an environment of their own.
"""Procedures called by JSON-RPC 2.0, as jsonrpcserver's documentation serves them from Flask."""

from flask import Flask, Response, request
from jsonrpcserver import Error, Success, dispatch, method

app = Flask(__name__)
frameworks = {"Flask": 2010, "Django": 2005, "Bottle": 2009, "Tornado": 2010}


@method
def ping():
    return Success("pong")


@method
def list_frameworks():
    return Success([{"name": name, "created": created} for name, created in frameworks.items()])


@method
def get_framework(name):
    if name not in frameworks:
        return Error(1, f"no framework {name}")
    return Success({"name": name, "created": frameworks[name]})


@method
def add_framework(name, created):
    frameworks[name] = created
    return Success()


@app.route("/", methods=["POST"])
def index():
    return Response(dispatch(request.get_data().decode()), content_type="application/json")
