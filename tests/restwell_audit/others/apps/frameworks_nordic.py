# mypy: ignore-errors
# Its packages are in an environment of their own.
"""The Frameworks API of a beginners' tutorial: one address, a list to GET and to POST to."""

from flask import Flask, jsonify, request

app = Flask(__name__)

frameworks = [
    {
        "name": "Flask",
        "created": 2010,
        "parent": "Python",
        "relatedName": "Flask-RESTPlus",
        "relatedDocs": "https://flask-restplus.readthedocs.io/",
    },
    {"name": "Django", "created": 2005, "parent": "Python"},
    {"name": "Bottle", "created": 2009, "parent": "Python"},
    {"name": "Tornado", "created": 2010, "parent": "Python"},
]


@app.route("/frameworks", methods=["GET"])
def get():
    return jsonify({"frameworks": frameworks})


@app.route("/frameworks", methods=["POST"])
def add():
    framework = request.get_json()
    frameworks.append(framework)
    return jsonify({"created": framework}), 201
